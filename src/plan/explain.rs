//! Why a person has, gets or loses a role: what the manifest says, what the server holds, and what a plan does about it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::matching::matches;
use super::movement::{live_scope, locked_out};
use super::roles::granted_by;
use super::{Action, Plan, UserTarget, Why};
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
    /// How the plan removes them altogether, if it does.
    pub removed: Option<Removal>,
    /// Scope by scope.
    pub scopes: Vec<ScopeExplanation>,
}

/// How somebody is removed.
#[derive(Clone, Debug)]
pub struct Removal {
    /// Locked, rather than deleted.
    pub locks: bool,
    /// Where the manifest asks for it.
    pub why: Vec<Why>,
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
    // Conflicts were told when the plan was made.
    let matches = matches(desired, live, &mut Vec::new());
    let handles: BTreeMap<&TenantId, &Handle> = matches
        .tenants
        .iter()
        .map(|(handle, tenant)| (&tenant.id, handle))
        .collect();
    let entry = desired.users.get(email);
    let user = matches.user(email).or_else(|| {
        live.users
            .values()
            .find(|user| user.email.as_ref() == Some(email))
    });
    let mut scopes: BTreeMap<ScopeKey, Option<&Grant>> = BTreeMap::new();
    for (scope, grant) in entry.into_iter().flat_map(|entry| &entry.grants) {
        let key = match scope {
            ScopeRef::Workspace => ScopeKey::Workspace,
            ScopeRef::Tenant(handle) => ScopeKey::Tenant(handle.clone()),
        };
        scopes.insert(key, Some(grant));
    }
    for scope in user.into_iter().flat_map(|user| user.grants.keys()) {
        let key = match scope {
            Scope::Workspace => ScopeKey::Workspace,
            Scope::Tenant(id) => handles.get(id).map_or_else(
                || ScopeKey::Unnamed(id.clone()),
                |handle| ScopeKey::Tenant((*handle).clone()),
            ),
        };
        scopes.entry(key).or_insert(None);
    }
    let id = |key: &ScopeKey| match key {
        ScopeKey::Workspace => None,
        ScopeKey::Tenant(handle) => matches.tenants.get(handle).map(|tenant| tenant.id.clone()),
        ScopeKey::Unnamed(id) => Some(id.clone()),
    };
    let called = |key: &ScopeKey, asked: &str| {
        key.name() == asked
            || id(key).is_some_and(|id| {
                id.as_str() == asked
                    || live
                        .tenants
                        .get(&id)
                        .is_some_and(|tenant| &*tenant.name == asked)
            })
    };
    let case = Case {
        desired,
        plan,
        user,
    };
    Explanation {
        email: email.clone(),
        entry: entry
            .filter(|entry| !entry.mentioned_only)
            .and_then(|entry| desired.sources.place(entry.email.origin)),
        exists: user.is_some(),
        removed: case.removed(),
        scopes: scopes
            .into_iter()
            .filter(|(key, _)| tenant.is_none_or(|asked| called(key, asked)))
            .map(|(key, grant)| case.scope(&key, id(&key).as_ref(), grant))
            .collect(),
    }
}

/// A scope, the workspace first. A tenant may have `workspace` for a handle: the two are not the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum ScopeKey {
    Workspace,
    Tenant(Handle),
    Unnamed(TenantId),
}

impl ScopeKey {
    fn name(&self) -> String {
        match self {
            Self::Workspace => "workspace".to_owned(),
            Self::Tenant(handle) => format!("{handle}"),
            Self::Unnamed(id) => format!("id:{id}"),
        }
    }
}

/// What an explanation is made from.
struct Case<'c> {
    desired: &'c Desired,
    plan: &'c Plan,
    user: Option<&'c LiveUser>,
}

impl Case<'_> {
    /// How the plan removes the person, if it does.
    fn removed(&self) -> Option<Removal> {
        let id = self.user?.id;
        self.plan.steps.iter().find_map(|step| match &step.action {
            Action::DeleteUser { id: gone, .. } if *gone == id => Some(Removal {
                locks: false,
                why: step.why.clone(),
            }),
            action if locked_out(action) == Some(id) => Some(Removal {
                locks: true,
                why: step.why.clone(),
            }),
            _ => None,
        })
    }

    fn scope(
        &self,
        key: &ScopeKey,
        tenant: Option<&TenantId>,
        grant: Option<&Grant>,
    ) -> ScopeExplanation {
        let scope = match key {
            ScopeKey::Workspace => Some(Scope::Workspace),
            ScopeKey::Tenant(_) | ScopeKey::Unnamed(_) => tenant.cloned().map(Scope::Tenant),
        };
        let held = match (&scope, self.user) {
            (Some(scope), Some(user)) => user.roles(scope),
            _ => RoleSet::new(),
        };
        let scope_ref = match key {
            ScopeKey::Workspace => ScopeRef::Workspace,
            ScopeKey::Tenant(handle) => ScopeRef::Tenant(handle.clone()),
            ScopeKey::Unnamed(id) => ScopeRef::Tenant(Handle::new(id.as_str())),
        };
        let reasons = grant
            .map(|grant| granted_by(self.desired, &scope_ref, grant))
            .unwrap_or_default();
        let goes = self.plan.steps.iter().any(|step| matches!((&step.action, tenant), (Action::DeleteTenant { id, .. }, Some(tenant)) if id == tenant));
        let deleted = self.removed().is_some_and(|removal| !removal.locks);
        // A handover takes two steps; what holds in the end is what the last one leaves.
        let planned = self
            .plan
            .steps
            .iter()
            .rev()
            .find_map(|step| match &step.action {
                Action::SetRoles {
                    user: UserTarget::Live(id),
                    scope: target,
                    after,
                    ..
                } if self.user.is_some_and(|user| user.id == *id)
                    && live_scope(target) == scope =>
                {
                    Some(after.clone())
                }
                _ => None,
            });
        let managed = grant.is_some() || planned.is_some() || goes;
        let then = match planned {
            _ if goes || deleted => RoleSet::new(),
            Some(after) => after,
            None => held
                .union(&reasons.keys().cloned().collect())
                .cloned()
                .collect(),
        };
        let roles: BTreeSet<&RoleName> = reasons.keys().chain(&held).collect();
        let roles = roles.into_iter().map(|role| RoleExplanation {
            role: role.clone(),
            granted_by: reasons.get(role).cloned().unwrap_or_default(),
            held: held.contains(role),
            next: match (held.contains(role), then.contains(role)) {
                (true, false) => Next::Removes,
                (false, _) => Next::Grants,
                (true, true) if managed => Next::Keeps,
                (true, true) => Next::LeavesAlone,
            },
        });
        ScopeExplanation {
            name: Arc::from(key.name()),
            managed,
            roles: roles.collect(),
        }
    }
}
