//! `ufsync plan`

use clap::Args;
use jiff::Timestamp;

use super::args::{Global, ManifestArgs, PolicyArgs};
use super::exit::{Exit, Failure};
use super::load;
use super::session::{Intent, Reading, Session};
use super::ui::Ui;
use crate::model::Desired;
use crate::observe::Need;
use crate::plan::{self, Plan, Policy};
use crate::report::human::{self, Context};

/// How many calls are in flight unless told otherwise.
pub(super) const PARALLEL: usize = 16;

/// Show what an apply would change. Never writes to the server.
#[derive(Args, Debug)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    manifest: ManifestArgs,
    #[command(flatten)]
    policy: PolicyArgs,
    /// Exit with 2 where there are changes, with 0 where there are none.
    #[arg(long)]
    detailed_exitcode: bool,
}

pub(super) fn run(args: &PlanArgs, global: &Global, ui: &mut Ui) -> Result<Exit, Failure> {
    let desired = load::manifest(&args.manifest, ui)?;
    let session = Session::open(global, Some(&desired), Intent::Read)?;
    let (plan, context) = make(&session, &desired, args.policy.policy(), PARALLEL)?;
    ui.report(|out| human::plan(&plan, &context, out))?;
    if !args.policy.standing(&plan).is_empty() || !plan.suspects.is_empty() {
        return Ok(Exit::Guard);
    }
    Ok(if args.detailed_exitcode && !plan.steps.is_empty() {
        Exit::Changes
    } else {
        Exit::Done
    })
}

/// Reads the live state and compares it with the manifest.
pub(super) fn make(
    session: &Session,
    desired: &Desired,
    policy: Policy,
    parallel: usize,
) -> Result<(Plan, Context), Failure> {
    let Reading {
        live,
        time,
        requests,
    } = session.read(&Need::of(desired))?;
    let plan = plan::diff(desired, &live, policy).map_err(Failure::Plan)?;
    let cost = plan::cost(&plan, session.client.usage().mean(), parallel);
    Ok((
        plan,
        Context {
            read_time: time,
            requests,
            cost,
            now: Timestamp::now(),
        },
    ))
}
