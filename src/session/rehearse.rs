//! A plan carried out in an emulator that holds the live state.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};

use serde_json::{Value, json};

use crate::api::{Client, Key, Reader, Settings};
use crate::apply::Outcome;
use crate::emulator::{ModeState, Options, Running, State};
use crate::model::{Desired, Live, LiveTenant, LiveUser, Mode, Scope, TenantId};
use crate::plan::{Acceptance, Plan, Policy};
use crate::session::{ApplyOptions, Planned, SessionError, apply, plan, read, readable};

/// How a rehearsal ended.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    /// What came of the plan.
    pub outcome: Outcome,
    /// What planning again finds to do then.
    pub again: Plan,
}

/// Carries out a plan in an emulator that holds the live state, and plans again. The server sees only reads. Where the
/// plan was made from a part of the live state, the whole is read first: what the plan is silent about counts too.
///
/// # Errors
/// A call that fails for good, or a plan that may not be carried out with these guards accepted.
pub async fn rehearse(
    reader: &Reader,
    desired: &Desired,
    policy: &Policy,
    planned: &Planned,
    accepted: Vec<Acceptance>,
) -> Result<Rehearsal, SessionError> {
    let Planned { plan: to_do, live } = planned;
    let whole;
    let live = if live.is_whole() {
        live
    } else {
        whole = read(reader, Some(desired)).await?;
        &whole
    };
    // What can't be read can't be put into an emulator.
    readable(live)?;
    let (running, client) = stage(live).await?;
    let options = ApplyOptions::new(reader.parallel()).accepting(accepted);
    let outcome = apply(&client, to_do, options, |_| {}).await?;
    let again = plan(&client, desired, policy).await?.plan;
    drop(running);
    Ok(Rehearsal { outcome, again })
}

/// An emulator that holds a live state, and a client for it.
async fn stage(live: &Live) -> Result<(Running, Client), SessionError> {
    let options = Options {
        workspace: live.workspace.to_string(),
        private: true,
        ..Options::default()
    };
    let mut whole = State::default();
    let half = match live.mode {
        Mode::Test => &mut whole.test,
        Mode::Live => &mut whole.live,
    };
    *half = state(live)?;
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let running = Running::start(options, whole, loopback).await?;
    let keys = running.keys();
    let key = match live.mode {
        Mode::Test => &keys.test_admin,
        Mode::Live => &keys.live_admin,
    };
    let client = Client::new(Settings::new(running.url().to_owned(), Key::parse(key)?))?;
    Ok((running, client))
}

/// A live state in the words of the emulator, in which records have the names that they have in the API.
///
/// # Errors
/// Where the emulator does not take it.
fn state(live: &Live) -> Result<ModeState, serde_json::Error> {
    let tenants = live.tenants.found();
    let tenants = tenants.map(|found| tenant(found, live.above(found)));
    let state = json!({
        "tenants": tenants.collect::<Vec<_>>(),
        "users": live.users.found().map(|found| user(found, live)).collect::<Vec<_>>(),
        "roles": live.roles,
    });
    serde_json::from_value(state)
}

fn tenant(tenant: &LiveTenant, above: Option<TenantId>) -> Value {
    let mut state = json!(tenant.record);
    if let Some(fields) = state.as_object_mut() {
        fields.insert("tenantId".to_owned(), json!(tenant.id));
        fields.extend(above.map(|above| ("parent".to_owned(), json!(above))));
        fields.insert("roles".to_owned(), json!(tenant.roles));
    }
    state
}

fn user(user: &LiveUser, live: &Live) -> Value {
    let mut state = json!(user.record);
    let uuid = Some(&user.uuid).filter(|uuid| uuid.stand_in().is_none());
    let possible = user.possible();
    // A user may hold roles in a tenant that the server does not list.
    let held = possible.iter().filter_map(|(scope, roles)| match scope {
        Scope::Workspace => Some((live.workspace.to_string(), roles)),
        Scope::Tenant(id) => live.tenants.contains(id).then(|| (id.to_string(), roles)),
    });
    if let Some(fields) = state.as_object_mut() {
        fields.insert("userId".to_owned(), json!(user.id));
        fields.extend(uuid.map(|uuid| ("userUuid".to_owned(), json!(uuid))));
        fields.insert("lastActiveAt".to_owned(), json!(user.last_active_at));
        fields.insert("isConfirmed".to_owned(), json!(user.confirmed));
        fields.insert("roles".to_owned(), json!(held.collect::<BTreeMap<_, _>>()));
    }
    state
}
