//! An emulator on a free port, with the client that talks to it.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde_json::Value;
use tokio::runtime::Runtime;
use ufsync::api::{Client, Key, Settings};
use ufsync::emulator::{ModeState, Options, Running, State};
use ufsync::manifest::{self, File, Input};
use ufsync::model::{Desired, Live};
use ufsync::plan::guards::Acceptance;
use ufsync::plan::{Plan, Policy};
use ufsync::session::outcome::Outcome;
use ufsync::session::{self, ApplyOptions, Planned, SessionError};

/// A running emulator, its client, and a runtime that drives both.
pub(crate) struct Server {
    pub(crate) runtime: Runtime,
    pub(crate) running: Running,
    pub(crate) client: Client,
}

impl Server {
    /// With nothing in it.
    pub(crate) fn empty() -> Self {
        Self::start(Options::default(), ModeState::default())
    }

    /// With this state of the test mode.
    pub(crate) fn start(options: Options, test: ModeState) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let state = State {
            test,
            ..State::default()
        };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let running = runtime
            .block_on(Running::start(options, state, address))
            .unwrap();
        let client = client(running.url(), &running.keys().test_admin);
        Self {
            runtime,
            running,
            client,
        }
    }

    /// Waits for an answer.
    pub(crate) fn block_on<T>(&self, future: impl Future<Output = T>) -> T {
        self.runtime.block_on(future)
    }

    /// The test mode's whole store.
    pub(crate) fn store(&self) -> ModeState {
        self.running.state().test
    }

    /// The store without the times, which differ between runs.
    pub(crate) fn timeless(&self) -> Value {
        let mut store = serde_json::to_value(self.store()).unwrap();
        strip_times(&mut store);
        store
    }

    /// The live state as an export reads it.
    pub(crate) fn everything(&self) -> Live {
        self.block_on(session::read(&self.client, None)).unwrap()
    }

    pub(crate) fn plan(&self, desired: &Desired) -> Plan {
        self.planned(desired)
            .unwrap_or_else(|error| panic!("{error:?}"))
            .plan
    }

    pub(crate) fn planned(&self, desired: &Desired) -> Result<Planned, SessionError> {
        // Tenants of one user each may be pruned.
        let mut policy = Policy::default();
        policy.allow_prune_all = true;
        self.block_on(session::plan(&self.client, desired, &policy))
    }

    /// Carries out a plan that breaks no guard.
    pub(crate) fn apply(&self, plan: &Plan) -> Outcome {
        self.apply_accepting(plan, &[]).unwrap()
    }

    /// Carries out a plan whose guards are accepted with these codes.
    pub(crate) fn apply_accepting(
        &self,
        plan: &Plan,
        accepted: &[Acceptance],
    ) -> Result<Outcome, SessionError> {
        let options = ApplyOptions::new(8).accepting(accepted.to_vec());
        self.block_on(session::apply(&self.client, plan, options, |_| {}))
    }

    /// How many requests that may change something have been made.
    pub(crate) fn writes(&self) -> usize {
        let requests = self.running.requests();
        requests
            .iter()
            .filter(|request| request.method != "GET" && !request.path.ends_with("/find"))
            .count()
    }
}

/// The steps of a plan with how each ended, a line each.
pub(crate) fn steps(plan: &Plan, outcome: Option<&Outcome>) -> String {
    let line = |step: &ufsync::plan::Step| {
        let change = match &step.change {
            ufsync::plan::Change::Roles {
                before,
                after,
                either,
                ..
            } => format!("{before:?} -> {after:?}, either {either:?}"),
            change => change.call().to_owned(),
        };
        let ended = outcome.and_then(|outcome| outcome.steps.get(step.id.0));
        let (needs, waits) = (&step.depends_on, &step.waits_for);
        format!(
            "{} {}: {change} needs {needs:?} waits {waits:?} {ended:?}\n",
            step.id.0, step.address
        )
    };
    plan.steps.iter().map(line).collect()
}

/// A client with a key of its own.
pub(crate) fn client(url: &str, key: &str) -> Client {
    let mut settings = Settings::new(url.to_owned(), Key::parse(key).unwrap());
    settings.timeout = Duration::from_secs(10);
    Client::new(settings).unwrap()
}

/// A manifest from its text.
pub(crate) fn desired(text: &str) -> Desired {
    desired_of(&[text.to_owned()])
}

/// A manifest from the texts of its files.
pub(crate) fn desired_of(texts: &[String]) -> Desired {
    let file = |(index, text): (usize, &String)| File {
        name: format!("test{index}.yaml"),
        bytes: text.as_bytes().to_vec(),
    };
    let input = Input {
        files: texts.iter().enumerate().map(file).collect(),
        ..Input::default()
    };
    manifest::load(input)
        .unwrap_or_else(|findings| panic!("{:?}", findings.list))
        .0
}

fn strip_times(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|key, _| key != "createdAt" && key != "updatedAt");
            map.values_mut().for_each(strip_times);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_times),
        _ => {}
    }
}
