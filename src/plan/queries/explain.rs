//! Why a person has, gets or loses a role: what the manifest says, what the server holds, and what a plan does about it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{
    Desired, Email, Grant, Handle, Live, LiveUser, Place, RoleName, RoleSet, Scope, TenantId,
};
use crate::plan::draft::records::Created;
use crate::plan::draft::roles::granted_by;
use crate::plan::matching::matches;
use crate::plan::review::effects::After;
use crate::plan::{Address, Blocked, Person, Plan, Target, TenantRef, Why};

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
    pub removed: Option<UserRemoval>,
    /// What about them can't be planned.
    pub blocked: Vec<Blocked>,
    /// Scope by scope.
    pub scopes: Vec<ScopeExplanation>,
}

/// How somebody is removed.
#[derive(Clone, Debug)]
pub struct UserRemoval {
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
    /// What the manifest says of it can't be planned: it stays as it is.
    Blocked,
}

/// Explains a person's roles; all of them, or those in one tenant, named by handle, id or exact name.
pub(crate) fn explain(
    desired: &Desired,
    live: &Live,
    plan: &Plan,
    email: &Email,
    tenant: Option<&str>,
) -> Explanation {
    // Errors were reported when the plan was made.
    let (matches, _) = matches(desired, live);
    let handles: BTreeMap<&TenantId, &Handle> = matches
        .tenants
        .iter()
        .map(|(handle, tenant)| (&tenant.id, handle))
        .collect();
    let entry = desired.users.get(email);
    let user = matches.user(email).or_else(|| {
        live.users
            .found()
            .find(|user| user.email().as_ref() == Some(email))
    });
    let possible = user.map(LiveUser::possible).unwrap_or_default();
    let mut scopes: BTreeMap<Scope<TenantRef>, Option<(&Scope<Handle>, &Grant)>> = BTreeMap::new();
    for (scope, grant) in entry.into_iter().flat_map(|entry| &entry.grants) {
        scopes.insert(scope.clone().map(TenantRef::Handle), Some((scope, grant)));
    }
    for scope in possible.keys() {
        let key = scope.clone().map(|id| match handles.get(&id) {
            Some(handle) => TenantRef::Handle((*handle).clone()),
            None => TenantRef::Id(id),
        });
        scopes.entry(key).or_insert(None);
    }
    let id = |key: &Scope<TenantRef>| match key.tenant()? {
        TenantRef::Handle(handle) => matches.tenants.get(handle).map(|tenant| tenant.id.clone()),
        TenantRef::Id(id) => Some(id.clone()),
    };
    let called = |key: &Scope<TenantRef>, asked: &str| {
        name(key) == asked
            || id(key).is_some_and(|id| {
                id.as_str() == asked
                    || live
                        .tenants
                        .get(&id)
                        .is_some_and(|tenant| tenant.name() == asked)
            })
    };
    let case = Case {
        desired,
        plan,
        user,
        after: After::of(live, &plan.steps),
        created: Created::of(&plan.steps),
    };
    Explanation {
        email: email.clone(),
        entry: entry
            .filter(|entry| !entry.mentioned_only)
            .and_then(|entry| desired.sources.place(entry.email.origin)),
        exists: user.is_some(),
        removed: case.removed(),
        blocked: case.blocked(email).cloned().collect(),
        scopes: scopes
            .into_iter()
            .filter(|(key, _)| tenant.is_none_or(|asked| called(key, asked)))
            .map(|(key, grant)| case.scope(email, &key, id(&key).as_ref(), grant))
            .collect(),
    }
}

fn name(scope: &Scope<TenantRef>) -> String {
    match scope {
        Scope::Workspace => "workspace".to_owned(),
        Scope::Tenant(tenant) => tenant.to_string(),
    }
}

/// What an explanation is made from.
struct Case<'c> {
    desired: &'c Desired,
    plan: &'c Plan,
    user: Option<&'c LiveUser>,
    /// What the plan leaves.
    after: After<'c>,
    created: Created,
}

impl Case<'_> {
    /// What about this person is blocked.
    fn blocked(&self, email: &Email) -> impl Iterator<Item = &Blocked> {
        let blocked = self.plan.blocked.iter();
        blocked.filter(move |blocked| {
            let person = blocked.address.person();
            person.and_then(Person::email) == Some(email)
        })
    }

    /// Whether what is to become of the roles in this scope is blocked: with the person, or by itself.
    fn is_blocked(&self, email: &Email, named: &Scope<Handle>) -> bool {
        self.blocked(email).any(|blocked| match &blocked.address {
            Address::WorkspaceRoles(_) => *named == Scope::Workspace,
            Address::TenantRoles(_, tenant) => named.tenant() == tenant.handle(),
            _ => true,
        })
    }

    /// How the plan removes the person, if it does.
    fn removed(&self) -> Option<UserRemoval> {
        let id = &self.user?.uuid;
        let step = self
            .plan
            .steps
            .iter()
            .find(|step| step.change.locked_out() == Some(id))?;
        Some(UserRemoval {
            locks: step.change.deleted_user().is_none(),
            why: step.why.clone(),
        })
    }

    fn scope(
        &self,
        email: &Email,
        key: &Scope<TenantRef>,
        tenant: Option<&TenantId>,
        grant: Option<(&Scope<Handle>, &Grant)>,
    ) -> ScopeExplanation {
        let scope = match key {
            Scope::Workspace => Some(Scope::Workspace),
            Scope::Tenant(_) => tenant.cloned().map(Scope::Tenant),
        };
        let held = match (&scope, self.user) {
            (Some(scope), Some(user)) => &user.roles(scope) | &user.either(scope),
            _ => RoleSet::new(),
        };
        let reasons = grant
            .map(|(scope, grant)| granted_by(self.desired, scope, grant))
            .unwrap_or_default();
        let steps = self.plan.steps.iter();
        let of_scope = steps.filter(|step| {
            step.address == Address::roles(Person::Email(email.clone()), key.clone())
        });
        let is_gone = tenant.is_some_and(|id| self.after.is_gone(&Target::Existing(id.clone())));
        let managed = grant.is_some() || is_gone || of_scope.count() > 0;
        let then = match self.created.user(email, self.user) {
            Some(user) if self.after.changed_user(&user).is_some() => {
                let scope = self.created.scope(key, tenant);
                scope
                    .map(|scope| self.after.roles(&user, &scope))
                    .unwrap_or_default()
            }
            _ if is_gone => RoleSet::new(),
            _ => held.clone(),
        };
        // A role that may be held only above, and that stays, is shown either way.
        let either = scope.as_ref().zip(self.user);
        let either = either
            .map(|(scope, user)| user.either(scope))
            .unwrap_or_default();
        let then = &then | &(&either & &reasons.keys().cloned().collect());
        // A scope that the manifest does not manage stays as it is anyway.
        let is_blocked = grant.is_some_and(|(scope, _)| self.is_blocked(email, scope));
        let roles: BTreeSet<&RoleName> = reasons.keys().chain(&held).collect();
        let roles = roles.into_iter().map(|role| RoleExplanation {
            role: role.clone(),
            granted_by: reasons.get(role).cloned().unwrap_or_default(),
            held: held.contains(role),
            next: match (held.contains(role), then.contains(role)) {
                _ if is_blocked && held.contains(role) != reasons.contains_key(role) => {
                    Next::Blocked
                }
                (true, false) => Next::Removes,
                (false, _) => Next::Grants,
                (true, true) if managed => Next::Keeps,
                (true, true) => Next::LeavesAlone,
            },
        });
        ScopeExplanation {
            name: Arc::from(name(key)),
            managed,
            roles: roles.collect(),
        }
    }
}
