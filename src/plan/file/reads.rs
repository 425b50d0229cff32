//! What a step rests on: the parts of the live state that would have made another step, or none, of it.
//!
//! The same question is asked when a plan is saved and before it is applied.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::model::{Live, LiveTenant, LiveUser, Scope, TenantId, UserId};
use crate::plan::change::{Action, FieldChange, RoleScope};

/// Names of what was read, and what it was.
pub type Reads = BTreeMap<String, Value>;

/// The records that a step is about, where they exist.
#[derive(Clone, Debug, Default)]
pub(super) struct Subject {
    pub(super) user: Option<UserId>,
    pub(super) tenant: Option<TenantId>,
}

impl Subject {
    /// The records that an action names.
    pub(super) fn of(action: &Action) -> Self {
        let (user, tenant) = action.records();
        let tenant = tenant.cloned();
        Self { user, tenant }
    }
}

/// What an action rests on.
pub(super) fn reads(action: &Action, subject: &Subject, live: &Live) -> Reads {
    let tenant = subject.tenant.as_ref().and_then(|id| live.tenants.get(id));
    let user = subject.user.and_then(|id| live.users.get(&id));
    let mut reads = Reads::new();
    let mut note = |name: &str, value: Value| drop(reads.insert(name.to_owned(), value));
    match action {
        Action::CreateTenant { namesakes, .. } => {
            note("exists", json!(false));
            if !namesakes.is_empty() {
                note("namesakes", json!(namesakes));
            }
        }
        Action::CreateUser { .. } | Action::InviteUser { .. } => note("exists", json!(false)),
        Action::UpdateTenant {
            fields, changes, ..
        } => {
            note("exists", json!(tenant.is_some()));
            if let Some(tenant) = tenant {
                note("name", json!(tenant.name));
                fields_of(changes, |field| tenant_field(tenant, field), &mut note);
                if fields.data.is_some() {
                    note("data", tenant.data.to_map().into());
                }
            }
        }
        Action::DeleteTenant { .. } => {
            note("exists", json!(tenant.is_some()));
            if let Some(tenant) = tenant {
                note("name", json!(tenant.name));
                note("members", members(&tenant.id, live));
            }
        }
        Action::UpdateUser {
            fields, changes, ..
        } => {
            person(user, &mut note);
            if let Some(user) = user {
                fields_of(changes, |field| user_field(user, field), &mut note);
                if fields.data.is_some() {
                    note("data", user.data.to_map().into());
                }
            }
        }
        Action::DeleteUser { .. } | Action::LockUser { .. } => {
            person(user, &mut note);
            if let Some(user) = user {
                note("name", json!(user.name));
                note("locked", json!(user.locked));
                note("roles", held(user));
            }
        }
        Action::SetRoles { scope, .. } => {
            if subject.user.is_some() {
                person(user, &mut note);
            }
            if subject.tenant.is_some() {
                note("tenant", json!(tenant.map(|tenant| &tenant.name)));
            }
            let scope = match scope {
                RoleScope::Workspace => Some(Scope::Workspace),
                RoleScope::Tenant(_) => subject.tenant.clone().map(Scope::Tenant),
            };
            let roles = scope.and_then(|scope| user.map(|user| user.roles(&scope)));
            note("roles", json!(roles.unwrap_or_default()));
        }
    }
    reads
}

fn person(user: Option<&LiveUser>, note: &mut impl FnMut(&str, Value)) {
    note("exists", json!(user.is_some()));
    if let Some(user) = user {
        note("email", json!(user.email));
    }
}

/// The fields that change; those of the data are part of the whole of it, which is sent.
fn fields_of(
    changes: &[FieldChange],
    value: impl Fn(&str) -> Value,
    note: &mut impl FnMut(&str, Value),
) {
    for change in changes {
        if !change.field.starts_with("data.") {
            note(&change.field, value(&change.field));
        }
    }
}

fn tenant_field(tenant: &LiveTenant, field: &str) -> Value {
    match field {
        "name" => json!(tenant.name),
        "image" => text(tenant.image.as_deref()),
        _ => Value::Null,
    }
}

fn user_field(user: &LiveUser, field: &str) -> Value {
    match field {
        "email" => json!(user.email),
        "name" => text(user.name.as_deref()),
        "username" => text(user.username.as_deref()),
        "image" => text(user.image.as_deref()),
        "phoneNumber" => text(user.phone_number.as_deref()),
        "locked" => json!(user.locked),
        _ => Value::Null,
    }
}

/// Empty text and no value are the same.
fn text(text: Option<&str>) -> Value {
    json!(text.filter(|text| !text.is_empty()))
}

/// Data without keys that have no value.
pub(super) fn data(data: &Map<String, Value>) -> Value {
    let told = data.iter().filter(|(_, value)| !value.is_null());
    told.map(|(key, value)| (key.clone(), value.clone()))
        .collect()
}

/// Who holds which roles in a tenant, by the numbers of the users.
fn members(tenant: &TenantId, live: &Live) -> Value {
    let scope = Scope::Tenant(tenant.clone());
    let members = live.users.values().filter_map(|user| {
        let roles = user.grants.get(&scope)?;
        Some((user.id.to_string(), json!(roles)))
    });
    members.collect()
}

/// All that a user holds, by the ids of the scopes; the workspace's own is the empty one.
fn held(user: &LiveUser) -> Value {
    let scopes = user.grants.iter().map(|(scope, roles)| {
        let scope = match scope {
            Scope::Workspace => String::new(),
            Scope::Tenant(id) => id.to_string(),
        };
        (scope, json!(roles))
    });
    scopes.collect()
}
