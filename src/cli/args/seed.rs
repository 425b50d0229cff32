//! A file → what an emulator starts with: a manifest, an export, or a state that an emulator saved.
#![expect(clippy::disallowed_methods, reason = "this is where seeds are read")]

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::cli::args::vars::vars;
use crate::cli::cli_error::CliError;
use crate::cli::exit::Failure;
use crate::emulator::{ModeState, State};
use crate::files::{FileError, ManifestReader};
use crate::manifest;
use crate::manifest::Input;
use crate::model::{
    DataEntries, Desired, Field, Handle, Mode, Presence, RecordField, Scope, TenantEntry,
    UserEntry, UserPin, Wanted,
};

/// A state, and the workspace that it is of, where the file says.
#[derive(Default)]
pub(crate) struct Seeded {
    pub(crate) state: State,
    pub(crate) workspace: Option<String>,
}

/// Reads a seed: JSON is a saved state, everything else a manifest. That may read the variables of the environment that are allowed.
pub(crate) fn read(path: &Path, allowed: &[String]) -> Result<Seeded, Failure> {
    let bad = |error: serde_json::Error| CliError::BadSeed {
        path: path.to_owned(),
        reason: error.to_string(),
    };
    if path
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        let bytes = std::fs::read(path).map_err(|error| FileError::Unreadable {
            path: path.to_owned(),
            error,
        })?;
        let state = serde_json::from_slice(&bytes).map_err(bad)?;
        return Ok(Seeded {
            state,
            workspace: None,
        });
    }
    let (desired, _) = manifest::load(Input {
        files: ManifestReader::default().manifest(&[path.to_owned()])?,
        vars: vars(&[], allowed)?,
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
    *half = mode_state(&desired, &workspace).map_err(bad)?;
    Ok(Seeded {
        state,
        workspace: Some(workspace),
    })
}

/// What a manifest would make of an empty workspace.
fn mode_state(desired: &Desired, workspace: &str) -> Result<ModeState, serde_json::Error> {
    let present = desired
        .tenants
        .values()
        .filter(|tenant| tenant.presence == Presence::Present);
    let ids: BTreeMap<&Handle, String> = present
        .clone()
        .enumerate()
        .map(|(index, tenant)| (&tenant.handle.value, tenant_id(tenant, index)))
        .collect();
    let users = desired.users.values();
    let users = users.filter(|user| user.presence == Presence::Present);
    serde_json::from_value(json!({
        "roles": desired.vocabulary.clone().unwrap_or_default(),
        "tenants": present.map(|tenant| tenant_state(tenant, &ids)).collect::<Vec<_>>(),
        "users": users.map(|user| user_state(user, &ids, workspace)).collect::<Vec<_>>(),
    }))
}

/// The pin, or an id of the usual form that follows from the order of the handles.
fn tenant_id(tenant: &TenantEntry, index: usize) -> String {
    tenant
        .pin
        .as_ref()
        .map_or_else(|| format!("seed{index:04}"), |pin| pin.value.to_string())
}

fn tenant_state(tenant: &TenantEntry, ids: &BTreeMap<&Handle, String>) -> Value {
    let mut state = record(&tenant.fields, &tenant.data);
    let id = ids.get(&tenant.handle.value);
    state.insert("tenantId".to_owned(), json!(id));
    if let Some(parent) = &tenant.parent {
        let above = ids.get(&parent.value);
        state.insert("parent".to_owned(), json!(above));
    }
    state.into()
}

fn user_state(user: &UserEntry, ids: &BTreeMap<&Handle, String>, workspace: &str) -> Value {
    let scope = |scope: &Scope<Handle>| match scope {
        Scope::Workspace => Some(workspace.to_owned()),
        Scope::Tenant(handle) => ids.get(handle).cloned(),
    };
    let roles = user
        .grants
        .iter()
        .filter_map(|(managed, grant)| Some((scope(managed)?, json!(grant.role_set()))));
    let mut state = record(&user.fields, &user.data);
    state.insert("email".to_owned(), json!(user.email.value));
    state.insert("roles".to_owned(), roles.collect());
    match user.pin.as_ref().map(|pin| &pin.value) {
        Some(UserPin::Id(id)) => drop(state.insert("userId".to_owned(), json!(id))),
        Some(UserPin::Uuid(uuid)) => drop(state.insert("userUuid".to_owned(), json!(uuid))),
        None => {}
    }
    state.into()
}

/// The values that an entry gives, by the names that they have in the API and in an emulator's state.
fn record<F: RecordField>(fields: &Wanted<F>, data: &Field<DataEntries>) -> Map<String, Value> {
    let fields = fields
        .iter()
        .map(|(field, value)| (field.name().to_owned(), field.json(value.value.as_ref())));
    let data = data.value().into_iter().flatten();
    let data: Map<String, Value> = data
        .filter(|(_, value)| !value.value.is_null())
        .map(|(key, value)| (key.to_string(), value.value.clone()))
        .collect();
    fields.chain([("data".to_owned(), data.into())]).collect()
}
