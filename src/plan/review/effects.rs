//! The workspace after steps. In: what is live, and steps. Out: which users and tenants there are, who can log in, and who holds
//! which role where.
//!
//! The only code that steps through changes to find out what will be: guards, holders, rules, order, dangers, undo and recheck
//! ask here. A user who can't log in holds nothing that counts.

use std::borrow::Cow;
use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};
use serde_json::Value;

use crate::model::{
    Email, FieldKey, Live, LiveTenant, LiveUser, Record, RecordField, RoleName, RoleSet, Scope,
    TenantField, TenantId, UserField, UserUuid,
};
use crate::plan::{Change, Edit, FieldChange, Step, StepId, Target};

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
    fn held(&self) -> impl Iterator<Item = Key> {
        self.roles()
            .flat_map(|(scope, roles)| keys(&scope, roles.iter()))
    }

    /// The roles that count for the user now and not after the steps. With the two exchanged: those that count only then.
    fn loses(&self, then: &Self) -> Vec<Key> {
        match (self.can_log_in(), then.can_log_in()) {
            (true, true) => self.gives_up(then),
            (true, false) => self.held().collect(),
            (false, _) => Vec::new(),
        }
    }

    /// The roles that the user holds now and not after the steps, in scopes that either has set.
    fn gives_up(&self, then: &Self) -> Vec<Key> {
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

/// What a user gets and loses.
pub(crate) struct Moved<'a> {
    user: &'a Target<UserUuid>,
    now: UserAfter<'a>,
    then: &'a UserAfter<'a>,
    /// The roles that count for the user only after the steps.
    given: Vec<Key>,
    /// The roles that count for the user only before the steps.
    taken: Vec<Key>,
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

    /// The same, with the roles that count only before or only after the steps.
    pub(crate) fn moved(&self) -> Vec<Moved<'_>> {
        let moved = self.changed().map(|(user, now, then)| Moved {
            given: then.loses(&now),
            taken: now.loses(then),
            user,
            now,
            then,
        });
        moved.collect()
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

/// What changes about the holders of roles, each holder once however many steps touch them.
#[derive(Debug, Default)]
pub(crate) struct Movements {
    /// The users who stop holding a role.
    pub(crate) lost: Vec<Holding>,
    /// The users who start holding a role.
    pub(crate) gained: Vec<((Scope, RoleName), Target<UserUuid>)>,
    /// The roles that are taken away, also from users who can't log in, and also with a user or a tenant that is removed.
    pub(crate) removed: HashSet<Holding>,
    /// Of these, those that are removed with a user or a tenant.
    pub(crate) removed_along: HashSet<Holding>,
}

/// A role in a scope, and a user who holds it.
pub(crate) type Holding = ((Scope, RoleName), UserUuid);

impl Movements {
    /// What each user holds before the steps, against what is held after them.
    pub(crate) fn of(steps: &[Step], moved: &[Moved<'_>]) -> Self {
        let mut movements = Self::default();
        let live = |(scope, role): &Key| Some((live_scope(scope)?, role.clone()));
        let deletions = steps
            .iter()
            .filter(|step| step.change.deleted_tenant().is_some());
        let removals = deletions.filter_map(|step| step.change.removal());
        for loss in removals.flat_map(|it| &it.lost) {
            let held = |role: &RoleName| ((loss.scope.clone(), role.clone()), loss.user.clone());
            movements.removed_along.extend(loss.roles.iter().map(held));
        }
        for Moved {
            user,
            now,
            then,
            given,
            taken,
        } in moved
        {
            if let Target::Existing(id) = user {
                let held = |key: &Key| Some((live(key)?, id.clone()));
                movements.lost.extend(taken.iter().filter_map(held));
                if now.can_log_in() && !then.can_log_in() || !then.exists() {
                    let held = now.held().filter_map(|key| held(&key));
                    movements.removed_along.extend(held);
                } else if now.can_log_in() {
                    movements.removed.extend(taken.iter().filter_map(held));
                } else {
                    let taken = now.gives_up(then);
                    movements.removed.extend(taken.iter().filter_map(held));
                }
            }
            let gained = given
                .iter()
                .filter_map(|key| Some((live(key)?, (*user).clone())));
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
    given: BTreeMap<StepId, Vec<Key>>,
    /// Roles that are removed with a tenant are not here: the scope itself is removed.
    taken: BTreeMap<StepId, Vec<Key>>,
    /// The roles that some users get and others lose.
    passed_on: HashSet<Key>,
}

impl Transfers {
    pub(crate) fn of(steps: &[Step], moved: &[Moved<'_>]) -> Self {
        let mut transfers = Self::default();
        let moved: HashMap<&Target<UserUuid>, &Moved<'_>> =
            moved.iter().map(|moved| (moved.user, moved)).collect();
        for step in steps {
            let moved = step.change.user().and_then(|user| moved.get(user));
            let Some(Moved { given, taken, .. }) = moved else {
                continue;
            };
            let (gives, takes): (Vec<&Key>, Vec<&Key>) = match &step.change {
                Change::Tenant { .. } => continue,
                Change::User { .. } => (
                    given
                        .iter()
                        .filter(|_| step.change.unlocked().is_some())
                        .collect(),
                    taken
                        .iter()
                        .filter(|_| step.change.locked_out().is_some())
                        .collect(),
                ),
                Change::Roles {
                    scope,
                    before,
                    after,
                    ..
                } => {
                    let moves = |(of, role): &&Key, from: &RoleSet, to: &RoleSet| {
                        of == scope && to.contains(role) && !from.contains(role)
                    };
                    (
                        given
                            .iter()
                            .filter(|key| moves(key, before, after))
                            .collect(),
                        taken
                            .iter()
                            .filter(|key| moves(key, after, before))
                            .collect(),
                    )
                }
            };
            if !gives.is_empty() {
                transfers
                    .given
                    .insert(step.id, gives.into_iter().cloned().collect());
            }
            if !takes.is_empty() {
                transfers
                    .taken
                    .insert(step.id, takes.into_iter().cloned().collect());
            }
        }
        let passed_on: HashSet<Key> = {
            let gained: HashSet<&Key> = transfers.given.values().flatten().collect();
            let lost = transfers.taken.values().flatten();
            lost.filter(|key| gained.contains(key)).cloned().collect()
        };
        transfers.passed_on = passed_on;
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
