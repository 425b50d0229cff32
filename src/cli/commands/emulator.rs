//! `ufsync emulator`

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use serde_json::json;

use crate::cli::args::{connection, options as args, seed};
use crate::cli::cli_error::CliError;
use crate::cli::exit::{Exit, Failure};
use crate::cli::probe;
use crate::cli::terminal::ui::Ui;
use crate::emulator::{FaultError, FaultShare, Faults, Keys, Options, Running, State, Switches};
use crate::files;
use crate::probe::Profile;

/// Run a Userfront API on this machine, for trying things out and for CI.
///
/// It keeps test and live data apart, knows four fixed keys, and answers all calls of the reference. It listens on
/// loopback by default.
#[derive(Args, Debug)]
pub(crate) struct EmulatorArgs {
    /// The port; 0 picks a free one.
    #[arg(long, default_value_t = 8787)]
    port: u16,
    /// The address to listen on. Any other than loopback lets other machines in, with keys that are public.
    #[arg(long, value_name = "ADDRESS", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    listen: IpAddr,
    /// A name by which it is reached, beside those of this machine; may be repeated. Only on loopback does it matter.
    #[arg(long = "host", value_name = "NAME")]
    hosts: Vec<String>,
    /// The workspace's id, which is part of its keys [default: demo1234, or the seed's].
    #[arg(long, value_name = "ID")]
    workspace: Option<String>,
    /// What it starts with: a manifest, an export, or a state saved by --state (*.json).
    #[arg(long, value_name = "PATH", conflicts_with_all = ["users", "tenants"])]
    seed: Option<PathBuf>,
    /// Make up this many users.
    #[arg(long, value_name = "N", default_value_t = 0)]
    users: usize,
    /// Make up this many tenants.
    #[arg(long, value_name = "M", default_value_t = 0)]
    tenants: usize,
    /// How many records a page of a search holds.
    #[arg(long, value_name = "N", default_value_t = 100)]
    page_size: usize,
    /// Behave as a server that `ufsync doctor --probe --save FILE` found out about.
    #[arg(long, value_name = "FILE", conflicts_with = "Switches")]
    like: Option<PathBuf>,
    /// How long every call takes at least, as in 20ms or 1s.
    #[arg(long, value_name = "TIME", default_value = "0ms", value_parser = args::duration)]
    latency: Duration,
    /// How many calls are allowed, as in 50/s; above that it answers 429.
    #[arg(long, value_name = "N/s", value_parser = rate)]
    rate: Option<u32>,
    /// Keep the data in this file: loaded at the start, saved while running and at the end.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Write {"url": …, "keys": {…}} to this file once it listens.
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    #[command(flatten)]
    faults: FaultArgs,
    #[command(flatten)]
    switches: Switches,
}

/// What goes wrong on purpose, as networks, proxies and servers do.
#[derive(Args, Debug)]
#[command(next_help_heading = "Faults")]
struct FaultArgs {
    /// Make this percentage of the calls fail, as in reset=2.5; may be repeated.
    ///
    /// A call has one fault at most, so all together are 100 at most. The kinds:
    ///
    /// Nothing is done: 500, 503, 429 (with the header of --retry-after), 429-bare (without), html-502 (a proxy's page),
    /// reset (the connection breaks off), timeout (no answer comes).
    ///
    /// It is carried out, and the answer is lost: 500-after-commit, html-502-after-commit, reset-after-commit,
    /// timeout-after-commit, truncate (the connection breaks off in the middle of the answer).
    #[arg(id = "fault", long = "fault", value_name = "KIND=PERCENT")]
    list: Vec<FaultShare>,
    /// Which calls fail: the same number fails the same calls, counted as they arrive.
    #[arg(
        id = "fault-seed",
        long = "fault-seed",
        value_name = "N",
        default_value_t = 1
    )]
    seed: u64,
    /// How long a timeout holds the connection before closing it, as in 500ms or 60s.
    #[arg(id = "fault-timeout", long = "fault-timeout", value_name = "TIME", default_value = "60s", value_parser = args::duration)]
    timeout: Duration,
}

fn like(path: &Path) -> Result<Switches, Failure> {
    let text = files::read_document(path)?;
    let text = String::from_utf8_lossy(&text);
    let profile = Profile::read(&text).and_then(|profile| probe::switches(&profile));
    profile.map_err(|error| Failure::Other(Box::new(error)))
}

pub(crate) fn run(args: EmulatorArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let faults = Faults::try_from(args.faults);
    let faults = faults.map_err(|error| Failure::Usage(Box::new(CliError::from(error))))?;
    let saved = args
        .state
        .as_deref()
        .filter(|path| path.exists())
        .or(args.seed.as_deref());
    let seeded = saved
        .map(|path| seed::read(path, &[]))
        .transpose()?
        .unwrap_or_default();
    let workspace = args
        .workspace
        .or(seeded.workspace)
        .unwrap_or_else(|| Options::default().workspace);
    let state = match saved {
        None => State::generate(&workspace, args.users, args.tenants, 1),
        Some(_) => seeded.state,
    };
    let options = Options {
        workspace,
        page_size: args.page_size.max(1),
        latency: args.latency,
        rate: args.rate,
        switches: match &args.like {
            None => args.switches,
            Some(path) => like(path)?,
        },
        state_file: args.state,
        faults,
        private: false,
        hosts: args.hosts,
        observer: None,
    };
    let address = SocketAddr::new(args.listen, args.port);
    if !args.listen.is_loopback() {
        ui.remark(format_args!(
            "Other machines can reach {}: the keys are public, and so is all data of this emulator.",
            args.listen
        ));
    }
    connection::runtime()?.block_on(async {
        let running = Running::start(options, state, address).await.map_err(CliError::from)?;
        let ready = json!({"url": running.url(), "keys": running.keys()});
        if let Some(path) = &args.ready_file {
            files::write(path, format!("{ready}\n"))?;
        }
        let Keys { test_admin, test_readonly, live_admin, live_readonly } = running.keys();
        let url = running.url().to_owned();
        ui.result(|out| writeln!(out, "Listening on {url}\n\n  {test_admin}\n  {test_readonly}\n  {live_admin}\n  {live_readonly}"))?;
        ui.remark(format_args!("\nTry: USERFRONT_API_URL={url} USERFRONT_API_KEY={test_admin} ufsync plan\nCtrl-C stops it."));
        stopped().await;
        running.stop().await.map_err(CliError::from)?;
        Ok(Exit::Done)
    })
}

/// Waits for Ctrl-C, or for the signal that service managers send.
async fn stopped() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    // Without a signal to wait for it runs until it is killed.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

impl TryFrom<FaultArgs> for Faults {
    type Error = FaultError;

    fn try_from(args: FaultArgs) -> Result<Self, FaultError> {
        let FaultArgs {
            list,
            seed,
            timeout,
        } = args;
        Ok(Self::new(list)?.seeded(seed).lasting(timeout))
    }
}

fn rate(text: &str) -> Result<u32, String> {
    match text.strip_suffix("/s").unwrap_or(text).parse() {
        Ok(rate @ 1..) => Ok(rate),
        _ => Err("expected a number of calls per second, as in 50/s".to_owned()),
    }
}
