//! The connection of a run: to a server, or to an emulator inside this process.
#![expect(
    clippy::disallowed_methods,
    reason = "the command line reads the environment and the clock"
)]

use std::cell::Cell;
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;

use crate::api::{Client, Key, Level, Observer, Page, Settings};
use crate::cli::args::options::{ManifestArgs, ServerArgs};
use crate::cli::args::seed;
use crate::cli::cli_error::CliError;
use crate::cli::exit::Failure;
use crate::cli::terminal::log;
use crate::emulator::{Options, Running};
use crate::files::FileError;
use crate::model::{Desired, Live, LiveUser, Mode, TenantId};
use crate::plan;
use crate::plan::{Cost, Pace, Plan, PlanFile, Policy};
use crate::session;
use crate::session::{Planned, SessionError};

/// A client, and the runtime that drives it.
pub(crate) struct Connection {
    pub(crate) runtime: Runtime,
    pub(crate) client: Client,
    /// The first pages of users, if they were read while the manifest was parsed, and when that began.
    ahead: Cell<Option<(Vec<Page<LiveUser>>, Instant)>>,
    /// How many calls may be in flight.
    pub(crate) parallel: usize,
    max_rate: Option<f64>,
    /// Kept alive for as long as the client may call it.
    sandbox: Option<Running>,
}

/// What a run will do to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Intent {
    /// To find out whether it can be reached at all: that it can't is to be known after seconds.
    Examine,
    Read,
    Write,
}

/// What came of reading, and what that took.
pub(crate) struct Timed<T> {
    pub(crate) value: T,
    pub(crate) time: Duration,
    pub(crate) requests: u64,
}

/// The workspace and mode that a run is for, as far as a document says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    /// What says it.
    document: &'static str,
    workspace: Option<TenantId>,
    mode: Option<Mode>,
    /// Whether live data may be written.
    confirms_live: bool,
    /// The variables of the environment that a seed may read.
    allowed: Vec<String>,
}

impl Expected {
    pub(crate) fn by_manifest(desired: &Desired, args: &ManifestArgs) -> Self {
        let mode = desired.mode.as_ref().map(|mode| mode.value);
        Self {
            document: "manifest",
            workspace: desired
                .workspace
                .as_ref()
                .map(|workspace| workspace.value.clone()),
            mode,
            confirms_live: mode == Some(Mode::Live),
            allowed: args.allow_var.clone(),
        }
    }

    pub(crate) fn by_plan(file: &PlanFile, args: &ManifestArgs) -> Self {
        Self {
            document: "plan",
            workspace: Some(file.plan.workspace.clone()),
            mode: Some(file.plan.mode),
            confirms_live: file.manifest.mode == Some(Mode::Live),
            allowed: args.allow_var.clone(),
        }
    }
}

impl Connection {
    /// Prepares the connection. What is expected says which workspace and mode a sandbox plays; nothing is sent yet.
    pub(crate) fn open(
        server: &ServerArgs,
        expected: &Expected,
        intent: Intent,
    ) -> Result<Self, Failure> {
        let Some(seed) = &server.sandbox else {
            let key = key(server.api_key_file.as_deref())?;
            let mut settings = settings(server, server.api_url.clone(), key);
            if intent == Intent::Examine {
                settings.tries = 2;
                settings.connect_timeout = Duration::from_secs(3);
                settings.timeout = Duration::from_secs(10);
                settings.longest_pause = settings.timeout;
            }
            let connection = Self::new(server, client_runtime()?, settings, None)?;
            connection.check(expected, intent)?;
            return Ok(connection);
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
        let settings = settings(server, url, key);
        let connection = Self::new(server, runtime, settings, Some(running))?;
        connection.check(expected, intent)?;
        Ok(connection)
    }

    /// Prepares the connection to the server that the command line and the environment name. Nothing is sent yet.
    pub(crate) fn connect(server: &ServerArgs) -> Result<Self, Failure> {
        let key = key(server.api_key_file.as_deref())?;
        let settings = settings(server, server.api_url.clone(), key);
        Self::new(server, client_runtime()?, settings, None)
    }

    fn new(
        server: &ServerArgs,
        runtime: Runtime,
        settings: Settings,
        sandbox: Option<Running>,
    ) -> Result<Self, Failure> {
        let client = Client::new(settings)?;
        Ok(Self {
            runtime,
            client,
            ahead: Cell::new(None),
            parallel: server.parallel,
            max_rate: server.max_rate,
            sandbox,
        })
    }

    /// The same connection, with the first pages of users, and since when they were read.
    pub(crate) fn with_pages(self, pages: Vec<Page<LiveUser>>, since: Instant) -> Self {
        self.ahead.set(Some((pages, since)));
        self
    }

    /// A key of another workspace or mode is refused, and one that may not write, or may write to real people's data
    /// without the manifest saying so, before anything is written.
    pub(crate) fn check(&self, expected: &Expected, intent: Intent) -> Result<(), CliError> {
        check(self.client.key(), expected, intent)
    }

    /// What carrying out a plan takes, as far as can be told from the calls so far.
    pub(crate) fn cost(&self, plan: &Plan) -> Cost {
        let pace = Pace {
            call: self.client.usage().mean(),
            parallel: self.parallel,
            max_rate: self.max_rate,
        };
        plan::cost(plan, pace)
    }

    /// Whether the server is the emulator inside this process.
    pub(crate) fn is_sandbox(&self) -> bool {
        self.sandbox.is_some()
    }

    /// Reads what a manifest is about, and plans.
    pub(crate) fn plan(
        &self,
        desired: &Desired,
        policy: &Policy,
    ) -> Result<Timed<Planned>, SessionError> {
        let (read, since) = match self.ahead.take() {
            Some((read, since)) => (read, (since, 0)),
            None => (Vec::new(), self.now()),
        };
        self.since(
            since,
            session::plan_from(&self.client, desired, policy, read),
        )
    }

    /// Reads everything; with a manifest also what it names and the server does not list.
    pub(crate) fn everything(&self, desired: Option<&Desired>) -> Result<Live, Failure> {
        let live = session::read(&self.client, desired);
        self.runtime.block_on(live).map_err(Failure::of)
    }

    /// Reads, and returns what that took.
    pub(crate) fn timed<T, E>(
        &self,
        reading: impl Future<Output = Result<T, E>>,
    ) -> Result<Timed<T>, E> {
        self.since(self.now(), reading)
    }

    /// The time, and how many requests have been sent.
    fn now(&self) -> (Instant, u64) {
        (Instant::now(), self.client.usage().requests)
    }

    fn since<T, E>(
        &self,
        (started, before): (Instant, u64),
        reading: impl Future<Output = Result<T, E>>,
    ) -> Result<Timed<T>, E> {
        let value = self.runtime.block_on(reading)?;
        Ok(Timed {
            value,
            time: started.elapsed(),
            requests: self.client.usage().requests - before,
        })
    }
}

/// How the client behaves: as the command line says, and telling what it waits for.
fn settings(server: &ServerArgs, url: String, key: Key) -> Settings {
    let mut settings = Settings::new(url, key);
    settings.parallel = server.parallel;
    settings.max_rate = server.max_rate;
    settings.deadline = server.deadline;
    settings.observer = (!server.quiet).then(|| Observer::new(log::wait));
    settings
}

fn check(key: &Key, expected: &Expected, intent: Intent) -> Result<(), CliError> {
    let document = expected.document;
    if let Some(workspace) = expected
        .workspace
        .as_ref()
        .filter(|workspace| **workspace != key.workspace)
    {
        return Err(CliError::OtherWorkspace {
            key: key.workspace.clone(),
            document,
            expected: workspace.clone(),
        });
    }
    if let Some(mode) = expected.mode.filter(|mode| *mode != key.mode) {
        return Err(CliError::OtherMode {
            key: key.mode,
            document,
            expected: mode,
        });
    }
    match intent {
        Intent::Write if key.level == Level::Readonly => Err(CliError::ReadonlyKey),
        Intent::Write if key.mode == Mode::Live && !expected.confirms_live => {
            Err(CliError::LiveNotConfirmed)
        }
        Intent::Examine | Intent::Read | Intent::Write => Ok(()),
    }
}

/// The runtime of an emulator, which serves many calls at once.
pub(crate) fn runtime() -> Result<Runtime, CliError> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.enable_all().build().map_err(CliError::Runtime)
}

/// The runtime for one client, in the thread that waits for it: to wake another for each answer takes longer than to
/// read the answer.
fn client_runtime() -> Result<Runtime, CliError> {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().build().map_err(CliError::Runtime)
}

/// Whether there is something to connect to: a key, or a sandbox.
pub(crate) fn is_named(server: &ServerArgs) -> bool {
    let key = || std::env::var_os("USERFRONT_API_KEY").is_some_and(|key| !key.is_empty());
    server.sandbox.is_some() || server.api_key_file.is_some() || key()
}

fn key(file: Option<&Path>) -> Result<Key, Failure> {
    let text = match file {
        Some(path) if path.as_os_str() == "-" => {
            let mut text = String::new();
            std::io::stdin()
                .read_to_string(&mut text)
                .map_err(|error| FileError::Unreadable {
                    path: "<stdin>".into(),
                    error,
                })?;
            text
        }
        Some(path) => std::fs::read_to_string(path).map_err(|error| FileError::Unreadable {
            path: path.to_owned(),
            error,
        })?,
        None => std::env::var("USERFRONT_API_KEY").map_err(|_| CliError::NoKey)?,
    };
    Ok(Key::parse(&text)?)
}

fn sandbox(
    runtime: &Runtime,
    seed: Option<&Path>,
    expected: &Expected,
) -> Result<Running, Failure> {
    let workspace = expected.workspace.as_ref().map(ToString::to_string);
    let mut options = Options {
        private: true,
        ..Options::default()
    };
    let seeded = seed
        .map(|path| seed::read(path, &expected.allowed))
        .transpose()?
        .unwrap_or_default();
    options.workspace = seeded.workspace.unwrap_or(options.workspace);
    options.workspace = workspace.unwrap_or(options.workspace);
    let loopback = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    Ok(runtime
        .block_on(Running::start(options, seeded.state, loopback))
        .map_err(CliError::from)?)
}
