//! Carrying out a plan: with progress, a journal, signals, and a way back.
#![expect(clippy::disallowed_methods, reason = "a run may have a deadline")]

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use clap::Args;

use super::exit::Failure;
use super::interrupt::Interrupt;
use super::journal::Journal;
use super::plan::apply_command;
use super::progress::Progress;
use super::refusal::Refusal;
use super::session::Session;
use super::ui::Ui;
use super::{args, files};
use crate::api::ApiError;
use crate::apply::{self, Conduct, Outcome, StepOutcome};
use crate::model::Live;
use crate::plan::file::{Made, PlanFile, Source};
use crate::plan::{self, Done, Plan, Warning, WarningKind};
use crate::report::json;

/// How a plan is carried out.
#[derive(Args, Debug)]
pub(super) struct CarryOutArgs {
    /// Write a line of JSON before and after each call, and go on only once it is on the disk. Names and addresses are
    /// part of it with -v alone.
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Write a plan that takes back what was done, as far as it can be; it is applied like any saved plan.
    #[arg(long, value_name = "FILE")]
    undo: Option<PathBuf>,
    /// End the run at the first failure, instead of doing everything that does not depend on it.
    #[arg(long)]
    fail_fast: bool,
    /// Start no call after this time, as in 90s or 5m.
    #[arg(long, value_name = "TIME", value_parser = args::duration)]
    deadline: Option<Duration>,
}

/// How a run ended.
pub(super) struct Run {
    pub(super) outcome: Outcome,
    /// Whether a signal ended it.
    pub(super) interrupted: bool,
    /// The command that takes back what was done, where that was asked for.
    undo: Result<Option<String>, Failure>,
    journal: Result<(), Refusal>,
}

/// Carries out a plan that was made from this live state.
pub(super) fn run(
    args: &CarryOutArgs,
    session: &Session,
    plan: &Plan,
    live: &Live,
    ui: &mut Ui,
) -> Result<Run, Failure> {
    if let Some(path) = &args.undo {
        if path.exists() {
            return Err(Refusal::UndoExists { path: path.clone() }.into());
        }
        files::may_write(path)?;
    }
    let journal = args.journal.as_deref();
    let journal = journal.map(|path| Journal::open(path, plan, ui.is_verbose()));
    let mut journal = journal.transpose()?;
    let interrupt = Interrupt::listen(&session.runtime);
    let started = Instant::now();
    let deadline = args.deadline;
    let broken = AtomicBool::new(false);
    let stop = || {
        interrupt.is_asked()
            || broken.load(Ordering::Relaxed)
            || deadline.is_some_and(|deadline| started.elapsed() >= deadline)
    };
    let conduct = Conduct {
        parallel: session.parallel,
        fail_fast: args.fail_fast,
        stop: &stop,
    };
    let mut progress = Progress::new(plan.steps.len(), ui);
    let outcome =
        session
            .runtime
            .block_on(apply::execute(plan, &session.client, conduct, |event| {
                if let Some(journal) = &mut journal {
                    journal.note(event);
                    broken.store(journal.is_broken(), Ordering::Relaxed);
                }
                progress.show(event);
            }));
    progress.finish();
    let journal = journal.map_or(Ok(()), Journal::close);
    let undo = args
        .undo
        .as_deref()
        .map(|path| save_undo(path, session, plan, live, &outcome));
    Ok(Run {
        outcome,
        interrupted: interrupt.is_asked(),
        undo: undo.transpose(),
        journal,
    })
}

impl Run {
    /// Says what became of the files that were asked for beside the run.
    pub(super) fn close(self, ui: &mut Ui) -> Result<(), Failure> {
        if let Some(command) = self.undo? {
            ui.remark(format_args!("To take back what was done: {command}"));
        }
        Ok(self.journal?)
    }
}

/// Writes the plan that takes back what was done, and says how to apply it.
fn save_undo(
    path: &Path,
    session: &Session,
    plan: &Plan,
    live: &Live,
    outcome: &Outcome,
) -> Result<String, Failure> {
    let steps: Vec<bool> = outcome
        .steps
        .iter()
        .map(|step| *step == StepOutcome::Done)
        .collect();
    let done = Done {
        steps: &steps,
        users: &outcome.users,
        tenants: &outcome.tenants,
    };
    let (mut undo, after) = plan::undo(plan, live, done);
    // What may have been done without an answer can't be taken back blindly.
    let unknown = plan.steps.iter().zip(&outcome.steps);
    let unknown = unknown
        .filter(|(_, outcome)| matches!(outcome, StepOutcome::Failed(ApiError::AnswerLost { .. })));
    undo.warnings.extend(unknown.map(|(step, _)| Warning {
        kind: WarningKind::NotRestored,
        message: format!("{}: whether it was done is not known", step.address),
        place: None,
    }));
    let made = Made {
        source: Source::Server,
        manifest_hash: String::new(),
        manifest_mode: Some(plan.mode),
        keep_holders: None,
        cost: session.cost(&undo),
    };
    let mut text = Vec::new();
    json::plan(&PlanFile::of(&undo, &after, &made), &mut text).map_err(Failure::Output)?;
    files::write(path, &text)?;
    Ok(apply_command(path, &undo))
}
