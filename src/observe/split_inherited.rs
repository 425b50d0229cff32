//! Roles that a record shows in a tenant because they are held in one above it. In: a live state as it was read. Out: the same, what
//! may only be repeated apart from what is held.
//!
//! Whether a server's records repeat roles is not in the reference. One role that is held above and not shown below proves that it
//! does not; where nothing proves it, what stands in both places may be held in one.

use std::collections::BTreeMap;

use crate::model::{Live, LiveUser, RoleSet, Scope, TenantId};

/// The tenants above each tenant that is below another one.
type Above = BTreeMap<TenantId, Vec<TenantId>>;

/// Sets apart what may only be repeated. Done twice it is as done once.
pub fn split(mut live: Live) -> Live {
    let above = above(&live);
    if above.is_empty() {
        return live;
    }
    for user in live.users.found_mut() {
        let repeated = std::mem::take(&mut user.inherited);
        for (scope, roles) in &repeated {
            let held = user.grants.edit().entry(scope.clone()).or_default();
            held.extend(roles.iter().cloned());
        }
    }
    let mut below: BTreeMap<&TenantId, Vec<&TenantId>> = BTreeMap::new();
    for (tenant, above) in &above {
        for above in above {
            below.entry(above).or_default().push(tenant);
        }
    }
    let repeats = |user: &LiveUser| {
        user.grants.into_iter().all(|(scope, roles)| {
            let below = scope.tenant().and_then(|tenant| below.get(tenant));
            let mut below = below.into_iter().flatten();
            below.all(|tenant| roles.is_subset(&user.roles(&Scope::Tenant((*tenant).clone()))))
        })
    };
    if !live.users.found().all(repeats) {
        return live;
    }
    for user in live.users.found_mut() {
        let repeated = user.grants.into_iter().filter_map(|(scope, roles)| {
            let above = above.get(scope.tenant()?)?.iter();
            let above = above.flat_map(|tenant| user.roles(&Scope::Tenant(tenant.clone())));
            let above: RoleSet = above.collect();
            let both: RoleSet = roles.intersection(&above).cloned().collect();
            (!both.is_empty()).then(|| (scope.clone(), both))
        });
        let repeated: BTreeMap<Scope, RoleSet> = repeated.collect();
        if repeated.is_empty() {
            continue;
        }
        let grants = user.grants.edit();
        for (scope, roles) in &repeated {
            if let Some(held) = grants.get_mut(scope) {
                held.retain(|role| !roles.contains(role));
            }
        }
        grants.retain(|_, held| !held.is_empty());
        user.inherited = repeated.into();
    }
    live
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
