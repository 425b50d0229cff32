//! One entry for each identity: a second one is a finding that shows both, also where they differ only in case or stand
//! in different files.

use std::hash::Hash;
use std::sync::Arc;

use hashbrown::{HashMap, hash_map};

use crate::manifest::syntax::manifest::{Entries, Manifest, Text};
use crate::manifest::{Finding, ManifestError};
use crate::model::{Email, Origin};

/// Keeps the first entry of each tenant, member, group and user.
pub(crate) fn check_duplicates(manifest: &mut Manifest, findings: &mut Vec<Finding>) {
    let email = |text: &Text| Email::new(Arc::clone(&text.value));
    let duplicate_user = |email| ManifestError::DuplicateUser { email };
    once(
        &mut manifest.tenants,
        |handle| Arc::clone(&handle.value),
        |handle| ManifestError::DuplicateTenant { handle },
        findings,
    );
    for (_, tenant) in &mut manifest.tenants.0 {
        once(&mut tenant.members, email, duplicate_user, findings);
    }
    once(
        &mut manifest.groups,
        |group| Arc::clone(&group.value),
        |group| ManifestError::DuplicateGroup { group },
        findings,
    );
    once(&mut manifest.users, email, duplicate_user, findings);
}

/// Keeps the first entry of each identity and reports the others.
fn once<V, I: Eq + Hash>(
    entries: &mut Entries<V>,
    identity: impl Fn(&Text) -> I,
    mistake: impl Fn(String) -> ManifestError,
    findings: &mut Vec<Finding>,
) {
    let mut seen: HashMap<I, Origin> = HashMap::with_capacity(entries.0.len());
    // In place: a second list of all users would be the largest thing in memory.
    entries
        .0
        .retain(|(key, _)| match seen.entry(identity(key)) {
            hash_map::Entry::Vacant(place) => {
                place.insert(key.origin);
                true
            }
            hash_map::Entry::Occupied(first) => {
                let finding = Finding::new(mistake(key.value.as_ref().to_owned()), key.origin);
                findings.push(finding.and(*first.get(), "first written here"));
                false
            }
        });
}
