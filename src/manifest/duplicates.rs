//! One entry for each identity: a second one is a finding that shows both, also where they differ only in case or stand
//! in different files.

use std::collections::HashMap;
use std::hash::Hash;

use super::syntax::{Entries, Manifest, Text};
use super::{Finding, Mistake};
use crate::model::{Email, Handle, Origin};

/// Keeps the first entry of each tenant, member, group and user.
pub(super) fn check_duplicates(manifest: &mut Manifest, findings: &mut Vec<Finding>) {
    let tenants = std::mem::take(&mut manifest.tenants.0);
    manifest.tenants = once(
        tenants,
        |handle| Handle::new(handle),
        |handle| Mistake::DuplicateTenant { handle },
        findings,
    );
    for (_, tenant) in &mut manifest.tenants.0 {
        let members = std::mem::take(&mut tenant.members.0);
        tenant.members = once(
            members,
            |email| Email::new(email),
            |email| Mistake::DuplicateUser { email },
            findings,
        );
    }
    let groups = std::mem::take(&mut manifest.groups.0);
    manifest.groups = once(
        groups,
        str::to_owned,
        |group| Mistake::DuplicateGroup { group },
        findings,
    );
    let users = std::mem::take(&mut manifest.users.0);
    manifest.users = once(
        users,
        |email| Email::new(email),
        |email| Mistake::DuplicateUser { email },
        findings,
    );
}

/// Keeps the first entry of each identity and reports the others.
fn once<V, I: Eq + Hash>(
    entries: Vec<(Text, V)>,
    identity: impl Fn(&str) -> I,
    mistake: impl Fn(String) -> Mistake,
    findings: &mut Vec<Finding>,
) -> Entries<V> {
    let mut seen: HashMap<I, Origin> = HashMap::with_capacity(entries.len());
    let mut kept = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        match seen.insert(identity(&key.value), key.origin) {
            Some(first) => findings.push(
                Finding::new(mistake(key.value.as_ref().to_owned()), key.origin)
                    .and(first, "first written here"),
            ),
            None => kept.push((key, value)),
        }
    }
    Entries(kept)
}
