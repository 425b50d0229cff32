//! Rule: roles are held, and members pruned, in tenants that the manifest has and keeps.

use std::collections::BTreeMap;

use crate::manifest::check::grants::ALL_TENANTS;
use crate::manifest::check::suggestions::Suggestions;
use crate::manifest::syntax::manifest::{Manifest, PruneMembers, RoleList};
use crate::manifest::{Finding, ManifestError};

/// What to write instead of `"*"` under a user.
const IN_USER: &str = "Here only `\"*\": []` is allowed: no role in any other tenant. Name the tenants by their handles; in the `tenants` of a group, `\"*\"` is every tenant of the manifest.";
/// What to write instead of a list with `"*"`.
const IN_PRUNE: &str = "Write it without a list: `members: \"*\"`.";

pub(crate) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
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
        .flat_map(|(_, user)| &user.tenants.0)
        .filter(|(handle, roles)| &*handle.value != ALL_TENANTS || !takes_all(&roles.value))
        .map(|(handle, _)| handle);
    let groups = manifest
        .groups
        .0
        .iter()
        .flat_map(|(_, group)| group.tenants.0.iter().map(|(handle, _)| handle))
        .filter(|handle| &*handle.value != ALL_TENANTS)
        .map(|handle| (handle, ""));
    let pruned = match manifest
        .prune
        .as_ref()
        .and_then(|prune| prune.members.as_ref())
    {
        Some(PruneMembers::Some(handles)) => handles.as_slice(),
        Some(PruneMembers::All(_)) | None => &[],
    };
    let mut suggestions = Suggestions::default();
    let users = users.map(|handle| (handle, IN_USER));
    let pruned = pruned.iter().map(|handle| (handle, IN_PRUNE));
    for (handle, wildcard) in users.chain(groups).chain(pruned) {
        if &*handle.value == ALL_TENANTS {
            let mistake = ManifestError::Wildcard { help: wildcard };
            findings.push(Finding::new(mistake, handle.origin));
            continue;
        }
        let word = handle.value.as_ref().to_owned();
        match known.get(&*handle.value) {
            Some(false) => {}
            Some(true) => findings.push(Finding::new(
                ManifestError::AbsentTenant { handle: word },
                handle.origin,
            )),
            None => {
                let help = format!(
                    "{} Write it under `tenants` first.",
                    suggestions.help(&handle.value, known.keys().copied())
                );
                findings.push(Finding::new(
                    ManifestError::UnknownTenant { handle: word, help },
                    handle.origin,
                ));
            }
        }
    }
}

/// Whether it says that no role is held: what `"*"` may say in a user's entry.
fn takes_all(roles: &RoleList) -> bool {
    roles.items.is_empty() && !roles.at_least
}
