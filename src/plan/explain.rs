//! Why a person has, gets or loses a role: what the manifest says, what the server holds, and what a plan does about it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::roles::granted_by;
use super::{Action, Address, Person, Plan, RoleScope, TenantTarget, Why};
use crate::model::{
    Desired, Email, Grant, Handle, Live, LiveUser, Place, RoleName, RoleSet, Scope, ScopeRef,
    TenantId,
};

/// Everything there is to say of one person's roles.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The person.
    pub email: Email,
    /// Where their own entry is written, if they have one.
    pub entry: Option<Place>,
    /// Whether the server knows them.
    pub exists: bool,
    /// Why the plan removes them altogether, if it does.
    pub removed: Option<Vec<Why>>,
    /// Scope by scope.
    pub scopes: Vec<ScopeExplanation>,
}

/// One scope.
#[derive(Clone, Debug)]
pub struct ScopeExplanation {
    /// The workspace, or a tenant by its handle, or by its id where it has none.
    pub name: Arc<str>,
    /// Whether anything in the manifest mentions the person in this scope.
    pub managed: bool,
    /// Role by role.
    pub roles: Vec<RoleExplanation>,
}

/// One role in one scope.
#[derive(Clone, Debug)]
pub struct RoleExplanation {
    /// The role.
    pub role: RoleName,
    /// What grants it.
    pub granted_by: Vec<Why>,
    /// Whether it is held now.
    pub held: bool,
    /// What the plan does about it.
    pub next: Next,
}

/// What a plan does about a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is held and stays.
    Keeps,
    /// It is not held and is granted.
    Grants,
    /// It is held and taken away.
    Removes,
    /// It is held, and the manifest does not manage the scope.
    LeavesAlone,
}

/// Explains a person's roles; all of them, or those in one tenant, named by handle, id or exact name.
pub fn explain(
    desired: &Desired,
    live: &Live,
    plan: &Plan,
    email: &Email,
    tenant: Option<&str>,
) -> Explanation {
    let user = live
        .users
        .values()
        .find(|user| user.email.as_ref() == Some(email));
    let entry = desired.users.get(email);
    let known = tenants(plan, desired, live);
    let mut scopes: BTreeMap<Arc<str>, (Option<&Grant>, ScopeRef, RoleSet)> = BTreeMap::new();
    for (scope, grant) in entry.into_iter().flat_map(|entry| &entry.grants) {
        let held = user
            .map(|user| held(user, scope, &known))
            .unwrap_or_default();
        scopes.insert(name(scope), (Some(grant), scope.clone(), held));
    }
    for (scope, roles) in user.into_iter().flat_map(|user| &user.grants) {
        let scope = match scope {
            Scope::Workspace => ScopeRef::Workspace,
            Scope::Tenant(id) => ScopeRef::Tenant(
                known
                    .get(id)
                    .cloned()
                    .unwrap_or_else(|| Handle::new(format!("id:{id}"))),
            ),
        };
        scopes
            .entry(name(&scope))
            .or_insert_with(|| (None, scope, roles.clone()));
    }
    let removed = plan.steps.iter().find(|step| {
        step.address == Address::User(Person::Email(email.clone()))
            && matches!(
                step.action,
                Action::DeleteUser { .. } | Action::LockUser { .. }
            )
    });
    let wanted = |name: &str| {
        tenant.is_none_or(|tenant| tenant == name || tenant_matches(tenant, name, &known, live))
    };
    Explanation {
        email: email.clone(),
        entry: entry
            .filter(|entry| !entry.mentioned_only)
            .and_then(|entry| desired.sources.place(entry.email.origin)),
        exists: user.is_some(),
        removed: removed.map(|step| step.why.clone()),
        scopes: scopes
            .into_iter()
            .filter(|(name, _)| wanted(name))
            .map(|(name, (grant, scope, held))| {
                explain_scope(desired, plan, email, name, grant, &scope, &held)
            })
            .collect(),
    }
}

fn explain_scope(
    desired: &Desired,
    plan: &Plan,
    email: &Email,
    name: Arc<str>,
    grant: Option<&Grant>,
    scope: &ScopeRef,
    held: &RoleSet,
) -> ScopeExplanation {
    let reasons = grant
        .map(|grant| granted_by(desired, scope, grant))
        .unwrap_or_default();
    let address = match scope {
        ScopeRef::Workspace => Address::WorkspaceRoles(Person::Email(email.clone())),
        ScopeRef::Tenant(handle) => {
            Address::TenantRoles(Person::Email(email.clone()), handle.clone())
        }
    };
    // A handover takes two steps; what holds in the end is what the last one leaves.
    let last = plan.steps.iter().rfind(|step| step.address == address);
    let planned = last.and_then(|step| match &step.action {
        Action::SetRoles { after, .. } => Some(after),
        _ => None,
    });
    let then = planned.unwrap_or(held);
    let roles: BTreeSet<&RoleName> = reasons.keys().chain(held).collect();
    let roles = roles.into_iter().map(|role| RoleExplanation {
        role: role.clone(),
        granted_by: reasons.get(role).cloned().unwrap_or_default(),
        held: held.contains(role),
        next: match (held.contains(role), then.contains(role)) {
            (true, false) => Next::Removes,
            (false, _) => Next::Grants,
            (true, true) if grant.is_none() => Next::LeavesAlone,
            (true, true) => Next::Keeps,
        },
    });
    ScopeExplanation {
        name,
        managed: grant.is_some() || planned.is_some(),
        roles: roles.collect(),
    }
}

fn name(scope: &ScopeRef) -> Arc<str> {
    match scope {
        ScopeRef::Workspace => Arc::from("workspace"),
        ScopeRef::Tenant(handle) => Arc::from(handle.as_str()),
    }
}

fn held(user: &LiveUser, scope: &ScopeRef, known: &BTreeMap<TenantId, Handle>) -> RoleSet {
    match scope {
        ScopeRef::Workspace => user.roles(&Scope::Workspace),
        ScopeRef::Tenant(handle) => known
            .iter()
            .find(|(_, known)| *known == handle)
            .map(|(id, _)| user.roles(&Scope::Tenant(id.clone())))
            .unwrap_or_default(),
    }
}

/// The handles of the tenants that exist: by pin or name, and by what the plan's steps say.
fn tenants(plan: &Plan, desired: &Desired, live: &Live) -> BTreeMap<TenantId, Handle> {
    let mut known = BTreeMap::new();
    for (handle, entry) in &desired.tenants {
        let named = |name: &str| {
            live.tenants
                .values()
                .find(|tenant| &*tenant.name == name)
                .map(|tenant| tenant.id.clone())
        };
        let by_name = || {
            entry
                .name
                .iter()
                .chain(&entry.renamed_from)
                .find_map(|name| named(&name.value))
        };
        if let Some(id) = entry
            .pin
            .as_ref()
            .map(|pin| pin.value.clone())
            .or_else(by_name)
        {
            known.insert(id, handle.clone());
        }
    }
    for step in &plan.steps {
        if let (
            Action::SetRoles {
                scope: RoleScope::Tenant(TenantTarget::Live(id)),
                ..
            },
            Address::TenantRoles(_, handle),
        ) = (&step.action, &step.address)
        {
            known.insert(id.clone(), handle.clone());
        }
    }
    known
}

fn tenant_matches(
    asked: &str,
    name: &str,
    known: &BTreeMap<TenantId, Handle>,
    live: &Live,
) -> bool {
    let called = |id: &TenantId| {
        id.as_str() == asked
            || live
                .tenants
                .get(id)
                .is_some_and(|tenant| &*tenant.name == asked)
    };
    known
        .iter()
        .any(|(id, handle)| handle.as_str() == name && called(id))
        || name
            .strip_prefix("id:")
            .is_some_and(|id| called(&TenantId::new(id)))
}
