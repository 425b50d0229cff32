//! Who loses and who gets which role where, as far as holding it means something: somebody who is locked holds nothing.
//!
//! The one place that knows which steps take roles away: guards, warnings and handovers all ask here.

use std::collections::BTreeSet;

use super::change::{Action, RoleScope, Step, TenantTarget, UserTarget};
use crate::model::{Live, RoleName, Scope, UserId};

/// A role in a scope, as a plan names the scope.
pub(super) type Key = (RoleScope, RoleName);

/// The roles that a step grants.
pub(super) fn gains(step: &Step) -> Vec<Key> {
    match &step.action {
        Action::SetRoles {
            scope,
            before,
            after,
            ..
        } => after
            .difference(before)
            .map(|role| (scope.clone(), role.clone()))
            .collect(),
        _ => Vec::new(),
    }
}

/// The roles that a step takes away, by itself or with the person.
pub(super) fn losses(step: &Step, live: &Live) -> Vec<Key> {
    match &step.action {
        Action::SetRoles {
            scope,
            before,
            after,
            ..
        } => before
            .difference(after)
            .map(|role| (scope.clone(), role.clone()))
            .collect(),
        action => {
            let user = locked_out(action).and_then(|id| live.users.get(&id));
            let grants = user.into_iter().flat_map(|user| &user.grants);
            grants
                .flat_map(|(scope, roles)| {
                    roles
                        .iter()
                        .map(move |role| (role_scope(scope), role.clone()))
                })
                .collect()
        }
    }
}

/// The user whom an action keeps from logging in.
pub(super) fn locked_out(action: &Action) -> Option<UserId> {
    match action {
        Action::DeleteUser { id, .. } | Action::LockUser { id, .. } => Some(*id),
        Action::UpdateUser { id, fields, .. } if fields.locked == Some(true) => Some(*id),
        _ => None,
    }
}

/// The scope of a plan that stands for a live one.
pub(super) fn role_scope(scope: &Scope) -> RoleScope {
    match scope {
        Scope::Workspace => RoleScope::Workspace,
        Scope::Tenant(id) => RoleScope::Tenant(TenantTarget::Live(id.clone())),
    }
}

/// The live scope that a scope of a plan stands for; none where the tenant is only now created.
pub(super) fn live_scope(scope: &RoleScope) -> Option<Scope> {
    match scope {
        RoleScope::Workspace => Some(Scope::Workspace),
        RoleScope::Tenant(TenantTarget::Live(id)) => Some(Scope::Tenant(id.clone())),
        RoleScope::Tenant(TenantTarget::CreatedBy(_)) => None,
    }
}

/// What changes about the holders of roles, each holder once however many steps touch them.
#[derive(Debug, Default)]
pub(super) struct Movements {
    /// Who stops holding what.
    pub(super) lost: BTreeSet<(Scope, RoleName, UserId)>,
    /// Who starts holding what.
    pub(super) gained: BTreeSet<(Scope, RoleName, UserTarget)>,
}

impl Movements {
    /// Adds up the steps of a plan.
    pub(super) fn of(steps: &[Step], live: &Live) -> Self {
        let out: BTreeSet<UserId> = steps
            .iter()
            .filter_map(|step| locked_out(&step.action))
            .collect();
        let is_locked = |id: &UserId| live.users.get(id).is_some_and(|user| user.locked);
        let mut movements = Self::default();
        for step in steps {
            let user = match &step.action {
                Action::SetRoles { user, .. } => Some(*user),
                action => locked_out(action).map(UserTarget::Live),
            };
            let Some(user) = user else { continue };
            if let UserTarget::Live(id) = user
                && !is_locked(&id)
            {
                let lost = losses(step, live)
                    .into_iter()
                    .filter_map(|(scope, role)| Some((live_scope(&scope)?, role, id)));
                movements.lost.extend(lost);
            }
            let stays = match user {
                UserTarget::Live(id) => !is_locked(&id) && !out.contains(&id),
                UserTarget::CreatedBy(_) => true,
            };
            if stays {
                movements.gained.extend(
                    gains(step)
                        .into_iter()
                        .filter_map(|(scope, role)| Some((live_scope(&scope)?, role, user))),
                );
            }
        }
        movements
    }
}
