//! Carrying out a plan: with progress, a journal, signals, and a way back.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;

use crate::api::{EndReason, Reader};
use crate::apply::{ExecuteOptions, Outcome};
use crate::cli::applied::Applied;
use crate::cli::args::connection::Connection;
use crate::cli::args::options;
use crate::cli::cli_error::CliError;
use crate::cli::exit::Failure;
use crate::cli::journal::Journal;
use crate::cli::planning::apply_command;
use crate::cli::terminal::interrupt::{InGoodOrder, Signal};
use crate::cli::terminal::progress::Progress;
use crate::cli::terminal::ui::Ui;
use crate::files;
use crate::files::Place;
use crate::plan::{Acceptance, ManifestInfo, Plan, PlanFile, Source};
use crate::report::json;
use crate::session;
use crate::session::{ApplyOptions, Planned};

/// How a plan is carried out.
#[derive(Args, Debug)]
pub(crate) struct CarryOutArgs {
    /// Write a line of JSON before and after each call, and go on only once it is on the disk. Names and addresses are
    /// part of it only with -v.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Write a plan that takes back what was done, as far as it can be; it is applied like any saved plan. It is on the disk
    /// before the first call, also for a run that is killed.
    #[arg(long, value_name = "FILE")]
    undo: Option<PathBuf>,
    /// End the run at the first failure, instead of doing everything that does not depend on it.
    #[arg(long)]
    fail_fast: bool,
    /// End after this time, as in 90s or 5m, counted from the start of the program: no call that changes something starts after it.
    /// Where the live state could not be read by then, nothing is done.
    #[arg(long, value_name = "TIME", value_parser = options::duration)]
    pub(crate) deadline: Option<Duration>,
}

/// How long calls that are under way may take after SIGTERM.
const LAST_CALLS: Duration = Duration::from_secs(3);

pub(crate) struct Run {
    pub(crate) outcome: Outcome,
    interrupt: InGoodOrder,
    /// Why it ended before its end, unless a signal ended it.
    ended: Option<CliError>,
    /// The digest of what the saved plan's own record of it says, where there is one; and whether the next run trusts that record
    /// without it.
    pub(crate) applied: Option<(String, bool)>,
    /// The command that takes back what was done, where that was asked for.
    undo: Result<Option<String>, Failure>,
    journal: Result<(), CliError>,
}

/// Carries out a plan that was made from this live state.
pub(crate) fn run(
    args: &CarryOutArgs,
    connection: &Connection,
    planned: &Planned,
    accepted: &[Acceptance],
    saved: Option<(&Path, &PlanFile)>,
    ui: &mut Ui,
) -> Result<Run, Failure> {
    let plan = &planned.plan;
    let mut progress = Progress::new(plan.steps.len(), ui);
    let interrupt = in_good_order(connection, &progress, ui);
    connection.client.lift_deadline();
    if let Some(path) = &args.undo {
        if matches!(
            files::place(path)?,
            Place::File {
                is_empty: false,
                ..
            }
        ) {
            return Err(CliError::UndoExists { path: path.clone() }.into());
        }
        // In full and on the disk before anything is changed: a full disk is noticed now, and a run that breaks off leaves the
        // way back.
        let since = connection.client.server_time();
        let ahead = session::undo_ahead(plan, &planned.live, since).map_err(Failure::of)?;
        files::write(path, text_of(ahead, connection)?)?;
    }
    let journal = args.journal.as_deref();
    let journal = journal.map(|path| Journal::open(path, plan, ui.is_verbose()));
    let mut journal = journal.transpose()?;
    let server_time = || {
        connection
            .client
            .server_time()
            .unwrap_or_else(Timestamp::now)
    };
    let creates = plan.steps.iter().any(|step| step.change.creates());
    let applied = saved.filter(|_| creates);
    let applied = applied.map(|(path, file)| Applied::open(path, file, server_time()));
    let mut applied = applied.and_then(|applied| {
        let refused =
            |error| ui.remark(format_args!("{error}: if this run breaks off, plan again."));
        applied.map_err(refused).ok()
    });
    let started = ui.started;
    let broken = AtomicBool::new(false);
    let is_late = || args.deadline.is_some_and(|time| started.elapsed() >= time);
    let stop = || interrupt.is_asked() || broken.load(Ordering::Relaxed) || is_late();
    let options = ApplyOptions::new(connection.parallel)
        .executing(ExecuteOptions {
            fail_fast: args.fail_fast,
            stop: &stop,
            ..ExecuteOptions::new(connection.parallel)
        })
        .accepting(accepted.to_vec());
    let apply = session::apply(&connection.client, plan, options, |event| {
        if let Some(journal) = &mut journal {
            journal.note(event);
            broken.store(journal.is_broken(), Ordering::Relaxed);
        }
        if let Some(applied) = &mut applied
            && !applied.note(event, server_time())
        {
            broken.store(true, Ordering::Relaxed);
        }
        progress.show(event);
    });
    let outcome = connection.runtime.block_on(apply).map_err(Failure::of);
    progress.finish();
    if let (Err(_), Some(path)) = (&outcome, &args.undo) {
        // Nothing was done.
        files::take_away(path);
    }
    let outcome = outcome?;
    let ended = match connection.client.end() {
        Some(EndReason::NoAnswer) => Some(CliError::NoAnswer {
            server: connection.client.url().to_string(),
        }),
        _ if is_late() && outcome.is_untouched() => Some(CliError::TooLate),
        _ => None,
    };
    let sealed = applied.as_ref().is_some_and(Applied::is_sealed);
    let applied = applied.and_then(|applied| Some((applied.digest()?, sealed)));
    let journal = journal.map_or(Ok(()), Journal::close);
    let undo = args
        .undo
        .as_deref()
        .map(|path| save_undo(path, connection, planned, &outcome));
    Ok(Run {
        outcome,
        ended,
        interrupt,
        applied,
        undo: undo.transpose(),
        journal,
    })
}

/// From now on a signal ends the run, and not the program.
fn in_good_order(connection: &Connection, progress: &Progress, ui: &Ui) -> InGoodOrder {
    let say = progress.aside();
    let reader = Reader::clone(&connection.client);
    ui.interrupt.in_good_order(move |signal| match signal {
        Signal::Interrupt => say(
            "Finishing the calls that are under way, and starting no other. Once more to stop at once.",
        ),
        Signal::Terminate => {
            reader.stop_within(LAST_CALLS);
            say("Starting no other call. Those under way are given up after 3 s.");
        }
    })
}

impl Run {
    /// Whether its time was over before it began.
    pub(crate) fn is_too_late(&self) -> bool {
        matches!(self.ended, Some(CliError::TooLate))
    }

    /// Whether a signal ended it.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.interrupt.is_asked()
    }

    /// Says what became of the files that were asked for beside the run.
    pub(crate) fn close(self, ui: &mut Ui) -> Result<(), Failure> {
        if let Some(error) = self.ended {
            ui.fail(&error.into());
        }
        if let Some(command) = self.undo? {
            ui.remark(format_args!("To take back what was done: {command}"));
        }
        Ok(self.journal?)
    }
}

/// Writes the plan that takes back what was done, and says how to apply it.
fn save_undo(
    path: &Path,
    connection: &Connection,
    planned: &Planned,
    outcome: &Outcome,
) -> Result<String, Failure> {
    let Planned { plan, live } = planned;
    let undo = session::undo(&connection.client, plan, live, outcome);
    let undo = connection.runtime.block_on(undo).map_err(Failure::of)?;
    let text = text_of(undo.plan, connection)?;
    files::write(path, &text)?;
    Ok(apply_command(path, &text))
}

/// The document of an undo plan.
fn text_of(plan: Plan, connection: &Connection) -> Result<Vec<u8>, Failure> {
    let manifest = ManifestInfo {
        hash: String::new(),
        mode: Some(plan.mode),
    };
    let cost = connection.cost(&plan);
    let mut text = Vec::new();
    let file = PlanFile::new(plan, Source::Server, manifest, cost).unmeasured();
    json::plan(&file, &mut text).map_err(Failure::Output)?;
    Ok(text)
}
