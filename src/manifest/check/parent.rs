//! Rule: a tenant is below one that the manifest has and keeps, and not below itself.

use std::collections::BTreeSet;

use hashbrown::HashMap;

use crate::manifest::check::suggestions::Suggestions;
use crate::manifest::findings::tenant_mistake::TenantMistake;
use crate::manifest::syntax::manifest::{Manifest, Tenant};
use crate::manifest::{Finding, ManifestError};

pub(crate) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let entries = manifest.tenants.0.iter();
    let tenants: HashMap<&str, &Tenant> = entries
        .map(|(handle, tenant)| (&*handle.value, tenant))
        .collect();
    let mut suggestions = Suggestions::default();
    let mut in_circles: BTreeSet<&str> = BTreeSet::new();
    for (handle, tenant) in &manifest.tenants.0 {
        let Some(parent) = &tenant.parent else {
            continue;
        };
        let Some(above) = tenants.get(&*parent.value) else {
            let mut known: Vec<&str> = tenants.keys().copied().collect();
            known.sort_unstable();
            let help = format!(
                "{} Write it under `tenants` first.",
                suggestions.help(&parent.value, known)
            );
            let handle = parent.value.to_string();
            let mistake = ManifestError::UnknownTenant { handle, help };
            findings.push(Finding::new(mistake, parent.origin));
            continue;
        };
        if above.is_absent() && !tenant.is_absent() {
            let parent_handle = parent.value.to_string();
            let mistake = TenantMistake::AbsentParent {
                parent: parent_handle,
            };
            findings.push(Finding::new(ManifestError::from(mistake), parent.origin));
        }
        // A circle is told once, at its first tenant.
        if in_circles.contains(&*handle.value) {
            continue;
        }
        let next = |handle: &&'_ str| Some(&*tenants.get(*handle)?.parent.as_ref()?.value);
        let way = std::iter::successors(Some(&*handle.value), next).skip(1);
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let way: Vec<&str> = way.take_while(|handle| seen.insert(handle)).collect();
        if way.contains(&&*handle.value) {
            in_circles.extend(way);
            let mistake = TenantMistake::ParentCircle {
                handle: handle.value.to_string(),
            };
            findings.push(Finding::new(ManifestError::from(mistake), parent.origin));
        }
    }
}
