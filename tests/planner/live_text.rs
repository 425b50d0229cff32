//! Texts → plans → texts: a manifest and a live state in a few lines of YAML, and what the planner makes of them.
//!
//! The live state, every part of which may be left out:
//! ```yaml
//! tenants: { t1: Acme, t2: { name: Globex, data: {…}, parent: t1, roles: [owner] } }        # by id
//! users: { u1: a@b.example, u2: { email: …, name: …, roles: [admin], in: { t1: [owner] }, last: …, untold: true, confirmed: false } }
//! crowd: { users: 20, roles: [member], in: { t1: [viewer] } }     # user1@example.com and so on, as c0001 and so on
//! known: some               # there may be more users and tenants
//! searched: [admin, t1/owner]
//! hidden: 2                 # tenants that the server does not show
//! lists: [admin, member]    # the server's lists of roles
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;
use ufsync::manifest::{File, Input, load};
use ufsync::model::live::{Data, Hidden, Inheritance, Known, LiveData, Unreadable};
use ufsync::model::record::RecordField;
use ufsync::model::{
    Desired, Live, LiveTenant, LiveUser, Mode, Record, RoleName, RoleSet, Scope, TenantId, UserId,
    UserUuid,
};
use ufsync::plan::diff::{Drafted, diff};
use ufsync::plan::{Missing, Plan, Policy};

use super::show;

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LiveText {
    tenants: BTreeMap<String, Value>,
    users: BTreeMap<String, Value>,
    crowd: Crowd,
    known: Option<String>,
    searched: Vec<String>,
    /// Records that can't be read: of users by their addresses, of tenants by their names; an empty one does not say.
    unreadable: Unread,
    hidden: Option<usize>,
    lists: BTreeSet<RoleName>,
}

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Crowd {
    users: u64,
    roles: RoleSet,
    #[serde(rename = "in")]
    within: BTreeMap<TenantId, RoleSet>,
}

/// Takes a key out of an object.
fn take<T: serde::de::DeserializeOwned>(value: &mut Value, key: &str) -> Option<T> {
    let value = value.as_object_mut().unwrap().remove(key)?;
    Some(serde_json::from_value(value).unwrap())
}

/// The fields that are left, of which the table knows each.
fn record<F: RecordField>(value: Value) -> Record<F> {
    serde_json::from_value(value).unwrap()
}

/// A text stands for a record that has this one field.
fn object(value: Value, field: &str) -> Value {
    match value {
        Value::String(text) => serde_json::json!({ field: text }),
        Value::Null => serde_json::json!({}),
        value => value,
    }
}

fn user(uuid: &str, number: u64, value: Value) -> LiveUser {
    let mut value = object(value, "email");
    let workspace: Option<RoleSet> = take(&mut value, "roles");
    let within: Option<BTreeMap<TenantId, RoleSet>> = take(&mut value, "in");
    let workspace = workspace.into_iter().map(|roles| (Scope::Workspace, roles));
    let within = within.into_iter().flatten();
    let within = within.map(|(tenant, roles)| (Scope::Tenant(tenant), roles));
    let shown: ufsync::model::live::Held = workspace.chain(within).collect();
    LiveUser {
        uuid: UserUuid::new(uuid),
        id: UserId(take(&mut value, "id").unwrap_or(number)),
        last_active_at: take::<String>(&mut value, "last").map(Arc::from),
        confirmed: take(&mut value, "confirmed").unwrap_or(true),
        grants_told: !take(&mut value, "untold").unwrap_or(false),
        grants: shown.clone(),
        shown,
        inherited: ufsync::model::live::Held::default(),
        tenant_names: BTreeMap::new(),
        record: record(value),
    }
}

fn tenant(id: &str, value: Value) -> LiveTenant {
    let mut value = object(value, "name");
    LiveTenant {
        id: TenantId::new(id),
        roles: take(&mut value, "roles").unwrap_or_default(),
        parent: take(&mut value, "parent"),
        children: None,
        record: record(value),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Unread {
    users: Vec<String>,
    tenants: Vec<String>,
}

fn unread(name: &str) -> Unreadable {
    Unreadable {
        id: Some("x1".to_owned()),
        name: Some(name.to_owned()).filter(|name| !name.is_empty()),
        reason: "`locked` is a text".to_owned(),
    }
}

/// Reads a live state.
pub(crate) fn live(text: &str) -> Live {
    let text: LiveText = serde_yaml::from_str(text).unwrap();
    let users = text.users.into_iter().zip(1..);
    let mut users: BTreeMap<UserUuid, LiveUser> = users
        .map(|((uuid, value), number)| (UserUuid::new(&*uuid), user(&uuid, number, value)))
        .collect();
    for number in 1..=text.crowd.users {
        let uuid = format!("c{number:04}");
        let email = Value::from(format!("user{number}@example.com"));
        let mut user = user(&uuid, 1000 + number, email);
        let within = text.crowd.within.iter();
        let within = within.map(|(tenant, roles)| (Scope::Tenant(tenant.clone()), roles.clone()));
        let own = [(Scope::Workspace, text.crowd.roles.clone())];
        user.shown = own
            .into_iter()
            .chain(within)
            .filter(|(_, roles)| !roles.is_empty())
            .collect();
        user.grants = user.shown.clone();
        users.insert(UserUuid::new(uuid), user);
    }
    let tenants = text.tenants.into_iter();
    let tenants = tenants
        .map(|(id, value)| (TenantId::new(&*id), tenant(&id, value)))
        .collect();
    let known = text.known.as_deref().unwrap_or("all");
    let searched = text.searched.iter().map(|text| match text.split_once('/') {
        Some((tenant, role)) => (Scope::Tenant(TenantId::new(tenant)), RoleName::new(role)),
        None => (Scope::Workspace, RoleName::new(&**text)),
    });
    let live = Live {
        workspace: TenantId::new("demo1234"),
        mode: Mode::Test,
        claimed_users: users.len(),
        tenants: if known == "some" {
            Known::some(tenants)
        } else {
            Known::all(tenants)
        },
        users: if known == "all" {
            Known::all(users)
        } else {
            Known::some(users)
        },
        roles: text.lists,
        is_flat: false,
        hidden: text.hidden.map_or(Hidden::Nothing, Hidden::Some),
        searched: searched.collect(),
        alike: BTreeSet::new(),
        inheritance: Inheritance::Unasked,
        direct: BTreeSet::new(),
        direct_known: BTreeSet::new(),
        unreadable_users: text
            .unreadable
            .users
            .iter()
            .map(|name| unread(name))
            .collect(),
        unreadable_tenants: text
            .unreadable
            .tenants
            .iter()
            .map(|name| unread(name))
            .collect(),
    };
    live.split_inherited()
}

/// Reads a manifest, which is called `m`; its `version` may be left out.
pub(crate) fn desired(text: &str) -> Desired {
    let file = File {
        name: "m".to_owned(),
        bytes: format!("version: 1\n{text}\n").into_bytes(),
    };
    let input = Input {
        files: vec![file],
        ..Input::default()
    };
    match load(input) {
        Ok((desired, _)) => desired,
        Err(findings) => {
            let list: Vec<String> = findings
                .list
                .iter()
                .map(|it| it.mistake.to_string())
                .collect();
            panic!("{list:#?}\n{text}")
        }
    }
}

/// What the planner makes of a manifest and a live state.
pub(crate) fn plan(manifest: &str, live_text: &str) -> String {
    plan_with(manifest, live_text, &Policy::default())
}

/// The same, with what the command line allows and chooses.
pub(crate) fn plan_with(manifest: &str, live_text: &str, policy: &Policy) -> String {
    let (desired, live) = (desired(manifest), live(live_text));
    match diff(&desired, &live, policy) {
        Ok(Drafted::Plan(plan)) => show::plan(&plan, &live),
        Ok(Drafted::NeedsMore(missing)) => show::missing(&missing),
        Err(findings) => show::errors(&findings),
    }
}

/// Tenants of one user each may be pruned.
pub(crate) fn pruning() -> Policy {
    let mut policy = Policy::default();
    policy.allow_prune_all = true;
    policy
}

/// A plan that can be made of what is known.
pub(crate) fn planned(manifest: &str, live: &Live) -> Plan {
    drafted(&desired(manifest), live)
}

/// The same for a desired state.
pub(crate) fn drafted(desired: &Desired, live: &Live) -> Plan {
    match diff(desired, live, &pruning()) {
        Ok(Drafted::Plan(plan)) => *plan,
        Ok(Drafted::NeedsMore(missing)) => panic!("{}", show::missing(&missing)),
        Err(findings) => panic!("{}", show::errors(&findings)),
    }
}

/// What a plan needs to know.
pub(crate) fn needed(desired: &Desired, live: &Live) -> Option<Missing> {
    match diff(desired, live, &pruning()) {
        Ok(Drafted::NeedsMore(missing)) => Some(missing),
        Ok(Drafted::Plan(_)) | Err(_) => None,
    }
}

/// The data of a record that a step changes.
pub(crate) fn data_of(live: &Live, user: Option<&UserUuid>, tenant: Option<&TenantId>) -> LiveData {
    let user = user
        .and_then(|id| live.users.get(id))
        .map(|user| &user.record.data);
    let tenant = tenant
        .and_then(|id| live.tenants.get(id))
        .map(|tenant| &tenant.record.data);
    user.or(tenant)
        .cloned()
        .unwrap_or_else(|| LiveData::from(&Data::new()))
}
