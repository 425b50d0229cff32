//! The forms in which plans and outcomes are shown.
#![expect(
    clippy::disallowed_methods,
    reason = "the summary of a workflow is a file that the environment names"
)]

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::PathBuf;

use clap::ValueEnum;

use crate::apply::Outcome;
use crate::cli::exit::Failure;
use crate::cli::terminal::columns::columns;
use crate::cli::terminal::ui::Ui;
use crate::files::FileError;
use crate::plan::{Plan, PlanFile};
use crate::report;
use crate::report::human;
use crate::report::human::Context;
use crate::report::{Report, clean, github, json, markdown, without_keys};

/// Where GitHub Actions takes the summary of a step from.
const SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// An output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a person at a terminal.
    #[default]
    Human,
    /// One JSON document; `ufsync schema plan` and `ufsync schema report` describe it.
    Json,
    /// For a comment on a pull request.
    Markdown,
    /// Annotations of a workflow of GitHub Actions, and its step summary.
    Github,
}

pub(crate) fn plan(
    format: Format,
    plan: &Plan,
    file: impl FnOnce() -> PlanFile,
    context: &Context,
    ui: &mut Ui,
) -> Result<(), Failure> {
    match format {
        Format::Human => for_people(format, "", plan, context, ui),
        Format::Json => ui.document(|out| json::plan(&file(), out)),
        Format::Markdown => ui.document(|out| markdown::plan(plan, context, out)),
        Format::Github => {
            summary(|out| markdown::plan(plan, context, out))?;
            ui.commands(|out| github::plan(plan, context, out))
        }
    }
}

/// Where people read: on stdout, or on stderr where stdout is for one document of another form.
#[derive(Clone, Copy)]
pub(crate) enum Place {
    Stdout,
    Stderr,
}

impl From<Format> for Place {
    fn from(format: Format) -> Self {
        match format {
            Format::Human => Self::Stdout,
            _ => Self::Stderr,
        }
    }
}

/// Shows a plan to people, under a head.
pub(crate) fn for_people(
    place: impl Into<Place>,
    head: &str,
    plan: &Plan,
    context: &Context,
    ui: &mut Ui,
) -> Result<(), Failure> {
    let place = place.into();
    let columns = match place {
        Place::Stdout => columns(&std::io::stdout()),
        Place::Stderr => columns(&std::io::stderr()),
    };
    let context = Context {
        columns,
        ..*context
    };
    let write = |out: &mut dyn std::io::Write| {
        out.write_all(head.as_bytes())?;
        human::plan(plan, &context, out)
    };
    match place {
        Place::Stdout => ui.report(write),
        Place::Stderr => ui.note(write),
    }
}

/// Writes a document of what is wrong, where a document is wanted and none was written. Annotates the lines of a manifest
/// that is wrong, where annotations are wanted; the failure itself is shown to people in any case.
pub(crate) fn failure<T>(
    format: Format,
    result: Result<T, Failure>,
    ui: &mut Ui,
) -> Result<T, Failure> {
    if let (Format::Json, Err(failure), false) = (format, &result, ui.has_result) {
        match failure {
            Failure::Manifest(findings) => {
                ui.document(|out| report::findings_json(findings, out))?;
            }
            Failure::Plan(findings) => ui.document(|out| report::findings_json(findings, out))?,
            Failure::Table(findings) => ui.document(|out| report::findings_json(findings, out))?,
            Failure::Other(error) | Failure::Guard(error) | Failure::Stale(error) => {
                ui.document(|out| report::error_json(&**error, out))?;
            }
            Failure::Usage(_) | Failure::Declined | Failure::Output(_) => {}
        }
    }
    if let (Format::Github, Err(failure)) = (format, &result) {
        match failure {
            Failure::Manifest(findings) => ui.commands(|out| github::findings(findings, out))?,
            Failure::Plan(findings) => ui.commands(|out| github::findings(findings, out))?,
            Failure::Table(findings) => ui.commands(|out| github::findings(findings, out))?,
            _ => {}
        }
    }
    result
}

/// Shows how an apply ended.
pub(crate) fn outcome(
    format: Format,
    plan: &Plan,
    outcome: &Outcome,
    ui: &mut Ui,
) -> Result<(), Failure> {
    let report = Report::of(plan, outcome);
    match format {
        Format::Human => ui.report(|out| report::outcome(&report, out)),
        Format::Json => ui.document(|out| json::document(&report, out)),
        Format::Markdown => ui.document(|out| markdown::outcome(&report, out)),
        Format::Github => {
            summary(|out| markdown::outcome(&report, out))?;
            ui.commands(|out| github::outcome(&report, out))
        }
    }
}

/// Shows what has no annotations: a page for a comment, or for the step's summary.
pub(crate) fn page(
    format: Format,
    ui: &mut Ui,
    write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>,
) -> Result<(), Failure> {
    if format == Format::Github {
        return summary(write);
    }
    ui.document(write)
}

/// Adds to the summary of the workflow's step, where there is one.
fn summary(
    write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>,
) -> Result<(), Failure> {
    let Some(path) = std::env::var_os(SUMMARY).filter(|path| !path.is_empty()) else {
        return Ok(());
    };
    let path = PathBuf::from(path);
    let mut text = Vec::new();
    write(&mut text).map_err(Failure::Output)?;
    let text = String::from_utf8_lossy(&text);
    let file = OpenOptions::new().create(true).append(true).open(&path);
    let text = without_keys(&text);
    file.and_then(|mut file| file.write_all(clean(&text).as_bytes()))
        .map_err(|error| FileError::Unwritable { path, error })?;
    Ok(())
}
