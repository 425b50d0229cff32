//! The role steps of a plan, and what a reviewer should know of them.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::change::{
    Action, Address, Person, RoleScope, Step, StepId, TenantTarget, UserTarget, Why,
};
use super::draft::{Draft, Handles, scope_name};
use super::movement::{Key, Movements, live_scope, losses, role_scope};
use super::{Warning, WarningKind};
use crate::model::{
    Desired, Email, Grant, Live, LiveUser, Origin, Presence, RoleName, RoleSet, Scope, ScopeRef,
    TenantId, UserEntry, Via,
};

/// Adds a step for every scope in which somebody's roles differ from what the manifest says.
pub(super) fn plan(draft: &mut Draft<'_>) {
    let entries = draft.desired.users.iter().zip(&draft.matches.users);
    for ((email, entry), (_, live)) in entries {
        if entry.presence == Presence::Present {
            user(draft, email, entry, *live);
        }
    }
}

/// Roles in scopes where hardly anybody is left to hold them.
pub(super) type Sparse = BTreeSet<Key>;

/// A role with fewer holders than this deserves a word where it loses one.
pub(super) const FEW: usize = 2;

/// Adds what a reviewer should know of the roles in a plan.
pub(super) fn warn(draft: &mut Draft<'_>, movements: &Movements, handles: &Handles) -> Sparse {
    warn_of_unlisted(draft);
    let sparse = few_holders(&draft.steps, draft.live, movements, handles);
    let keys = sparse.keys().cloned().collect();
    draft.warnings.extend(sparse.into_values());
    keys
}

fn user(draft: &mut Draft<'_>, email: &Email, entry: &UserEntry, live: Option<&LiveUser>) {
    for (scope, grant) in &entry.grants {
        let (Some(user), Some((target, address))) =
            (draft.user_target(email, live), target(draft, email, scope))
        else {
            continue;
        };
        let before = held(live, &target);
        if grant.is(&before) {
            continue;
        }
        let (before, after) = (before.into_owned(), grant.role_set());
        let created = [created_user(user), created_tenant(&target)];
        let granted_by = granted_by(draft.desired, scope, grant);
        let mut why: Vec<Why> = granted_by.values().flatten().cloned().collect();
        if why.is_empty() {
            why.push(draft.why(grant.origin, None));
        }
        why.dedup();
        let action = Action::SetRoles {
            user,
            scope: target,
            before,
            after,
            granted_by,
        };
        draft.push(
            address,
            action,
            created.into_iter().flatten().collect(),
            why,
        );
    }
}

/// For each role, what grants it, in words.
pub(super) fn granted_by(
    desired: &Desired,
    scope: &ScopeRef,
    grant: &Grant,
) -> BTreeMap<RoleName, Vec<Why>> {
    let text = |via: &Via| match (via, scope) {
        (Via::Group(group), _) => Some(Arc::from(format!("group {group}"))),
        (Via::Members, ScopeRef::Tenant(handle)) => Some(Arc::from(format!("members of {handle}"))),
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

fn target(draft: &Draft<'_>, email: &Email, scope: &ScopeRef) -> Option<(RoleScope, Address)> {
    match scope {
        ScopeRef::Workspace => Some((
            RoleScope::Workspace,
            Address::WorkspaceRoles(Person::Email(email.clone())),
        )),
        ScopeRef::Tenant(handle) => {
            let tenant = draft.tenant_target(handle)?;
            Some((
                RoleScope::Tenant(tenant),
                Address::TenantRoles(Person::Email(email.clone()), handle.clone()),
            ))
        }
    }
}

fn held<'l>(live: Option<&'l LiveUser>, scope: &RoleScope) -> Cow<'l, RoleSet> {
    let held = live.zip(live_scope(scope));
    let held = held.and_then(|(user, scope)| user.grants.get(&scope));
    held.map_or_else(Cow::default, Cow::Borrowed)
}

fn created_user(user: UserTarget) -> Option<StepId> {
    match user {
        UserTarget::Live(_) => None,
        UserTarget::CreatedBy(step) => Some(step),
    }
}

fn created_tenant(scope: &RoleScope) -> Option<StepId> {
    match scope {
        RoleScope::Tenant(TenantTarget::CreatedBy(step)) => Some(*step),
        RoleScope::Workspace | RoleScope::Tenant(TenantTarget::Live(_)) => None,
    }
}

/// Without a vocabulary of its own the manifest is held against the server's lists, as far as those were read.
fn warn_of_unlisted(draft: &mut Draft<'_>) {
    if draft.desired.vocabulary.is_some() || draft.live.roles.is_empty() {
        return;
    }
    let mut unlisted: BTreeMap<&RoleName, Origin> = BTreeMap::new();
    let granted = draft
        .desired
        .users
        .values()
        .flat_map(|user| &user.grants)
        .flat_map(|(_, grant)| &grant.roles);
    for granted in granted.filter(|granted| !draft.live.roles.contains(&granted.role)) {
        unlisted.entry(&granted.role).or_insert(granted.origin);
    }
    let warnings = unlisted.into_iter().map(|(role, origin)| Warning {
        kind: WarningKind::UnlistedRole,
        message: format!("role \"{role}\" is in no list of roles on the server"),
        place: draft.desired.sources.place(origin),
    });
    draft.warnings.extend(warnings);
}

/// Roles that have holders and of which the steps leave hardly any, each with a word on it.
pub(super) fn few_holders(
    steps: &[Step],
    live: &Live,
    movements: &Movements,
    handles: &Handles,
) -> BTreeMap<Key, Warning> {
    let mut lost: BTreeMap<(&Scope, &RoleName), usize> = BTreeMap::new();
    for (scope, role, _) in &movements.lost {
        *lost.entry((scope, role)).or_default() += 1;
    }
    if lost.is_empty() {
        return BTreeMap::new();
    }
    let mut gained: BTreeMap<(&Scope, &RoleName), usize> = BTreeMap::new();
    for (scope, role, _) in &movements.gained {
        *gained.entry((scope, role)).or_default() += 1;
    }
    let holders = holders(live);
    let mut sparse = BTreeMap::new();
    let gone: BTreeSet<&TenantId> = steps
        .iter()
        .filter_map(|step| match &step.action {
            Action::DeleteTenant { id, .. } => Some(id),
            _ => None,
        })
        .collect();
    let goes = |scope: &Scope| matches!(scope, Scope::Tenant(id) if gone.contains(id));
    for (key, lost) in lost {
        let now = holders.get(&key).copied().unwrap_or_default();
        let gained = gained.get(&key).copied().unwrap_or_default();
        let then = (now + gained).saturating_sub(lost);
        if then >= FEW || gained >= lost || goes(key.0) {
            continue;
        }
        let (role, scope) = (key.1, scope_name(key.0, handles));
        let message = match then {
            0 if now == 1 => format!("removes the last holder of \"{role}\" in {scope}"),
            0 => format!("removes all {now} holders of \"{role}\" in {scope}"),
            _ => format!("removes {lost} of {now} holders of \"{role}\" in {scope}"),
        };
        let warning = Warning {
            kind: WarningKind::FewHolders,
            message,
            place: None,
        };
        sparse.insert((role_scope(key.0), key.1.clone()), warning);
    }
    if sparse.is_empty() {
        return sparse;
    }
    for step in steps {
        for key in losses(step, live) {
            if let (Some(warning), Some(why)) = (sparse.get_mut(&key), step.why.first()) {
                warning.place = warning.place.take().or_else(|| why.place.clone());
            }
        }
    }
    sparse
}

/// How many people hold each role in each scope and can log in.
pub(super) fn holders(live: &Live) -> BTreeMap<(&Scope, &RoleName), usize> {
    let mut holders = BTreeMap::new();
    for (scope, roles) in live
        .users
        .values()
        .filter(|user| !user.locked)
        .flat_map(|user| &user.grants)
    {
        for role in roles {
            *holders.entry((scope, role)).or_default() += 1;
        }
    }
    holders
}
