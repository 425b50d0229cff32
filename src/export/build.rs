//! [`Live`] → [`Manifest`]: everything that a manifest can say about the live state.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::Value;

use super::handle::handles;
use crate::manifest::syntax::{Entries, Manifest, Roles, Tenant, Text, User};
use crate::manifest::{escape, is_address};
use crate::model::{
    Email, Field, Handle, Hidden, Live, LiveData, LiveTenant, LiveUser, RoleSet, Scope, Spanned,
    TenantId,
};

/// How an export is written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Options {
    /// Write the server's ids, so that names and addresses can be changed in the manifest.
    pub pin: bool,
}

/// The manifest of a live state.
#[derive(Clone, Debug)]
pub struct Export {
    /// The manifest.
    pub manifest: Manifest,
    /// What could not be written.
    pub left_out: Vec<LeftOut>,
}

/// A live record, or a part of one, that no manifest can hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The record, by its id.
    pub what: String,
    /// Why.
    pub why: &'static str,
}

/// Writes a live state as a manifest. Every scope in which somebody holds roles is written, and everybody's roles in
/// the workspace, so that a role granted by hand shows as a change later.
pub fn export(live: &Live, options: Options) -> Export {
    let handles = handles(&live.tenants);
    let mut left_out = Vec::new();
    let mut tenants: Vec<(Text, Tenant)> = Vec::with_capacity(live.tenants.len());
    let mut names: HashMap<&str, usize> = HashMap::new();
    for tenant in live.tenants.values() {
        *names.entry(&tenant.name).or_default() += 1;
    }
    for (id, handle) in &handles {
        if let Some(live) = live.tenants.get(id) {
            let ambiguous = names.get(&*live.name).is_some_and(|count| *count > 1);
            tenants.push((
                text(handle.as_str()),
                tenant(live, options.pin || ambiguous),
            ));
        }
    }
    tenants.sort_by(|a, b| a.0.value.cmp(&b.0.value));
    if live.hidden != Hidden::Nothing {
        left_out.push(LeftOut {
            what: "some tenants".to_owned(),
            why: "are not listed by the server",
        });
    }
    let users = users(live, &handles, options, &mut left_out);
    let roles: RoleSet = live
        .roles
        .iter()
        .chain(
            live.users
                .values()
                .flat_map(|user| user.grants.values())
                .flatten(),
        )
        .cloned()
        .collect();
    let manifest = Manifest {
        version: Some(Spanned::from(1)),
        workspace: Some(text(live.workspace.as_str())),
        mode: Some(text(live.mode.as_str())),
        roles: Some(role_list(&roles)).filter(|roles| !roles.0.is_empty()),
        tenants: Entries(tenants),
        users: Entries(users),
        ..Manifest::default()
    };
    Export { manifest, left_out }
}

fn tenant(live: &LiveTenant, pin: bool) -> Tenant {
    let unnamed = live.name.trim().is_empty();
    Tenant {
        name: Some(text(&live.name)).filter(|_| !unnamed),
        tenant_id: Some(text(live.id.as_str())).filter(|_| pin || unnamed),
        image: field(live.image.as_ref()),
        data: data(&live.data),
        ..Tenant::default()
    }
}

fn users(
    live: &Live,
    handles: &BTreeMap<TenantId, Handle>,
    options: Options,
    left_out: &mut Vec<LeftOut>,
) -> Vec<(Text, Box<User>)> {
    let mut by_email: BTreeMap<&Email, &LiveUser> = BTreeMap::new();
    for user in live.users.values() {
        let why = match &user.email {
            None => "has no e-mail address, under which a user is written",
            Some(email) if is_address(email.as_str()).is_err() => {
                "has an e-mail address that is none"
            }
            Some(email) if by_email.contains_key(email) => {
                "has the same e-mail address as another user"
            }
            Some(email) => {
                by_email.insert(email, user);
                continue;
            }
        };
        left_out.push(LeftOut {
            what: format!("user {}", user.id),
            why,
        });
    }
    by_email
        .into_iter()
        .map(|(email, live)| {
            (
                key(email.as_str()),
                Box::new(user(live, handles, options, left_out)),
            )
        })
        .collect()
}

fn user(
    live: &LiveUser,
    handles: &BTreeMap<TenantId, Handle>,
    options: Options,
    left_out: &mut Vec<LeftOut>,
) -> User {
    let mut tenants = Vec::new();
    for (scope, roles) in &live.grants {
        let Scope::Tenant(tenant) = scope else {
            continue;
        };
        match handles.get(tenant) {
            Some(handle) => tenants.push((key(handle.as_str()), Spanned::from(role_list(roles)))),
            None => left_out.push(LeftOut {
                what: format!("the roles of user {} in tenant {tenant}", live.id),
                why: "are in a tenant that the server does not list",
            }),
        }
    }
    tenants.sort_by(|a, b| a.0.value.cmp(&b.0.value));
    User {
        name: field(live.name.as_ref()),
        username: field(live.username.as_ref()),
        user_id: options.pin.then(|| Spanned::from(live.id.0)),
        image: field(live.image.as_ref()),
        phone_number: field(live.phone_number.as_ref()),
        locked: live.locked.then(|| Spanned::from(true)),
        data: data(&live.data),
        roles: Some(Spanned::from(role_list(&live.roles(&Scope::Workspace)))),
        tenants: Entries(tenants),
        ..User::default()
    }
}

/// A key, which is written as it is.
fn key(text: &str) -> Text {
    Spanned::from(Arc::from(text))
}

/// A value, in which dollar signs could start a variable.
fn text(text: &str) -> Text {
    key(&escape(text))
}

fn json(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::from(&*escape(text)),
        Value::Array(items) => items.iter().map(json).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (key.clone(), json(value)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn field(live: Option<&Arc<str>>) -> Field<Text> {
    live.filter(|text| !text.is_empty())
        .map_or(Field::Unmanaged, |text| Field::Set(self::text(text)))
}

fn data(live: &LiveData) -> Field<Entries<Spanned<Value>>> {
    if live.is_empty() {
        return Field::Unmanaged;
    }
    Field::Set(Entries(
        live.iter()
            .map(|(key, value)| (self::key(key), Spanned::from(json(value))))
            .collect(),
    ))
}

fn role_list(roles: &RoleSet) -> Roles {
    Roles(roles.iter().map(|role| text(role.as_str())).collect())
}
