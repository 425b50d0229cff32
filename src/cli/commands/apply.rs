//! `ufsync apply`

use std::path::{Path, PathBuf};

use clap::Args;

use crate::apply::Outcome;
use crate::cli::applied::Earlier;
use crate::cli::args::connection::{Connection, Expected, Intent};
use crate::cli::args::options::{ManifestArgs, PolicyArgs, ServerArgs};
use crate::cli::carry_out::{CarryOutArgs, Run};
use crate::cli::cli_error::CliError;
use crate::cli::exit::{Exit, Failure};
use crate::cli::planning::{PlanView, make};
use crate::cli::read_ahead::start;
use crate::cli::terminal::render;
use crate::cli::terminal::render::Format;
use crate::cli::terminal::ui::Ui;
use crate::cli::{applied, carry_out, plan_file, rehearse};
use crate::files;
use crate::model::Desired;
use crate::plan::{Plan, PlanFile, same_steps};
use crate::report::human;
use crate::session;
use crate::session::{Planned, RecheckMode};

/// Carry out a saved plan; or plan, show the plan, ask, and carry it out.
#[derive(Args, Debug)]
pub(crate) struct ApplyArgs {
    /// A plan that `ufsync plan --out` saved. What it is about is read again first; nothing is done where that has
    /// changed. Without one, the manifest is planned now.
    #[arg(value_name = "PLAN", conflicts_with_all = ["manifest", "choice"])]
    plan: Option<PathBuf>,
    /// Carry the saved plan out only if the file has this SHA-256, which `plan --out` prints. Then the limits of its manifest
    /// hold; without it, they can only be tighter than the built-in ones.
    #[arg(long, value_name = "HEX", requires = "plan", value_parser = plan_file::sha256)]
    sha256: Option<String>,
    /// Go on with a plan that was applied in part, by what PLAN.applied says that it created, only if that file has this
    /// SHA-256, which the earlier run prints. Required with --sha256, and for a file that runs on another machine wrote.
    #[arg(long, value_name = "HEX", requires = "plan", value_parser = plan_file::sha256)]
    applied_sha256: Option<String>,
    #[command(flatten)]
    manifest: ManifestArgs,
    #[command(flatten)]
    policy: PolicyArgs,
    /// Output format of the outcome. Unless it is `human`, the plan is shown on stderr.
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
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) fn run(args: &ApplyArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let server = &ServerArgs {
        deadline: args.carry_out.deadline.map(|time| ui.started + time),
        ..args.server.clone()
    };
    if let Some(path) = &args.plan {
        let file = plan_file::read(path, args.sha256.as_deref())?;
        let trust = RecheckMode {
            digest: args.sha256.is_some(),
            no_renames: args.policy.no_rename_check,
        };
        let connection = Connection::open(
            server,
            &Expected::by_plan(&file, &args.manifest),
            Intent::Write,
        )?;
        let earlier = earlier(args, path, &file, ui)?;
        let (planned, context) = plan_file::check(&file, trust, &earlier, &connection, ui)?;
        let again = |ui: &mut Ui| {
            let (planned, _) = plan_file::check(&file, trust, &earlier, &connection, ui)?;
            Ok(planned)
        };
        let applied = Some((path.as_path(), &file));
        let exit = if_nothing_to_do(&planned.plan);
        let planned = show_and_ask(args, &connection, planned, &context, again, ui)?;
        let Some(planned) = planned else {
            return Ok(exit);
        };
        let run = do_it(args, &connection, &planned, applied, ui)?;
        return end(run, &planned.plan, ui);
    }
    let intent = if args.rehearse {
        Intent::Read
    } else {
        Intent::Write
    };
    let (desired, connection) = start(&args.manifest, server, intent, ui)?;
    let PlanView {
        planned, context, ..
    } = make(&connection, desired, &args.policy.policy())?;
    if args.rehearse {
        render::for_people(args.format, "", &planned.plan, &context, ui)?;
        // The real run would be refused.
        check(args, &planned.plan)?;
        return rehearse::run(&connection, desired, &args.policy, &planned, ui);
    }
    let again = |_: &mut Ui| {
        let again = make(&connection, desired, &args.policy.policy())?;
        Ok(again.planned)
    };
    let exit = if_nothing_to_do(&planned.plan);
    let Some(planned) = show_and_ask(args, &connection, planned, &context, again, ui)? else {
        return Ok(exit);
    };
    let run = do_it(args, &connection, &planned, None, ui)?;
    match end(run, &planned.plan, ui)? {
        Exit::Done if connection.is_sandbox() => plan_again(args, &connection, desired, ui),
        exit => Ok(exit),
    }
}

/// What earlier runs of a saved plan made.
fn earlier(
    args: &ApplyArgs,
    path: &Path,
    file: &PlanFile,
    ui: &mut Ui,
) -> Result<Earlier, Failure> {
    if args.sha256.is_some() && args.applied_sha256.is_none() {
        if let Some(beside) = applied::found(path)? {
            ui.remark(format_args!(
                "{} is not read: with --sha256 it has to be named by --applied-sha256.",
                beside.display()
            ));
        }
        return Ok(Earlier::default());
    }
    applied::read(path, file, args.applied_sha256.as_deref())
}

/// How the program ends after a run; what else was asked for is told first.
fn end(run: Run, plan: &Plan, ui: &mut Ui) -> Result<Exit, Failure> {
    let exit = exit(&run, plan);
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

fn exit(run: &Run, plan: &Plan) -> Exit {
    if run.is_interrupted() {
        Exit::Interrupted
    } else if run.is_too_late() {
        Exit::Error
    } else if run.outcome.is_complete() {
        if_nothing_to_do(plan)
    } else {
        Exit::Partial
    }
}

/// How the program ends where no step is left: what is blocked is not done.
fn if_nothing_to_do(plan: &Plan) -> Exit {
    let all_held_back = || plan.blocked.iter().all(|blocked| blocked.held_back);
    if plan.blocked.is_empty() {
        Exit::Done
    } else if plan.steps.is_empty() && all_held_back() {
        Exit::Guard
    } else {
        Exit::Partial
    }
}

/// Shows the plan, makes sure that it may be carried out, and asks. Nothing where there is nothing to do. Whoever is asked may
/// take long to answer: then it is planned `again`, and what was shown has to be what is done.
fn show_and_ask(
    args: &ApplyArgs,
    connection: &Connection,
    planned: Planned,
    context: &human::Context,
    again: impl FnOnce(&mut Ui) -> Result<Planned, Failure>,
    ui: &mut Ui,
) -> Result<Option<Planned>, Failure> {
    let plan = &planned.plan;
    render::for_people(args.format, "", plan, context, ui)?;
    check(args, plan)?;
    if plan.steps.is_empty() {
        if args.format != Format::Human {
            render::outcome(args.format, plan, &Outcome::default(), ui)?;
        }
        return Ok(None);
    }
    if args.yes || connection.is_sandbox() {
        return Ok(Some(planned));
    }
    if !ask(plan, ui)? {
        return Err(Failure::Declined);
    }
    let now = again(ui)?;
    if !same_steps(&now.plan.steps, &plan.steps) {
        return Err(Failure::Stale(Box::new(CliError::ChangedMeanwhile)));
    }
    check(args, &now.plan)?;
    Ok(Some(now))
}

/// Carries the plan out, and says how that ended.
fn do_it(
    args: &ApplyArgs,
    connection: &Connection,
    planned: &Planned,
    saved: Option<(&Path, &PlanFile)>,
    ui: &mut Ui,
) -> Result<Run, Failure> {
    let run = carry_out::run(
        &args.carry_out,
        connection,
        planned,
        &args.policy.accept,
        saved,
        ui,
    )?;
    render::outcome(args.format, &planned.plan, &run.outcome, ui)?;
    if let (Some((digest, is_sealed)), Some((path, _)), false) =
        (&run.applied, saved, run.outcome.is_complete())
    {
        let sha256 = args.sha256.as_ref();
        let named = sha256.map(|sha256| format!(" --sha256 {sha256}"));
        let needs_digest = named.is_some() || !is_sealed;
        let applied = needs_digest.then(|| format!(" --applied-sha256 {digest}"));
        ui.remark(format_args!(
            "To go on with this plan: ufsync apply {}{}{}",
            files::quoted(path),
            named.unwrap_or_default(),
            applied.unwrap_or_default()
        ));
    }
    Ok(run)
}

fn check(args: &ApplyArgs, plan: &Plan) -> Result<(), Failure> {
    session::check(plan, &args.policy.accept).map_err(Failure::of)
}

fn ask(plan: &Plan, ui: &mut Ui) -> Result<bool, Failure> {
    if !Ui::is_interactive() {
        return Err(Failure::Usage(Box::new(CliError::NeedsYes)));
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
    connection: &Connection,
    desired: &Desired,
    ui: &mut Ui,
) -> Result<Exit, Failure> {
    let again = make(connection, desired, &args.policy.policy())?;
    let plan = &again.planned.plan;
    let head = "\nPlanning again:\n";
    render::for_people(args.format, head, plan, &again.context, ui)?;
    Ok(if plan.steps.is_empty() && plan.blocked.is_empty() {
        Exit::Done
    } else {
        Exit::Error
    })
}
