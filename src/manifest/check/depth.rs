//! Rule: groups in groups and tenants below tenants go a hundred levels deep at the most. What is deeper is no organisation, and every
//! other rule would follow it from each of its members.

use hashbrown::{HashMap, HashSet};

use crate::manifest::check::grants;
use crate::manifest::findings::tenant_mistake::TenantMistake;
use crate::manifest::syntax::manifest::Manifest;
use crate::manifest::{Finding, GroupMistake, ManifestError};
use crate::model::MOST_LEVELS;

/// Whether anything is too deep; then the other rules are not asked.
pub(crate) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) -> bool {
    let before = findings.len();
    let groups = grants::groups(manifest);
    let inner = |name: &str| {
        let groups = groups.get(name).into_iter().flat_map(|group| &group.groups);
        groups.map(|inner| &*inner.value).collect()
    };
    let names = manifest.groups.0.iter().map(|(name, _)| &*name.value);
    if let Some(group) = too_deep(names, inner) {
        let mut groups = manifest.groups.0.iter();
        let entry = groups.find(|(name, _)| &*name.value == group);
        let mistake = GroupMistake::GroupTooDeep {
            group: group.to_owned(),
            most: MOST_LEVELS,
        };
        findings.extend(entry.map(|(name, _)| Finding::new(mistake, name.origin)));
    }
    let tenants = manifest.tenants.0.iter();
    let parents: HashMap<&str, &str> = tenants
        .clone()
        .filter_map(|(handle, tenant)| Some((&*handle.value, &*tenant.parent.as_ref()?.value)))
        .collect();
    let above = |handle: &str| parents.get(handle).copied().into_iter().collect();
    let handles = tenants.clone().map(|(handle, _)| &*handle.value);
    if let Some(deep) = too_deep(handles, above) {
        let mut tenants = tenants;
        let entry = tenants.find(|(handle, _)| &*handle.value == deep);
        let mistake = TenantMistake::TenantTooDeep {
            handle: deep.to_owned(),
            most: MOST_LEVELS,
        };
        findings.extend(
            entry.map(|(handle, _)| Finding::new(ManifestError::from(mistake), handle.origin)),
        );
    }
    findings.len() > before
}

/// The first name from which more than so many levels follow each other. Circles are another rule's.
fn too_deep<'m>(
    names: impl Iterator<Item = &'m str>,
    next: impl Fn(&str) -> Vec<&'m str>,
) -> Option<&'m str> {
    let mut depths: HashMap<&str, usize> = HashMap::new();
    for start in names {
        let mut way: HashSet<&str> = HashSet::new();
        let mut open = vec![(start, false)];
        while let Some((name, is_left)) = open.pop() {
            if is_left {
                let below = next(name).into_iter().filter_map(|inner| depths.get(inner));
                let depth = below.max().copied().unwrap_or_default() + 1;
                depths.insert(name, depth);
                if depth > MOST_LEVELS {
                    return Some(name);
                }
            } else if !depths.contains_key(name) && way.insert(name) {
                open.push((name, true));
                open.extend(next(name).into_iter().map(|inner| (inner, false)));
            }
        }
    }
    None
}
