//! When steps run. In: steps, and what they wait for. Out: for each the round in which it runs.
//!
//! A round runs when all before it are settled. Rounds repeat: creations, updates and grants; then revocations and locks; then
//! deletions of users; then deletions of tenants; and again, for steps that wait for a removal. Before each removal the holders of
//! roles are looked at again.

use crate::plan::{Handover, Stage, Step, StepId};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Round(pub(crate) usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoundKind {
    /// Creations, updates and grants.
    Build,
    /// Roles are only taken away, and users locked.
    Revocations,
    UserDeletions,
    TenantDeletions,
}

const KINDS: [RoundKind; 4] = [
    RoundKind::Build,
    RoundKind::Revocations,
    RoundKind::UserDeletions,
    RoundKind::TenantDeletions,
];

impl Round {
    pub(crate) fn kind(self) -> RoundKind {
        let kind = KINDS.get(self.0 % KINDS.len());
        kind.copied().unwrap_or(RoundKind::Build)
    }

    /// The first round of this kind that is not before another one.
    fn of(kind: RoundKind, not_before: Self) -> Self {
        let rounds = (not_before.0..).map(Self);
        let mut rounds = rounds.filter(|round| round.kind() == kind);
        rounds.next().unwrap_or(not_before)
    }

    /// How often all kinds of rounds have run before it.
    pub(crate) fn pass(self) -> usize {
        self.0 / KINDS.len()
    }

    /// The next one; none after the pass of the last step.
    pub(crate) fn next(self, last: Self) -> Option<Self> {
        let next = Self(self.0 + 1);
        (next.pass() <= last.pass()).then_some(next)
    }

    /// The first round in which a step of this stage can run.
    pub(crate) fn at(stage: Stage, not_before: Self) -> Self {
        let kind = match stage {
            Stage::Tenants | Stage::Users | Stage::Grants => RoundKind::Build,
            Stage::Revocations => RoundKind::Revocations,
            Stage::UserDeletions => RoundKind::UserDeletions,
            Stage::TenantDeletions => RoundKind::TenantDeletions,
        };
        Self::of(kind, not_before)
    }
}

/// The steps that have to succeed before one: those that it depends on, and those that give the roles that it waits for.
pub(crate) fn needs<'s>(
    step: &'s Step,
    handovers: &'s [Handover],
) -> impl Iterator<Item = StepId> + 's {
    let awaited = step.waits_for.iter().filter_map(|id| handovers.get(id.0));
    let grants = awaited.flat_map(|handover| &handover.grants);
    step.depends_on.iter().chain(grants).copied()
}

/// The rounds of the steps of a plan, which are in a safe order: what a step needs comes before it.
pub(crate) fn rounds(steps: &[Step], handovers: &[Handover]) -> Vec<Round> {
    let mut rounds: Vec<Round> = Vec::with_capacity(steps.len());
    for step in steps {
        let needed = needs(step, handovers);
        let needed = needed.filter_map(|id| rounds.get(id.0).copied()).max();
        let needed = needed.unwrap_or_default();
        rounds.push(Round::at(step.change.stage(), needed));
    }
    rounds
}
