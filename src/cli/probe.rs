//! `ufsync doctor --probe`: how this server behaves where its reference is silent.

use std::path::PathBuf;

use clap::{Args, FromArgMatches as _};
use tracing::Level;

use crate::cli::args::connection::Connection;
use crate::cli::cli_error::CliError;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::log;
use crate::cli::terminal::ui::Ui;
use crate::emulator::Switches;
use crate::files;
use crate::model::Mode;
use crate::probe;
use crate::probe::{Answer, Choice, Probed, Profile, ProfileError, differences};
use crate::report::{json, safe};
use reqwest::Method;
use serde_json::Value;

/// How every profile starts.
const MARKER: &str = "{\n  \"document\": \"profile\"";

/// What is to be found out.
#[derive(Args, Debug)]
pub(crate) struct ProbeArgs {
    /// Find out how this server behaves where its reference is silent. It takes a key of test mode: about 60 calls make some
    /// users and tenants called `ufsync-probe-…`, which may call your webhooks, and remove them again. With a readonly key:
    /// what can be seen without writing.
    #[arg(long)]
    pub(crate) probe: bool,
    /// The same, with what leaves something behind or burdens the server: only on loopback, for an emulator.
    #[arg(long)]
    pub(crate) probe_all: bool,
    /// Save what was found, for `ufsync emulator --like FILE`.
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

impl ProbeArgs {
    /// Whether anything is to be found out.
    pub(crate) fn is_asked(&self) -> bool {
        self.probe || self.probe_all || self.save.is_some()
    }
}

pub(crate) fn run(args: &ProbeArgs, connection: &Connection, ui: &mut Ui) -> Result<Exit, Failure> {
    let client = &connection.client;
    if client.mode() == Mode::Live {
        return Err(CliError::ProbeLive.into());
    }
    if args.probe_all && !client.is_local() {
        return Err(CliError::ProbeAll.into());
    }
    if let Some(path) = &args.save {
        files::may_replace(path, MARKER, false)?;
    }
    let choice = if args.probe_all {
        Choice::All
    } else {
        Choice::Usual
    };
    // What was made is removed first.
    let interrupt = ui.interrupt.in_good_order(|_| {
        log::say(
            Level::INFO,
            "Removing what the probe made. Once more to stop at once.",
        );
    });
    let stop = || interrupt.is_asked();
    let Probed {
        profile,
        left,
        similar,
    } = connection
        .runtime
        .block_on(probe::probe(client, choice, &stop))?;
    let served = client.call(Method::GET, "/v0/docs.json", None);
    let served = connection.runtime.block_on(served);
    ui.report(|out| {
        for (name, answer) in &profile.answers {
            match answer {
                Answer::Is(value) => writeln!(out, "{name:<19} {value}")?,
                Answer::Unknown(why) => writeln!(out, "{name:<19} not probed: {}", safe(why))?,
            }
        }
        match &served {
            Ok(specification @ Value::Object(_)) => {
                let found = differences(specification);
                writeln!(out, "specification       {} differences", found.len())?;
                found
                    .iter()
                    .try_for_each(|it| writeln!(out, "  {}", safe(&it.to_string())))
            }
            _ => writeln!(out, "specification       not served at /v0/docs.json"),
        }
    })?;
    for record in &similar {
        ui.remark(format_args!(
            "Left alone: {}. It is called like the records of a probe, and it is not certain that one made it.",
            safe(record)
        ));
    }
    for record in &left {
        ui.remark(format_args!(
            "Not removed: {record}. Run again, or remove it by hand."
        ));
    }
    if let Some(path) = &args.save {
        let mut text = Vec::new();
        json::document(
            &serde_json::to_value(&profile).unwrap_or_default(),
            &mut text,
        )
        .map_err(Failure::Output)?;
        files::write(path, &text)?;
        ui.remark(format_args!(
            "Saved. An emulator that behaves so: ufsync emulator --like {}",
            path.display()
        ));
    }
    Ok(match (interrupt.is_asked(), left.is_empty()) {
        (true, _) => Exit::Interrupted,
        (false, true) => Exit::Done,
        (false, false) => Exit::Error,
    })
}

/// The switches of an emulator that behaves as a profile says.
pub(crate) fn switches(profile: &Profile) -> Result<Switches, ProfileError> {
    let known = Switches::augment_args(clap::Command::new("profile").no_binary_name(true));
    let names: Vec<&str> = known
        .get_arguments()
        .filter_map(clap::Arg::get_long)
        .collect();
    // `none` is how a limit is written that there is not.
    let is_set = |(name, value): &(&str, &str)| {
        names.contains(name) && (*name, *value) != ("find-limit", "none")
    };
    let arguments = profile.switches().filter(is_set);
    let arguments: Vec<String> = arguments
        .map(|(name, value)| format!("--{name}={value}"))
        .collect();
    let matches = known.try_get_matches_from(arguments);
    let switches = matches.and_then(|matches| Switches::from_arg_matches(&matches));
    switches.map_err(|error| ProfileError::NotAProfile(error.kind().to_string()))
}
