//! Drafted steps → steps in one safe order: each after what it needs, and as early as its round allows.
//!
//! A role that some users lose and others get in one scope is a handover: users who lose it wait for users who get it. A step
//! that both grants and takes part in a handover as a loser is sent as two calls: first all roles together, then without those
//! that are lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Guards, Live, Scope, TenantId};
use crate::plan::draft::blocked::{Blocked, Blocks};
use crate::plan::draft::records::Handles;
use crate::plan::order::allowed_first;
use crate::plan::order::rounds::Round;
use crate::plan::review::effects::{After, Key, UserAfter, live_scope};
use crate::plan::review::keep_holders::keeps;
use crate::plan::review::movements::{Moved, Transfers};
use crate::plan::review::rules::Judge;
use crate::plan::{Change, Handover, HandoverId, Limits, PlanError, Stage, Step, StepId, Target};

/// What an order depends on beside the steps.
#[derive(Clone, Copy)]
struct Conditions<'c> {
    live: &'c Live,
    guards: &'c Guards,
    judge: Option<&'c Judge>,
}

/// Steps in order, with the handovers, and the steps that wait for each other in a circle.
pub(crate) struct Sequence {
    pub(crate) steps: Vec<Step>,
    pub(crate) handovers: Vec<Handover>,
    pub(crate) circles: Blocks,
}

/// Puts steps in one safe order, each with its index as its id: after what they depend on, and after what makes them allowed.
pub(crate) fn in_order(
    steps: Vec<Step>,
    live: &Live,
    limits: &Limits,
    handles: &Handles,
) -> Sequence {
    let judge = Judge::new(&limits.rules, live, handles, &steps);
    let conditions = Conditions {
        live,
        guards: &limits.guards,
        judge: judge.as_ref(),
    };
    let steps = match &judge {
        Some(judge) => allowed_first::apart(judge, live, steps),
        None => steps,
    };
    let (mut steps, transfers) = split(steps, conditions);
    if let Some(judge) = &judge {
        for (id, needed) in allowed_first::needs(judge, live, &steps) {
            if let Some(step) = steps.get_mut(id.0) {
                step.depends_on.extend(needed);
            }
        }
    }
    sequence(steps, &transfers, conditions)
}

/// Orders the steps, numbers them, and works out the handovers. The steps come with their index as their id.
fn sequence(steps: Vec<Step>, transfers: &Transfers, conditions: Conditions<'_>) -> Sequence {
    let mut waits = Waits::of(&steps, transfers);
    let circle = loop {
        let circle = unordered(&waits.needs_of(&steps));
        if !waits.drop_unlimited(&circle, &steps, transfers, conditions) {
            break circle;
        }
    };
    let circles = in_circle(&steps, &circle);
    // The members of a circle leave the plan: nothing is asked of their order.
    waits.drop_all(&circle);
    let mut needs = waits.needs_of(&steps);
    for member in &circle {
        if let Some(needs) = needs.get_mut(member.0) {
            needs.clear();
        }
    }
    let order = in_rounds(&steps, &needs);
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

    /// The steps that have to succeed before each.
    fn needs_of(&self, steps: &[Step]) -> Needs {
        let needs = steps.iter().map(|step| {
            let keys = self.of_step.get(&step.id).into_iter().flatten();
            let grants = keys.filter_map(|key| self.grants.get(key)).flatten();
            let mut needs: Vec<StepId> = step.depends_on.iter().chain(grants).copied().collect();
            needs.sort_unstable();
            needs.dedup();
            needs
        });
        needs.collect()
    }

    /// Within a circle, a role that may be without holders for a moment is not waited for. Says whether there was such a wait.
    fn drop_unlimited(
        &mut self,
        circle: &BTreeSet<StepId>,
        steps: &[Step],
        transfers: &Transfers,
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
            keys.retain(|key| !is_inside(key) || conditions.is_limited(key, steps, transfers));
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
    fn is_limited(&self, key: &Key, steps: &[Step], transfers: &Transfers) -> bool {
        let Some(scope) = live_scope(&key.0) else {
            return false;
        };
        let guard = keeps(self.guards, &scope, &key.1).unwrap_or_default();
        let rule = self.judge.map_or(0, |judge| judge.least(key));
        let least = guard.max(rule);
        let held = (scope, key.1.clone());
        let holders = self.live.holders([&held]);
        let now = holders
            .get(&held)
            .map_or(0, |holders| holders.count().at_least());
        let takes = |step: &&Step| transfers.taken_by(step.id).any(|taken| taken == key);
        let takers = steps
            .iter()
            .filter(takes)
            .filter_map(|step| step.change.user());
        let lost: BTreeSet<_> = takers.collect();
        now.saturating_sub(lost.len()) < least
    }
}

/// For each step, by its id, the steps that have to succeed before.
type Needs = Vec<Vec<StepId>>;

/// The steps that can't be ordered, because they need each other.
fn unordered(needs: &Needs) -> BTreeSet<StepId> {
    let mut dependents: Vec<Vec<usize>> = vec![Vec::new(); needs.len()];
    let mut open: Vec<usize> = needs.iter().map(Vec::len).collect();
    for (step, needed) in needs.iter().enumerate() {
        for id in needed {
            if let Some(dependents) = dependents.get_mut(id.0) {
                dependents.push(step);
            }
        }
    }
    let free = open.iter().enumerate().filter(|(_, open)| **open == 0);
    let mut ready: Vec<usize> = free.map(|(step, _)| step).collect();
    while let Some(step) = ready.pop() {
        for dependent in dependents.get(step).into_iter().flatten() {
            if let Some(open) = open.get_mut(*dependent) {
                *open -= 1;
                if *open == 0 {
                    ready.push(*dependent);
                }
            }
        }
    }
    let left = open.into_iter().enumerate().filter(|(_, open)| *open > 0);
    let mut left: BTreeSet<StepId> = left.map(|(step, _)| StepId(step)).collect();
    // What only waits for a circle is no member of it.
    loop {
        let awaited = left.iter().filter_map(|id| needs.get(id.0)).flatten();
        let awaited: BTreeSet<StepId> = awaited.copied().collect();
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

/// The steps by round and stage, each after those that it needs. Within a stage the order of the draft, which is that of the
/// addresses, stays where it can.
fn in_rounds(steps: &[Step], needs: &Needs) -> Vec<StepId> {
    let by_need = needed_first((0..steps.len()).map(StepId), needs);
    let mut rounds = vec![Round::default(); steps.len()];
    for id in by_need {
        let needed = needs.get(id.0).into_iter().flatten();
        let needed = needed.filter_map(|id| rounds.get(id.0).copied()).max();
        let stage = steps.get(id.0).map(|step| step.change.stage());
        let round = stage.map(|stage| Round::at(stage, needed.unwrap_or_default()));
        if let Some((slot, round)) = rounds.get_mut(id.0).zip(round) {
            *slot = round;
        }
    }
    let mut order: Vec<(Round, Stage, StepId)> = rounds
        .into_iter()
        .zip(steps)
        .map(|(round, step)| (round, step.change.stage(), step.id))
        .collect();
    order.sort_unstable();
    needed_first(order.into_iter().map(|(_, _, id)| id), needs)
}

/// The same steps, each after those that it needs.
fn needed_first(order: impl Iterator<Item = StepId>, needs: &Needs) -> Vec<StepId> {
    let mut placed = vec![false; needs.len()];
    let mut ordered = Vec::with_capacity(needs.len());
    let mut way = Vec::new();
    for start in order {
        way.push(start);
        while let Some(id) = way.last().copied() {
            let is_open = |id: &StepId| placed.get(id.0) == Some(&false);
            let needed = needs.get(id.0).into_iter().flatten();
            let open: Vec<StepId> = needed.copied().filter(is_open).collect();
            if is_open(&id) && !open.is_empty() {
                way.extend(open);
                continue;
            }
            way.pop();
            if let Some(placed) = placed.get_mut(id.0).filter(|placed| !**placed) {
                *placed = true;
                ordered.push(id);
            }
        }
    }
    ordered
}

/// Sends all roles together first where one step both grants and loses a role that passes on, unless a rule forbids to hold them
/// together. Ids stay valid: the first half keeps the step's id, the second is appended.
fn split(drafted: Vec<Step>, conditions: Conditions<'_>) -> (Vec<Step>, Transfers) {
    let mut transfers = Transfers::of(&drafted, &Moved::of(&After::of(conditions.live, &drafted)));
    let count = drafted.len();
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
        let mut first = step.clone();
        let second = first.halve(&union, next);
        if conditions.is_new_breach(&first.change) {
            continue;
        }
        *step = first;
        steps.push(second);
    }
    if steps.len() > count {
        transfers = Transfers::of(&steps, &Moved::of(&After::of(conditions.live, &steps)));
    }
    (steps, transfers)
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
