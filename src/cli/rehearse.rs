//! `ufsync apply --rehearse`: the live state in an emulator, the plan carried out there.
#![expect(
    clippy::disallowed_methods,
    reason = "a rehearsal says how long it took"
)]

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

use super::exit::{Exit, Failure};
use super::refusal::Refusal;
use super::session::Session;
use super::ui::Ui;
use crate::api::{Client, Key, Settings};
use crate::apply::{self, Conduct};
use crate::emulator::{ModeState, Options, Running, State, TenantState, UserState};
use crate::model::{Desired, Live, LiveUser, Mode, Scope};
use crate::observe::{self, Need};
use crate::plan::{self, Plan, Policy};
use crate::report::{self, count};

/// Carries out a plan in an emulator that holds the live state, and plans again. The server sees only reads.
pub(super) fn run(
    session: &Session,
    desired: &Desired,
    policy: &Policy,
    plan: &Plan,
    live: &Live,
    ui: &mut Ui,
) -> Result<Exit, Failure> {
    let stage = Stage::open(session, live)?;
    let started = Instant::now();
    let conduct = Conduct::with(session.parallel);
    let outcome = session
        .runtime
        .block_on(apply::execute(plan, &stage.client, conduct, |_| {}));
    let time = started.elapsed();
    ui.report(|out| report::outcome(plan, &outcome, out))?;
    let after = session
        .runtime
        .block_on(observe::live(&stage.client, &Need::of(desired)))?;
    let again = plan::diff(desired, &after, policy).map_err(Failure::Plan)?;
    let converges = outcome.is_complete() && again.steps.is_empty();
    ui.report(|out| {
        writeln!(
            out,
            "Rehearsed: {} in {:.2} s in an emulator. {} The server was only read.",
            count(plan.steps.len(), "call"),
            time.as_secs_f64(),
            if converges {
                "Planning again finds nothing to do.".to_owned()
            } else {
                format!(
                    "Planning again finds {}.",
                    count(again.steps.len(), "change")
                )
            }
        )
    })?;
    Ok(if converges { Exit::Done } else { Exit::Error })
}

/// An emulator that holds a live state.
struct Stage {
    client: Client,
    /// Kept alive for as long as the client may call it.
    _running: Running,
}

impl Stage {
    fn open(session: &Session, live: &Live) -> Result<Self, Failure> {
        let options = Options {
            workspace: live.workspace.to_string(),
            ..Options::default()
        };
        let mut state = State::default();
        let half = match live.mode {
            Mode::Test => &mut state.test,
            Mode::Live => &mut state.live,
        };
        *half = mode_state(live);
        let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let running = session
            .runtime
            .block_on(Running::start(options, state, loopback))
            .map_err(Refusal::from)?;
        let keys = running.keys();
        let key = match live.mode {
            Mode::Test => &keys.test_admin,
            Mode::Live => &keys.live_admin,
        };
        let client = Client::new(Settings::new(running.url().to_owned(), Key::parse(key)?))?;
        Ok(Self {
            client,
            _running: running,
        })
    }
}

fn mode_state(live: &Live) -> ModeState {
    let tenants = live.tenants.values().map(|tenant| TenantState {
        tenant_id: tenant.id.to_string(),
        name: tenant.name.to_string(),
        image: tenant.image.as_deref().map(str::to_owned),
        data: tenant.data.to_map(),
        roles: tenant.roles.iter().map(ToString::to_string).collect(),
        ..TenantState::default()
    });
    // Somebody may hold roles in a tenant that was not read, because the plan is not about tenants.
    let known = |scope: &Scope| match scope {
        Scope::Workspace => true,
        Scope::Tenant(id) => live.tenants.contains_key(id),
    };
    let users = live.users.values().map(|user| UserState {
        roles: roles(user, live, known),
        ..user_state(user)
    });
    ModeState {
        tenants: tenants.collect(),
        users: users.collect(),
        roles: live.roles.iter().map(ToString::to_string).collect(),
        ..ModeState::default()
    }
}

fn user_state(user: &LiveUser) -> UserState {
    let text = |text: &Option<std::sync::Arc<str>>| text.as_deref().map(str::to_owned);
    UserState {
        user_id: user.id.0,
        user_uuid: user
            .uuid
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        email: user.email.as_ref().map(ToString::to_string),
        username: text(&user.username),
        name: text(&user.name),
        image: text(&user.image),
        phone_number: text(&user.phone_number),
        locked: user.locked,
        data: user.data.to_map(),
        last_active_at: text(&user.last_active_at),
        ..UserState::default()
    }
}

fn roles(
    user: &LiveUser,
    live: &Live,
    known: impl Fn(&Scope) -> bool,
) -> BTreeMap<String, Vec<String>> {
    let held = user.grants.iter().filter(|(scope, _)| known(scope));
    held.map(|(scope, roles)| {
        let scope = match scope {
            Scope::Workspace => live.workspace.to_string(),
            Scope::Tenant(id) => id.to_string(),
        };
        (scope, roles.iter().map(ToString::to_string).collect())
    })
    .collect()
}
