//! `ufsync apply`

use std::path::PathBuf;

use clap::Args;

use super::args::{Global, ManifestArgs, PolicyArgs};
use super::exit::{Exit, Failure};
use super::plan::{PARALLEL, make};
use super::progress::Progress;
use super::refusal::Refusal;
use super::render::{self, Format};
use super::session::{Expected, Intent, Session};
use super::ui::Ui;
use super::{load, saved};
use crate::apply::{self, Outcome};
use crate::model::Desired;
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
    /// How many calls may be in flight.
    #[arg(long, value_name = "N", default_value_t = PARALLEL, value_parser = parallel)]
    parallel: usize,
}

fn parallel(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number @ 1..=256) => Ok(number),
        _ => Err("a number from 1 to 256 is due".to_owned()),
    }
}

pub(super) fn run(args: &ApplyArgs, global: &Global, ui: &mut Ui) -> Result<Exit, Failure> {
    if let Some(path) = &args.plan {
        let file = saved::read(path)?;
        let session = Session::open(global, &Expected::by_plan(&file), Intent::Write)?;
        let (plan, context) = saved::check(&file, &session, args.parallel, ui)?;
        let outcome = show_and_do(args, &session, &plan, &context, ui)?;
        return Ok(outcome.map_or(Exit::Done, |outcome| exit(&outcome)));
    }
    let desired = load::manifest(&args.manifest, ui)?;
    let session = Session::open(global, &Expected::by_manifest(&desired), Intent::Write)?;
    let planned = make(&session, &desired, &args.policy.policy(), args.parallel)?;
    match show_and_do(args, &session, &planned.plan, &planned.context, ui)? {
        None => Ok(Exit::Done),
        Some(outcome) if outcome.is_complete() && session.is_sandbox() => {
            plan_again(args, &session, &desired, ui)
        }
        Some(outcome) => Ok(exit(&outcome)),
    }
}

fn exit(outcome: &Outcome) -> Exit {
    if outcome.is_complete() {
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
    context: &human::Context,
    ui: &mut Ui,
) -> Result<Option<Outcome>, Failure> {
    match args.format {
        Format::Human => ui.report(|out| human::plan(plan, context, out))?,
        // Stdout is for the one document of the outcome.
        _ => ui.note(|out| human::plan(plan, context, out))?,
    }
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
    let mut progress = Progress::new(plan.steps.len(), ui);
    let outcome = session.runtime.block_on(apply::execute(
        plan,
        &session.client,
        args.parallel,
        |event| progress.show(event),
    ));
    progress.finish();
    render::outcome(args.format, plan, &outcome, ui)?;
    Ok(Some(outcome))
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
    let planned = make(session, desired, &args.policy.policy(), args.parallel)?;
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
