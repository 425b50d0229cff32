//! `ufsync plan`

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use clap::Args;

use super::args::{ManifestArgs, PolicyArgs, ServerArgs};
use super::connection::Intent;
use super::exit::{Exit, Failure};
use super::planned::{apply_command, make};
use super::refusal::Refusal;
use super::render::{self, Format};
use super::start::start;
use super::ui::Ui;
use super::{files, load, snapshot};
use crate::model::digest;
use crate::plan::PlanFile;
use crate::report::human;
use crate::session;

/// How every saved plan starts.
const MARKER: &str = "{\n  \"document\": \"plan\"";

/// Show what an apply would change. Never writes to the server.
#[derive(Args, Debug)]
pub(super) struct PlanArgs {
    /// Files and folders of the manifest, as with --file.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    manifest: ManifestArgs,
    #[command(flatten)]
    policy: PolicyArgs,
    /// Save the plan, for `ufsync apply PLAN`; `-` is standard output. It holds personal data: only you can read the file.
    /// Its SHA-256 is printed, for `apply --sha256`.
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
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) fn run(args: &PlanArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let result = show(args, ui);
    render::failure(args.format, result, ui)
}

fn show(args: &PlanArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let policy = args.policy.policy();
    let manifest = args.manifest.with(&args.paths);
    let shown = if let Some(path) = &args.live {
        let desired = load::manifest(&manifest, ui)?;
        snapshot::plan(path, desired, &policy, ui)?
    } else {
        let (desired, connection) = start(&manifest, &args.server, Intent::Read, ui)?;
        make(&connection, desired, &policy)?
    };
    // It stays until the process ends, as the manifest does.
    let shown = ManuallyDrop::new(shown);
    let plan = &shown.planned.plan;
    let to_stdout = args.out.as_deref().is_some_and(files::is_stdout);
    if !to_stdout {
        render::plan(args.format, plan, || shown.file(), &shown.context, ui)?;
    } else if args.format == Format::Human {
        ui.note(|out| human::plan(plan, &shown.context, out))?;
    }
    if let Some(path) = &args.out {
        save(&shown.file(), path, ui)?;
    }
    if session::check(plan, &args.policy.accept).is_err() || !plan.blocked.is_empty() {
        return Ok(Exit::Guard);
    }
    Ok(if args.detailed_exitcode && !plan.steps.is_empty() {
        Exit::Changes
    } else {
        Exit::Done
    })
}

/// Saves a plan, and says what `sha256sum` says of the file.
fn save(file: &PlanFile, path: &Path, ui: &mut Ui) -> Result<(), Failure> {
    let mut text = Vec::new();
    crate::report::json::plan(file, &mut text).map_err(Failure::Output)?;
    if files::is_stdout(path) {
        return ui.result(|out| out.write_all(&text));
    }
    if let Err(refusal) = files::may_replace(path, MARKER, false) {
        let path = path.to_owned();
        return Err(match refusal {
            Refusal::NotOverwritten { .. } => Refusal::PlanNotOverwritten { path }.into(),
            refusal => refusal.into(),
        });
    }
    files::write(path, &text)?;
    ui.remark(format_args!(
        "Saved the plan. Its SHA-256:\n{}  {}",
        digest(&text),
        path.display()
    ));
    ui.remark(format_args!(
        "To carry it out: {}",
        apply_command(path, &text)
    ));
    Ok(())
}
