//! `ufsync plan`

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;

use super::args::{Global, ManifestArgs, PolicyArgs};
use super::exit::{Exit, Failure};
use super::refusal::Refusal;
use super::render::{self, Format};
use super::session::{Intent, Reading, Session};
use super::start::start;
use super::ui::Ui;
use super::{files, load, snapshot};
use crate::model::{Desired, Live};
use crate::observe::{Need, Reach};
use crate::plan::file::{Made, PlanFile, Source, manifest_hash};
use crate::plan::{self, Plan, Policy, Rest};
use crate::report::human::Context;

/// How every saved plan starts.
const MARKER: &str = "{\n  \"document\": \"plan\"";

/// Show what an apply would change. Never writes to the server.
#[derive(Args, Debug)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    manifest: ManifestArgs,
    #[command(flatten)]
    policy: PolicyArgs,
    /// Save the plan, for `ufsync apply PLAN`. It holds personal data: only you can read the file.
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// For whom the plan is shown.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,
    /// Plan against what `ufsync export --snapshot` wrote, without a server or a key.
    #[arg(long, value_name = "SNAPSHOT", conflicts_with_all = ["sandbox", "api_key_file"])]
    live: Option<PathBuf>,
    /// Exit with 2 where there are changes, with 0 where there are none.
    #[arg(long)]
    detailed_exitcode: bool,
}

pub(super) fn run(args: &PlanArgs, global: &Global, ui: &mut Ui) -> Result<Exit, Failure> {
    let result = show(args, global, ui);
    render::failure(args.format, result, ui)
}

fn show(args: &PlanArgs, global: &Global, ui: &mut Ui) -> Result<Exit, Failure> {
    let policy = args.policy.policy();
    let planned = if let Some(path) = &args.live {
        let desired = load::manifest(&args.manifest, ui)?;
        snapshot::plan(path, desired, &policy, ui)?
    } else {
        let (desired, session) = start(&args.manifest, global, Intent::Read, ui)?;
        make(&session, desired, &policy)?
    };
    let plan = &planned.plan;
    render::plan(args.format, plan, || planned.file(), &planned.context, ui)?;
    if let Some(path) = &args.out {
        save(&planned.file(), path)?;
        ui.remark(format_args!(
            "Saved the plan. To carry it out: {}",
            apply_command(path, plan)
        ));
    }
    if !args.policy.standing(plan).is_empty() || !plan.suspects.is_empty() {
        return Ok(Exit::Guard);
    }
    Ok(if args.detailed_exitcode && !plan.steps.is_empty() {
        Exit::Changes
    } else {
        Exit::Done
    })
}

/// A plan, and how it came about.
pub(super) struct Planned {
    pub(super) plan: Plan,
    /// Stays until the process ends, as the manifest does.
    pub(super) live: &'static Live,
    pub(super) context: Context,
    pub(super) made: Made,
}

impl Planned {
    /// Compares a manifest with a live state.
    pub(super) fn new(
        desired: &Desired,
        reading: Reading,
        source: Source,
        policy: &Policy,
        cost: impl FnOnce(&Plan) -> plan::Cost,
    ) -> Result<Self, Failure> {
        let Reading {
            live,
            time,
            requests,
        } = reading;
        let live = &*Box::leak(Box::new(live));
        let plan = plan::diff(desired, live, policy).map_err(Failure::Plan)?;
        check_patterns(&plan)?;
        let cost = cost(&plan);
        Ok(Self {
            context: Context {
                read_time: time,
                requests,
                cost,
                now: Timestamp::now(),
            },
            made: Made {
                source,
                manifest_hash: manifest_hash(&desired.sources),
                manifest_mode: desired.mode.as_ref().map(|mode| mode.value),
                keep_holders: desired.guards.keep_holders.clone(),
                cost,
            },
            plan,
            live,
        })
    }

    /// The document of the plan.
    pub(super) fn file(&self) -> PlanFile {
        PlanFile::of(&self.plan, self.live, &self.made)
    }
}

/// Reads the live state and compares it with the manifest.
pub(super) fn make(
    session: &Session,
    desired: &Desired,
    policy: &Policy,
) -> Result<Planned, Failure> {
    let mut reading = session.read(&Need::of(desired))?;
    if reading.live.totals.is_some() {
        complete(&mut reading, session, desired, policy)?;
    }
    Planned::new(desired, reading, Source::Server, policy, |plan| {
        session.cost(plan)
    })
}

/// Adds what guards and warnings have to know of people whom the manifest does not name.
fn complete(
    reading: &mut Reading,
    session: &Session,
    desired: &Desired,
    policy: &Policy,
) -> Result<(), Failure> {
    // Conflicts are found, and reported, when the plan is made.
    let Ok(plan) = plan::diff(desired, &reading.live, policy) else {
        return Ok(());
    };
    let more = match plan::rest(&plan, &desired.guards, &reading.live) {
        Rest::Nothing => return Ok(()),
        Rest::Holders(roles) => session.with_holders(reading.live.clone(), &roles)?,
        Rest::Everything => {
            let need = Need {
                users: Reach::Everything,
                tenants: Reach::Everything,
                ..Need::of(desired)
            };
            session.read(&need)?
        }
    };
    *reading = Reading {
        live: more.live,
        time: reading.time + more.time,
        requests: reading.requests + more.requests,
    };
    Ok(())
}

/// A pattern that matches nothing is a slip of the pen: what it was meant to leave out would be done.
fn check_patterns(plan: &Plan) -> Result<(), Failure> {
    let unmatched = plan
        .selection
        .iter()
        .flat_map(|selected| &selected.unmatched);
    let Some((pattern, near)) = unmatched.into_iter().next() else {
        return Ok(());
    };
    let help = match near {
        Some(near) => format!("Did you mean `{near}`?"),
        None => "Addresses are those that the plan shows: tenants/acme, users/jane@example.com, users/jane@example.com/tenants/acme.".to_owned(),
    };
    Err(Failure::Usage(Box::new(Refusal::UnmatchedPattern {
        pattern: pattern.clone(),
        help,
    })))
}

/// The command that applies a saved plan as it is.
pub(super) fn apply_command(path: &Path, plan: &Plan) -> String {
    let lifted = plan.broken_guards.iter();
    let lifted = lifted.map(|guard| format!("--override-guard {}={}", guard.name, guard.count));
    let command = std::iter::once(format!("ufsync apply {}", path.display()));
    command.chain(lifted).collect::<Vec<_>>().join(" ")
}

fn save(file: &PlanFile, path: &Path) -> Result<(), Failure> {
    if files::may_replace(path, MARKER, false).is_err() {
        let path = path.to_owned();
        return Err(Refusal::PlanNotOverwritten { path }.into());
    }
    let mut text = Vec::new();
    crate::report::json::plan(file, &mut text).map_err(Failure::Output)?;
    Ok(files::write(path, &text)?)
}
