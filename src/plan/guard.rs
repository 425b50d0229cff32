//! The guards: limits that keep a slip of the pen, or a bad merge, from locking people out.
//!
//! What the manifest does not limit is limited by itself: to 5 % of what there is and never fewer than 5, for deletions
//! of users, deletions of tenants and removals of roles each; removals also within every tenant that has more than 20
//! holders. And the workspace keeps at least one of its admins.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::change::{Action, Step, UserTarget};
use super::draft::{Handles, scope_name};
use super::movement::{Movements, live_scope, locked_out};
use super::roles::{FEW, holders};
use crate::model::{Email, Guards, Limit, Live, RoleName, Scope, TenantId, UserId};

/// The built-in share.
const SHARE: Limit = Limit::Percent(5);
/// A built-in limit is never lower.
const LEAST: usize = 5;
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenGuard {
    /// Which.
    pub name: GuardName,
    /// The number that lifts it: how much the whole plan does of what the guard limits; for roles and people that are
    /// named, a number that stands for just these.
    pub count: usize,
    /// What is wrong, each in one line.
    pub reasons: Vec<String>,
}

/// The guards that a plan breaks.
pub(super) fn broken(
    guards: &Guards,
    live: &Live,
    steps: &[Step],
    movements: &Movements,
    handles: &Handles,
) -> Vec<BrokenGuard> {
    // The limits are measured against everybody who is there: not worth it where nothing changes.
    if steps.is_empty() {
        return Vec::new();
    }
    let plan = Removals::of(steps, movements);
    let checks = [
        max_deletes(guards, live, &plan),
        max_role_removals(guards, live, &plan, handles),
        keep_holders(guards, live, &plan, handles),
        protect(guards, live, steps, &plan),
    ];
    checks
        .into_iter()
        .filter(|guard| !guard.reasons.is_empty())
        .collect()
}

/// What a plan takes away.
struct Removals<'m> {
    users: BTreeSet<UserId>,
    tenants: BTreeSet<TenantId>,
    /// Roles taken away one by one, by scope.
    roles: BTreeMap<Scope, usize>,
    movements: &'m Movements,
}

impl<'m> Removals<'m> {
    fn of(steps: &[Step], movements: &'m Movements) -> Self {
        let mut roles: BTreeMap<Scope, usize> = BTreeMap::new();
        let mut tenants = BTreeSet::new();
        for step in steps {
            match &step.action {
                Action::DeleteTenant { id, .. } => drop(tenants.insert(id.clone())),
                Action::SetRoles {
                    scope,
                    before,
                    after,
                    ..
                } => {
                    let taken = before.difference(after).count();
                    if let (Some(scope), 1..) = (live_scope(scope), taken) {
                        *roles.entry(scope).or_default() += taken;
                    }
                }
                _ => {}
            }
        }
        let users = steps
            .iter()
            .filter_map(|step| locked_out(&step.action))
            .collect();
        Self {
            users,
            tenants,
            roles,
            movements,
        }
    }
}

/// The limit of a guard, and how it came about.
fn limit(written: Option<Limit>, population: usize) -> usize {
    written.map_or_else(
        || SHARE.of(population).max(LEAST),
        |limit| limit.of(population),
    )
}

fn max_deletes(guards: &Guards, live: &Live, plan: &Removals<'_>) -> BrokenGuard {
    let (users, tenants) = (plan.users.len(), plan.tenants.len());
    let all = live.totals();
    let mut reasons = Vec::new();
    let mut check = |count: usize, population: usize, what: &str| {
        let limit = limit(guards.max_deletes, population);
        if count > limit {
            reasons.push(format!(
                "removes {count} of {population} {what}, and {limit} are allowed"
            ));
        }
    };
    if let Some(Limit::Count(_)) = guards.max_deletes {
        check(
            users + tenants,
            all.users + all.tenants,
            "users and tenants",
        );
    } else {
        // A share of both together would let a workspace of many users lose all its tenants.
        check(users, all.users, "users");
        check(tenants, all.tenants, "tenants");
    }
    BrokenGuard {
        name: GuardName::MaxDeletes,
        count: users + tenants,
        reasons,
    }
}

fn max_role_removals(
    guards: &Guards,
    live: &Live,
    plan: &Removals<'_>,
    handles: &Handles,
) -> BrokenGuard {
    let mut held: BTreeMap<&Scope, (usize, usize)> = BTreeMap::new();
    for (scope, roles) in live.users.values().flat_map(|user| &user.grants) {
        let (holders, grants) = held.entry(scope).or_default();
        *holders += 1;
        *grants += roles.len();
    }
    let total: usize = plan.roles.values().sum();
    let population = held.values().map(|(_, grants)| grants).sum();
    let mut reasons = Vec::new();
    let mut check = |count: usize, population: usize, place: &str| {
        let limit = limit(guards.max_role_removals, population);
        if count > limit {
            reasons.push(format!(
                "takes away {count} of {population} roles held{place}, and {limit} are allowed"
            ));
        }
    };
    check(total, population, "");
    for (scope, count) in &plan.roles {
        let (holders, grants) = held.get(scope).copied().unwrap_or_default();
        if let (Scope::Tenant(_), true) = (scope, holders > LARGE_TENANT) {
            check(
                *count,
                grants,
                &format!(" in {}", scope_name(scope, handles)),
            );
        }
    }
    BrokenGuard {
        name: GuardName::MaxRoleRemovals,
        count: total,
        reasons,
    }
}

/// How many holders of a role have to stay in a scope, where that is limited.
pub(super) fn keeps(guards: &Guards, scope: &Scope, role: &RoleName) -> Option<u64> {
    match &guards.keep_holders {
        Some(kept) => kept.get(role).copied(),
        None => (*scope == Scope::Workspace && role.as_str() == RoleName::ADMIN).then_some(1),
    }
}

/// For each role that is taken from somebody, how many holders have to be known to know that enough stay.
pub(super) fn enough_holders(
    guards: &Guards,
    movements: &Movements,
) -> BTreeMap<(Scope, RoleName), usize> {
    let mut enough: BTreeMap<(Scope, RoleName), usize> = BTreeMap::new();
    for (scope, role, _) in &movements.lost {
        *enough.entry((scope.clone(), role.clone())).or_default() += 1;
    }
    for ((scope, role), count) in &mut enough {
        let least = keeps(guards, scope, role).unwrap_or_default();
        let least = usize::try_from(least).unwrap_or(usize::MAX).max(FEW);
        *count = count.saturating_add(least);
    }
    enough
}

fn keep_holders(
    guards: &Guards,
    live: &Live,
    plan: &Removals<'_>,
    handles: &Handles,
) -> BrokenGuard {
    let mut changes: BTreeMap<(&Scope, &RoleName), (usize, usize)> = BTreeMap::new();
    for (scope, role, _) in &plan.movements.lost {
        changes.entry((scope, role)).or_default().0 += 1;
    }
    for (scope, role, _) in &plan.movements.gained {
        if let Some((_, gained)) = changes.get_mut(&(scope, role)) {
            *gained += 1;
        }
    }
    let holders = holders(live);
    let mut reasons = Vec::new();
    for ((scope, role), (lost, gained)) in changes {
        let Some(least) = keeps(guards, scope, role) else {
            continue;
        };
        if matches!(scope, Scope::Tenant(id) if plan.tenants.contains(id)) {
            continue;
        }
        let now = holders.get(&(scope, role)).copied().unwrap_or_default();
        let then = (now + gained).saturating_sub(lost);
        // A scope that has fewer already may keep what it has.
        let least = usize::try_from(least).unwrap_or(usize::MAX).min(now);
        if then < least {
            reasons.push(format!(
                "leaves {then} of {now} holders of \"{role}\" in {}, and {least} have to stay",
                scope_name(scope, handles)
            ));
        }
    }
    BrokenGuard {
        name: GuardName::KeepHolders,
        count: fingerprint(&reasons),
        reasons,
    }
}

/// A number that stands for these reasons and no others: a count of one would be the same for another scope.
fn fingerprint(reasons: &[String]) -> usize {
    let hash = reasons
        .iter()
        .flat_map(|reason| reason.bytes())
        .fold(0x811c_9dc5_u32, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        });
    1000 + (hash % 9000) as usize
}

fn protect(guards: &Guards, live: &Live, steps: &[Step], plan: &Removals<'_>) -> BrokenGuard {
    let protected: BTreeSet<&Email> = guards.protect.iter().map(|email| &email.value).collect();
    let email = |id: &UserId| live.users.get(id).and_then(|user| user.email.as_ref());
    let mut reasons = Vec::new();
    for step in steps {
        let (user, what) = match &step.action {
            Action::DeleteUser { id, .. } => (Some(*id), "deletes"),
            Action::UpdateUser { id, fields, .. } if fields.email.is_some() => {
                (Some(*id), "gives another address to")
            }
            Action::SetRoles {
                user: UserTarget::Live(id),
                before,
                after,
                ..
            } if !before.is_subset(after) => (Some(*id), "takes roles away from"),
            action => (locked_out(action), "locks"),
        };
        // Who is protected is whom the record is of now, whatever the manifest calls them.
        if let Some(email) = user
            .as_ref()
            .and_then(email)
            .filter(|email| protected.contains(email))
        {
            reasons.push(format!(
                "{what} {email}, who is protected ({})",
                step.address
            ));
        }
    }
    for user in live.users.values().filter(|user| {
        user.email
            .as_ref()
            .is_some_and(|email| protected.contains(email))
    }) {
        for tenant in plan
            .tenants
            .iter()
            .filter(|tenant| !user.roles(&Scope::Tenant((*tenant).clone())).is_empty())
        {
            let email = user
                .email
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default();
            reasons.push(format!(
                "deletes tenant {tenant}, in which {email}, who is protected, holds roles"
            ));
        }
    }
    BrokenGuard {
        name: GuardName::Protect,
        count: fingerprint(&reasons),
        reasons,
    }
}
