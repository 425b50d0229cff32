//! Rule: roles are held, and members pruned, in tenants that the manifest has and keeps.

use std::collections::BTreeMap;

use crate::manifest::grants::ALL_TENANTS;
use crate::manifest::syntax::{Manifest, PruneMembers};
use crate::manifest::{Finding, Mistake};
use crate::model::suggest;

pub(super) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let known: BTreeMap<&str, bool> = manifest
        .tenants
        .0
        .iter()
        .map(|(handle, tenant)| (&*handle.value, tenant.is_absent()))
        .collect();
    let users = manifest
        .users
        .0
        .iter()
        .flat_map(|(_, user)| user.tenants.0.iter().map(|(handle, _)| handle));
    let groups = manifest
        .groups
        .0
        .iter()
        .flat_map(|(_, group)| group.tenants.0.iter().map(|(handle, _)| handle))
        .filter(|handle| &*handle.value != ALL_TENANTS);
    let pruned = match manifest
        .prune
        .as_ref()
        .and_then(|prune| prune.members.as_ref())
    {
        Some(PruneMembers::Some(handles)) => handles.as_slice(),
        Some(PruneMembers::All(_)) | None => &[],
    };
    for handle in users.chain(groups).chain(pruned) {
        let word = handle.value.as_ref().to_owned();
        match known.get(&*handle.value) {
            Some(false) => {}
            Some(true) => findings.push(Finding::new(
                Mistake::AbsentTenant { handle: word },
                handle.origin,
            )),
            None => {
                let help = format!(
                    "{} Write it under `tenants` first.",
                    suggest::help(&handle.value, known.keys().copied())
                );
                findings.push(Finding::new(
                    Mistake::UnknownTenant { handle: word, help },
                    handle.origin,
                ));
            }
        }
    }
}
