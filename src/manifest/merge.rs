//! Several files → one manifest. An entry or a setting may be written once; a second one is a finding that shows both.

use std::collections::HashMap;
use std::hash::Hash;

use super::syntax::{Entries, Manifest, Roles, Text};
use super::{Finding, Mistake};
use crate::model::{Email, Handle, Origin, Spanned};

/// Unites the files of a run.
pub(super) fn unite(manifests: Vec<Manifest>, findings: &mut Vec<Finding>) -> Manifest {
    let mut united = Manifest::default();
    let mut roles: Option<Roles> = None;
    let mut tenants = Vec::new();
    let mut users = Vec::new();
    for file in manifests {
        setting(&mut united.version, file.version, "version", findings);
        setting(&mut united.workspace, file.workspace, "workspace", findings);
        setting(&mut united.mode, file.mode, "mode", findings);
        if let Some(more) = file.roles {
            roles.get_or_insert_default().0.extend(more.0);
        }
        tenants.extend(file.tenants.0);
        users.extend(file.users.0);
    }
    united.roles = roles;
    united.tenants = once(
        tenants,
        |handle| Handle::new(handle),
        |handle| Mistake::DuplicateTenant { handle },
        findings,
    );
    united.users = once(
        users,
        |email| Email::new(email),
        |email| Mistake::DuplicateUser { email },
        findings,
    );
    united
}

fn setting<T>(
    kept: &mut Option<Spanned<T>>,
    new: Option<Spanned<T>>,
    key: &'static str,
    findings: &mut Vec<Finding>,
) {
    match (&kept, new) {
        (Some(first), Some(second)) => findings.push(
            Finding::new(Mistake::SettingTwice { key }, second.origin)
                .and(first.origin, "also written here"),
        ),
        (None, Some(new)) => *kept = Some(new),
        (_, None) => {}
    }
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
