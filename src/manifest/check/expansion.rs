//! Rule: groups do not grant more than fits in memory. A group gives each of its roles to each of its users in each of its
//! tenants, so that a short manifest can mean millions of grants.

use crate::manifest::check::grants;
use crate::manifest::check::grants::ALL_TENANTS;
use crate::manifest::syntax::manifest::{Group, Manifest};
use crate::manifest::{Finding, GroupMistake};

/// The most grants that all groups of a manifest may make.
pub(crate) const MOST: usize = 200_000;

pub(crate) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let tenants = manifest.tenants.0.len();
    let mut all = 0_usize;
    let groups = grants::groups(manifest);
    for (name, group) in &manifest.groups.0 {
        let inner = grants::below(&groups, &name.value).into_iter();
        let people = inner.filter_map(|name| Some(groups.get(name)?.users.len()));
        all = all.saturating_add(of_each(group, tenants).saturating_mul(people.sum()));
        if all > MOST {
            let mistake = GroupMistake::TooManyGrants { limit: MOST };
            findings.push(Finding::new(mistake, name.origin));
            return;
        }
    }
}

/// How many grants a group makes to each of its people; a scope that it only mentions counts as one.
fn of_each(group: &Group, tenants: usize) -> usize {
    let in_workspace = group
        .roles
        .iter()
        .map(|roles| roles.value.items.len().max(1));
    let in_tenants = group.tenants.0.iter().map(|(handle, roles)| {
        let roles = roles.value.items.len().max(1);
        let is_all = &*handle.value == ALL_TENANTS;
        roles.saturating_mul(if is_all { tenants } else { 1 })
    });
    in_workspace
        .chain(in_tenants)
        .fold(0_usize, usize::saturating_add)
}
