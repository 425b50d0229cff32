//! Which users lose and get which role where, as far as holding it means something: a locked user holds nothing.
//!
//! The one place that knows which steps take roles away: guards, warnings and handovers all ask here.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Live, LiveUser, RoleName, RoleSet, Scope, TenantId, UserField, UserUuid};
use crate::plan::{Change, Edit, Step, StepId, Target};

/// A role in a scope, as a plan names the scope.
pub(crate) type Key = (Scope<Target<TenantId>>, RoleName);

/// What steps grant. A user who is unlocked gets back what is held, and whatever the plan grants beside.
pub(crate) struct Gains(BTreeMap<StepId, BTreeSet<Key>>);

impl Gains {
    pub(crate) fn of(steps: &[Step], live: &Live) -> Self {
        let unlocked = |step: &Step| {
            let user = live.users.get(step.change.unlocked()?)?;
            user.locked().then_some((step.id, user))
        };
        let mut gains: BTreeMap<StepId, BTreeSet<Key>> = BTreeMap::new();
        let mut users: BTreeMap<&UserUuid, StepId> = BTreeMap::new();
        for (id, user) in steps.iter().filter_map(unlocked) {
            let held = user.grants.into_iter().flat_map(|(scope, roles)| {
                let scope = scope.clone().map(Target::Existing);
                roles.iter().map(move |role| (scope.clone(), role.clone()))
            });
            gains.insert(id, held.collect());
            users.insert(&user.uuid, id);
        }
        for step in steps.iter().filter(|_| !users.is_empty()) {
            let user = step.change.user().and_then(Target::existing);
            if let (Change::Roles { scope, after, .. }, Some(id)) =
                (&step.change, user.and_then(|user| users.get(user)))
            {
                let granted = after.iter().map(|role| (scope.clone(), role.clone()));
                gains.entry(*id).or_default().extend(granted);
            }
        }
        Self(gains)
    }

    /// The roles that a step grants.
    pub(crate) fn of_step(&self, step: &Step) -> Vec<Key> {
        match self.0.get(&step.id) {
            Some(keys) => keys.iter().cloned().collect(),
            None => granted(step),
        }
    }
}

fn granted(step: &Step) -> Vec<Key> {
    match &step.change {
        Change::Roles {
            scope,
            before,
            after,
            ..
        } => {
            let gained = after.difference(before);
            gained.map(|role| (scope.clone(), role.clone())).collect()
        }
        Change::Tenant { .. } | Change::User { .. } => Vec::new(),
    }
}

/// The roles that a step takes away, by itself or with the user. What goes with a tenant is no revocation: the scope goes.
pub(crate) fn losses(step: &Step) -> Vec<Key> {
    match &step.change {
        Change::Roles {
            scope,
            before,
            after,
            ..
        } => {
            let lost = before.difference(after);
            lost.map(|role| (scope.clone(), role.clone())).collect()
        }
        Change::User { edit, .. } => {
            let lost = edit.removal().into_iter().flat_map(|removal| &removal.lost);
            let keys = lost.flat_map(|loss| {
                let scope = loss.scope.clone().map(Target::Existing);
                loss.roles
                    .iter()
                    .map(move |role| (scope.clone(), role.clone()))
            });
            keys.collect()
        }
        Change::Tenant { .. } => Vec::new(),
    }
}

/// The live scope that a scope of a plan is; none where the tenant is only now created.
pub(crate) fn live_scope(scope: &Scope<Target<TenantId>>) -> Option<Scope> {
    scope.as_ref().and_then(|tenant| tenant.existing().cloned())
}

/// What changes about the holders of roles, each holder once however many steps touch them.
#[derive(Debug, Default)]
pub(crate) struct Movements {
    /// The users who stop holding a role.
    pub(crate) lost: BTreeSet<Held>,
    /// The users who start holding a role.
    pub(crate) gained: BTreeSet<((Scope, RoleName), Target<UserUuid>)>,
    /// The roles that are taken away, also from users who can't log in, and also with a user or a tenant that goes.
    pub(crate) removed: BTreeSet<Held>,
    /// Of these, those that go with a user or a tenant.
    pub(crate) removed_along: BTreeSet<Held>,
}

/// A role in a scope, and a user who holds it.
pub(crate) type Held = ((Scope, RoleName), UserUuid);

impl Movements {
    /// Adds up the steps of a plan: what each user holds before the first of them, against what is held after the last.
    pub(crate) fn of(steps: &[Step], live: &Live) -> Self {
        let mut users: BTreeMap<&Target<UserUuid>, Then<'_>> = BTreeMap::new();
        let mut movements = Self::default();
        for step in steps {
            if let Some(user) = step.change.user() {
                let known = || Then::now(user.existing().and_then(|id| live.users.get(id)));
                users.entry(user).or_insert_with(known).after(&step.change);
            }
            if step.change.deleted_tenant().is_some() {
                let lost = step.change.removal().into_iter().flat_map(|it| &it.lost);
                movements.removed_along.extend(lost.flat_map(|loss| {
                    let held =
                        |role: &RoleName| ((loss.scope.clone(), role.clone()), loss.user.clone());
                    loss.roles.iter().map(held)
                }));
            }
        }
        for (user, then) in users {
            let known = user.existing().and_then(|id| live.users.get(id));
            let now = Then::now(known);
            let (before, after) = (now.holds(), then.holds());
            if let Target::Existing(id) = user {
                let held = |key: &(Scope, RoleName)| (key.clone(), id.clone());
                movements.lost.extend(before.difference(&after).map(held));
                let (all_before, all_after) = (now.roles(), then.roles());
                let goes = then.is_gone || now.can_log_in && !then.can_log_in;
                if goes {
                    movements.removed_along.extend(all_before.iter().map(held));
                } else {
                    let taken = all_before.difference(&all_after);
                    movements.removed.extend(taken.map(held));
                }
            }
            let gained = after.difference(&before).cloned();
            movements
                .gained
                .extend(gained.map(|key| (key, user.clone())));
        }
        movements
            .removed
            .extend(movements.removed_along.iter().cloned());
        movements
    }
}

/// A user while the steps of a plan are added up.
struct Then<'s> {
    /// Whether the user can log in: a user who can't holds nothing.
    can_log_in: bool,
    is_gone: bool,
    roles: BTreeMap<Scope, &'s RoleSet>,
}

impl<'s> Then<'s> {
    /// As the user is now; one who is only now created holds nothing, and can log in unless the creation says otherwise.
    fn now(user: Option<&'s LiveUser>) -> Self {
        let grants = user.into_iter().flat_map(|user| &user.grants);
        Self {
            can_log_in: user.is_none_or(|user| !user.locked()),
            is_gone: false,
            roles: grants
                .map(|(scope, roles)| (scope.clone(), roles))
                .collect(),
        }
    }

    fn after(&mut self, change: &'s Change) {
        match change {
            Change::Tenant { .. } => {}
            Change::User {
                edit: Edit::Create { record },
                ..
            } => {
                self.can_log_in = record.get(UserField::Locked).is_none();
            }
            Change::User {
                edit: Edit::Delete { .. },
                ..
            } => {
                self.can_log_in = false;
                self.is_gone = true;
            }
            Change::User {
                edit: edit @ Edit::Update { .. },
                ..
            } => {
                let locked = edit
                    .after(UserField::Locked)
                    .map(|locked| locked.as_bool() == Some(true));
                self.can_log_in = locked.map_or(self.can_log_in, |locked| !locked);
            }
            Change::Roles { scope, after, .. } => {
                if let Some(scope) = live_scope(scope) {
                    self.roles.insert(scope, after);
                }
            }
        }
    }

    /// What the user holds, as far as it means something.
    fn holds(&self) -> BTreeSet<(Scope, RoleName)> {
        if self.can_log_in {
            self.roles()
        } else {
            BTreeSet::new()
        }
    }

    fn roles(&self) -> BTreeSet<(Scope, RoleName)> {
        let keys = self
            .roles
            .iter()
            .flat_map(|(scope, roles)| roles.iter().map(|role| (scope.clone(), role.clone())));
        keys.collect()
    }
}
