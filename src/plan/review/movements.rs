//! What steps change about the holders of roles. In: the workspace after the steps. Out: who starts and stops holding which role, and
//! which step gives or takes it.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use crate::model::{RoleName, RoleSet, Scope, UserUuid};
use crate::plan::review::effects::{After, Key, UserAfter, live_scope};
use crate::plan::{Change, Step, StepId, Target};

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

impl<'a> Moved<'a> {
    /// Each user whom steps changed.
    pub(crate) fn of(after: &'a After<'_>) -> Vec<Self> {
        let moved = after.changed().map(|(user, now, then)| Self {
            given: then.loses(&now),
            taken: now.loses(then),
            user,
            now,
            then,
        });
        moved.collect()
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
    /// The roles of users who keep them and get another address: whether the same people can log in then is not known.
    pub(crate) readdressed: Vec<Holding>,
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
                if now.can_log_in() && then.can_log_in() && now.email() != then.email() {
                    let kept = now.held().filter(|key| !taken.contains(key));
                    movements
                        .readdressed
                        .extend(kept.filter_map(|key| held(&key)));
                }
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
