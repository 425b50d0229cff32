//! `ufsync export`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::cli::args::complete;
use crate::cli::args::connection::{Connection, Expected, Intent};
use crate::cli::args::options::{ServerArgs, patterns};
use crate::cli::cli_error::CliError;
use crate::cli::exit::{Exit, Failure};
use crate::cli::left_out;
use crate::cli::terminal::ui::Ui;
use crate::export::snapshot::{SNAPSHOT_MARKER, Snapshot};
use crate::export::{
    Export, Filter, MARKER, Options, Split, export, restrictions, split, with_comment, write,
};
use crate::files;
use crate::files::New;
use crate::manifest::syntax::manifest::Manifest;
use crate::model::Live;
use crate::report::clean_json;
use crate::session::{SessionError, readable};

/// Write the live state as a manifest that plans to nothing.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub(crate) struct ExportArgs {
    /// Where to write; standard output where left out, or `-`. A device or a pipe is written to. With --split, a folder.
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Write several files.
    #[arg(long, value_enum, value_name = "BY")]
    split: Option<SplitBy>,
    /// Only these tenants, by handle or name, and the users who hold a role in one of them; may be repeated.
    #[arg(long, value_name = "GLOB", conflicts_with = "snapshot", add = complete::tenants())]
    tenant: Vec<String>,
    /// Only users who hold this role anywhere; may be repeated.
    #[arg(long, value_name = "ROLE", conflicts_with = "snapshot", add = complete::roles())]
    role: Vec<String>,
    /// Only users with these addresses; may be repeated.
    #[arg(long, value_name = "GLOB", conflicts_with = "snapshot", add = complete::users())]
    user: Vec<String>,
    /// Only users who hold a role.
    #[arg(long, conflicts_with = "snapshot")]
    with_roles: bool,
    /// Write the server's ids, so that names and addresses can be changed in the manifest.
    #[arg(long)]
    pin: bool,
    /// Write the live state itself as JSON, for `ufsync plan --live`, instead of a manifest.
    #[arg(long, conflicts_with_all = ["split", "pin"])]
    snapshot: bool,
    /// Replace personal data in the snapshot by pseudonyms, so that a pull request from a fork may see it.
    #[arg(long, requires = "snapshot")]
    redact: bool,
    /// Where editors find the schema of what is written: a path or an address [default: the nearest `ufsync.schema.json` beside or
    /// above the file].
    #[arg(long, value_name = "PATH|URL", conflicts_with = "snapshot")]
    schema: Option<String>,
    /// Overwrite files that export did not write.
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SplitBy {
    /// A file for each tenant, with its members, and the users that hold roles only in it.
    Tenant,
    /// A file for the tenants and one for the users.
    Kind,
}

pub(crate) fn run(args: &ExportArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    if args.split.is_some() && args.output.as_deref().is_none_or(files::is_stdout) {
        return Err(Failure::Usage(Box::new(CliError::SplitNeedsFolder)));
    }
    let filter = filter(args)?;
    let live = everything(&args.server)?;
    if args.snapshot {
        // What is missing from a snapshot would be created by a plan from it.
        readable(&live)?;
        snapshot(args, &live, ui)?;
        return Ok(if left_out::tell(&live, ui) {
            Exit::Partial
        } else {
            Exit::Done
        });
    }
    let (manifest, exit) = taken_over(&live, args.pin, ui);
    yaml(args, &filter, manifest, ui)?;
    Ok(exit)
}

fn everything(server: &ServerArgs) -> Result<Live, Failure> {
    Connection::open(server, &Expected::default(), Intent::Read)?.everything(None)
}

/// The live state as a manifest, and how the command ends. What is left out is told.
fn taken_over(live: &Live, pin: bool, ui: &mut Ui) -> (Manifest, Exit) {
    let exit = if left_out::tell(live, ui) {
        Exit::Partial
    } else {
        Exit::Done
    };
    let Export {
        manifest,
        left_out: parts,
        ..
    } = export(
        live,
        Options {
            pin,
            ..Options::default()
        },
    );
    for part in &parts {
        ui.remark(format_args!("left out: {} {}", part.what, part.why));
    }
    (manifest, exit)
}

/// The text of a manifest with the whole live state and `restrictions` to start from, and how the command ends.
pub(crate) fn whole(server: &ServerArgs, ui: &mut Ui) -> Result<(String, Exit), Failure> {
    let live = everything(server)?;
    let (manifest, exit) = taken_over(&live, false, ui);
    let text = write(&manifest, Some(SCHEMA))?;
    Ok((with_comment(&text, &restrictions(manifest)), exit))
}

/// What is wanted of the live state.
fn filter(args: &ExportArgs) -> Result<Filter, Failure> {
    Ok(Filter {
        tenants: patterns(&args.tenant)?,
        roles: args.role.iter().cloned().collect(),
        users: patterns(&args.user)?,
        with_roles: args.with_roles,
    })
}

fn yaml(
    args: &ExportArgs,
    filter: &Filter,
    manifest: Manifest,
    ui: &mut Ui,
) -> Result<(), Failure> {
    let manifest = filter.of(manifest);
    let Some(output) = args.output.as_ref().filter(|path| !files::is_stdout(path)) else {
        let text = write(&manifest, args.schema.as_deref())?;
        ui.result(|out| out.write_all(text.as_bytes()))?;
        return Ok(());
    };
    let by = match args.split {
        None => {
            files::may_export(output, args.force)?;
            let text = write(&manifest, schema_of(args, output).as_deref())?;
            return one_file(output, &text, ui);
        }
        Some(SplitBy::Tenant) => Split::Tenant,
        Some(SplitBy::Kind) => Split::Kind,
    };
    let texts = split(manifest, by)
        .into_iter()
        .map(|(path, manifest)| {
            let path = output.join(path);
            let text = write(&manifest, schema_of(args, &path).as_deref())?;
            Ok((path, text))
        })
        .collect::<Result<BTreeMap<_, _>, Failure>>()?;
    for path in texts.keys() {
        files::make_folders(output, path)?;
        files::may_export(path, args.force)?;
    }
    for (path, text) in &texts {
        files::write_inside(output, path, text, New::Owner)?;
    }
    // A part of the live state says nothing of the other files.
    let marked = if filter.is_empty() {
        files::marked_below(output, MARKER)?
    } else {
        Vec::new()
    };
    let stale = marked.into_iter().filter(|path| !texts.contains_key(path));
    for path in stale {
        if files::is_unchanged_export(&path)? == Some(true) {
            files::remove(&path)?;
            ui.remark(format_args!(
                "Removed {}, which an earlier export wrote and is no longer part of this one.",
                path.display()
            ));
        } else {
            ui.remark(format_args!(
                "{} is from an earlier export and no longer part of this one: remove it",
                path.display()
            ));
        }
    }
    ui.remark(format_args!(
        "Wrote {} files to {}.",
        texts.len(),
        output.display()
    ));
    Ok(())
}

/// Where editors find the schema of a file that is written: as it was given, or the nearest file of that name, as a path from the
/// folder of the file.
fn schema_of(args: &ExportArgs, path: &Path) -> Option<String> {
    if args.schema.is_some() {
        return args.schema.clone();
    }
    let folders = path.ancestors().skip(1).take(MOST_FOLDERS);
    let mut above = folders.enumerate().map(|(levels, folder)| {
        let found = folder.join(SCHEMA).is_file();
        found.then(|| format!("{}{SCHEMA}", "../".repeat(levels)))
    });
    above.find_map(|found| found)
}

/// The file that `ufsync schema` is written to, so that editors know it.
pub(crate) const SCHEMA: &str = "ufsync.schema.json";
/// How far above a file its schema is looked for.
const MOST_FOLDERS: usize = 5;

fn snapshot(args: &ExportArgs, live: &Live, ui: &mut Ui) -> Result<(), Failure> {
    let snapshot = Snapshot::of(live).ok_or(SessionError::Unsettled)?;
    let snapshot = if args.redact {
        snapshot.redacted()
    } else {
        snapshot
    };
    let text = clean_json(&snapshot.text()).into_owned();
    if let Some(path) = args.output.as_ref().filter(|path| !files::is_stdout(path)) {
        files::may_replace(path, SNAPSHOT_MARKER, args.force)?;
        return one_file(path, &text, ui);
    }
    ui.result(|out| out.write_all(text.as_bytes()))?;
    Ok(())
}

fn one_file(path: &Path, text: &str, ui: &mut Ui) -> Result<(), Failure> {
    files::write(path, text)?;
    ui.remark(format_args!("Wrote {}.", path.display()));
    Ok(())
}
