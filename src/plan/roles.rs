//! The role steps: one for every scope in which a user's roles differ from what the manifest says.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::records::{Created, Input, called};
use super::{Address, Called, Change, Person, Step, Target, Why};
use crate::model::{
    Desired, Email, Grant, Handle, LiveUser, Presence, RoleName, RoleSet, Scope, TenantId,
    UserEntry, Via,
};

/// The role steps of all entries.
pub(super) fn steps(input: Input<'_>, created: &Created) -> Vec<Step> {
    let entries = input.desired.users.iter().zip(&input.matches.users);
    let present = entries.filter(|((_, entry), _)| entry.presence == Presence::Present);
    present
        .flat_map(|((email, entry), (_, live))| of_user(input, created, email, entry, *live))
        .collect()
}

fn of_user(
    input: Input<'_>,
    created: &Created,
    email: &Email,
    entry: &UserEntry,
    live: Option<&LiveUser>,
) -> Vec<Step> {
    let Some(user) = created.user(email, live) else {
        return Vec::new();
    };
    let steps = entry.grants.iter().filter_map(|(named, grant)| {
        let scope = named
            .as_ref()
            .and_then(|handle| created.tenant(handle, input))?;
        let before = held(live, &scope);
        if grant.is(&before) {
            return None;
        }
        let granted_by = granted_by(input.desired, named, grant);
        let mut why: Vec<Why> = granted_by.values().flatten().cloned().collect();
        if why.is_empty() {
            why.push(input.why(grant.origin, None));
        }
        why.dedup();
        let tenant = named
            .tenant()
            .and_then(|handle| input.matches.tenants.get(handle));
        let called = Called {
            tenant: tenant.and_then(|tenant| tenant.called()),
            ..called(live)
        };
        let creations = [
            user.created_by(),
            scope.tenant().and_then(Target::created_by),
        ];
        let change = Change::Roles {
            user: user.clone(),
            scope,
            before,
            after: grant.role_set(),
            granted_by,
        };
        let address = Address::roles(Person::Email(email.clone()), named.clone());
        let mut step = Step::new(address, change, called, why);
        step.depends_on = creations.into_iter().flatten().collect();
        Some(step)
    });
    steps.collect()
}

/// For each role, what grants it, in words.
pub(super) fn granted_by(
    desired: &Desired,
    scope: &Scope<Handle>,
    grant: &Grant,
) -> BTreeMap<RoleName, Vec<Why>> {
    let text = |via: &Via| match (via, scope) {
        (Via::Group(group), _) => Some(Arc::from(format!("group {group}"))),
        (Via::Members, Scope::Tenant(handle)) => Some(Arc::from(format!("members of {handle}"))),
        (Via::Members | Via::Entry, _) => None,
    };
    let mut reasons: BTreeMap<RoleName, Vec<Why>> = BTreeMap::new();
    for granted in &grant.roles {
        let why = Why {
            place: desired.sources.place(granted.origin),
            text: text(&granted.via),
        };
        reasons.entry(granted.role.clone()).or_default().push(why);
    }
    reasons
}

fn held(live: Option<&LiveUser>, scope: &Scope<Target<TenantId>>) -> RoleSet {
    let held = live.zip(super::movement::live_scope(scope));
    held.map(|(user, scope)| user.roles(&scope))
        .unwrap_or_default()
}
