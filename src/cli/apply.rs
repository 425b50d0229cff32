//! `ufsync apply`

use std::path::PathBuf;

use clap::Args;

use super::args::{Global, ManifestArgs, PolicyArgs};
use super::carry_out::{CarryOutArgs, Run};
use super::exit::{Exit, Failure};
use super::plan::{Planned, make};
use super::refusal::Refusal;
use super::render::{self, Format};
use super::session::{Expected, Intent, Session};
use super::start::start;
use super::ui::Ui;
use super::{carry_out, rehearse, saved};
use crate::apply::Outcome;
use crate::model::{Desired, Live};
use crate::plan::Plan;
use crate::report::human;

/// Carry out a saved plan; or plan, show the plan, ask, and carry it out.
#[derive(Args, Debug)]
pub(super) struct ApplyArgs {
    /// A plan that `ufsync plan --out` saved. What it is about is read again first; nothing is done where that has
    /// changed. Without one, the manifest is planned now.
    #[arg(value_name = "PLAN", conflicts_with_all = ["manifest", "choice"])]
    plan: Option<PathBuf>,
    #[command(flatten)]
    manifest: ManifestArgs,
    #[command(flatten)]
    policy: PolicyArgs,
    /// For whom the outcome is shown; the plan is shown to a person on stderr where this is not `human`.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,
    /// Do not ask. Required where there is no terminal; a sandbox never asks.
    #[arg(short, long)]
    yes: bool,
    /// Carry the plan out in an emulator that holds the live state, and say whether nothing is left to do then. The
    /// server is only read.
    #[arg(long, conflicts_with_all = ["plan", "journal", "undo"])]
    rehearse: bool,
    #[command(flatten)]
    carry_out: CarryOutArgs,
}

pub(super) fn run(args: &ApplyArgs, global: &Global, ui: &mut Ui) -> Result<Exit, Failure> {
    if let Some(path) = &args.plan {
        let file = saved::read(path)?;
        let session = Session::open(global, &Expected::by_plan(&file), Intent::Write)?;
        let (plan, live, context) = saved::check(&file, &session, ui)?;
        let run = show_and_do(args, &session, &plan, &live, &context, ui)?;
        return run.map_or(Ok(Exit::Done), |run| end(run, ui));
    }
    let intent = if args.rehearse {
        Intent::Read
    } else {
        Intent::Write
    };
    let (desired, session) = start(&args.manifest, global, intent, ui)?;
    let policy = args.policy.policy();
    let Planned {
        plan,
        live,
        context,
        ..
    } = make(&session, desired, &policy)?;
    if args.rehearse {
        show(args, &plan, &context, ui)?;
        let exit = rehearse::run(&session, desired, &policy, &plan, live, ui)?;
        // The real run would be refused.
        check(args, &plan)?;
        return Ok(exit);
    }
    match show_and_do(args, &session, &plan, live, &context, ui)? {
        None => Ok(Exit::Done),
        Some(run) => match end(run, ui)? {
            Exit::Done if session.is_sandbox() => plan_again(args, &session, desired, ui),
            exit => Ok(exit),
        },
    }
}

/// How the program ends after a run; what else was asked for is told first.
fn end(run: Run, ui: &mut Ui) -> Result<Exit, Failure> {
    let exit = exit(&run);
    match (exit, run.close(ui)) {
        (Exit::Done, Err(failure)) => Err(failure),
        // That some steps were not done is the graver word.
        (exit, Err(failure)) => {
            ui.fail(&failure);
            Ok(exit)
        }
        (exit, Ok(())) => Ok(exit),
    }
}

fn exit(run: &Run) -> Exit {
    if run.interrupted {
        Exit::Interrupted
    } else if run.outcome.is_complete() {
        Exit::Done
    } else {
        Exit::Partial
    }
}

/// Shows the plan, makes sure that it may be carried out, and does so. Nothing where there was nothing to do, or where
/// the answer was no.
fn show_and_do(
    args: &ApplyArgs,
    session: &Session,
    plan: &Plan,
    live: &Live,
    context: &human::Context,
    ui: &mut Ui,
) -> Result<Option<Run>, Failure> {
    show(args, plan, context, ui)?;
    check(args, plan)?;
    if plan.steps.is_empty() {
        if args.format != Format::Human {
            render::outcome(args.format, plan, &Outcome::default(), ui)?;
        }
        return Ok(None);
    }
    if !args.yes && !session.is_sandbox() && !ask(plan, ui)? {
        ui.remark("Nothing was changed.");
        return Ok(None);
    }
    let run = carry_out::run(&args.carry_out, session, plan, live, ui)?;
    render::outcome(args.format, plan, &run.outcome, ui)?;
    Ok(Some(run))
}

fn show(
    args: &ApplyArgs,
    plan: &Plan,
    context: &human::Context,
    ui: &mut Ui,
) -> Result<(), Failure> {
    match args.format {
        Format::Human => ui.report(|out| human::plan(plan, context, out)),
        // Stdout is for the one document of the outcome.
        _ => ui.note(|out| human::plan(plan, context, out)),
    }
}

/// A plan that breaks a guard, or looks like a rename, is not carried out.
fn check(args: &ApplyArgs, plan: &Plan) -> Result<(), Failure> {
    let standing = args.policy.standing(plan);
    if !standing.is_empty() {
        let names: Vec<String> = standing
            .iter()
            .map(|guard| format!("{}={}", guard.name, guard.count))
            .collect();
        return Err(Failure::Guard(Box::new(Refusal::GuardBroken {
            names: names.join(", "),
        })));
    }
    if let Some(suspect) = plan.suspects.first() {
        let (removed, created) = (suspect.removed.to_string(), suspect.created.to_string());
        return Err(Failure::Guard(Box::new(Refusal::LikelyRename {
            removed,
            created,
        })));
    }
    Ok(())
}

fn ask(plan: &Plan, ui: &mut Ui) -> Result<bool, Failure> {
    if !Ui::is_interactive() {
        return Err(Failure::Usage(Box::new(Refusal::NeedsYes)));
    }
    let question = format!(
        "\nApply this to workspace {} ({})? [y/N] ",
        plan.workspace, plan.mode
    );
    ui.confirm(&question)
}

/// The sandbox ends with this process, so that this is the one moment to see that nothing is left to do.
fn plan_again(
    args: &ApplyArgs,
    session: &Session,
    desired: &Desired,
    ui: &mut Ui,
) -> Result<Exit, Failure> {
    let planned = make(session, desired, &args.policy.policy())?;
    let write = |out: &mut dyn std::io::Write| {
        writeln!(out, "\nPlanning again:")?;
        human::plan(&planned.plan, &planned.context, out)
    };
    match args.format {
        Format::Human => ui.report(write)?,
        _ => ui.note(write)?,
    }
    Ok(if planned.plan.steps.is_empty() {
        Exit::Done
    } else {
        Exit::Error
    })
}
