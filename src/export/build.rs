//! [`Live`] → [`Manifest`]: everything that a manifest can say about the live state.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use serde_json::Value;

use crate::export::handle::handles;
use crate::export::unseen::{marked, unmarked};
use crate::manifest::syntax::manifest::{
    Entries, Manifest, RoleItem, RoleList, Roles, Tenant, Text, User,
};
use crate::manifest::{escape, is_address, is_number, is_role, unescape};
use crate::model::{
    Email, Field, Handle, Live, LiveData, LiveTenant, LiveUser, Record, RecordField, RoleSet,
    Scalar, Scope, Spanned, TenantId, UserField,
};

/// How an export is written.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Write the server's ids, so that names and addresses can be changed in the manifest.
    pub pin: bool,
    /// The handles of tenants that have one already.
    pub handles: BTreeMap<TenantId, Handle>,
    /// Handles that no other tenant gets.
    pub taken: BTreeSet<Handle>,
}

/// The manifest of a live state.
#[derive(Clone, Debug)]
pub struct Export {
    /// The manifest.
    pub manifest: Manifest,
    /// The handles of its tenants.
    pub handles: BTreeMap<TenantId, Handle>,
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

/// Writes a live state as a manifest. It contains every scope in which a user holds roles, and the workspace roles of every
/// user, so that a role granted by hand is a change later.
pub fn export(live: &Live, options: Options) -> Export {
    let Options {
        pin,
        handles,
        taken,
    } = options;
    let handles = crate::export::build::handles(live.tenants.found(), handles, &taken);
    let mut left_out = Vec::new();
    let tenants = tenants(live, &handles, pin);
    let users = users(live, &handles, pin, &mut left_out);
    let held = live.users.found().flat_map(|user| user.grants.values());
    let roles = live.roles.iter().chain(held.flatten());
    let roles: RoleSet = roles
        .filter(|role| is_role(role.as_str()))
        .cloned()
        .collect();
    let manifest = Manifest {
        version: Some(Spanned::from(1)),
        workspace: Some(text(live.workspace.as_str())),
        mode: Some(live.mode.into()),
        roles: Some(role_list(&roles)).filter(|roles| !roles.0.is_empty()),
        tenants: Entries(tenants),
        users: Entries(users),
        ..Manifest::default()
    };
    Export {
        manifest,
        handles,
        left_out,
    }
}

/// The tenants in the order of their handles.
fn tenants(live: &Live, handles: &BTreeMap<TenantId, Handle>, pin: bool) -> Vec<(Text, Tenant)> {
    let place = |tenant: &LiveTenant| (live.above(tenant), tenant.name().to_owned());
    let mut names: HashMap<(Option<TenantId>, String), usize> = HashMap::new();
    for tenant in live.tenants.found() {
        *names.entry(place(tenant)).or_default() += 1;
    }
    let tenants = live.tenants.found().filter_map(|live| {
        let ambiguous = names.get(&place(live)).is_some_and(|count| *count > 1);
        let handle = text(handles.get(&live.id)?.as_str());
        let parent = live.parent.as_ref().and_then(|parent| handles.get(parent));
        let tenant = Tenant {
            parent: parent.map(|parent| text(parent.as_str())),
            ..tenant(live, pin || ambiguous)
        };
        Some((handle, tenant))
    });
    let mut tenants: Vec<_> = tenants.collect();
    tenants.sort_by(|a, b| a.0.value.cmp(&b.0.value));
    tenants
}

fn tenant(live: &LiveTenant, pin: bool) -> Tenant {
    let unnamed = live.name().trim().is_empty();
    let written = Tenant::of(&chosen(&live.record), text);
    Tenant {
        name: written.name.filter(|_| !unnamed),
        tenant_id: Some(text(live.id.as_str())).filter(|_| pin || unnamed),
        data: data(&live.record.data),
        ..written
    }
}

fn users(
    live: &Live,
    handles: &BTreeMap<TenantId, Handle>,
    pin: bool,
    left_out: &mut Vec<LeftOut>,
) -> Vec<(Text, Box<User>)> {
    let mut by_email: BTreeMap<Email, &LiveUser> = BTreeMap::new();
    for user in live.users.found() {
        let why = match user.email() {
            None => "has no e-mail address, under which a user is written",
            Some(email) if is_address(email.as_str()).is_err() => {
                "has an e-mail address that is none"
            }
            Some(email) if by_email.contains_key(&email) => {
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
    let mut unique = HashSet::new();
    let users = by_email.into_iter().map(|(email, live)| {
        let mut user = user(live, handles, pin, left_out);
        leave_out_fields(&mut user, live, &mut unique, left_out);
        (key(email.as_str()), Box::new(user))
    });
    users.collect()
}

/// Leaves out the fields that a manifest can't hold: it would not load. What is left out is not managed.
fn leave_out_fields(
    user: &mut User,
    live: &LiveUser,
    unique: &mut HashSet<(UserField, String)>,
    left_out: &mut Vec<LeftOut>,
) {
    let mut left = |what: &str, why| {
        left_out.push(LeftOut {
            what: format!("the {what} of user {}", live.id),
            why,
        });
        Field::Unmanaged
    };
    if let Some(number) = live.record.text(UserField::PhoneNumber) {
        if !is_number(number) {
            user.phone_number = left("telephone number", "is not in the form of E.164");
        } else if !unique.insert((UserField::PhoneNumber, number.to_string())) {
            user.phone_number = left("telephone number", "is that of another user too");
        }
    }
    if let Some(name) = live.record.text(UserField::Username)
        && !name.is_empty()
        && !unique.insert((UserField::Username, name.to_lowercase()))
    {
        user.username = left("username", "is that of another user too");
    }
}

/// Whether a manifest can hold these roles. A part of them would be a set without the others, which revokes them.
fn can_hold(roles: &RoleSet) -> bool {
    roles.iter().all(|role| is_role(role.as_str()))
}

fn user(
    live: &LiveUser,
    handles: &BTreeMap<TenantId, Handle>,
    pin: bool,
    left_out: &mut Vec<LeftOut>,
) -> User {
    let mut tenants = Vec::new();
    // A role that may be held only above is not left out.
    for (scope, roles) in &live.possible() {
        if !can_hold(roles) {
            left_out.push(LeftOut {
                what: format!(
                    "the roles of user {} in {}",
                    live.id,
                    scope.tenant().map_or("the workspace", TenantId::as_str)
                ),
                why: "have a name with white space around it, or of more than 100 characters",
            });
            continue;
        }
        let Scope::Tenant(tenant) = scope else {
            continue;
        };
        match handles.get(tenant) {
            Some(handle) => tenants.push((key(handle.as_str()), Spanned::from(granted(roles)))),
            None => left_out.push(LeftOut {
                what: format!("the roles of user {} in tenant {tenant}", live.id),
                why: "are in a tenant that the server does not list",
            }),
        }
    }
    tenants.sort_by(|a, b| a.0.value.cmp(&b.0.value));
    let uuid = live.own_uuid();
    User {
        user_id: Some(Spanned::from(live.id.0)).filter(|_| pin && uuid.is_none()),
        user_uuid: uuid.filter(|_| pin).map(|uuid| text(uuid.as_str())),
        data: data(&live.record.data),
        roles: Some(live.roles(&Scope::Workspace))
            .filter(can_hold)
            .map(|roles| Spanned::from(granted(&roles))),
        tenants: Entries(tenants),
        ..User::of(&chosen(&live.record), text)
    }
}

/// A record without the server's own pictures, which nobody chose. A made-up username stays: it is a way to log in.
fn chosen<F: RecordField>(record: &Record<F>) -> Record<F> {
    let is_stock = |field: F, value: &Scalar| {
        F::named("image") == Some(field) && value.as_text().is_some_and(|text| field.is_stock(text))
    };
    let fields = record
        .iter()
        .filter(|(field, value)| !is_stock(*field, value));
    let fields = fields.map(|(field, value)| (field, Some(value.clone())));
    Record::new(fields.collect::<Vec<_>>(), record.data.clone())
}

/// A value of an exported entry as it is, without what stands for something else in it.
pub(crate) fn plain(value: Value) -> Value {
    fn unescaped(value: Value) -> Value {
        match value {
            Value::String(text) => Value::from(&*unescape(&text)),
            Value::Array(items) => items.into_iter().map(unescaped).collect(),
            Value::Object(map) => map
                .into_iter()
                .map(|(key, value)| (key, unescaped(value)))
                .collect(),
            value => value,
        }
    }
    unescaped(unmarked(value))
}

/// A key, in which nothing stands for something else.
fn key(text: &str) -> Text {
    Spanned::from(Arc::from(&*marked(text)))
}

/// A value, in which dollar signs could start a variable.
fn text(text: &str) -> Text {
    key(&escape(text))
}

fn json(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::from(&*marked(&escape(text))),
        Value::Array(items) => items.iter().map(json).collect(),
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| (marked(key).into_owned(), json(value)))
            .collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}

fn data(live: &LiveData) -> Field<Entries<Spanned<Value>>> {
    if live.is_empty() {
        return Field::Unmanaged;
    }
    let entries = live
        .iter()
        .map(|(key, value)| (crate::export::build::key(key), Spanned::from(json(value))));
    Field::Set(Entries(entries.collect()))
}

fn granted(roles: &RoleSet) -> RoleList {
    let items = roles.iter().map(|role| RoleItem {
        role: text(role.as_str()),
        until: None,
    });
    RoleList {
        items: items.collect(),
        at_least: false,
    }
}

fn role_list(roles: &RoleSet) -> Roles {
    Roles(roles.iter().map(|role| text(role.as_str())).collect())
}
