//! Rule: where the manifest lists its roles, no other is used; and no list names a role twice.

use std::collections::{BTreeSet, HashSet};

use crate::manifest::syntax::{Manifest, Text};
use crate::manifest::{Finding, Mistake, suggest};

pub(super) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let vocabulary: Option<BTreeSet<&str>> = manifest
        .roles
        .as_ref()
        .map(|roles| roles.0.iter().map(|role| &*role.value).collect());
    for (_, user) in &manifest.users.0 {
        let tenants = user.tenants.0.iter().map(|(_, roles)| roles);
        for list in user.roles.iter().chain(tenants) {
            check_list(&list.value.0, vocabulary.as_ref(), findings);
        }
    }
}

fn check_list(list: &[Text], vocabulary: Option<&BTreeSet<&str>>, findings: &mut Vec<Finding>) {
    let mut seen = HashSet::with_capacity(list.len());
    for role in list {
        if !seen.insert(&*role.value) {
            findings.push(Finding::new(
                Mistake::RepeatedRole {
                    role: role.value.as_ref().to_owned(),
                },
                role.origin,
            ));
        }
        if let Some(known) = vocabulary
            && !known.contains(&*role.value)
        {
            let help = format!(
                "{} Add it to `roles` at the top of the manifest if it is a new one.",
                suggest::help(&role.value, known.iter().copied())
            );
            findings.push(Finding::new(
                Mistake::UnknownRole {
                    role: role.value.as_ref().to_owned(),
                    help,
                },
                role.origin,
            ));
        }
    }
}
