//! Roles that a record shows in a tenant because they are held in one above it. In: a live state as it was read. Out: the same, what
//! may only be repeated apart from what is held.
//!
//! Whether a server's records repeat roles is not in the reference. One role that is held above and not shown below proves that
//! they do not. Where nothing is proven, a role that is shown in both places may be held in one.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::live::Live;
use crate::model::live::held::Held;
use crate::model::live::holding::{Holding, Inheritance};
use crate::model::live::records::LiveUser;
use crate::model::{RoleName, RoleSet, Scope, TenantId};

/// The tenants above each tenant that is below another one.
type Above = BTreeMap<TenantId, Vec<TenantId>>;

impl Live {
    /// Sets apart what may only be repeated, as far as the records show. Done twice it is as done once.
    #[must_use]
    pub fn split_inherited(mut self) -> Self {
        let live = &mut self;
        let above = above(live);
        if above.is_empty() {
            return self;
        }
        if live.inheritance != Inheritance::Repeated && shows_that_none_repeats(live, &above) {
            live.inheritance = Inheritance::NotRepeated;
        }
        let (inheritance, direct) = (live.inheritance, std::mem::take(&mut live.direct));
        let known = std::mem::take(&mut live.direct_known);
        for user in live.users.found_mut() {
            let both = in_both(user, &above);
            if both.is_empty() && user.inherited.is_empty() && user.grants == user.shown {
                continue;
            }
            let holding = |tenant: &TenantId, role: &RoleName| {
                let is_direct =
                    || direct.contains(&(user.uuid.clone(), tenant.clone(), role.clone()));
                match inheritance {
                    Inheritance::NotRepeated => Holding::Held,
                    Inheritance::Repeated if is_direct() => Holding::Held,
                    Inheritance::Repeated if known.contains(&(tenant.clone(), role.clone())) => {
                        Holding::Repeated
                    }
                    _ => Holding::Either,
                }
            };
            let mut grants = user.shown.clone();
            let mut inherited: BTreeMap<Scope, RoleSet> = BTreeMap::new();
            for (tenant, roles) in both {
                let with = |wanted: Holding| -> RoleSet {
                    let roles = roles.iter().filter(|role| holding(&tenant, role) == wanted);
                    roles.cloned().collect()
                };
                let (repeated, either) = (with(Holding::Repeated), with(Holding::Either));
                if repeated.is_empty() && either.is_empty() {
                    continue;
                }
                let scope = Scope::Tenant(tenant);
                if let Some(held) = grants.edit().get_mut(&scope) {
                    held.retain(|role| !repeated.contains(role) && !either.contains(role));
                }
                if !either.is_empty() {
                    inherited.insert(scope, either);
                }
            }
            if grants.values().any(RoleSet::is_empty) {
                grants.edit().retain(|_, held| !held.is_empty());
            }
            user.grants = grants;
            user.inherited = Held::from(inherited);
        }
        (live.direct, live.direct_known) = (direct, known);
        self
    }
}

/// Whether a record shows a role above, and not below.
fn shows_that_none_repeats(live: &Live, above: &Above) -> bool {
    let mut below: BTreeMap<&TenantId, Vec<&TenantId>> = BTreeMap::new();
    for (tenant, above) in above {
        for above in above {
            below.entry(above).or_default().push(tenant);
        }
    }
    let shows = |user: &LiveUser, tenant: &TenantId, role: &RoleName| {
        let shown = user.shown.get(&Scope::Tenant(tenant.clone()));
        shown.is_some_and(|shown| shown.contains(role))
    };
    live.users.found().any(|user| {
        user.shown.into_iter().any(|(scope, roles)| {
            let below = scope.tenant().and_then(|tenant| below.get(tenant));
            let mut below = below.into_iter().flatten();
            below.any(|tenant| !roles.iter().all(|role| shows(user, tenant, role)))
        })
    })
}

/// The roles that a record shows in a tenant and in one above it.
fn in_both(user: &LiveUser, above: &Above) -> Vec<(TenantId, RoleSet)> {
    let in_both = user.shown.into_iter().filter_map(|(scope, roles)| {
        let tenant = scope.tenant()?;
        let above = above.get(tenant)?.iter();
        let above = above.filter_map(|tenant| user.shown.get(&Scope::Tenant(tenant.clone())));
        let above: BTreeSet<&RoleName> = above.flatten().collect();
        let both = roles.iter().filter(|role| above.contains(role));
        let both: RoleSet = both.cloned().collect();
        (!both.is_empty()).then(|| (tenant.clone(), both))
    });
    in_both.collect()
}

fn above(live: &Live) -> Above {
    let nested = live
        .tenants
        .found()
        .filter(|tenant| live.above(tenant).is_some());
    let above = nested.map(|tenant| {
        let above = live.ancestors(tenant).map(|tenant| tenant.id.clone());
        (tenant.id.clone(), above.collect())
    });
    above.collect()
}
