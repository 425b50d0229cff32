//! What a plan leaves of the holders of a role, where they are few or guarded: it is looked at again while the plan is carried
//! out.

use std::collections::BTreeSet;

use super::guard;
use super::movement::Movements;
use super::records::{Handles, scope_name};
use super::{Keep, Limits, Step};
use crate::model::Live;

/// The roles that a plan takes from users and of which holders stay: guarded ones, and those with few holders.
pub(super) fn keeps(steps: &[Step], limits: &Limits, live: &Live, handles: &Handles) -> Vec<Keep> {
    let movements = Movements::of(steps, live);
    let gone: BTreeSet<_> = steps
        .iter()
        .filter_map(|step| step.change.deleted_tenant())
        .collect();
    let holders = guard::holders(live, &movements, &gone);
    let keeps = holders.into_iter().filter_map(|holders| {
        let (scope, role) = holders.key;
        let then = holders.then();
        let least = match guard::keeps(&limits.guards, scope, role) {
            Some(kept) => kept.min(then),
            None if then < guard::FEW => then,
            None => 0,
        };
        (least > 0).then(|| Keep {
            scope: scope.clone(),
            role: role.clone(),
            least,
            name: format!("\"{role}\" in {}", scope_name(scope, handles)),
        })
    });
    keeps.collect()
}
