//! The workspace after steps. In: what is live, and steps. Out: which users and tenants there are, who can log in, and who holds
//! which role where.
//!
//! The only code that steps through changes to find out what will be: guards, holders, rules, order, dangers, undo and recheck
//! ask here. A user who can't log in holds nothing that counts.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::model::{
    Email, Live, LiveTenant, LiveUser, Record, RecordField, RoleName, RoleSet, Scope, TenantField,
    TenantId, UserField, UserUuid,
};
use crate::plan::{Change, Edit, FieldChange, Step, StepId, Target};

/// A scope as a plan names it: the tenant may be one that a step creates.
pub(crate) type PlanScope = Scope<Target<TenantId>>;
/// A role in a scope.
pub(crate) type Key = (PlanScope, RoleName);

/// The live scope that a scope of a plan is; none where a step creates the tenant.
pub(crate) fn live_scope(scope: &PlanScope) -> Option<Scope> {
    scope.as_ref().and_then(|tenant| tenant.existing().cloned())
}

/// A workspace, and what steps have changed about it.
#[derive(Clone)]
pub(crate) struct After<'a> {
    pub(crate) live: &'a Live,
    users: BTreeMap<Target<UserUuid>, UserAfter<'a>>,
    tenants: BTreeMap<Target<TenantId>, TenantAfter<'a>>,
}

/// A user whom steps have changed, or a user as they are now.
#[derive(Clone, Default)]
pub(crate) struct UserAfter<'a> {
    /// None where the user does not exist.
    record: Option<Cow<'a, Record<UserField>>>,
    /// The roles that the user holds, whether or not they can log in.
    pub(crate) roles: BTreeMap<PlanScope, &'a RoleSet>,
    /// The scopes in which a step set the roles.
    set: BTreeSet<PlanScope>,
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
        let roles = user.grants.iter();
        Self {
            record: Some(Cow::Borrowed(&user.record)),
            roles: roles
                .map(|(scope, roles)| (scope.clone().map(Target::Existing), roles))
                .collect(),
            set: BTreeSet::new(),
        }
    }

    pub(crate) fn exists(&self) -> bool {
        self.record.is_some()
    }

    pub(crate) fn can_log_in(&self) -> bool {
        let record = self.record.as_ref();
        record.is_some_and(|record| record.get(UserField::Locked).is_none())
    }

    pub(crate) fn email(&self) -> Option<Email> {
        let email = self.record.as_ref()?.text(UserField::Email)?;
        Some(Email::new(email.clone()))
    }

    /// Every role that the user holds.
    fn held(&self) -> BTreeSet<Key> {
        let all = self.roles.iter();
        all.flat_map(|(scope, roles)| roles.iter().map(|role| (scope.clone(), role.clone())))
            .collect()
    }

    /// Every role that counts.
    fn counted(&self) -> BTreeSet<Key> {
        if self.can_log_in() {
            self.held()
        } else {
            BTreeSet::new()
        }
    }

    fn take(&mut self, change: &'a Change) {
        match change {
            Change::Tenant { .. } => {}
            Change::User { edit, .. } => {
                self.record = edited(self.record.take(), edit);
                if self.record.is_none() {
                    self.roles.clear();
                }
            }
            Change::Roles { scope, after, .. } => {
                self.roles.insert(scope.clone(), after);
                self.set.insert(scope.clone());
            }
        }
    }
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
            users: BTreeMap::new(),
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

    /// Adds a change.
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
        let user = self.users.get(user).filter(|user| user.exists());
        let is_gone = scope.tenant().is_some_and(|tenant| self.is_gone(tenant));
        let roles = user
            .filter(|_| !is_gone)
            .and_then(|user| user.roles.get(scope));
        roles.copied().cloned().unwrap_or_default()
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
            let Some(record) = after.record else {
                live.users.remove(&id);
                continue;
            };
            let record = record.into_owned();
            let now = live.users.remove(&id);
            let mut user = match now {
                Some(user) => LiveUser { record, ..user },
                None => LiveUser::new(id.clone(), record),
            };
            let set = after
                .roles
                .iter()
                .filter(|(scope, _)| after.set.contains(*scope));
            for (scope, roles) in set {
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

/// What changes about the holders of roles, each holder once however many steps touch them.
#[derive(Debug, Default)]
pub(crate) struct Movements {
    /// The users who stop holding a role.
    pub(crate) lost: BTreeSet<Holding>,
    /// The users who start holding a role.
    pub(crate) gained: BTreeSet<((Scope, RoleName), Target<UserUuid>)>,
    /// The roles that are taken away, also from users who can't log in, and also with a user or a tenant that is removed.
    pub(crate) removed: BTreeSet<Holding>,
    /// Of these, those that are removed with a user or a tenant.
    pub(crate) removed_along: BTreeSet<Holding>,
}

/// A role in a scope, and a user who holds it.
pub(crate) type Holding = ((Scope, RoleName), UserUuid);

impl Movements {
    /// What each user holds before the steps, against what is held after them.
    pub(crate) fn of(steps: &[Step], after: &After<'_>) -> Self {
        let mut movements = Self::default();
        let live = |keys: BTreeSet<Key>| -> BTreeSet<(Scope, RoleName)> {
            let live = keys.into_iter();
            live.filter_map(|(scope, role)| Some((live_scope(&scope)?, role)))
                .collect()
        };
        let deletions = steps
            .iter()
            .filter(|step| step.change.deleted_tenant().is_some());
        for loss in deletions
            .filter_map(|step| step.change.removal())
            .flat_map(|it| &it.lost)
        {
            let held = |role: &RoleName| ((loss.scope.clone(), role.clone()), loss.user.clone());
            movements.removed_along.extend(loss.roles.iter().map(held));
        }
        for (user, now, then) in after.changed() {
            let (before, after) = (live(now.counted()), live(then.counted()));
            if let Target::Existing(id) = user {
                let held = |key: &(Scope, RoleName)| (key.clone(), id.clone());
                movements.lost.extend(before.difference(&after).map(held));
                let (all_before, all_after) = (live(now.held()), live(then.held()));
                if now.can_log_in() && !then.can_log_in() || !then.exists() {
                    movements.removed_along.extend(all_before.iter().map(held));
                } else {
                    let taken = all_before.difference(&all_after);
                    movements.removed.extend(taken.map(held));
                }
            }
            let gained = after.difference(&before).cloned();
            let gained = gained.map(|key| (key, user.clone()));
            movements.gained.extend(gained);
        }
        let along = movements.removed_along.iter().cloned();
        movements.removed.extend(along);
        movements
    }
}

/// Which steps give and take which roles, as far as they count before or after all of the steps.
#[derive(Default)]
pub(crate) struct Transfers {
    /// A user who is unlocked holds a role once both the unlock and the grant are done.
    given: BTreeMap<StepId, BTreeSet<Key>>,
    /// Roles that are removed with a tenant are not here: the scope itself is removed.
    taken: BTreeMap<StepId, BTreeSet<Key>>,
    /// The roles that some users get and others lose.
    passed_on: BTreeSet<Key>,
}

impl Transfers {
    pub(crate) fn of(steps: &[Step], live: &Live) -> Self {
        let after = After::of(live, steps);
        let mut by_user: BTreeMap<&Target<UserUuid>, Vec<&Step>> = BTreeMap::new();
        for step in steps {
            if let Some(user) = step.change.user() {
                by_user.entry(user).or_default().push(step);
            }
        }
        let mut transfers = Self::default();
        let mut gained: BTreeSet<Key> = BTreeSet::new();
        for (user, now, then) in after.changed() {
            let (before, after) = (now.counted(), then.counted());
            let steps = by_user.get(user).into_iter().flatten();
            for step in steps {
                let id = step.id;
                let (given, taken) = match &step.change {
                    Change::Tenant { .. } => continue,
                    Change::User { .. } => (
                        step.change.unlocked().is_some(),
                        step.change.locked_out().is_some(),
                    ),
                    Change::Roles { .. } => (true, true),
                };
                let moves = |key: &&Key, gives: bool| match &step.change {
                    Change::Roles {
                        scope,
                        before,
                        after,
                        ..
                    } => {
                        let (without, with) = if gives {
                            (before, after)
                        } else {
                            (after, before)
                        };
                        *scope == key.0 && with.contains(&key.1) && !without.contains(&key.1)
                    }
                    Change::User { .. } | Change::Tenant { .. } => true,
                };
                if given {
                    let keys = after.difference(&before).filter(|key| moves(key, true));
                    let keys: BTreeSet<Key> = keys.cloned().collect();
                    gained.extend(keys.iter().cloned());
                    transfers.given.insert(id, keys);
                }
                if taken {
                    let keys = before.difference(&after).filter(|key| moves(key, false));
                    transfers.taken.insert(id, keys.cloned().collect());
                }
            }
        }
        let lost = transfers.taken.values().flatten();
        transfers.passed_on = lost.filter(|key| gained.contains(*key)).cloned().collect();
        transfers
    }

    /// The roles that a step gives.
    pub(crate) fn given_by(&self, step: StepId) -> impl Iterator<Item = &Key> {
        self.given.get(&step).into_iter().flatten()
    }

    /// The roles that a step takes.
    pub(crate) fn taken_by(&self, step: StepId) -> impl Iterator<Item = &Key> {
        self.taken.get(&step).into_iter().flatten()
    }

    /// Whether one user gets a role that another one loses.
    pub(crate) fn passes_on(&self, key: &Key) -> bool {
        self.passed_on.contains(key)
    }
}
