//! `ufsync apply`

use clap::Args;

use super::args::{Global, ManifestArgs, PolicyArgs};
use super::exit::{Exit, Failure};
use super::load;
use super::plan::{PARALLEL, make};
use super::progress::Progress;
use super::refusal::Refusal;
use super::session::{Intent, Session};
use super::ui::Ui;
use crate::apply;
use crate::report::{self, human};

/// Plan, show the plan, ask, and carry it out.
#[derive(Args, Debug)]
pub(super) struct ApplyArgs {
    #[command(flatten)]
    manifest: ManifestArgs,
    #[command(flatten)]
    policy: PolicyArgs,
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
    let desired = load::manifest(&args.manifest, ui)?;
    let policy = args.policy.policy();
    let session = Session::open(global, Some(&desired), Intent::Write)?;
    let (plan, context) = make(&session, &desired, policy, args.parallel)?;
    ui.report(|out| human::plan(&plan, &context, out))?;
    if plan.steps.is_empty() {
        return Ok(Exit::Done);
    }
    let standing = args.policy.standing(&plan);
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
    if !args.yes && !session.is_sandbox() {
        if !Ui::is_interactive() {
            return Err(Failure::Usage(Box::new(Refusal::NeedsYes)));
        }
        let question = format!(
            "\nApply this to workspace {} ({})? [y/N] ",
            plan.workspace, plan.mode
        );
        if !ui.confirm(&question)? {
            ui.remark("Nothing was changed.");
            return Ok(Exit::Done);
        }
    }
    let mut progress = Progress::new(plan.steps.len(), ui);
    let outcome = session.runtime.block_on(apply::execute(
        &plan,
        &session.client,
        args.parallel,
        |event| progress.show(event),
    ));
    progress.finish();
    ui.report(|out| report::outcome(&plan, &outcome, out))?;
    if !outcome.is_complete() {
        return Ok(Exit::Partial);
    }
    if session.is_sandbox() {
        // The sandbox ends with this process, so that this is the one moment to see that nothing is left to do.
        let (plan, context) = make(&session, &desired, policy, args.parallel)?;
        ui.report(|out| {
            writeln!(out, "\nPlanning again:").and_then(|()| human::plan(&plan, &context, out))
        })?;
        return Ok(if plan.steps.is_empty() {
            Exit::Done
        } else {
            Exit::Error
        });
    }
    Ok(Exit::Done)
}
