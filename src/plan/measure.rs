//! What has to be known of the rest of the workspace, where a plan was made from the named records alone.

use std::collections::BTreeMap;

use super::change::Action;
use super::movement::{Movements, locked_out};
use super::{Plan, guard};
use crate::model::{Guards, Limit, Live, RoleName, Scope};

/// Up to so many removals no built-in guard asks how many there are.
const FEW_REMOVALS: usize = 5;
/// The holders of so many roles are looked up; of more, everybody is read.
const FEW_SCOPES: usize = 8;

/// What a plan needs to know beyond the records that it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Nothing.
    Nothing,
    /// Who holds these roles, because they are taken from somebody; and how many of them are enough.
    Holders(BTreeMap<(Scope, RoleName), usize>),
    /// Everything.
    Everything,
}

/// Says what guards and warnings need to know.
pub fn rest(plan: &Plan, guards: &Guards, live: &Live) -> Rest {
    if live.totals.is_none() {
        return Rest::Nothing;
    }
    let taken: usize = plan
        .steps
        .iter()
        .map(|step| match &step.action {
            Action::SetRoles { before, after, .. } => before.difference(after).count(),
            action => usize::from(locked_out(action).is_some()),
        })
        .sum();
    let share = matches!(guards.max_role_removals, Some(Limit::Percent(_)));
    let built_in = guards.max_role_removals.is_none() && taken > FEW_REMOVALS;
    if taken > 0 && (share || built_in) {
        return Rest::Everything;
    }
    let roles = guard::enough_holders(guards, &Movements::of(&plan.steps, live));
    match roles.len() {
        0 => Rest::Nothing,
        1..=FEW_SCOPES => Rest::Holders(roles),
        _ => Rest::Everything,
    }
}
