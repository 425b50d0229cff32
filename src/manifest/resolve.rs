//! [`Manifest`] → [`Desired`]: checked as a whole, and freed of everything that is only notation.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::syntax::{self, Entries, Manifest, Roles, Text};
use super::{Finding, Findings, check, duplicates};
use crate::model::{
    Desired, Email, Field, Grant, Handle, Invite, InviteType, Mode, Presence, RoleName, ScopeRef,
    Sources, Spanned, TenantEntry, TenantId, UserEntry, UserId, UserPin, UserUuid,
};

/// Checks a manifest as a whole. `findings` are those of the earlier stages.
///
/// # Errors
/// All findings, where at least one is an error.
pub(super) fn resolve(
    mut manifest: Manifest,
    sources: Sources,
    mut findings: Vec<Finding>,
) -> Result<(Desired, Findings), Findings> {
    duplicates::check_duplicates(&mut manifest, &mut findings);
    check::all(&manifest, &mut findings);
    let findings = Findings::new(findings, sources);
    if findings.errors() > 0 {
        return Err(findings);
    }
    let desired = desired(manifest, findings.sources.clone());
    Ok((desired, findings))
}

fn desired(manifest: Manifest, sources: Sources) -> Desired {
    Desired {
        workspace: manifest
            .workspace
            .map(|text| text.with(TenantId::new(Arc::clone(&text.value)))),
        mode: manifest.mode.map(|text| {
            text.with(if &*text.value == "live" {
                Mode::Live
            } else {
                Mode::Test
            })
        }),
        vocabulary: manifest
            .roles
            .map(|roles| roles.0.iter().map(role).collect()),
        tenants: manifest
            .tenants
            .0
            .into_iter()
            .map(|(handle, entry)| {
                (
                    Handle::new(Arc::clone(&handle.value)),
                    tenant(&handle, entry),
                )
            })
            .collect(),
        users: manifest
            .users
            .0
            .into_iter()
            .map(|(email, entry)| (Email::new(Arc::clone(&email.value)), user(&email, entry)))
            .collect(),
        sources,
    }
}

fn tenant(handle: &Text, entry: syntax::Tenant) -> TenantEntry {
    TenantEntry {
        handle: handle.with(Handle::new(Arc::clone(&handle.value))),
        presence: presence(entry.state.as_ref()),
        pin: entry
            .tenant_id
            .map(|id| id.with(TenantId::new(Arc::clone(&id.value)))),
        name: entry.name,
        renamed_from: entry.renamed_from,
        image: entry.image,
        data: data(entry.data),
    }
}

fn user(email: &Text, entry: syntax::User) -> UserEntry {
    let by_id = entry
        .user_id
        .map(|id| id.with(UserPin::Id(UserId(id.value))));
    let by_uuid = entry
        .user_uuid
        .map(|id| id.with(UserPin::Uuid(UserUuid::new(Arc::clone(&id.value)))));
    let workspace = entry
        .roles
        .map(|roles| (ScopeRef::Workspace, grant(&roles)));
    let tenants = entry
        .tenants
        .0
        .into_iter()
        .map(|(handle, roles)| (ScopeRef::Tenant(Handle::new(handle.value)), grant(&roles)));
    UserEntry {
        email: email.with(Email::new(Arc::clone(&email.value))),
        presence: presence(entry.state.as_ref()),
        pin: by_id.or(by_uuid),
        renamed_from: entry
            .renamed_from
            .map(|email| email.with(Email::new(Arc::clone(&email.value)))),
        invite: entry.invite.and_then(|entry| invite(&entry)),
        name: entry.name,
        username: entry.username,
        image: entry.image,
        phone_number: entry.phone_number,
        locked: entry.locked,
        data: data(entry.data),
        grants: workspace.into_iter().chain(tenants).collect(),
    }
}

fn presence(state: Option<&Text>) -> Presence {
    match state {
        Some(state) if &*state.value == "absent" => Presence::Absent,
        _ => Presence::Present,
    }
}

fn invite(entry: &syntax::Invite) -> Option<Invite> {
    let kind = match &*entry.kind.value {
        "welcome" => InviteType::Welcome,
        "reset" => InviteType::Reset,
        _ => return None,
    };
    Some(Invite {
        kind,
        duration: entry.duration.as_ref().map(|text| Arc::clone(&text.value)),
    })
}

fn data(
    field: Field<Entries<Spanned<serde_json::Value>>>,
) -> Field<BTreeMap<String, Spanned<serde_json::Value>>> {
    field.map(|entries| {
        entries
            .0
            .into_iter()
            .map(|(key, value)| (key.value.as_ref().to_owned(), value))
            .collect()
    })
}

fn grant(roles: &Spanned<Roles>) -> Grant {
    Grant {
        origin: roles.origin,
        roles: roles.value.0.iter().map(role).collect(),
    }
}

fn role(text: &Text) -> RoleName {
    RoleName::new(Arc::clone(&text.value))
}
