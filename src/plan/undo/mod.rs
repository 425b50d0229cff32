//! What was done → a plan that takes it back, as far as it can be taken back.

mod inverse;
mod simulate;

use std::collections::BTreeMap;

use inverse::Inverse;

use super::movement::Movements;
use super::{Plan, StepId, danger, guard, order, roles};
use crate::model::{Guards, Handle, Live, RoleName, TenantId, UserId};

/// What came of a plan.
#[derive(Clone, Copy)]
pub struct Done<'o> {
    /// For each step whether the server did it, in the order of the plan.
    pub steps: &'o [bool],
    /// The users that were created.
    pub users: &'o BTreeMap<StepId, UserId>,
    /// The tenants that were created.
    pub tenants: &'o BTreeMap<StepId, TenantId>,
}

impl Done<'_> {
    fn did(&self, step: StepId) -> bool {
        self.steps.get(step.0) == Some(&true)
    }
}

/// The plan that takes back what was done to a live state, and the live state that it starts from. What can't be restored
/// is among its warnings.
pub fn undo(plan: &Plan, live: &Live, done: Done<'_>) -> (Plan, Live) {
    let after = simulate::after(plan, live, done);
    let mut inverse = Inverse::new(live, &after, done);
    plan.steps
        .iter()
        .rev()
        .filter(|step| done.did(step.id))
        .for_each(|step| inverse.step(step));
    inverse.restore_grants();
    let Inverse {
        steps, warnings, ..
    } = inverse;
    let (mut steps, handovers) = order::order(steps, &after);
    let handles: BTreeMap<TenantId, Handle> = BTreeMap::new();
    let movements = Movements::of(&steps, &after);
    let sparse = roles::few_holders(&steps, &after, &movements, &handles);
    let sensitive = [RoleName::new(RoleName::ADMIN)].into();
    danger::mark(
        &mut steps,
        &after,
        &sensitive,
        &sparse.keys().cloned().collect(),
    );
    let broken_guards = guard::broken(&Guards::default(), &after, &steps, &movements, &handles);
    let undo = Plan {
        workspace: plan.workspace.clone(),
        mode: plan.mode,
        size: plan.size,
        steps,
        handovers,
        warnings: warnings.into_iter().chain(sparse.into_values()).collect(),
        suspects: Vec::new(),
        selection: None,
        broken_guards,
    };
    (undo, after)
}
