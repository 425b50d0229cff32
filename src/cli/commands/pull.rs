//! `ufsync pull`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::args::complete;
use crate::cli::args::connection::{Connection, Expected, Intent};
use crate::cli::args::options::{ManifestArgs, ServerArgs, pattern};
use crate::cli::args::{load, snapshot};
use crate::cli::cli_error::CliError;
use crate::cli::exit::{Exit, Failure};
use crate::cli::left_out;
use crate::cli::terminal::ui::Ui;
use crate::cli::text_diff;
use crate::files;
use crate::manifest;
use crate::manifest::Input;
use crate::manifest::edit::Rewrite;
use crate::model::{Desired, Live};
use crate::plan::{Address, Pattern, Selection};
use crate::pull::{Gone, NotPulled, PullDocument};
use crate::report;
use crate::report::{count, safe};
use crate::session::{Pull, PullOptions, SessionError};

/// Take live changes into the manifest, and leave everything else in its files as it is.
///
/// It shows the difference and asks. What can't be written at its place is named, with the reason: a role that a group grants, a
/// value from a variable, an alias or an overlay, an address that was changed, what no entry mentions.
#[derive(Args, Debug)]
pub(crate) struct PullArgs {
    /// Files and folders of the manifest, as with --file.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    manifest: ManifestArgs,
    /// Only the changes at these addresses and below them; may be repeated.
    #[arg(long, value_name = "GLOB", value_parser = pattern, add = complete::addresses())]
    target: Vec<Pattern>,
    /// Not the changes at these addresses and below them; may be repeated.
    #[arg(long, value_name = "GLOB", value_parser = pattern, add = complete::addresses())]
    exclude: Vec<Pattern>,
    /// What becomes of entries whose records are gone [default: a question at a terminal, otherwise they stay and are named].
    #[arg(long, value_enum, value_name = "WHAT")]
    gone: Option<GoneArg>,
    /// Take in users, tenants and roles that no entry mentions, by their addresses as `ufsync plan --unmanaged` shows them; may
    /// be repeated.
    #[arg(long, value_name = "GLOB", value_parser = pattern)]
    adopt: Vec<Pattern>,
    /// The file that gets what is adopted; needed where the manifest is several files.
    #[arg(long, value_name = "FILE", requires = "adopt")]
    into: Option<PathBuf>,
    /// Pull from what `ufsync export --snapshot` wrote, without a server or a key.
    #[arg(long, value_name = "SNAPSHOT", conflicts_with_all = ["sandbox", "api_key_file"])]
    live: Option<PathBuf>,
    /// Write without asking.
    #[arg(long)]
    yes: bool,
    /// Write nothing; exit with 2 where there is something to pull.
    #[arg(long, conflicts_with = "yes")]
    check: bool,
    /// Output format.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: PullFormat,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum PullFormat {
    /// The difference, as `diff -u` shows it
    #[default]
    Human,
    /// One JSON document; `ufsync schema pull` describes it
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum GoneArg {
    /// The entry is taken out
    Remove,
    /// The entry says `state: absent`
    Absent,
}

pub(crate) fn run(args: &PullArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let given = args.manifest.with(&args.paths);
    let input = load::input(&given)?;
    files::check_editable(&input.files).map_err(Failure::usage)?;
    let into = into(args, &input)?;
    let desired = load::checked(manifest::load(input.clone()), ui)?;
    let live = live(args, desired)?;
    let options = PullOptions {
        selection: Selection {
            target: args.target.clone(),
            exclude: args.exclude.clone(),
            only_ended: false,
        },
        adopt: args.adopt.clone(),
        into,
    };
    let pull = Pull::of(&input, desired, &live, &options).map_err(Failure::of)?;
    let gone = gone(args, &pull.gone(), ui)?;
    let pulled = pull.rewrites(gone);
    if let Err(SessionError::Manifest(_)) = &pulled {
        ui.remark("The changes that the server has do not fit the rest of the manifest; nothing was written:");
    }
    let (rewrites, stays) = pulled.map_err(Failure::of)?;
    show(args.format, &rewrites, &stays, ui)?;
    if args.check && !rewrites.is_empty() {
        return Ok(Exit::Changes);
    }
    if !rewrites.is_empty() {
        text_diff::write(&rewrites, &args.manifest.files, args.yes, ui)?;
    }
    let is_incomplete = left_out::tell(&live, ui);
    Ok(if stays.is_empty() && !is_incomplete {
        Exit::Done
    } else {
        Exit::Partial
    })
}

/// The place among the files of the one that gets what is adopted.
fn into(args: &PullArgs, input: &Input) -> Result<Option<usize>, Failure> {
    if let Some(path) = &args.into {
        return Ok(files::position(&input.files, path).map(Some)?);
    }
    if !args.adopt.is_empty() && input.files.len() > 1 {
        return Err(Failure::Usage(Box::new(CliError::AdoptInto)));
    }
    Ok(None)
}

/// What becomes of entries whose records are gone. Where nobody said it, a person is asked.
fn gone(args: &PullArgs, gone: &[&Address], ui: &mut Ui) -> Result<Gone, Failure> {
    match args.gone {
        Some(GoneArg::Remove) => return Ok(Gone::Remove),
        Some(GoneArg::Absent) => return Ok(Gone::Absent),
        None => {}
    }
    if gone.is_empty() || args.yes || args.check || !Ui::is_interactive() {
        return Ok(Gone::Keep);
    }
    let listed = gone.iter().take(NAMED).map(ToString::to_string);
    let listed = listed.map(|it| safe(&it).into_owned());
    let listed = listed.collect::<Vec<_>>().join("\n  ");
    ui.remark(format_args!(
        "{} of the manifest {} gone from the server:\n  {listed}",
        count(gone.len(), "record"),
        if gone.len() == 1 { "is" } else { "are" },
    ));
    let question =
        "Remove the entries, write `state: absent` into them, or keep them? [remove/absent/KEEP] ";
    Ok(match ui.ask(question)?.as_str() {
        "r" | "remove" => Gone::Remove,
        "a" | "absent" => Gone::Absent,
        _ => Gone::Keep,
    })
}

/// How many records are named one by one.
const NAMED: usize = 10;

fn live(args: &PullArgs, desired: &Desired) -> Result<Live, Failure> {
    if let Some(path) = &args.live {
        return snapshot::live(path, desired);
    }
    let expected = Expected::by_manifest(desired, &args.manifest);
    Connection::open(&args.server, &expected, Intent::Read)?.everything(None)
}

fn show(
    format: PullFormat,
    rewrites: &[Rewrite],
    stays: &[NotPulled],
    ui: &mut Ui,
) -> Result<(), Failure> {
    if format == PullFormat::Json {
        let files = rewrites.iter();
        let files = files.map(|it| (it.file.clone(), text_diff::diff(it)));
        let document = PullDocument::new(files, stays);
        return ui.document(|out| report::json::document(&document, out));
    }
    text_diff::show(rewrites, ui)?;
    for it in stays {
        ui.remark(format_args!("stays: {}: {}", it.address, safe(&it.why)));
    }
    if rewrites.is_empty() && stays.is_empty() {
        ui.remark("Nothing to pull: the manifest is what the workspace is.");
    } else if rewrites.is_empty() {
        ui.remark("Nothing that can be written.");
    }
    Ok(())
}
