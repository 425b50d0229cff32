//! Rule: the patterns of `prune.users`, `guards.protect` and `rules` can be used, and could match an address.

use crate::manifest::check::is_address;
use crate::manifest::syntax::manifest::{Manifest, Text};
use crate::manifest::{Finding, ManifestError};
use crate::model::{AddressPatterns, is_one_address};

pub(crate) fn check(manifest: &Manifest, findings: &mut Vec<Finding>) {
    let prune = manifest.prune.iter();
    let users = prune.filter_map(|prune| prune.users.as_ref());
    let lists = users
        .map(|users| &users.email)
        .chain(manifest.guards.iter().map(|guards| &guards.protect))
        .chain(
            manifest
                .rules
                .iter()
                .flat_map(|rule| [&rule.only_users, &rule.except])
                .flatten(),
        );
    for list in lists {
        check_list(list, findings);
    }
}

fn check_list(list: &[Text], findings: &mut Vec<Finding>) {
    let before = findings.len();
    let mut report = |pattern: &Text, reason: String| {
        let mistake = ManifestError::BadPattern {
            pattern: pattern.value.as_ref().to_owned(),
            reason,
        };
        findings.push(Finding::new(mistake, pattern.origin));
    };
    for pattern in list {
        // What is empty was reported when it was read.
        if pattern.value.trim().is_empty() {
            continue;
        }
        if let Err(error) = AddressPatterns::new([&*pattern.value]) {
            report(pattern, error.reason);
        } else if is_one_address(&pattern.value) && is_address(&pattern.value).is_err() {
            report(
                pattern,
                "it is no e-mail address and has no wildcard, so that it matches nobody".to_owned(),
            );
        }
    }
    if findings.len() == before
        && let Some(first) = list.first()
        && let Err(error) = AddressPatterns::new(list.iter().map(|pattern| &*pattern.value))
    {
        let mistake = ManifestError::BadPattern {
            pattern: first.value.as_ref().to_owned(),
            reason: error.reason,
        };
        findings.push(Finding::new(mistake, first.origin));
    }
}
