//! A file → what an emulator starts with: a manifest, an export, or a state that an emulator saved.
#![expect(clippy::disallowed_methods, reason = "this is where seeds are read")]

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Map;

use super::exit::Failure;
use super::load;
use super::refusal::Refusal;
use crate::emulator::{ModeState, State, TenantState, UserState};
use crate::manifest::{self, Input};
use crate::model::{
    DataEntries, Desired, Field, Handle, Mode, Presence, ScopeRef, Spanned, TenantEntry, UserEntry,
    UserPin,
};

/// A state, and the workspace that it is of, where the file says.
#[derive(Default)]
pub(super) struct Seeded {
    pub(super) state: State,
    pub(super) workspace: Option<String>,
}

/// Reads a seed: JSON is a saved state, everything else a manifest.
pub(super) fn read(path: &Path) -> Result<Seeded, Failure> {
    if path
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        let bytes = std::fs::read(path).map_err(|error| Refusal::Unreadable {
            path: path.to_owned(),
            error,
        })?;
        let state = serde_json::from_slice(&bytes).map_err(|error| Refusal::BadSeed {
            path: path.to_owned(),
            reason: error.to_string(),
        })?;
        return Ok(Seeded {
            state,
            workspace: None,
        });
    }
    let (desired, _) = manifest::load(Input {
        files: load::files(&[path.to_owned()])?,
        vars: load::vars(&[]),
        ..Input::default()
    })
    .map_err(Failure::Manifest)?;
    let workspace = desired.workspace.as_ref().map_or_else(
        || "demo1234".to_owned(),
        |workspace| workspace.value.to_string(),
    );
    let mut state = State::default();
    let half = if desired
        .mode
        .as_ref()
        .is_some_and(|mode| mode.value == Mode::Live)
    {
        &mut state.live
    } else {
        &mut state.test
    };
    *half = mode_state(&desired, &workspace);
    Ok(Seeded {
        state,
        workspace: Some(workspace),
    })
}

/// What a manifest would make of an empty workspace.
fn mode_state(desired: &Desired, workspace: &str) -> ModeState {
    let present = desired
        .tenants
        .values()
        .filter(|tenant| tenant.presence == Presence::Present);
    let ids: BTreeMap<&Handle, String> = present
        .clone()
        .enumerate()
        .map(|(index, tenant)| (&tenant.handle.value, tenant_id(tenant, index)))
        .collect();
    ModeState {
        roles: desired
            .vocabulary
            .iter()
            .flatten()
            .map(ToString::to_string)
            .collect(),
        tenants: present.map(|tenant| tenant_state(tenant, &ids)).collect(),
        users: desired
            .users
            .values()
            .filter(|user| user.presence == Presence::Present)
            .map(|user| user_state(user, &ids, workspace))
            .collect(),
        ..ModeState::default()
    }
}

/// The pin, or an id of the usual form that follows from the order of the handles.
fn tenant_id(tenant: &TenantEntry, index: usize) -> String {
    tenant
        .pin
        .as_ref()
        .map_or_else(|| format!("seed{index:04}"), |pin| pin.value.to_string())
}

fn tenant_state(tenant: &TenantEntry, ids: &BTreeMap<&Handle, String>) -> TenantState {
    TenantState {
        tenant_id: ids.get(&tenant.handle.value).cloned().unwrap_or_default(),
        name: tenant
            .name
            .as_ref()
            .map(|name| name.value.as_ref().to_owned())
            .unwrap_or_default(),
        image: text(&tenant.image),
        data: data(&tenant.data),
        ..TenantState::default()
    }
}

fn user_state(user: &UserEntry, ids: &BTreeMap<&Handle, String>, workspace: &str) -> UserState {
    let scope = |scope: &ScopeRef| match scope {
        ScopeRef::Workspace => Some(workspace.to_owned()),
        ScopeRef::Tenant(handle) => ids.get(handle).cloned(),
    };
    let roles = user.grants.iter().filter_map(|(scope_ref, grant)| {
        Some((
            scope(scope_ref)?,
            grant.role_set().iter().map(ToString::to_string).collect(),
        ))
    });
    let mut state = UserState {
        email: Some(user.email.value.to_string()),
        name: text(&user.name),
        username: text(&user.username),
        image: text(&user.image),
        phone_number: text(&user.phone_number),
        locked: user.locked.as_ref().is_some_and(|locked| locked.value),
        data: data(&user.data),
        roles: roles.collect(),
        ..UserState::default()
    };
    match user.pin.as_ref().map(|pin| &pin.value) {
        Some(UserPin::Id(id)) => state.user_id = id.0,
        Some(UserPin::Uuid(uuid)) => uuid.as_str().clone_into(&mut state.user_uuid),
        None => {}
    }
    state
}

fn text(field: &Field<Spanned<std::sync::Arc<str>>>) -> Option<String> {
    field.value().map(|text| text.value.as_ref().to_owned())
}

fn data(field: &Field<DataEntries>) -> Map<String, serde_json::Value> {
    let pairs = field
        .value()
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.value.is_null());
    pairs
        .map(|(key, value)| (key.as_ref().to_owned(), value.value.clone()))
        .collect()
}
