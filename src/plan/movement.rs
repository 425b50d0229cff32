//! Which users lose and get which role where, as far as holding it means something: a locked user holds nothing.
//!
//! The one place that knows which steps take roles away: guards, warnings and handovers all ask here.

use std::collections::{BTreeMap, BTreeSet};

use super::{Change, Edit, Step, Target};
use crate::model::{Live, LiveUser, RoleName, RoleSet, Scope, TenantId, UserField, UserUuid};

/// A role in a scope, as a plan names the scope.
pub(super) type Key = (Scope<Target<TenantId>>, RoleName);

/// The roles that a step grants.
pub(super) fn gains(step: &Step) -> Vec<Key> {
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
pub(super) fn losses(step: &Step) -> Vec<Key> {
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
pub(super) fn live_scope(scope: &Scope<Target<TenantId>>) -> Option<Scope> {
    scope.as_ref().and_then(|tenant| tenant.existing().cloned())
}

/// What changes about the holders of roles, each holder once however many steps touch them.
#[derive(Debug, Default)]
pub(super) struct Movements {
    /// The users who stop holding a role.
    pub(super) lost: BTreeSet<((Scope, RoleName), UserUuid)>,
    /// The users who start holding a role.
    pub(super) gained: BTreeSet<((Scope, RoleName), Target<UserUuid>)>,
}

impl Movements {
    /// Adds up the steps of a plan: what each user holds before the first of them, against what is held after the last.
    pub(super) fn of(steps: &[Step], live: &Live) -> Self {
        let mut users: BTreeMap<&Target<UserUuid>, Then<'_>> = BTreeMap::new();
        for step in steps {
            if let Some(user) = step.change.user() {
                let known = || Then::now(user.existing().and_then(|id| live.users.get(id)));
                users.entry(user).or_insert_with(known).after(&step.change);
            }
        }
        let mut movements = Self::default();
        for (user, then) in users {
            let known = user.existing().and_then(|id| live.users.get(id));
            let (before, after) = (Then::now(known).holds(), then.holds());
            if let Target::Existing(id) = user {
                let lost = before.difference(&after).cloned();
                movements.lost.extend(lost.map(|key| (key, id.clone())));
            }
            // Nothing waits for a user to be unlocked: who is locked takes the place of nobody.
            if known.is_some_and(LiveUser::locked) {
                continue;
            }
            let gained = after.difference(&before).cloned();
            movements
                .gained
                .extend(gained.map(|key| (key, user.clone())));
        }
        movements
    }
}

/// A user while the steps of a plan are added up.
struct Then<'s> {
    /// Whether the user can log in: whoever can't holds nothing.
    can_log_in: bool,
    roles: BTreeMap<Scope, &'s RoleSet>,
}

impl<'s> Then<'s> {
    /// As the user is now; one who is only now created holds nothing, and can log in unless the creation says otherwise.
    fn now(user: Option<&'s LiveUser>) -> Self {
        let grants = user.into_iter().flat_map(|user| &user.grants);
        Self {
            can_log_in: user.is_none_or(|user| !user.locked()),
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
            } => self.can_log_in = false,
            Change::User {
                edit: edit @ Edit::Update { .. },
                ..
            } => {
                let locked = edit
                    .after(UserField::Locked)
                    .and_then(|locked| locked.as_bool());
                self.can_log_in = locked.map_or(self.can_log_in, |locked| !locked);
            }
            Change::Roles { scope, after, .. } => {
                if let Some(scope) = live_scope(scope) {
                    self.roles.insert(scope, after);
                }
            }
        }
    }

    fn holds(&self) -> BTreeSet<(Scope, RoleName)> {
        let scopes = self.roles.iter().filter(|_| self.can_log_in);
        let keys = scopes
            .flat_map(|(scope, roles)| roles.iter().map(|role| (scope.clone(), role.clone())));
        keys.collect()
    }
}
