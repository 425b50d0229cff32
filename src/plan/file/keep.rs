//! The roles that have to keep holders, looked at again before a saved plan is applied: who holds them may have changed
//! without any record of the plan having changed.

use std::collections::BTreeMap;

use super::document::PlanFile;
use crate::model::{Guards, Handle, Live, RoleName, Scope, TenantId};
use crate::plan::movement::Movements;
use crate::plan::{BrokenGuard, GuardName, Plan, guard};

fn guards(file: &PlanFile) -> Guards {
    Guards {
        keep_holders: file.manifest.keep_holders.clone(),
        ..Guards::default()
    }
}

/// The handles of the tenants that a plan is about.
fn handles(file: &PlanFile) -> BTreeMap<TenantId, Handle> {
    let tenants = file.steps.iter().filter_map(|step| step.tenant.as_ref());
    tenants
        .filter_map(|tenant| Some((tenant.id.clone()?, tenant.handle.clone()?)))
        .collect()
}

/// The roles that a plan takes away and that have to keep holders, with their scopes: whose holders have to be read, and
/// how many of them are enough.
pub fn watched(file: &PlanFile, plan: &Plan, live: &Live) -> BTreeMap<(Scope, RoleName), usize> {
    let guards = guards(file);
    let mut enough = guard::enough_holders(&guards, &Movements::of(&plan.steps, live));
    enough.retain(|(scope, role), _| guard::keeps(&guards, scope, role).is_some());
    enough
}

/// The guard that a saved plan breaks now and did not break when it was made; `live` holds everybody who holds a role
/// that is watched.
pub fn broken_since(file: &PlanFile, plan: &Plan, live: &Live) -> Option<BrokenGuard> {
    let movements = Movements::of(&plan.steps, live);
    let broken = guard::broken(&guards(file), live, &plan.steps, &movements, &handles(file));
    let known = |guard: &BrokenGuard| {
        plan.broken_guards.iter().any(|known| {
            known.name == guard.name
                && guard
                    .reasons
                    .iter()
                    .all(|reason| known.reasons.contains(reason))
        })
    };
    broken
        .into_iter()
        .find(|guard| guard.name == GuardName::KeepHolders && !known(guard))
}
