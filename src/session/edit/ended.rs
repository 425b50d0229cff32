//! Grants and memberships that have ended → the lines that can go. A line stays where no apply would revoke the role without it:
//! nothing here knows whether an apply came between.

use crate::manifest;
use crate::manifest::Input;
use crate::manifest::edit::{EditKind, EntryKey, ManifestEdit, ended};
use crate::model::{Desired, Email, EndedGrant, Handle, Presence, Scope, Via};
use crate::session::edit::error::EditError;

/// The changes that take out what has ended, and the grants whose lines have to stay.
///
/// # Errors
/// A line that can't be changed at its place.
pub fn remove_ended<'d>(
    input: &Input,
    desired: &'d Desired,
) -> Result<(Vec<ManifestEdit>, Vec<&'d EndedGrant>), EditError> {
    let texts = input.texts();
    let mut edits = desired.now.map_or_else(Vec::new, |now| ended(&texts, now));
    let mut stay: Vec<&EndedGrant> = Vec::new();
    loop {
        let (edited, left) = manifest::edit::edit(&texts, &edits);
        if let Some((_, why)) = left.first() {
            let why = why.to_string();
            return Err(EditError::Left { why });
        }
        // What is wrong with the result is reported where it is shown.
        let Ok((after, _)) = manifest::load(input.with_texts(&edited)) else {
            return Ok((edits, stay));
        };
        let lost = |it: &&EndedGrant| !is_revoked(&after, it);
        let lost: Vec<&EndedGrant> = desired.ended.iter().filter(lost).collect();
        if lost.is_empty() || edits.is_empty() {
            return Ok((edits, stay));
        }
        for grant in &lost {
            for edit in &mut edits {
                keep(edit, grant);
            }
        }
        edits.retain(
            |edit| !matches!(&edit.what, EditKind::List { remove, .. } if remove.is_empty()),
        );
        stay.extend(lost);
    }
}

/// Whether the next apply of a manifest revokes a role whose grant has ended, or something grants it for longer.
fn is_revoked(manifest: &Desired, ended: &EndedGrant) -> bool {
    let Some(user) = manifest.users.get(&ended.email) else {
        return false;
    };
    let mut grants = user.grants.iter();
    let role = &ended.granted.role;
    match grants.find(|(scope, _)| *scope == ended.scope) {
        _ if user.presence == Presence::Absent => true,
        Some((_, grant)) if grant.at_least => {
            let mut roles = grant.roles.iter().chain(&grant.ended);
            roles.any(|granted| granted.role == *role)
        }
        Some(_) => true,
        None => user.everywhere.is_some() && ended.scope != Scope::Workspace,
    }
}

/// Leaves the lines in a list because of which a grant has ended.
fn keep(edit: &mut ManifestEdit, ended: &EndedGrant) {
    let EditKind::List { remove, .. } = &mut edit.what else {
        return;
    };
    let path: Vec<&str> = edit.path.iter().map(String::as_str).collect();
    let is_scope = |handle: &str| match &ended.scope {
        Scope::Workspace => false,
        Scope::Tenant(tenant) => handle == "*" || *tenant == Handle::new(handle),
    };
    let of_user = |address: &str| Email::new(address) == ended.email;
    let of_role = match (&edit.entry, &ended.granted.via, &path[..]) {
        // A membership ends all that the group grants, also that of a group around it.
        (EntryKey::Group(_), Via::Group(..), ["users"]) => {
            return remove.retain(|address| !of_user(address));
        }
        (EntryKey::User(email), Via::Entry, ["roles"]) => {
            *email == ended.email && ended.scope == Scope::Workspace
        }
        (EntryKey::User(email), Via::Entry, ["tenants", handle]) => {
            *email == ended.email && is_scope(handle)
        }
        (EntryKey::Tenant(tenant), Via::Members, ["members", address]) => {
            ended.scope == Scope::Tenant(tenant.clone()) && of_user(address)
        }
        (EntryKey::Group(name), Via::Group(group, _), ["roles"]) => {
            **name == **group && ended.scope == Scope::Workspace
        }
        (EntryKey::Group(name), Via::Group(group, _), ["tenants", handle]) => {
            **name == **group && is_scope(handle)
        }
        _ => false,
    };
    if of_role {
        remove.retain(|role| role != ended.granted.role.as_str());
    }
}
