//! The guard that keeps a role from losing its last holders, and the checks of it while a plan is carried out. Only users who can
//! log in count.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hashbrown::HashSet;

use crate::model::{
    EnoughUsers, Guards, Holders, Live, LiveUser, RoleName, Scope, TenantId, UserUuid,
};
use crate::plan::draft::records::{Handles, scope_name};
use crate::plan::review::effects::Key;
use crate::plan::review::movements::{Movements, Transfers};
use crate::plan::review::sentence::Sentence;
use crate::plan::{Change, Missing, Step, Target, Warning, WarningKind};

/// A role that keeps holders in a scope. It is worked out from the live state whenever a plan is judged, and never saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HolderCheck {
    pub scope: Scope,
    pub role: RoleName,
    /// How many users hold it for sure after the plan and can log in.
    pub least: usize,
    /// What messages call it.
    pub name: String,
}

impl HolderCheck {
    /// Whether a change takes the role from this user.
    pub fn is_taken_by<'c>(&self, change: &'c Change) -> Option<&'c UserUuid> {
        match change {
            Change::Roles {
                user: Target::Existing(user),
                scope,
                before,
                after,
                ..
            } => {
                let here = match (scope, &self.scope) {
                    (Scope::Workspace, Scope::Workspace) => true,
                    (Scope::Tenant(Target::Existing(one)), Scope::Tenant(other)) => one == other,
                    _ => false,
                };
                let takes = before.contains(&self.role) && !after.contains(&self.role);
                (here && takes).then_some(user)
            }
            change => change.locked_out().filter(|_| {
                let lost = change
                    .removal()
                    .into_iter()
                    .flat_map(|removal| &removal.lost);
                let mut here = lost.filter(|loss| loss.scope == self.scope);
                here.any(|loss| loss.roles.contains(&self.role))
            }),
        }
    }
}

/// A role with fewer holders than this is worth a warning where it loses one.
pub(crate) const FEW: usize = 2;

/// How many holders of a role have to stay in a scope, where that is limited.
pub(crate) fn keeps(guards: &Guards, scope: &Scope, role: &RoleName) -> Option<usize> {
    let written = guards.keep_holders.as_ref().and_then(|kept| kept.get(role));
    let is_admin = *scope == Scope::Workspace && role.as_str() == RoleName::ADMIN;
    let written = written.map(|kept| usize::try_from(*kept).unwrap_or(usize::MAX));
    match written {
        Some(kept) if is_admin && guards.and_built_in => Some(kept.max(1)),
        written => written.or_else(|| is_admin.then_some(1)),
    }
}

/// What becomes of the holders of a role in one scope.
pub(crate) struct Stay<'m> {
    pub(crate) key: &'m (Scope, RoleName),
    /// The scope, as messages name it.
    pub(crate) place: Arc<str>,
    /// How many have to stay, where that is limited.
    pub(crate) least: Option<usize>,
    pub(crate) now: Holders,
    /// How many lose it, and how many of these have confirmed who they are.
    pub(crate) lost: usize,
    lost_confirmed: usize,
    pub(crate) gained: usize,
    gained_confirmed: usize,
    /// How many keep it and get another address, and how many of these have confirmed who they are.
    readdressed: usize,
    readdressed_confirmed: usize,
}

impl Stay<'_> {
    /// How many there are for sure once the plan is carried out.
    pub(crate) fn then(&self) -> usize {
        (self.now.count().at_least() + self.gained).saturating_sub(self.lost)
    }

    /// How many of them are the same people for sure, and have confirmed who they are.
    fn then_confirmed(&self) -> usize {
        let goes = self.lost_confirmed + self.readdressed_confirmed;
        (self.now.confirmed + self.gained_confirmed).saturating_sub(goes)
    }

    /// How many of them are the same people for sure.
    fn then_known(&self) -> usize {
        self.then().saturating_sub(self.readdressed)
    }

    /// How many holders are enough to know that so many stay.
    pub(crate) fn enough(&self, stay: usize) -> Missing {
        let enough = EnoughUsers {
            holders: stay.saturating_add(self.lost),
            confirmed: 0,
        };
        Missing::holders(self.key, enough)
    }

    /// The same, of those who have confirmed who they are.
    fn enough_confirmed(&self, stay: usize) -> Missing {
        let enough = EnoughUsers {
            holders: 0,
            confirmed: stay.saturating_add(self.lost_confirmed + self.readdressed_confirmed),
        };
        Missing::holders(self.key, enough)
    }
}

/// Those who never confirmed count where no other is there.
fn counted(confirmed: usize, all: usize) -> usize {
    if confirmed > 0 { confirmed } else { all }
}

/// How the number of holders changes for each role that a user loses, or that is guarded and whose holder gets another address, in
/// scopes that are not deleted.
pub(crate) fn holders<'m>(
    live: &Live,
    steps: &[Step],
    movements: &'m Movements,
    (guards, handles): (&Guards, &Handles),
) -> Vec<Stay<'m>> {
    let gone = steps.iter().filter_map(|step| step.change.deleted_tenant());
    let gone: BTreeSet<&TenantId> = gone.collect();
    let is_confirmed = |id: &UserUuid| live.users.get(id).is_some_and(|user| user.confirmed);
    let mut lost: BTreeMap<&(Scope, RoleName), (usize, usize)> = BTreeMap::new();
    for (key, user) in &movements.lost {
        if !key.0.tenant().is_some_and(|tenant| gone.contains(tenant)) {
            let (all, confirmed) = lost.entry(key).or_default();
            *all += 1;
            *confirmed += usize::from(is_confirmed(user));
        }
    }
    let mut readdressed: BTreeMap<&(Scope, RoleName), (usize, usize)> = BTreeMap::new();
    for (key, user) in &movements.readdressed {
        let is_gone = key.0.tenant().is_some_and(|tenant| gone.contains(tenant));
        if !is_gone && keeps(guards, &key.0, &key.1).is_some() {
            let (all, confirmed) = readdressed.entry(key).or_default();
            *all += 1;
            *confirmed += usize::from(is_confirmed(user));
            lost.entry(key).or_default();
        }
    }
    if lost.is_empty() {
        return Vec::new();
    }
    let mut gained: BTreeMap<&(Scope, RoleName), (usize, usize)> = BTreeMap::new();
    for (key, user) in &movements.gained {
        let (all, confirmed) = gained.entry(key).or_default();
        *all += 1;
        // A user who is only now created can't have confirmed anything.
        *confirmed += usize::from(user.existing().is_some_and(is_confirmed));
    }
    let now = live.holders(lost.keys().copied());
    let holders = lost.into_iter().map(|(key, (lost, lost_confirmed))| {
        let (gained, gained_confirmed) = gained.get(key).copied().unwrap_or_default();
        let (readdressed, readdressed_confirmed) =
            readdressed.get(key).copied().unwrap_or_default();
        Stay {
            key,
            place: scope_name(&key.0, handles),
            least: keeps(guards, &key.0, &key.1),
            now: now.get(key).copied().unwrap_or_default(),
            lost,
            lost_confirmed,
            gained,
            gained_confirmed,
            readdressed,
            readdressed_confirmed,
        }
    });
    holders.collect()
}

/// The roles that a plan takes from users and of which holders stay: guarded ones, and those with few holders.
pub(crate) fn checks(
    steps: &[Step],
    stays: &[Stay<'_>],
    transfers: &Transfers,
) -> Vec<HolderCheck> {
    let free = steps.iter().filter(|step| step.waits_for.is_empty());
    let not_awaited: HashSet<&Key> = free.flat_map(|step| transfers.taken_by(step.id)).collect();
    let checks = stays.iter().filter_map(|holders| {
        let (scope, role) = holders.key;
        // Where no step waits for the users who get the role, they need not have it when it is taken.
        let key = (scope.clone().map(Target::Existing), role.clone());
        let is_awaited = !not_awaited.contains(&key);
        let gained = if is_awaited { 0 } else { holders.gained };
        let then = holders.then().saturating_sub(gained);
        let least = match holders.least {
            Some(kept) => kept.min(then),
            None if then < FEW => then,
            None => 0,
        };
        (least > 0 && holders.lost > 0).then(|| HolderCheck {
            scope: scope.clone(),
            role: role.clone(),
            least,
            name: format!("\"{role}\" in {}", holders.place),
        })
    });
    checks.collect()
}

/// Whether each role keeps as many holders as it has to.
pub(crate) fn keep(
    live: &Live,
    (movements, stays): (&Movements, &[Stay<'_>]),
    warnings: &mut Vec<Warning>,
) -> Result<Vec<Sentence>, Missing> {
    let (mut reasons, mut missing) = (Vec::new(), Missing::default());
    for stay in stays {
        let (role, scope_name) = (&stay.key.1, &stay.place);
        let Some(least) = stay.least.filter(|least| *least > 0) else {
            continue;
        };
        if stay.then_confirmed() >= least {
            continue;
        }
        let Some(all_now) = stay.now.count().exactly() else {
            missing = missing.and(stay.enough_confirmed(least));
            continue;
        };
        let now = counted(stay.now.confirmed, all_now);
        let then = counted(stay.then_confirmed(), stay.then_known());
        // A scope that has fewer already may keep what it has.
        let least = least.min(now);
        if then < least {
            reasons.push(Sentence {
                text: format!(
                    "leaves {then} of {now} holders of \"{role}\" in {scope_name}{}, and at least {least} must remain",
                    not_counted(stay, live, movements, then)
                ),
                about: format!("{role} in {scope_name}: {now} to {then}"),
            });
        } else if stay.then_confirmed() == 0 && (stay.now.confirmed > 0 || stay.gained > 0) {
            warnings.push(Warning {
                kind: WarningKind::Unconfirmed,
                message: format!(
                    "nobody who stays with \"{role}\" in {scope_name} has confirmed an e-mail address yet: make sure that they can log in"
                ),
                place: None,
            });
        }
    }
    if missing.is_nothing() {
        Ok(reasons)
    } else {
        Err(missing)
    }
}

/// Users whom a reader would count and who don't count, because they can't log in or never did.
fn not_counted(stay: &Stay<'_>, live: &Live, movements: &Movements, then: usize) -> String {
    let locked = movements.removed.iter().filter(|(key, user)| {
        key == stay.key && live.users.get(user).is_some_and(LiveUser::locked)
    });
    let named = |count: usize, what: &str| match count {
        0 => None,
        1 => Some(format!("1 more {what}")),
        count => Some(format!("{count} more {what}")),
    };
    let locked = locked.count();
    let parts = [
        named(
            locked,
            if locked == 1 {
                "who loses it is locked and does not count"
            } else {
                "who lose it are locked and do not count"
            },
        ),
        named(
            stay.then_known().saturating_sub(then),
            "never confirmed an address",
        ),
        named(
            stay.readdressed,
            if stay.readdressed == 1 {
                "gets another address and does not count"
            } else {
                "get another address and do not count"
            },
        ),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!(" ({})", parts.join("; "))
    }
}
