//! Drafted steps → steps in one safe order: each after what it needs, and as early as its round allows.
//!
//! A role that some users lose and others get in one scope is a handover: users who lose it wait for users who get it. A step
//! that both grants and takes part in a handover as a loser is sent as two calls: first all roles together, then without those
//! that are lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Guards, Live, RoleSet, Scope, TenantId};
use crate::plan::draft::blocked::{Blocked, Blocks};
use crate::plan::order::rounds::Round;
use crate::plan::review::effects::{After, Key, Transfers, UserAfter, live_scope};
use crate::plan::review::keep_holders::keeps;
use crate::plan::review::rules::Judge;
use crate::plan::{Change, Handover, HandoverId, PlanError, Stage, Step, StepId, Target};

/// What an order depends on beside the steps.
#[derive(Clone, Copy)]
pub(crate) struct Conditions<'c> {
    pub(crate) live: &'c Live,
    pub(crate) guards: &'c Guards,
    pub(crate) judge: Option<&'c Judge>,
}

/// Steps in order, with the handovers, and the steps that wait for each other in a circle.
pub(crate) struct Sequence {
    pub(crate) steps: Vec<Step>,
    pub(crate) handovers: Vec<Handover>,
    pub(crate) circles: Blocks,
}

/// Orders the steps, numbers them, and works out the handovers. The steps come with their index as their id.
pub(crate) fn sequence(drafted: Vec<Step>, conditions: Conditions<'_>) -> Sequence {
    let transfers = Transfers::of(&drafted, conditions.live);
    let steps = split(drafted, &transfers, conditions);
    let transfers = Transfers::of(&steps, conditions.live);
    let mut waits = Waits::of(&steps, &transfers);
    let circle = loop {
        let circle = unordered(&steps, &waits);
        if !waits.drop_unlimited(&circle, &steps, conditions) {
            break circle;
        }
    };
    let circles = in_circle(&steps, &circle);
    // The members of a circle keep their places: they leave the plan.
    waits.drop_all(&circle);
    let rounds = topological(&steps, &waits, &circle);
    let mut order: Vec<(Round, Stage, StepId)> = rounds
        .iter()
        .zip(&steps)
        .map(|(round, step)| (*round, step.change.stage(), step.id))
        .collect();
    order.sort_unstable();
    let order: Vec<StepId> = order.into_iter().map(|(_, _, id)| id).collect();
    let order = needed_first(&order, &steps, &waits, &circle);
    let (steps, handovers) = numbered(steps, &order, waits);
    Sequence {
        steps,
        handovers,
        circles,
    }
}

/// The roles for which each step waits until other users have them, and the steps that give them.
struct Waits {
    of_step: BTreeMap<StepId, BTreeSet<Key>>,
    grants: BTreeMap<Key, BTreeSet<StepId>>,
}

impl Waits {
    fn of(steps: &[Step], transfers: &Transfers) -> Self {
        let mut waits = Self {
            of_step: BTreeMap::new(),
            grants: BTreeMap::new(),
        };
        for step in steps {
            let given = transfers.given_by(step.id);
            for key in given.filter(|key| transfers.passes_on(key)) {
                waits.grants.entry(key.clone()).or_default().insert(step.id);
            }
            let taken = transfers.taken_by(step.id);
            let awaited: BTreeSet<Key> = taken
                .filter(|key| transfers.passes_on(key))
                .cloned()
                .collect();
            if !awaited.is_empty() {
                waits.of_step.insert(step.id, awaited);
            }
        }
        waits
    }

    /// The steps that have to succeed before one.
    fn needs<'w>(&'w self, step: &'w Step) -> impl Iterator<Item = StepId> + 'w {
        let keys = self.of_step.get(&step.id).into_iter().flatten();
        let grants = keys.filter_map(|key| self.grants.get(key)).flatten();
        step.depends_on.iter().chain(grants).copied()
    }

    /// Within a circle, a role that may be without holders for a moment is not waited for. Says whether there was such a wait.
    fn drop_unlimited(
        &mut self,
        circle: &BTreeSet<StepId>,
        steps: &[Step],
        conditions: Conditions<'_>,
    ) -> bool {
        let mut dropped = false;
        for id in circle {
            let Some(keys) = self.of_step.get_mut(id) else {
                continue;
            };
            let before = keys.len();
            let grants = &self.grants;
            let is_inside = |key: &Key| grants.get(key).is_some_and(|ids| !ids.is_disjoint(circle));
            keys.retain(|key| !is_inside(key) || conditions.is_limited(key, steps));
            dropped |= keys.len() < before;
        }
        dropped
    }

    fn drop_all(&mut self, circle: &BTreeSet<StepId>) {
        self.of_step.retain(|id, _| !circle.contains(id));
    }
}

impl Conditions<'_> {
    /// Whether holders of a role must stay at every moment, and the steps take it from too many of them.
    fn is_limited(&self, key: &Key, steps: &[Step]) -> bool {
        let Some(scope) = live_scope(&key.0) else {
            return false;
        };
        let guard = keeps(self.guards, &scope, &key.1).unwrap_or_default();
        let rule = self.judge.map_or(0, |judge| judge.least(key));
        let least = guard.max(rule);
        let key = (scope, key.1.clone());
        let holders = self.live.holders([&key]);
        let now = holders
            .get(&key)
            .map_or(0, |holders| holders.count().at_least());
        let lost = steps.iter().filter(|step| match &step.change {
            Change::Roles {
                scope,
                before,
                after,
                ..
            } => {
                live_scope(scope).as_ref() == Some(&key.0)
                    && before.contains(&key.1)
                    && !after.contains(&key.1)
            }
            change => change.locked_out().is_some(),
        });
        now.saturating_sub(lost.count()) < least
    }
}

/// The steps that can't be ordered, because they need each other.
fn unordered(steps: &[Step], waits: &Waits) -> BTreeSet<StepId> {
    let mut left: BTreeSet<StepId> = steps.iter().map(|step| step.id).collect();
    let mut dependents: BTreeMap<StepId, Vec<StepId>> = BTreeMap::new();
    let mut open: Vec<usize> = vec![0; steps.len()];
    for step in steps {
        let needs: BTreeSet<StepId> = waits.needs(step).collect();
        if let Some(open) = open.get_mut(step.id.0) {
            *open = needs.len();
        }
        for needed in needs {
            dependents.entry(needed).or_default().push(step.id);
        }
    }
    let free = |open: &[usize], id: &StepId| open.get(id.0) == Some(&0);
    let mut ready: Vec<StepId> = left.iter().copied().filter(|id| free(&open, id)).collect();
    while let Some(id) = ready.pop() {
        left.remove(&id);
        for dependent in dependents.get(&id).into_iter().flatten() {
            if let Some(count) = open.get_mut(dependent.0) {
                *count -= 1;
                if *count == 0 {
                    ready.push(*dependent);
                }
            }
        }
    }
    // What only waits for a circle is no member of it.
    loop {
        let awaited: BTreeSet<StepId> = steps
            .iter()
            .filter(|step| left.contains(&step.id))
            .flat_map(|step| waits.needs(step))
            .collect();
        let members: BTreeSet<StepId> = left.intersection(&awaited).copied().collect();
        if members.len() == left.len() {
            return left;
        }
        left = members;
    }
}

fn in_circle(steps: &[Step], circle: &BTreeSet<StepId>) -> Blocks {
    let members = || steps.iter().filter(|step| circle.contains(&step.id));
    let names: BTreeSet<String> = members().map(|step| step.address.to_string()).collect();
    let error = PlanError::WaitInCircle {
        steps: names.into_iter().collect::<Vec<_>>().join(", "),
    };
    members()
        .map(|step| (step.address.clone(), Blocked::step(step, &error, None)))
        .collect()
}

/// The round of each step.
fn topological(steps: &[Step], waits: &Waits, circle: &BTreeSet<StepId>) -> Vec<Round> {
    let mut rounds: Vec<Option<Round>> = vec![None; steps.len()];
    for start in steps {
        let mut way = vec![start.id];
        while let Some(id) = way.last().copied() {
            let Some(step) = steps.get(id.0).filter(|_| rounds.get(id.0) == Some(&None)) else {
                way.pop();
                continue;
            };
            let needed: Vec<StepId> = if circle.contains(&id) {
                Vec::new()
            } else {
                waits.needs(step).collect()
            };
            let open = needed.iter().filter(|id| rounds.get(id.0) == Some(&None));
            let open: Vec<StepId> = open.copied().collect();
            if open.is_empty() {
                let known = needed
                    .iter()
                    .filter_map(|id| rounds.get(id.0).copied().flatten());
                let round = Round::at(step.change.stage(), known.max().unwrap_or_default());
                if let Some(slot) = rounds.get_mut(id.0) {
                    *slot = Some(round);
                }
                way.pop();
            } else {
                way.extend(open);
            }
        }
    }
    rounds.into_iter().map(Option::unwrap_or_default).collect()
}

/// The same order, but each step after those that it needs. Within a round the order of the draft, which is that of the addresses,
/// stays where it can.
fn needed_first(
    order: &[StepId],
    steps: &[Step],
    waits: &Waits,
    circle: &BTreeSet<StepId>,
) -> Vec<StepId> {
    let mut placed = vec![false; steps.len()];
    let mut ordered = Vec::with_capacity(order.len());
    for start in order {
        let mut way = vec![*start];
        while let Some(id) = way.last().copied() {
            let step = steps.get(id.0).filter(|_| placed.get(id.0) == Some(&false));
            let Some(step) = step else {
                way.pop();
                continue;
            };
            let is_open = |id: &StepId| placed.get(id.0) == Some(&false);
            let needed: Vec<StepId> = if circle.contains(&id) {
                Vec::new()
            } else {
                waits.needs(step).filter(is_open).collect()
            };
            if needed.is_empty() {
                if let Some(placed) = placed.get_mut(id.0) {
                    *placed = true;
                }
                ordered.push(id);
                way.pop();
            } else {
                way.extend(needed);
            }
        }
    }
    ordered
}

/// Sends all roles together first where one step both grants and loses a role that passes on, unless a rule forbids to hold them
/// together. Ids stay valid: the first half keeps the step's id, the second is appended.
fn split(drafted: Vec<Step>, transfers: &Transfers, conditions: Conditions<'_>) -> Vec<Step> {
    let mut steps = drafted;
    for index in 0..steps.len() {
        let next = StepId(steps.len());
        let Some(step) = steps.get_mut(index) else {
            break;
        };
        let Change::Roles { before, after, .. } = &step.change else {
            continue;
        };
        let mut taken = transfers.taken_by(step.id);
        let passes_on = taken.any(|key| transfers.passes_on(key));
        if !passes_on || after.is_subset(before) {
            continue;
        }
        let union = before | after;
        let first = with_roles(&step.change, None, Some(&union));
        if conditions.is_new_breach(&first) {
            continue;
        }
        let mut second = Step {
            id: next,
            change: with_roles(&step.change, Some(&union), None),
            ..step.clone()
        };
        second.depends_on.push(step.id);
        step.change = first;
        steps.push(second);
    }
    steps
}

/// The same change of roles, from or to other ones.
fn with_roles(change: &Change, from: Option<&RoleSet>, to: Option<&RoleSet>) -> Change {
    let mut change = change.clone();
    if let Change::Roles { before, after, .. } = &mut change {
        if let Some(from) = from {
            before.clone_from(from);
        }
        if let Some(to) = to {
            after.clone_from(to);
        }
    }
    change
}

impl Conditions<'_> {
    /// Whether a user breaks a rule right after this change alone.
    fn is_new_breach(&self, change: &Change) -> bool {
        let Some((judge, user)) = self.judge.zip(change.user()) else {
            return false;
        };
        let mut after = After::now(self.live);
        after.take(change);
        let now = user.existing().and_then(|id| self.live.users.get(id));
        let now = now.map(UserAfter::now).unwrap_or_default();
        let then = after.changed_user(user);
        then.is_some_and(|then| judge.is_new_breach(&now, then, &after))
    }
}

/// Puts the steps in an order, makes every id the index of its step, and lists the handovers that are waited for.
fn numbered(steps: Vec<Step>, order: &[StepId], waits: Waits) -> (Vec<Step>, Vec<Handover>) {
    let mut new_ids = vec![StepId(0); steps.len()];
    for (index, id) in order.iter().enumerate() {
        if let Some(new) = new_ids.get_mut(id.0) {
            *new = StepId(index);
        }
    }
    let renew = |id: StepId| new_ids.get(id.0).copied();
    let mut names: BTreeMap<Scope<Target<TenantId>>, Arc<str>> = BTreeMap::new();
    for step in &steps {
        if let (Change::Roles { scope, .. }, Some(tenant)) = (&step.change, step.address.tenant()) {
            let name = || Arc::from(tenant.to_string());
            names.entry(scope.clone()).or_insert_with(name);
        }
    }
    let Waits { of_step, grants } = waits;
    let awaited: BTreeSet<&Key> = of_step.values().flatten().collect();
    let awaited = grants.into_iter().filter(|(key, _)| awaited.contains(key));
    let (ids, handovers): (BTreeMap<Key, HandoverId>, Vec<Handover>) = awaited
        .enumerate()
        .map(|(index, (key, grants))| {
            let scope = names.get(&key.0);
            let mut grants: Vec<StepId> = grants.into_iter().filter_map(renew).collect();
            grants.sort_unstable();
            let handover = Handover {
                scope: scope.map_or_else(|| Arc::from("the workspace"), Arc::clone),
                role: key.1.clone(),
                grants,
            };
            ((key, HandoverId(index)), handover)
        })
        .unzip();
    let mut steps: Vec<Option<Step>> = steps.into_iter().map(Some).collect();
    let ordered = order.iter().filter_map(|id| {
        let mut step = steps.get_mut(id.0)?.take()?;
        let awaited = of_step.get(id).into_iter().flatten();
        step.waits_for = awaited.filter_map(|key| ids.get(key).copied()).collect();
        step.id = renew(*id)?;
        step.depends_on = step.depends_on.iter().filter_map(|id| renew(*id)).collect();
        step.change.retarget(&|id| renew(id));
        Some(step)
    });
    (ordered.collect(), handovers)
}
