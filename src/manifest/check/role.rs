//! Rule: every role has a name that a role can have; where the manifest lists its roles, no other is used, and each is held
//! by somebody; and no list names a role twice.

use std::collections::{BTreeSet, HashSet};

use crate::manifest::guard_mistake::GuardMistake;
use crate::manifest::syntax::{Manifest, Roles, Text};
use crate::manifest::{Finding, Mistake};
use crate::model::suggest;

pub(super) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let vocabulary: Option<BTreeSet<&str>> = manifest
        .roles
        .as_ref()
        .map(|roles| roles.0.iter().map(|role| &*role.value).collect());
    let mut used = HashSet::new();
    for list in lists(manifest) {
        check_list(&list.0, vocabulary.as_ref(), findings);
        used.extend(list.0.iter().map(|role| &*role.value));
    }
    let kept = manifest
        .guards
        .iter()
        .filter_map(|guards| guards.keep_holders.as_ref());
    for (role, _) in kept.flat_map(|kept| &kept.0) {
        check_list(std::slice::from_ref(role), vocabulary.as_ref(), findings);
    }
    for role in manifest.roles.iter().flat_map(|roles| &roles.0) {
        check_name(role, findings);
        if !used.is_empty() && !used.contains(&*role.value) {
            findings.push(Finding::new(
                Mistake::UnheldRole {
                    role: role.value.as_ref().to_owned(),
                },
                role.origin,
            ));
        }
    }
}

/// Every list of roles that grants them to somebody.
fn lists(manifest: &Manifest) -> impl Iterator<Item = &Roles> {
    let users = manifest.users.0.iter().flat_map(|(_, user)| {
        user.roles
            .iter()
            .chain(user.tenants.0.iter().map(|(_, roles)| roles))
    });
    let members = manifest
        .tenants
        .0
        .iter()
        .flat_map(|(_, tenant)| tenant.members.0.iter().map(|(_, roles)| roles));
    let groups = manifest.groups.0.iter().flat_map(|(_, group)| {
        group
            .roles
            .iter()
            .chain(group.tenants.0.iter().map(|(_, roles)| roles))
    });
    users.chain(members).chain(groups).map(|roles| &roles.value)
}

fn check_list(list: &[Text], vocabulary: Option<&BTreeSet<&str>>, findings: &mut Vec<Finding>) {
    for (index, role) in list.iter().enumerate() {
        check_name(role, findings);
        if list
            .iter()
            .take(index)
            .any(|earlier| earlier.value == role.value)
        {
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

/// The most characters that a role can have.
const LONGEST: usize = 100;

fn check_name(role: &Text, findings: &mut Vec<Finding>) {
    let text = &*role.value;
    let reason = if text.trim().is_empty() {
        // It was reported when it was read.
        return;
    } else if text.trim() != text {
        "white space stands at its ends"
    } else if text.chars().count() > LONGEST {
        "it has more than 100 characters"
    } else if text.chars().any(char::is_control) {
        "it has a control character"
    } else {
        return;
    };
    let mistake = GuardMistake::BadRole {
        role: text.to_owned(),
        reason,
    };
    findings.push(Finding::new(mistake, role.origin));
}
