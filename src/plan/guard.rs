//! The guards: limits that keep a slip of the pen, or a bad merge, from locking people out.
//!
//! What the manifest does not limit is limited by itself: to 5 % of what there is and never fewer than 5, for deletions
//! of users, deletions of tenants and removals of roles each; removals also within every tenant that has more than 20
//! holders. And the workspace keeps at least one of its admins.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::movement::{Movements, live_scope};
use super::records::{Handles, scope_name};
use super::{Change, Missing, Step, Target};
use crate::model::{
    Count, Email, Guards, Limit, Live, LiveUser, RoleName, Scope, TenantId, UserUuid,
};

/// The built-in share.
const SHARE: Limit = Limit::Percent(5);
/// A built-in limit is never lower.
const LEAST: usize = 5;
/// A role with fewer holders than this is worth a warning where it loses one.
pub(super) const FEW: usize = 2;
/// A tenant with more holders than this has a built-in limit of its own.
const LARGE_TENANT: usize = 20;

/// The guards, by the names that the command line uses.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum GuardName {
    /// Deletions and locks of users, and deletions of tenants.
    MaxDeletes,
    /// Roles taken away.
    MaxRoleRemovals,
    /// Roles left with too few holders.
    KeepHolders,
    /// Steps against people who are protected.
    Protect,
}

impl GuardName {
    /// All of them.
    pub const ALL: [Self; 4] = [
        Self::MaxDeletes,
        Self::MaxRoleRemovals,
        Self::KeepHolders,
        Self::Protect,
    ];

    /// The name as manifests and the command line write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MaxDeletes => "maxDeletes",
            Self::MaxRoleRemovals => "maxRoleRemovals",
            Self::KeepHolders => "keepHolders",
            Self::Protect => "protect",
        }
    }
}

impl fmt::Display for GuardName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A guard that a plan breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BrokenGuard {
    /// Which, as manifests and `--override-guard` name it.
    pub name: GuardName,
    /// The number that lifts it: how much the whole plan does of what the guard limits; for roles and users that are
    /// named, a number that is made from just these.
    pub count: usize,
    /// What is wrong, each in one line.
    pub reasons: Vec<String>,
}

/// How a check ended. A guard can't be computed on what is not known.
enum Checked {
    Kept,
    Broken(BrokenGuard),
    NeedsMore(Missing),
}

/// The guards that a plan breaks.
///
/// # Errors
/// What has to be read before that can be said.
pub(super) fn broken(
    guards: &Guards,
    live: &Live,
    steps: &[Step],
    movements: &Movements,
    handles: &Handles,
) -> Result<Vec<BrokenGuard>, Missing> {
    // The limits are measured against everybody who is there: not worth it where nothing changes.
    if steps.is_empty() {
        return Ok(Vec::new());
    }
    let plan = Removals::of(steps, movements);
    let checks = [
        max_deletes(guards, live, &plan),
        max_role_removals(guards, live, &plan, handles),
        keep_holders(guards, live, &plan, handles),
        protect(guards, live, steps, handles),
    ];
    let (mut broken, mut missing) = (Vec::new(), Missing::default());
    for check in checks {
        match check {
            Checked::Kept => {}
            Checked::Broken(guard) => broken.push(guard),
            Checked::NeedsMore(more) => missing = missing.and(more),
        }
    }
    if missing.is_nothing() {
        Ok(broken)
    } else {
        Err(missing)
    }
}

/// What a plan takes away.
struct Removals<'m> {
    users: BTreeSet<&'m UserUuid>,
    tenants: BTreeSet<&'m TenantId>,
    /// Roles taken away one by one, by scope.
    roles: BTreeMap<Scope, usize>,
    movements: &'m Movements,
}

impl<'m> Removals<'m> {
    fn of(steps: &'m [Step], movements: &'m Movements) -> Self {
        let mut roles: BTreeMap<Scope, usize> = BTreeMap::new();
        for step in steps {
            if let Change::Roles {
                scope,
                before,
                after,
                ..
            } = &step.change
                && let (Some(scope), taken @ 1..) =
                    (live_scope(scope), before.difference(after).count())
            {
                *roles.entry(scope).or_default() += taken;
            }
        }
        Self {
            users: steps
                .iter()
                .filter_map(|step| step.change.locked_out())
                .collect(),
            tenants: steps
                .iter()
                .filter_map(|step| step.change.deleted_tenant())
                .collect(),
            roles,
            movements,
        }
    }
}

/// A guard on numbers while it is checked.
struct Limited {
    written: Option<Limit>,
    reasons: Vec<String>,
    missing: bool,
}

impl Limited {
    fn new(written: Option<Limit>) -> Self {
        Self {
            written,
            reasons: Vec::new(),
            missing: false,
        }
    }

    fn limit(&self, population: usize) -> usize {
        let built_in = || SHARE.of(population).max(LEAST);
        self.written
            .map_or_else(built_in, |limit| limit.of(population))
    }

    /// Holds a number against the limit. A share of a population that is not known to the end is never smaller than that of
    /// the part that was seen: only where that part is too small, more has to be read. A guard that is broken says of how many.
    fn check(&mut self, count: usize, population: Count, reason: impl Fn(Count, usize) -> String) {
        let limit = self.limit(population.at_least());
        if count <= limit {
            return;
        }
        if population.exactly().is_some() {
            self.reasons.push(reason(population, limit));
        } else {
            self.missing = true;
        }
    }

    fn result(self, name: GuardName, count: usize) -> Checked {
        if self.missing {
            return Checked::NeedsMore(Missing::everything());
        }
        checked(name, count, self.reasons)
    }
}

fn checked(name: GuardName, count: usize, reasons: Vec<String>) -> Checked {
    if reasons.is_empty() {
        Checked::Kept
    } else {
        Checked::Broken(BrokenGuard {
            name,
            count,
            reasons,
        })
    }
}

fn max_deletes(guards: &Guards, live: &Live, plan: &Removals<'_>) -> Checked {
    let (users, tenants) = (plan.users.len(), plan.tenants.len());
    let (all_users, all_tenants) = (live.users.total(), live.tenants.total());
    let mut guard = Limited::new(guards.max_deletes);
    let mut check = |count: usize, population, what: &str| {
        guard.check(count, population, |population, limit| {
            format!("removes {count} of {population} {what}, and {limit} are allowed")
        });
    };
    if let Some(Limit::Count(_)) = guards.max_deletes {
        check(
            users + tenants,
            all_users.and(all_tenants),
            "users and tenants",
        );
    } else {
        // A share of both together would let a workspace of many users lose all its tenants.
        check(users, all_users, "users");
        check(tenants, all_tenants, "tenants");
    }
    guard.result(GuardName::MaxDeletes, users + tenants)
}

fn max_role_removals(
    guards: &Guards,
    live: &Live,
    plan: &Removals<'_>,
    handles: &Handles,
) -> Checked {
    let total: usize = plan.roles.values().sum();
    let mut guard = Limited::new(guards.max_role_removals);
    if total <= guard.limit(0) {
        return Checked::Kept;
    }
    let mut held: BTreeMap<&Scope, (usize, usize)> = BTreeMap::new();
    for (scope, roles) in live.users.found().flat_map(|user| &user.grants) {
        let (holders, grants) = held.entry(scope).or_default();
        *holders += 1;
        *grants += roles.len();
    }
    let known = |count: usize| match live.users.total() {
        Count::Exactly(_) => Count::Exactly(count),
        Count::AtLeast(_) => Count::AtLeast(count),
    };
    let reason = |count: usize, place: String| {
        move |population: Count, limit: usize| {
            format!("takes away {count} of {population} roles held{place}, and {limit} are allowed")
        }
    };
    let population = held.values().map(|(_, grants)| grants).sum();
    guard.check(total, known(population), reason(total, String::new()));
    for (scope, count) in &plan.roles {
        let (holders, grants) = held.get(scope).copied().unwrap_or_default();
        if matches!(scope, Scope::Tenant(_))
            && (holders > LARGE_TENANT || !live.users.is_complete())
        {
            let place = format!(" in {}", scope_name(scope, handles));
            guard.check(*count, known(grants), reason(*count, place));
        }
    }
    guard.result(GuardName::MaxRoleRemovals, total)
}

/// How many holders of a role have to stay in a scope, where that is limited.
pub(super) fn keeps(guards: &Guards, scope: &Scope, role: &RoleName) -> Option<usize> {
    let written = guards.keep_holders.as_ref().and_then(|kept| kept.get(role));
    let is_admin = *scope == Scope::Workspace && role.as_str() == RoleName::ADMIN;
    let kept = written.copied().or_else(|| is_admin.then_some(1));
    kept.map(|kept| usize::try_from(kept).unwrap_or(usize::MAX))
}

/// What becomes of the holders of a role in one scope.
pub(super) struct Holders<'m> {
    pub(super) key: &'m (Scope, RoleName),
    /// How many there are now.
    pub(super) now: Count,
    pub(super) lost: usize,
    pub(super) gained: usize,
}

impl Holders<'_> {
    /// How many there are for sure once the plan is carried out.
    pub(super) fn then(&self) -> usize {
        (self.now.at_least() + self.gained).saturating_sub(self.lost)
    }

    /// How many holders are enough to know that so many stay.
    pub(super) fn enough(&self, stay: usize) -> Missing {
        Missing::holders(self.key, stay.saturating_add(self.lost))
    }
}

/// How the number of holders changes for each role that a user loses, in scopes that are not deleted.
pub(super) fn holders<'m>(
    live: &Live,
    movements: &'m Movements,
    gone: &BTreeSet<&TenantId>,
) -> Vec<Holders<'m>> {
    let mut lost: BTreeMap<&(Scope, RoleName), usize> = BTreeMap::new();
    for (key, _) in &movements.lost {
        if !key.0.tenant().is_some_and(|tenant| gone.contains(tenant)) {
            *lost.entry(key).or_default() += 1;
        }
    }
    if lost.is_empty() {
        return Vec::new();
    }
    let mut gained: BTreeMap<&(Scope, RoleName), usize> = BTreeMap::new();
    for (key, _) in &movements.gained {
        *gained.entry(key).or_default() += 1;
    }
    let now = live.holders(lost.keys().copied());
    let holders = lost.into_iter().map(|(key, lost)| Holders {
        key,
        now: now.get(key).copied().unwrap_or(Count::AtLeast(0)),
        lost,
        gained: gained.get(key).copied().unwrap_or_default(),
    });
    holders.collect()
}

fn keep_holders(guards: &Guards, live: &Live, plan: &Removals<'_>, handles: &Handles) -> Checked {
    let (mut reasons, mut missing) = (Vec::new(), Missing::default());
    for holders in holders(live, plan.movements, &plan.tenants) {
        let (scope, role) = holders.key;
        let Some(least) = keeps(guards, scope, role) else {
            continue;
        };
        let then = holders.then();
        if then >= least {
            continue;
        }
        let Some(now) = holders.now.exactly() else {
            missing = missing.and(holders.enough(least));
            continue;
        };
        // A scope that has fewer already may keep what it has.
        let least = least.min(now);
        if then < least {
            reasons.push(format!(
                "leaves {then} of {now} holders of \"{role}\" in {}, and {least} have to stay",
                scope_name(scope, handles)
            ));
        }
    }
    if missing.is_nothing() {
        checked(GuardName::KeepHolders, fingerprint(&reasons), reasons)
    } else {
        Checked::NeedsMore(missing)
    }
}

/// A number that is made from these reasons and no others: a count of one would be the same for another scope.
fn fingerprint(reasons: &[String]) -> usize {
    let hash = reasons
        .iter()
        .flat_map(|reason| reason.bytes())
        .fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
    1000 + (hash % 9000) as usize
}

fn protect(guards: &Guards, live: &Live, steps: &[Step], handles: &Handles) -> Checked {
    let protected: BTreeSet<&Email> = guards.protect.iter().map(|email| &email.value).collect();
    if protected.is_empty() {
        return Checked::Kept;
    }
    // A user is protected by the address of the record of now, whatever the manifest calls the user.
    let email = |id: &UserUuid| {
        let email = live.users.get(id).and_then(LiveUser::email);
        email.filter(|email| protected.contains(email))
    };
    let mut reasons = Vec::new();
    for step in steps {
        let what = match &step.change {
            Change::User { .. } if step.change.deleted_user().is_some() => "deletes",
            Change::User { .. } if step.change.new_email().is_some() => "gives another address to",
            Change::User { .. } if step.change.locked_out().is_some() => "locks",
            Change::Roles { before, after, .. } if !before.is_subset(after) => {
                "takes roles away from"
            }
            Change::Tenant { .. } => {
                let lost = step
                    .change
                    .removal()
                    .into_iter()
                    .flat_map(|removal| &removal.lost);
                reasons.extend(lost.filter_map(|loss| {
                    let email = email(&loss.user)?;
                    Some(format!(
                        "deletes tenant {}, in which {email}, who is protected, holds roles",
                        scope_name(&loss.scope, handles)
                    ))
                }));
                continue;
            }
            Change::User { .. } | Change::Roles { .. } => continue,
        };
        let user = step.change.user().and_then(Target::existing);
        if let Some(email) = user.and_then(email) {
            reasons.push(format!(
                "{what} {email}, who is protected ({})",
                step.address
            ));
        }
    }
    checked(GuardName::Protect, fingerprint(&reasons), reasons)
}
