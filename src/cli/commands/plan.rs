//! `ufsync plan`

use std::mem::ManuallyDrop;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::cli::args::connection::Intent;
use crate::cli::args::options::{ManifestArgs, PolicyArgs, ServerArgs};
use crate::cli::args::{load, snapshot};
use crate::cli::base_manifest;
use crate::cli::base_manifest::Base;
use crate::cli::cli_error::CliError;
use crate::cli::exit::{Exit, Failure};
use crate::cli::planning::{PlanView, apply_command, make, make_of_everything};
use crate::cli::read_ahead::start;
use crate::cli::terminal::render;
use crate::cli::terminal::render::{Format, Place};
use crate::cli::terminal::ui::Ui;
use crate::files;
use crate::files::FileError;
use crate::model::digest;
use crate::plan::{PlanFile, Policy, mark_drift};
use crate::session;

/// How every saved plan starts.
const MARKER: &str = "{\n  \"document\": \"plan\"";

/// Show what an apply would change. Never writes to the server.
#[derive(Args, Debug)]
pub(crate) struct PlanArgs {
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
    /// The manifest before this change: files or a folder, or `git:REF`. What its plan has as well is marked as drift: it was
    /// changed by hand.
    #[arg(long, value_name = "PATH|git:REF", value_parser = base_manifest::parse)]
    base: Option<Base>,
    /// Few lines: by tenant, with equal changes as one.
    #[arg(long)]
    summary: bool,
    /// List the users, tenants and roles that the manifest does not mention. Reads everything.
    #[arg(long)]
    unmanaged: bool,
    /// Show only what this change does, or only drift.
    #[arg(
        long,
        value_enum,
        value_name = "WHICH",
        requires = "base",
        conflicts_with = "out"
    )]
    only: Option<Only>,
    /// Exit with 2 where there are changes, with 0 where there are none.
    #[arg(long)]
    detailed_exitcode: bool,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Only {
    /// What this change does
    Change,
    /// What the manifest before asks for as well
    Drift,
}

/// Marks what the plan of the manifest before has as well. Both are made from one reading.
fn mark(
    args: &PlanArgs,
    manifest: &ManifestArgs,
    policy: &Policy,
    shown: &mut PlanView,
    ui: &mut Ui,
) -> Result<(), Failure> {
    let Some(before) = &args.base else {
        return Ok(());
    };
    let plan = &mut shown.planned.plan;
    if let Some(before) = base_manifest::load(before, manifest, ui)? {
        let before = session::compare(before, &shown.planned.live, policy).map_err(Failure::of)?;
        mark_drift(plan, &before);
    }
    match args.only {
        None => {}
        Some(Only::Change) => plan.steps.retain(|step| !step.is_drift()),
        Some(Only::Drift) => plan.steps.retain(|step| !step.drift.is_empty()),
    }
    Ok(())
}

pub(crate) fn run(args: &PlanArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let result = show(args, ui);
    render::failure(args.format, result, ui)
}

fn show(args: &PlanArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let mut policy = args.policy.policy();
    policy.list_unmanaged = args.unmanaged;
    let manifest = args.manifest.with(&args.paths);
    let mut shown = if let Some(path) = &args.live {
        let desired = load::manifest(&manifest, ui)?;
        snapshot::plan(path, desired, &policy, ui)?
    } else {
        let (desired, connection) = start(&manifest, &args.server, Intent::Read, ui)?;
        if args.base.is_some() || args.unmanaged {
            make_of_everything(&connection, desired, &policy)?
        } else {
            make(&connection, desired, &policy)?
        }
    };
    mark(args, &manifest, &policy, &mut shown, ui)?;
    shown.context.folds = args.summary;
    // It stays until the process ends, as the manifest does.
    let shown = ManuallyDrop::new(shown);
    let plan = &shown.planned.plan;
    let to_stdout = args.out.as_deref().is_some_and(files::is_stdout);
    if !to_stdout {
        render::plan(args.format, plan, || shown.file(), &shown.context, ui)?;
    } else if args.format == Format::Human {
        // Stdout is for the plan as a file.
        render::for_people(Place::Stderr, "", plan, &shown.context, ui)?;
    }
    if let Some(path) = &args.out {
        save(&shown.file(), path, ui)?;
    }
    let is_stopped = session::check(plan, &args.policy.accept).is_err();
    let is_held_back = plan.blocked.iter().any(|blocked| blocked.held_back);
    Ok(if is_stopped || is_held_back {
        Exit::Guard
    } else if !plan.blocked.is_empty() {
        Exit::Blocked
    } else if args.detailed_exitcode && !plan.steps.is_empty() {
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
            FileError::NotOverwritten { .. } => CliError::PlanNotOverwritten { path }.into(),
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
