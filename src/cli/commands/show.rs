//! `ufsync show`

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::Timestamp;

use crate::access::Filter;
use crate::cli::cli_error::CliError;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::render;
use crate::cli::terminal::render::Format;
use crate::cli::terminal::ui::Ui;
use crate::export::snapshot;
use crate::files;
use crate::model::{Desired, document};
use crate::plan::{Cost, PlanFile};
use crate::report;
use crate::report::Report;
use crate::report::human::Context;
use crate::report::{access, count, github, json, markdown};
use crate::session;

/// The mark that some programs write at the start of a text.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// Show a saved plan, a snapshot or the report of an apply, in any format. Needs no server.
///
/// A plan is shown as `ufsync plan` showed it, a snapshot by who has which roles.
#[derive(Args, Debug)]
pub(crate) struct ShowArgs {
    /// What `plan --out`, `export --snapshot` or `apply --format json` wrote; `-` for standard input.
    file: PathBuf,
    /// Output format.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,
    /// Few lines of a plan: by tenant, with equal changes as one.
    #[arg(long)]
    summary: bool,
}

pub(crate) fn run(args: &ShowArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let result = show(args, ui);
    render::failure(args.format, result, ui)
}

fn show(args: &ShowArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let text = files::read_document(&args.file)?;
    // PowerShell begins what it redirects with a mark.
    let text = text.strip_prefix(BOM).unwrap_or(&text);
    let unknown = |reason: String| CliError::NothingToShow {
        path: args.file.clone(),
        reason,
    };
    let kind = document::kind(text).map_err(|error| unknown(error.to_string()))?;
    let kind = kind.ok_or_else(|| unknown("it has no `document`".to_owned()))?;
    match kind.as_str() {
        "plan" => plan(text, args, ui)?,
        "snapshot" => snapshot(text, args, ui)?,
        "report" => {
            let read = Report::read(text);
            let read = read.map_err(|error| unknown(error.to_string()))?;
            report(&read, args.format, ui)?;
        }
        other => {
            return Err(unknown(format!("its `document` is `{other}`")).into());
        }
    }
    Ok(Exit::Done)
}

fn plan(text: &[u8], args: &ShowArgs, ui: &mut Ui) -> Result<(), Failure> {
    let file = PlanFile::read(text)?;
    let cost = Cost {
        calls: file.cost.calls,
        time: Duration::try_from_secs_f64(file.cost.seconds).unwrap_or_default(),
    };
    let mut context = Context::new(None, cost, Timestamp::now());
    context.folds = args.summary;
    render::plan(args.format, &file.plan, || file.clone(), &context, ui)
}

fn snapshot(text: &[u8], args: &ShowArgs, ui: &mut Ui) -> Result<(), Failure> {
    let snapshot = snapshot::read(text)?;
    if args.format == Format::Json {
        return ui.document(|out| json::document(&snapshot, out));
    }
    let (users, tenants) = snapshot.size();
    let redacted = if snapshot.redacted {
        ", without personal data"
    } else {
        ""
    };
    let head = format!(
        "snapshot of workspace {} ({}){redacted} · {}, {}",
        snapshot.workspace,
        snapshot.mode,
        count(users, "user"),
        count(tenants, "tenant")
    );
    let live = snapshot.live(&Desired::default());
    let grants = session::access(None, &live, &Filter::default())?;
    if args.format == Format::Human {
        return ui.report(|out| {
            writeln!(out, "{head}\n")?;
            access::table(&grants, out)
        });
    }
    render::page(args.format, ui, |out| {
        markdown::fenced(&head, out)?;
        writeln!(out)?;
        access::markdown(&grants, out)
    })
}

fn report(report: &Report, format: Format, ui: &mut Ui) -> Result<(), Failure> {
    match format {
        Format::Human => ui.report(|out| report::report(report, out)),
        Format::Json => ui.document(|out| json::document(report, out)),
        Format::Markdown => render::page(format, ui, |out| markdown::outcome(report, out)),
        Format::Github => {
            ui.commands(|out| github::outcome(report, out))?;
            render::page(format, ui, |out| markdown::outcome(report, out))
        }
    }
}
