//! Rule: a group has people in it, each once.

use crate::manifest::syntax::Manifest;
use crate::manifest::{Finding, Mistake};
use crate::model::Email;
use hashbrown::HashSet;

pub(super) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    for (name, group) in &manifest.groups.0 {
        if group.users.is_empty() && !group.is_broken {
            findings.push(Finding::new(
                Mistake::EmptyGroup {
                    group: name.value.as_ref().to_owned(),
                },
                name.origin,
            ));
        }
        let mut seen = HashSet::with_capacity(group.users.len());
        for email in &group.users {
            if !seen.insert(Email::new(email.value.clone())) {
                findings.push(Finding::new(
                    Mistake::RepeatedUser {
                        email: email.value.as_ref().to_owned(),
                    },
                    email.origin,
                ));
            }
        }
    }
}
