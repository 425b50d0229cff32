//! Drafted steps → steps in a safe order: tenants, users, grants, revocations, deletions of users, of tenants.
//!
//! A role that passes from some people to others in one scope is a handover: who loses it waits for who gets it. A step
//! that both grants and takes part in a handover as a loser is sent as two calls: the union first, the rest later.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Live, Scope, TenantId};
use crate::plan::review::effects::{Gains, Key, losses};
use crate::plan::{Change, Handover, HandoverId, Step, StepId, Target};

/// Orders the steps, numbers them, and works out the handovers. The steps come with their index as their id.
pub(crate) fn order(drafted: Vec<Step>, live: &Live) -> (Vec<Step>, Vec<Handover>) {
    let gains = Gains::of(&drafted, live);
    let granted = drafted.iter().flat_map(|step| gains.of_step(step));
    let granted: BTreeSet<Key> = granted.collect();
    let lost: BTreeSet<Key> = drafted.iter().flat_map(losses).collect();
    let passed = |key: &Key| granted.contains(key) && lost.contains(key);
    let mut steps = split(drafted, passed);
    // Stable: within a stage the order of the draft, which is that of the addresses, stays.
    steps.sort_by_key(|step| step.change.stage());
    let mut steps = needed_first(steps);
    renumber(&mut steps);
    let handovers = handovers(&mut steps, live);
    (steps, handovers)
}

/// The same steps, each after those that it depends on. These are of its own stage or of an earlier one.
fn needed_first(steps: Vec<Step>) -> Vec<Step> {
    let mut places = vec![0; steps.len()];
    for (place, step) in steps.iter().enumerate() {
        if let Some(known) = places.get_mut(step.id.0) {
            *known = place;
        }
    }
    let is_late = |place: usize, step: &Step| {
        let needed = step.depends_on.iter().filter_map(|id| places.get(id.0));
        needed.copied().any(|needed| needed > place)
    };
    if !steps
        .iter()
        .enumerate()
        .any(|(place, step)| is_late(place, step))
    {
        return steps;
    }
    let needed: Vec<Vec<usize>> = steps
        .iter()
        .map(|step| {
            step.depends_on
                .iter()
                .filter_map(|id| places.get(id.0).copied())
                .collect()
        })
        .collect();
    let mut rest: Vec<Option<Step>> = steps.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(rest.len());
    for start in 0..rest.len() {
        // What is on the way to the end of a chain, the end last; a step is not entered twice.
        let (mut way, mut entered) = (vec![start], BTreeSet::new());
        while let Some(&place) = way.last() {
            let is_left = |place: &usize| rest.get(*place).is_some_and(Option::is_some);
            let first = entered.insert(place);
            let missing = needed.get(place).into_iter().flatten();
            let missing: Vec<usize> = missing.copied().filter(is_left).collect();
            if first && !missing.is_empty() {
                way.extend(missing);
                continue;
            }
            way.pop();
            ordered.extend(rest.get_mut(place).and_then(Option::take));
        }
    }
    ordered
}

/// Sends the union first where one step both grants and loses a role that passes on. Ids stay valid: the first half
/// keeps the step's id, the second is appended.
fn split(drafted: Vec<Step>, passed: impl Fn(&Key) -> bool) -> Vec<Step> {
    let mut steps = drafted;
    for index in 0..steps.len() {
        let next = StepId(steps.len());
        let Some(step) = steps.get_mut(index) else {
            break;
        };
        let Change::Roles {
            user,
            scope,
            before,
            after,
            below,
            above,
            granted_by,
        } = &step.change
        else {
            continue;
        };
        let passes_on = before
            .difference(after)
            .any(|role| passed(&(scope.clone(), role.clone())));
        if !passes_on || after.is_subset(before) {
            continue;
        }
        let union = before | after;
        let last = Change::Roles {
            user: user.clone(),
            scope: scope.clone(),
            before: union.clone(),
            after: after.clone(),
            below: *below,
            above: above.clone(),
            granted_by: granted_by.clone(),
        };
        let mut second = Step {
            id: next,
            change: last,
            ..step.clone()
        };
        second.depends_on.push(step.id);
        step.change = Change::Roles {
            user: user.clone(),
            scope: scope.clone(),
            before: before.clone(),
            after: union,
            below: *below,
            above: above.clone(),
            granted_by: granted_by.clone(),
        };
        steps.push(second);
    }
    steps
}

/// Makes every id the index of its step.
pub(crate) fn renumber(steps: &mut [Step]) {
    let mut new_ids = vec![StepId(0); steps.len()];
    for (index, step) in steps.iter().enumerate() {
        if let Some(id) = new_ids.get_mut(step.id.0) {
            *id = StepId(index);
        }
    }
    let renew = |id: &mut StepId| *id = new_ids.get(id.0).copied().unwrap_or(*id);
    for step in steps {
        renew(&mut step.id);
        step.depends_on.iter_mut().for_each(renew);
        step.change.retarget(&|id| new_ids.get(id.0).copied());
    }
}

/// Collects the grants of each role that passes on, and makes the losers wait for those that stand before them.
pub(crate) fn handovers(steps: &mut [Step], live: &Live) -> Vec<Handover> {
    let gains = Gains::of(steps, live);
    let lost: BTreeSet<Key> = steps.iter().flat_map(losses).collect();
    let mut grants: BTreeMap<Key, Vec<StepId>> = BTreeMap::new();
    let mut names: BTreeMap<Scope<Target<TenantId>>, Arc<str>> = BTreeMap::new();
    for step in steps.iter() {
        if let (Change::Roles { scope, .. }, Some(handle)) = (&step.change, step.address.handle()) {
            names
                .entry(scope.clone())
                .or_insert_with(|| Arc::from(handle.as_str()));
        }
        let gained = gains.of_step(step).into_iter();
        for key in gained.filter(|key| lost.contains(key)) {
            grants.entry(key).or_default().push(step.id);
        }
    }
    let ids = grants.iter().enumerate();
    let ids: BTreeMap<&Key, (HandoverId, Option<&StepId>)> = ids
        .map(|(index, (key, grants))| (key, (HandoverId(index), grants.last())))
        .collect();
    for step in steps.iter_mut() {
        let awaited = losses(step).into_iter().filter_map(|key| {
            let (id, last) = ids.get(&key)?;
            last.is_some_and(|last| *last < step.id).then_some(*id)
        });
        step.waits_for = awaited.collect();
    }
    let handover = |(key, grants): (Key, Vec<StepId>)| Handover {
        scope: names
            .get(&key.0)
            .map_or_else(|| Arc::from("the workspace"), Arc::clone),
        role: key.1,
        grants,
    };
    grants.into_iter().map(handover).collect()
}
