//! What has to be known of the rest of the workspace, where a plan was made from the named records alone.

use std::collections::BTreeMap;

use super::change::Action;
use super::movement::{Movements, locked_out};
use super::{Plan, Warning, WarningKind, guard};
use crate::model::{Guards, Limit, Live, RoleName, Scope};

/// Up to so many removals no built-in guard asks how many there are.
const FEW_REMOVALS: usize = 5;
/// The holders of so many roles are looked up, and of more where there are more pages of users than roles.
const FEW_SCOPES: usize = 8;
/// About how many users there are on a page.
const PAGE: usize = 100;

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
    let Some(totals) = live.totals else {
        return Rest::Nothing;
    };
    let actions = || plan.steps.iter().map(|step| &step.action);
    let taken: usize = actions()
        .map(|action| match action {
            Action::SetRoles { before, after, .. } => before.difference(after).count(),
            _ => 0,
        })
        .sum();
    // A guard that a plan breaks says of how many.
    let too_many_roles = match guards.max_role_removals {
        None => taken > FEW_REMOVALS,
        Some(Limit::Percent(_)) => taken > 0,
        Some(limit @ Limit::Count(_)) => taken > limit.of(0),
    };
    // How many users there are is known, and how many tenants not for sure.
    let removed = actions().filter_map(locked_out).count();
    let too_many_users =
        matches!(guards.max_deletes, Some(limit @ Limit::Count(_)) if removed > limit.of(0));
    let unlisted = |warning: &Warning| warning.kind == WarningKind::UnlistedRole;
    let unread_lists = totals.tenants > live.tenants.len() && plan.warnings.iter().any(unlisted);
    if too_many_roles || too_many_users || unread_lists {
        return Rest::Everything;
    }
    let roles = guard::enough_holders(guards, &Movements::of(&plan.steps, live));
    match roles.len() {
        0 => Rest::Nothing,
        count if count <= FEW_SCOPES.max(totals.users / PAGE) => Rest::Holders(roles),
        _ => Rest::Everything,
    }
}
