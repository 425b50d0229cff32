//! The roles that a manifest grants and a user does not hold yet. In: a manifest, a live state, and the plan for them. Out: each with
//! the entry that grants it.

use std::collections::BTreeSet;

use crate::model::{Desired, Email, Grant, Handle, Live, LiveUser, Presence, RoleName, Scope};
use crate::plan::draft::records::Created;
use crate::plan::matching::matches;
use crate::plan::review::effects::After;
use crate::plan::{Plan, TenantRef};

/// A role that is granted and not held yet.
pub(crate) struct PendingRole<'d> {
    pub(crate) email: &'d Email,
    /// The user; none who is to be created.
    pub(crate) user: Option<&'d LiveUser>,
    pub(crate) scope: &'d Scope<Handle>,
    pub(crate) role: RoleName,
}

/// The roles that users hold after the plan and not before it, and those that the plan can't grant because they are blocked.
pub(crate) fn pending<'d>(
    desired: &'d Desired,
    live: &'d Live,
    plan: &Plan,
) -> Vec<PendingRole<'d>> {
    // Errors were reported when the plan was made.
    let (matches, _) = matches(desired, live);
    let after = After::of(live, &plan.steps);
    let created = Created::of(&plan.steps);
    let blocked = plan.blocked.iter();
    let blocked = blocked.filter_map(|blocked| blocked.address.person()?.email());
    let blocked: BTreeSet<&Email> = blocked.collect();
    let mut pending = Vec::new();
    for (email, user) in &matches.users {
        let Some(entry) = desired.users.get(*email) else {
            continue;
        };
        if entry.presence == Presence::Absent {
            continue;
        }
        let held = user.map(LiveUser::possible).unwrap_or_default();
        for (scope, grant) in &entry.grants {
            let tenant = scope.tenant().and_then(|it| matches.tenants.get(it));
            let tenant = tenant.map(|tenant| &tenant.id);
            let live_scope = match scope {
                Scope::Workspace => Some(Scope::Workspace),
                Scope::Tenant(_) => tenant.cloned().map(Scope::Tenant),
            };
            let held = live_scope.and_then(|scope| held.get(&scope));
            let then = || {
                let named = scope.clone().map(TenantRef::Handle);
                let scope = created.scope(&named, tenant)?;
                Some(after.roles(&created.user(email, *user)?, &scope))
            };
            let then = then().unwrap_or_default();
            let gets = |role: &RoleName| then.contains(role) || blocked.contains(email);
            let roles = Grant::role_set(grant);
            let roles = roles.into_iter();
            let roles = roles.filter(|role| !held.is_some_and(|held| held.contains(role)));
            pending.extend(roles.filter(gets).map(|role| PendingRole {
                email,
                user: *user,
                scope,
                role,
            }));
        }
    }
    pending
}
