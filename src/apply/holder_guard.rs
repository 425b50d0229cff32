//! Holders of a role that a plan keeps, looked at while it is carried out. In: what the plan leaves, and who holds it now. Out: the
//! steps that must not be started, and those that have to be taken back.
//!
//! Somebody else may take a role away at the same time: what was safe when the plan was made need not be safe now. So who
//! holds such a role is read again before anything is taken away, and once more before users are deleted, which can't be
//! taken back.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::LocalBoxFuture;

use crate::api::ApiError;
use crate::apply::StepOutcome;
use crate::apply::schedule::Schedule;
use crate::model::{RoleName, Scope, UserUuid};
use crate::plan::order::rounds::Round;
use crate::plan::{HolderCheck, Plan, Step};

pub(crate) type RoleInScope = (Scope, RoleName);
/// Users who hold roles and can log in.
pub(crate) type Holders = BTreeMap<RoleInScope, BTreeSet<UserUuid>>;
/// Reads who holds roles and can log in: for each role as many users as are asked for, or all of them.
pub(crate) type ReadHolders<'s> = dyn Fn(BTreeMap<RoleInScope, usize>) -> LocalBoxFuture<'s, Result<Holders, ApiError>>
    + Sync
    + 's;

/// What a plan keeps, and how to look at it.
pub(crate) struct Keepers<'p, 's> {
    plan: &'p Plan,
    read: Option<&'s ReadHolders<'s>>,
}

impl<'p, 's> Keepers<'p, 's> {
    pub(crate) fn new(plan: &'p Plan, read: Option<&'s ReadHolders<'s>>) -> Self {
        Self { plan, read }
    }

    /// Looks before a round of removals: forbids those that would leave too few. Returns the steps that have left too few
    /// already, each with the role.
    pub(crate) async fn look(
        &self,
        schedule: &mut Schedule<'p>,
        round: Round,
    ) -> Vec<(&'p Step, &'p HolderCheck)> {
        let Some(read) = self.read else {
            return Vec::new();
        };
        let mut asked: BTreeMap<RoleInScope, usize> = BTreeMap::new();
        for keep in &self.plan.keeps {
            let takers = self.takers(keep).count();
            asked.insert((keep.scope.clone(), keep.role.clone()), keep.least + takers);
        }
        if asked.is_empty() {
            return Vec::new();
        }
        let holders = match read(asked).await {
            Ok(holders) => holders,
            Err(error) => {
                for keep in &self.plan.keeps {
                    for (step, _) in self.open_takers(keep, schedule, round) {
                        schedule.forbid(step.id, StepOutcome::Failed(error.clone()));
                    }
                }
                return Vec::new();
            }
        };
        let mut too_few = Vec::new();
        for keep in &self.plan.keeps {
            let key = (keep.scope.clone(), keep.role.clone());
            let now = holders.get(&key).cloned().unwrap_or_default();
            let open = self.open_takers(keep, schedule, round);
            let taken: BTreeSet<&UserUuid> = open.iter().map(|(_, user)| *user).collect();
            let then = now.iter().filter(|user| !taken.contains(user)).count();
            if then < keep.least {
                for (step, user) in open {
                    if now.contains(user) {
                        let outcome = StepOutcome::LeavesNobody(keep.name.clone());
                        schedule.forbid(step.id, outcome);
                    }
                }
            }
            if now.len() < keep.least {
                // A deletion can't be taken back.
                let done = |step: &&Step| {
                    schedule.outcome(step.id) == Some(&StepOutcome::Done)
                        && step.change.deleted_user().is_none()
                };
                let steps = self.takers(keep).map(|(step, _)| step).filter(done);
                too_few.extend(steps.map(|step| (step, keep)));
            }
        }
        too_few
    }

    /// The steps that take a role from a user.
    fn takers(&self, keep: &'p HolderCheck) -> impl Iterator<Item = (&'p Step, &'p UserUuid)> {
        let steps = self.plan.steps.iter();
        steps.filter_map(|step| Some((step, keep.is_taken_by(&step.change)?)))
    }

    /// Of these, the steps of this pass of rounds that have not run.
    fn open_takers(
        &self,
        keep: &'p HolderCheck,
        schedule: &Schedule<'p>,
        round: Round,
    ) -> Vec<(&'p Step, &'p UserUuid)> {
        let is_open = |(step, _): &(&Step, _)| {
            schedule.outcome(step.id).is_none() && schedule.is_in_pass(step.id, round)
        };
        self.takers(keep).filter(is_open).collect()
    }
}
