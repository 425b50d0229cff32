//! Drafted steps → steps in a safe order: tenants, users, grants, revocations, deletions of users, of tenants.
//!
//! A role that passes from some people to others in one scope is a handover: who loses it waits for who gets it. A step
//! that both grants and takes part in a handover as a loser is sent as two calls: the union first, the rest later.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::change::{Action, Address, Handover, HandoverId, RoleScope, Step, StepId};
use super::movement::{Key, gains, losses};
use super::retain::retarget;
use crate::model::Live;

/// Orders the steps, numbers them anew, and works out the handovers.
pub(super) fn order(drafted: Vec<Step>, live: &Live) -> (Vec<Step>, Vec<Handover>) {
    let (granted, lost) = movements(&drafted, live);
    let passed = |key: &Key| granted.contains(key) && lost.contains(key);
    let mut steps = split(drafted, passed);
    // Stable: within a stage the order of the draft, which is that of the addresses, stays.
    steps.sort_by_key(|step| step.action.stage());
    renumber(&mut steps);
    let handovers = handovers(&mut steps, live, passed);
    (steps, handovers)
}

/// Who gets and who loses each role in each scope.
fn movements(steps: &[Step], live: &Live) -> (BTreeSet<Key>, BTreeSet<Key>) {
    let granted = steps.iter().flat_map(gains).collect();
    let lost = steps.iter().flat_map(|step| losses(step, live)).collect();
    (granted, lost)
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
        let Action::SetRoles {
            user,
            scope,
            before,
            after,
            granted_by,
        } = &step.action
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
        let last = Action::SetRoles {
            user: *user,
            scope: scope.clone(),
            before: union.clone(),
            after: after.clone(),
            granted_by: granted_by.clone(),
        };
        let mut second = Step {
            id: next,
            action: last,
            ..step.clone()
        };
        second.depends_on.push(step.id);
        step.action = Action::SetRoles {
            user: *user,
            scope: scope.clone(),
            before: before.clone(),
            after: union,
            granted_by: granted_by.clone(),
        };
        steps.push(second);
    }
    steps
}

/// Makes every id the index of its step.
fn renumber(steps: &mut [Step]) {
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
        retarget(&mut step.action, &|id| new_ids.get(id.0).copied());
    }
}

/// Collects the grants of each role that passes on, and makes the losers wait for them.
fn handovers(steps: &mut [Step], live: &Live, passed: impl Fn(&Key) -> bool) -> Vec<Handover> {
    let mut grants: BTreeMap<Key, Vec<StepId>> = BTreeMap::new();
    let mut names: BTreeMap<RoleScope, Arc<str>> = BTreeMap::new();
    for step in steps.iter() {
        if let (Action::SetRoles { scope, .. }, Address::TenantRoles(_, handle)) =
            (&step.action, &step.address)
        {
            names
                .entry(scope.clone())
                .or_insert_with(|| Arc::from(handle.as_str()));
        }
        for key in gains(step).into_iter().filter(&passed) {
            grants.entry(key).or_default().push(step.id);
        }
    }
    let mut ids = BTreeMap::new();
    let mut handovers = Vec::with_capacity(grants.len());
    for (key, grants) in grants {
        let scope = names
            .get(&key.0)
            .cloned()
            .unwrap_or_else(|| Arc::from("the workspace"));
        ids.insert(key.clone(), HandoverId(handovers.len()));
        handovers.push(Handover {
            scope,
            role: key.1,
            grants,
        });
    }
    for step in steps {
        step.waits_for = losses(step, live)
            .iter()
            .filter_map(|key| ids.get(key).copied())
            .collect();
    }
    handovers
}
