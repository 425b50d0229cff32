//! `ufsync access`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::{Timestamp, Unit};

use crate::access::{AccessDocument, Filter};
use crate::cli::args::complete;
use crate::cli::args::connection::{Connection, Expected, Intent};
use crate::cli::args::options::{ManifestArgs, ServerArgs, patterns};
use crate::cli::args::{load, snapshot};
use crate::cli::blame;
use crate::cli::exit::{Exit, Failure};
use crate::cli::left_out;
use crate::cli::terminal::ui::Ui;
use crate::files;
use crate::git::Repository;
use crate::model::{Desired, Live, SourceId};
use crate::report;
use crate::session;

/// Say who has which roles where, and why: from the workspace, with what the manifest says of it.
///
/// Without a manifest it works on the workspace alone. Users and tenants that the manifest does not mention are there too, and roles
/// that count below a tenant because they are held there.
#[derive(Args, Debug)]
pub(crate) struct AccessArgs {
    /// Files and folders of the manifest, as with --file.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    manifest: ManifestArgs,
    /// Only this role; may be repeated.
    #[arg(long, value_name = "ROLE", add = complete::roles())]
    role: Vec<String>,
    /// Only in this tenant, by handle, id or name, or in `workspace`; may be repeated.
    #[arg(long, value_name = "TENANT", add = complete::tenants())]
    tenant: Vec<String>,
    /// Only users with these addresses; may be repeated.
    #[arg(long, value_name = "GLOB", add = complete::users())]
    user: Vec<String>,
    /// Also what is written and not held yet.
    #[arg(long)]
    pending: bool,
    /// Output format.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: Format,
    /// Where to write; standard output where left out.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Say since when each grant is written, and who wrote it, from `git blame`.
    #[arg(long)]
    since_git: bool,
    /// Also what was granted, revoked and changed since a snapshot was taken.
    #[arg(long, value_name = "SNAPSHOT")]
    compare: Option<PathBuf>,
    /// Read what `ufsync export --snapshot` wrote, without a server or a key.
    #[arg(long, value_name = "SNAPSHOT", conflicts_with_all = ["sandbox", "api_key_file"])]
    live: Option<PathBuf>,
    /// Do not read a manifest, even where there is one.
    #[arg(long, conflicts_with_all = ["paths", "files", "overlay", "pending", "since_git"])]
    no_manifest: bool,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a person at a terminal.
    #[default]
    Table,
    /// Comma-separated values, for a spreadsheet.
    Csv,
    /// One JSON document; `ufsync schema access` describes it.
    Json,
    /// For a comment on a pull request.
    Markdown,
    /// A page that works without a network: search, filters, counts, and a form for print.
    Html,
}

impl Format {
    /// What every report of the form begins with: another file is not written over.
    fn marker(self) -> &'static str {
        match self {
            Self::Table => "USER",
            Self::Csv => "user,name,scope,",
            Self::Json => "{\n  \"document\": \"access\"",
            Self::Markdown => "### Access: ",
            Self::Html => "<!doctype html>\n<html lang=\"en\" data-made-by=\"ufsync\">",
        }
    }
}

pub(crate) fn run(args: &AccessArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let desired = desired(args, ui)?;
    let empty = Desired::default();
    let live = live(args, desired.unwrap_or(&empty))?;
    let filter = filter(args)?;
    let mut grants = session::access(desired, &live, &filter)?;
    if args.since_git {
        blame::note(&mut grants)?;
    }
    let difference = match &args.compare {
        None => None,
        Some(path) => {
            let before = snapshot::live(path, desired.unwrap_or(&empty))?;
            Some(session::access_since(&before, desired, &grants, &filter))
        }
    };
    let time = Timestamp::now().round(Unit::Second).unwrap_or_default();
    let mut document = AccessDocument::new(
        live.workspace.clone(),
        live.mode,
        time.to_string(),
        grants,
        difference,
    );
    if let Some(source) = desired.and_then(|desired| desired.sources.get(SourceId(0))) {
        let repository = Repository::beside(&source.name);
        document.commit = repository.head();
        document.made_by = document
            .commit
            .as_ref()
            .and_then(|_| repository.user_name());
    }
    write(args, &document, ui)?;
    Ok(if left_out::tell(&live, ui) {
        Exit::Partial
    } else {
        Exit::Done
    })
}

/// The manifest; none where none is given and none is at the usual place.
fn desired(args: &AccessArgs, ui: &mut Ui) -> Result<Option<&'static Desired>, Failure> {
    let given = args.manifest.with(&args.paths);
    if args.no_manifest || given.files.is_empty() && !files::exists() {
        return Ok(None);
    }
    load::manifest(&given, ui).map(Some)
}

fn live(args: &AccessArgs, desired: &Desired) -> Result<Live, Failure> {
    if let Some(path) = &args.live {
        return snapshot::live(path, desired);
    }
    let expected = Expected::by_manifest(desired, &args.manifest);
    Connection::open(&args.server, &expected, Intent::Read)?.everything(None)
}

fn filter(args: &AccessArgs) -> Result<Filter, Failure> {
    Ok(Filter {
        roles: args.role.iter().cloned().collect(),
        tenants: args.tenant.iter().cloned().collect(),
        users: patterns(&args.user)?,
        pending: args.pending,
    })
}

fn write(args: &AccessArgs, document: &AccessDocument, ui: &mut Ui) -> Result<(), Failure> {
    let mut text = Vec::new();
    let out = &mut text;
    let rows = &document.grants;
    match args.format {
        Format::Table => report::access::table(rows, out),
        Format::Csv => report::access::csv(rows, out),
        Format::Json => report::json::document(document, out),
        Format::Markdown => report::access::markdown(rows, out),
        Format::Html => report::access_html::page(document, out),
    }
    .map_err(Failure::Output)?;
    if let Some(difference) = &document.difference {
        match args.format {
            Format::Table => report::access::difference(difference, &mut text),
            Format::Markdown => report::access::difference_markdown(difference, &mut text),
            Format::Csv | Format::Json | Format::Html => Ok(()),
        }
        .map_err(Failure::Output)?;
    }
    let Some(path) = args.output.as_ref().filter(|path| !files::is_stdout(path)) else {
        return ui.report(|out| out.write_all(&text));
    };
    files::may_replace(path, args.format.marker(), false)?;
    files::write(path, &text)?;
    ui.remark(format_args!("Wrote {}.", path.display()));
    Ok(())
}
