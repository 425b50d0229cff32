//! `ufsync plan`

use std::path::{Path, PathBuf};

use clap::Args;

use super::args::{Global, ManifestArgs, PolicyArgs};
use super::connection::Intent;
use super::exit::{Exit, Failure};
use super::planned::{apply_command, make};
use super::refusal::Refusal;
use super::render::{self, Format};
use super::start::start;
use super::ui::Ui;
use super::{files, load, snapshot};
use crate::plan::PlanFile;
use crate::session;

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
    /// Output format.
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
    let shown = if let Some(path) = &args.live {
        let desired = load::manifest(&args.manifest, ui)?;
        snapshot::plan(path, desired, &policy, ui)?
    } else {
        let (desired, connection) = start(&args.manifest, global, Intent::Read, ui)?;
        make(&connection, desired, &policy)?
    };
    let plan = &shown.planned.plan;
    render::plan(args.format, plan, || shown.file(), &shown.context, ui)?;
    if let Some(path) = &args.out {
        save(&shown.file(), path)?;
        ui.remark(format_args!(
            "Saved the plan. To carry it out: {}",
            apply_command(path)
        ));
    }
    if session::check(plan, &args.policy.accept).is_err() {
        return Ok(Exit::Guard);
    }
    Ok(if args.detailed_exitcode && !plan.steps.is_empty() {
        Exit::Changes
    } else {
        Exit::Done
    })
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
