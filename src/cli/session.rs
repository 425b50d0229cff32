//! The connection of a run: to a server, or to an emulator inside this process.
#![expect(
    clippy::disallowed_methods,
    reason = "the command line reads the environment and the clock"
)]

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use super::args::Global;
use super::exit::Failure;
use super::refusal::Refusal;
use super::seed;
use crate::api::{ApiError, Client, Key, Level, Settings};
use crate::emulator::{Options, Running};
use crate::model::{Desired, Live, Mode, RoleName, Scope, TenantId};
use crate::observe::{self, Early, Need};
use crate::plan::file::PlanFile;
use crate::plan::{self, Cost, Pace, Plan};

/// A client, and the runtime that drives it.
pub(super) struct Session {
    pub(super) runtime: Runtime,
    pub(super) client: Client,
    /// What was read before the manifest was decoded, and since when.
    early: Cell<Option<(Early, Instant)>>,
    /// How many calls may be in flight.
    pub(super) parallel: usize,
    max_rate: Option<f64>,
    /// Kept alive for as long as the client may call it.
    sandbox: Option<Running>,
}

/// What a run will do to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Intent {
    Read,
    Write,
}

/// A live state, and how long reading it took.
pub(super) struct Reading {
    pub(super) live: Live,
    pub(super) time: Duration,
    pub(super) requests: u64,
}

/// The workspace and mode that a run is for, as far as a document says.
#[derive(Clone, Debug, Default)]
pub(super) struct Expected {
    /// What says it.
    document: &'static str,
    workspace: Option<TenantId>,
    mode: Option<Mode>,
    /// Whether live data may be written.
    confirms_live: bool,
}

impl Expected {
    pub(super) fn by_manifest(desired: &Desired) -> Self {
        let mode = desired.mode.as_ref().map(|mode| mode.value);
        Self {
            document: "manifest",
            workspace: desired
                .workspace
                .as_ref()
                .map(|workspace| workspace.value.clone()),
            mode,
            confirms_live: mode == Some(Mode::Live),
        }
    }

    pub(super) fn by_plan(file: &PlanFile) -> Self {
        Self {
            document: "plan",
            workspace: Some(file.workspace.clone()),
            mode: Some(file.mode),
            confirms_live: file.manifest.mode == Some(Mode::Live),
        }
    }
}

impl Session {
    /// Prepares the connection. What is expected says which workspace and mode a sandbox plays; nothing is sent yet.
    pub(super) fn open(
        global: &Global,
        expected: &Expected,
        intent: Intent,
    ) -> Result<Self, Failure> {
        let Some(seed) = &global.sandbox else {
            let session = Self::connect(global)?;
            session.check(expected, intent)?;
            return Ok(session);
        };
        let runtime = runtime()?;
        let running = sandbox(&runtime, seed.as_deref(), expected)?;
        let keys = running.keys();
        let key = Key::parse(if expected.mode == Some(Mode::Live) {
            &keys.live_admin
        } else {
            &keys.test_admin
        })?;
        let url = running.url().to_owned();
        let session = Self::new(global, runtime, url, key, Some(running))?;
        session.check(expected, intent)?;
        Ok(session)
    }

    /// Prepares the connection to the server that the command line and the environment name. Nothing is sent yet.
    pub(super) fn connect(global: &Global) -> Result<Self, Failure> {
        let key = key(global.api_key_file.as_deref())?;
        Self::new(global, client_runtime()?, global.api_url.clone(), key, None)
    }

    fn new(
        global: &Global,
        runtime: Runtime,
        url: String,
        key: Key,
        sandbox: Option<Running>,
    ) -> Result<Self, Failure> {
        let client = Client::new(Settings {
            parallel: global.parallel,
            max_rate: global.max_rate,
            ..Settings::new(url, key)
        })?;
        Ok(Self {
            runtime,
            client,
            early: Cell::new(None),
            parallel: global.parallel,
            max_rate: global.max_rate,
            sandbox,
        })
    }

    /// The same session, with what was read since a time.
    pub(super) fn with_early(self, early: Early, since: Instant) -> Self {
        self.early.set(Some((early, since)));
        self
    }

    /// A key of another workspace or mode is refused, and one that may not write, or may write to real people's data
    /// without the manifest saying so, before anything is written.
    pub(super) fn check(&self, expected: &Expected, intent: Intent) -> Result<(), Refusal> {
        check(self.client.key(), expected, intent)
    }

    /// The same live state, with those who hold these roles, as many as are enough.
    pub(super) fn with_holders(
        &self,
        live: Live,
        roles: &BTreeMap<(Scope, RoleName), usize>,
    ) -> Result<Reading, ApiError> {
        let since = (Instant::now(), self.client.usage().requests);
        self.timed(since, observe::holders(&self.client, live, roles))
    }

    /// What carrying out a plan takes, as far as can be told from the calls so far.
    pub(super) fn cost(&self, plan: &Plan) -> Cost {
        let pace = Pace {
            call: self.client.usage().mean(),
            parallel: self.parallel,
            max_rate: self.max_rate,
        };
        plan::cost(plan, pace)
    }

    /// Whether the server is the emulator inside this process.
    pub(super) fn is_sandbox(&self) -> bool {
        self.sandbox.is_some()
    }

    /// Reads the live state.
    pub(super) fn read(&self, need: &Need) -> Result<Reading, ApiError> {
        let (early, since) = match self.early.take() {
            Some((early, since)) => (early, (since, 0)),
            None => (
                Early::Nothing,
                (Instant::now(), self.client.usage().requests),
            ),
        };
        self.timed(since, observe::live_from(&self.client, need, early))
    }

    /// Reads, and tells what that took since a time at which so many requests had been sent.
    fn timed(
        &self,
        (started, before): (Instant, u64),
        reading: impl Future<Output = Result<Live, ApiError>>,
    ) -> Result<Reading, ApiError> {
        let live = self.runtime.block_on(reading)?;
        Ok(Reading {
            live,
            time: started.elapsed(),
            requests: self.client.usage().requests - before,
        })
    }
}

fn check(key: &Key, expected: &Expected, intent: Intent) -> Result<(), Refusal> {
    let document = expected.document;
    if let Some(workspace) = expected
        .workspace
        .as_ref()
        .filter(|workspace| **workspace != key.workspace)
    {
        return Err(Refusal::OtherWorkspace {
            key: key.workspace.clone(),
            document,
            expected: workspace.clone(),
        });
    }
    if let Some(mode) = expected.mode.filter(|mode| *mode != key.mode) {
        return Err(Refusal::OtherMode {
            key: key.mode,
            document,
            expected: mode,
        });
    }
    match intent {
        Intent::Write if key.level == Level::Readonly => Err(Refusal::ReadonlyKey),
        Intent::Write if key.mode == Mode::Live && !expected.confirms_live => {
            Err(Refusal::LiveNotConfirmed)
        }
        Intent::Read | Intent::Write => Ok(()),
    }
}

/// The runtime of an emulator, which serves many calls at once.
pub(super) fn runtime() -> Result<Runtime, Refusal> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().build().map_err(Refusal::Runtime)
}

/// The runtime of a client alone, in the thread that waits for it: to wake another for each answer takes longer than to
/// read the answer.
fn client_runtime() -> Result<Runtime, Refusal> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().map_err(Refusal::Runtime)
}

fn key(file: Option<&Path>) -> Result<Key, Failure> {
    let text = match file {
        Some(path) if path.as_os_str() == "-" => {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .map_err(|error| Refusal::Unreadable {
                    path: "<stdin>".into(),
                    error,
                })?;
            text
        }
        Some(path) => std::fs::read_to_string(path).map_err(|error| Refusal::Unreadable {
            path: path.to_owned(),
            error,
        })?,
        None => std::env::var("USERFRONT_API_KEY").map_err(|_| Refusal::NoKey)?,
    };
    Ok(Key::parse(&text)?)
}

fn sandbox(
    runtime: &Runtime,
    seed: Option<&Path>,
    expected: &Expected,
) -> Result<Running, Failure> {
    let workspace = expected.workspace.as_ref().map(ToString::to_string);
    let mut options = Options::default();
    let seeded = seed.map(seed::read).transpose()?.unwrap_or_default();
    options.workspace = seeded.workspace.unwrap_or(options.workspace);
    options.workspace = workspace.unwrap_or(options.workspace);
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Ok(runtime
        .block_on(Running::start(options, seeded.state, loopback))
        .map_err(Refusal::from)?)
}
