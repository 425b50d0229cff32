//! The workspace after steps. In: what is live, and steps. Out: which users and tenants there are, who can log in, and who holds
//! which role where.
//!
//! The only code that steps through changes to find out what will be: guards, holders, rules, order, dangers, undo and recheck
//! ask here. A user who can't log in holds nothing that counts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hashbrown::HashMap;
use serde_json::Value;

use crate::model::{
    Email, FieldKey, Live, LiveTenant, LiveUser, Record, RecordField, RoleName, RoleSet, Scope,
    TenantField, TenantId, UserField, UserUuid,
};
use crate::plan::{Change, Edit, FieldChange, Step, Target};

/// A scope as a plan names it: the tenant may be one that a step creates.
pub(crate) type PlanScope = Scope<Target<TenantId>>;
pub(crate) type Key = (PlanScope, RoleName);

/// The live scope that a scope of a plan is; none where a step creates the tenant.
pub(crate) fn live_scope(scope: &PlanScope) -> Option<Scope> {
    scope.as_ref().and_then(|tenant| tenant.existing().cloned())
}

/// A workspace, and what steps have changed about it.
#[derive(Clone)]
pub(crate) struct After<'a> {
    pub(crate) live: &'a Live,
    users: HashMap<Target<UserUuid>, UserAfter<'a>>,
    tenants: BTreeMap<Target<TenantId>, TenantAfter<'a>>,
}

/// A user whom steps have changed, or a user as they are now.
#[derive(Clone, Default)]
pub(crate) struct UserAfter<'a> {
    /// The user before any step, whose roles stay where no step sets them.
    live: Option<&'a LiveUser>,
    /// None where the user does not exist.
    record: Option<&'a Record<UserField>>,
    /// What steps have changed about the record.
    changes: Vec<&'a FieldChange<UserField>>,
    /// The roles that steps have set.
    set: BTreeMap<PlanScope, &'a RoleSet>,
}

#[derive(Clone)]
struct TenantAfter<'a> {
    /// None where the tenant does not exist.
    record: Option<Cow<'a, Record<TenantField>>>,
    /// For a creation: the tenant above it, where that is not the workspace.
    parent: Option<&'a Target<TenantId>>,
}

impl<'a> UserAfter<'a> {
    /// A user before any step.
    pub(crate) fn now(user: &'a LiveUser) -> Self {
        Self {
            live: Some(user),
            record: Some(&user.record),
            ..Self::default()
        }
    }

    /// The same, holding these roles in scopes that no step has set.
    pub(crate) fn supposing(mut self, doubtful: &'a [(PlanScope, RoleSet)]) -> Self {
        for (scope, roles) in doubtful {
            self.set.entry(scope.clone()).or_insert(roles);
        }
        self
    }

    pub(crate) fn exists(&self) -> bool {
        self.record.is_some()
    }

    /// What steps have set a field to.
    fn changed(&self, field: UserField) -> Option<&'a Value> {
        let mut changes = self.changes.iter().rev();
        let change = changes.find(|change| change.field == FieldKey::Field(field))?;
        Some(&change.after)
    }

    pub(crate) fn can_log_in(&self) -> bool {
        self.record
            .is_some_and(|record| match self.changed(UserField::Locked) {
                Some(locked) => locked.as_bool() != Some(true),
                None => record.get(UserField::Locked).is_none(),
            })
    }

    pub(crate) fn email(&self) -> Option<Email> {
        match self.changed(UserField::Email) {
            Some(email) => email.as_str().map(Email::new),
            None => self.record?.text(UserField::Email).cloned().map(Email::new),
        }
    }

    /// The roles that the user holds in one scope itself, whether or not they can log in.
    fn roles_in(&self, scope: &PlanScope) -> Option<&'a RoleSet> {
        let held = || self.live?.grants.get(&live_scope(scope)?);
        let roles = self.set.get(scope).copied().or_else(held);
        roles.filter(|_| self.exists())
    }

    /// The roles that the user holds, by scope, whether or not they can log in.
    pub(crate) fn roles(&self) -> impl Iterator<Item = (PlanScope, &'a RoleSet)> {
        let held = self.live.into_iter().flat_map(|user| &user.grants);
        let held = held.map(|(scope, roles)| (scope.clone().map(Target::Existing), roles));
        let held = held.filter(|(scope, _)| !self.set.contains_key(scope));
        let set = self
            .set
            .iter()
            .map(|(scope, roles)| (scope.clone(), *roles));
        held.chain(set).filter(|_| self.exists())
    }

    /// Every role that the user holds.
    pub(super) fn held(&self) -> impl Iterator<Item = Key> {
        self.roles()
            .flat_map(|(scope, roles)| keys(&scope, roles.iter()))
    }

    /// The roles that count for the user now and not after the steps. With the two exchanged: those that count only then.
    pub(super) fn loses(&self, then: &Self) -> Vec<Key> {
        match (self.can_log_in(), then.can_log_in()) {
            (true, true) => self.gives_up(then),
            (true, false) => self.held().collect(),
            (false, _) => Vec::new(),
        }
    }

    /// The roles that the user holds now and not after the steps, in scopes that either has set.
    pub(super) fn gives_up(&self, then: &Self) -> Vec<Key> {
        let scopes = self.set.keys().chain(then.set.keys());
        let lost = scopes.filter_map(|scope| {
            let then = then.roles_in(scope);
            let held = self.roles_in(scope)?.iter();
            Some(keys(
                scope,
                held.filter(move |role| !then.is_some_and(|then| then.contains(*role))),
            ))
        });
        lost.flatten().collect()
    }

    fn take(&mut self, change: &'a Change) {
        match change {
            Change::Tenant { .. } => {}
            Change::User { edit, .. } => match edit {
                Edit::Create { record } => self.record = Some(record),
                Edit::Update { changes, .. } => self.changes.extend(changes),
                Edit::Delete { .. } => self.record = None,
            },
            Change::Roles { scope, after, .. } => {
                self.set.insert(scope.clone(), after);
            }
        }
    }

    /// The record with all changes.
    fn record(&self) -> Option<Record<UserField>> {
        let write = |record: Record<UserField>, change: &&FieldChange<UserField>| {
            record.with(&change.field, &change.after)
        };
        Some(self.changes.iter().fold(self.record?.clone(), write))
    }
}

fn keys<'r>(scope: &PlanScope, roles: impl Iterator<Item = &'r RoleName>) -> Vec<Key> {
    roles.map(|role| (scope.clone(), role.clone())).collect()
}

/// A record after an edit; none after a deletion.
fn edited<'a, F: RecordField>(
    record: Option<Cow<'a, Record<F>>>,
    edit: &'a Edit<F>,
) -> Option<Cow<'a, Record<F>>> {
    match edit {
        Edit::Create { record } => Some(Cow::Borrowed(record)),
        Edit::Delete { .. } => None,
        Edit::Update { changes, .. } => {
            let record = record.map(Cow::into_owned).unwrap_or_default();
            let write = |record: Record<F>, change: &FieldChange<F>| {
                record.with(&change.field, &change.after)
            };
            Some(Cow::Owned(changes.iter().fold(record, write)))
        }
    }
}

impl<'a> After<'a> {
    /// Before any step.
    pub(crate) fn now(live: &'a Live) -> Self {
        Self {
            live,
            users: HashMap::new(),
            tenants: BTreeMap::new(),
        }
    }

    /// After these steps, in their order.
    pub(crate) fn of(live: &'a Live, steps: impl IntoIterator<Item = &'a Step>) -> Self {
        let mut after = Self::now(live);
        for step in steps {
            after.take(&step.change);
        }
        after
    }

    pub(crate) fn take(&mut self, change: &'a Change) {
        if let Some(user) = change.user() {
            let now = || user.existing().and_then(|id| self.live.users.get(id));
            let known = || now().map(UserAfter::now).unwrap_or_default();
            let user = self.users.entry(user.clone()).or_insert_with(known);
            user.take(change);
        }
        if let Change::Tenant {
            target,
            edit,
            parent,
            ..
        } = change
        {
            let now = target.existing().and_then(|id| self.live.tenants.get(id));
            let known = || TenantAfter {
                record: now.map(|tenant| Cow::Borrowed(&tenant.record)),
                parent: parent.as_ref(),
            };
            let tenant = self.tenants.entry(target.clone()).or_insert_with(known);
            tenant.record = edited(tenant.record.take(), edit);
        }
    }

    /// The users whom steps changed, as they were and as they are then.
    pub(crate) fn changed(
        &self,
    ) -> impl Iterator<Item = (&Target<UserUuid>, UserAfter<'a>, &UserAfter<'a>)> {
        self.users.iter().map(|(user, then)| {
            let now = user.existing().and_then(|id| self.live.users.get(id));
            (user, now.map(UserAfter::now).unwrap_or_default(), then)
        })
    }

    /// A user whom steps changed.
    pub(crate) fn changed_user(&self, user: &Target<UserUuid>) -> Option<&UserAfter<'a>> {
        self.users.get(user)
    }

    /// The roles that a user whom steps changed holds in a scope.
    pub(crate) fn roles(&self, user: &Target<UserUuid>, scope: &PlanScope) -> RoleSet {
        let is_gone = scope.tenant().is_some_and(|tenant| self.is_gone(tenant));
        let user = self.users.get(user).filter(|_| !is_gone);
        let roles = user.and_then(|user| user.roles_in(scope));
        roles.cloned().unwrap_or_default()
    }

    /// Whether a tenant was deleted.
    pub(crate) fn is_gone(&self, tenant: &Target<TenantId>) -> bool {
        let tenant = self.tenants.get(tenant);
        tenant.is_some_and(|tenant| tenant.record.is_none())
    }

    /// The tenant above one; none where that is the workspace.
    pub(crate) fn parent(&self, tenant: &Target<TenantId>) -> Option<Target<TenantId>> {
        match tenant {
            Target::Existing(id) => {
                let above = self.live.above(self.live.tenants.get(id)?)?;
                Some(Target::Existing(above))
            }
            Target::CreatedBy(_) => self.tenants.get(tenant)?.parent.cloned(),
        }
    }

    /// The live state that it is, once what is created has ids. Users and tenants without one are left out.
    pub(crate) fn into_live(
        self,
        user_id: impl Fn(&Target<UserUuid>) -> Option<UserUuid>,
        tenant_id: impl Fn(&Target<TenantId>) -> Option<TenantId>,
    ) -> Live {
        let mut live = self.live.clone();
        for (target, after) in &self.tenants {
            let Some(id) = tenant_id(target) else {
                continue;
            };
            match (&after.record, live.tenants.get_mut(&id)) {
                (Some(record), Some(tenant)) => tenant.record = record.clone().into_owned(),
                (Some(record), None) => {
                    let tenant = LiveTenant {
                        parent: after.parent.and_then(&tenant_id),
                        ..LiveTenant::new(id.clone(), record.clone().into_owned())
                    };
                    live.tenants.insert(id, tenant);
                }
                (None, _) => remove_tenant(&mut live, &id),
            }
        }
        for (target, after) in self.users {
            let Some(id) = user_id(&target) else {
                continue;
            };
            let Some(record) = after.record() else {
                live.users.remove(&id);
                continue;
            };
            let now = live.users.remove(&id);
            let mut user = match now {
                Some(user) => LiveUser { record, ..user },
                None => LiveUser::new(id.clone(), record),
            };
            for (scope, roles) in &after.set {
                let scope = match scope {
                    Scope::Workspace => Some(Scope::Workspace),
                    Scope::Tenant(tenant) => tenant_id(tenant)
                        .filter(|id| {
                            live.tenants.contains(id) || !self.tenants.contains_key(tenant)
                        })
                        .map(Scope::Tenant),
                };
                if let Some(scope) = scope {
                    user.set_roles(&scope, roles);
                }
            }
            live.users.insert(id, user);
        }
        live
    }
}

fn remove_tenant(live: &mut Live, id: &TenantId) {
    live.tenants.remove(id);
    let scope = Scope::Tenant(id.clone());
    for user in live.users.found_mut() {
        if user.grants.contains_key(&scope) {
            user.set_roles(&scope, &RoleSet::new());
        }
    }
}
