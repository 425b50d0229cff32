//! `ufsync export`

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::args::Global;
use super::exit::{Exit, Failure};
use super::files;
use super::refusal::Refusal;
use super::session::{Intent, Session};
use super::ui::Ui;
use crate::export::{Export, MARKER, Options, Split, export, split, write};
use crate::observe::Need;

/// Write the live state as a manifest that plans to nothing.
#[derive(Args, Debug)]
pub(super) struct ExportArgs {
    /// Where to write; standard output where left out. With --split, a folder.
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Write several files.
    #[arg(long, value_enum, value_name = "BY")]
    split: Option<SplitBy>,
    /// Write the server's ids, so that names and addresses can be changed in the manifest.
    #[arg(long)]
    pin: bool,
    /// Overwrite files that export did not write.
    #[arg(long)]
    force: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SplitBy {
    /// A file for each tenant, with the users that hold roles in it alone.
    Tenant,
    /// A file for the tenants and one for the users.
    Kind,
}

pub(super) fn run(args: &ExportArgs, global: &Global, ui: &mut Ui) -> Result<Exit, Failure> {
    if args.split.is_some() && args.output.is_none() {
        return Err(Failure::Usage(Box::new(Refusal::SplitNeedsFolder)));
    }
    let session = Session::open(global, None, Intent::Read)?;
    let reading = session.read(&Need::everything())?;
    let Export { manifest, left_out } = export(&reading.live, Options { pin: args.pin });
    for part in &left_out {
        ui.remark(format_args!("left out: {} {}", part.what, part.why));
    }
    let Some(output) = &args.output else {
        let text = write(&manifest)?;
        ui.result(|out| out.write_all(text.as_bytes()))?;
        return Ok(Exit::Done);
    };
    let by = match args.split {
        None => return one_file(output, &write(&manifest)?, args.force, ui),
        Some(SplitBy::Tenant) => Split::Tenant,
        Some(SplitBy::Kind) => Split::Kind,
    };
    let texts = split(manifest, by)
        .into_iter()
        .map(|(path, manifest)| Ok((output.join(path), write(&manifest)?)))
        .collect::<Result<BTreeMap<_, _>, Failure>>()?;
    for path in texts.keys() {
        files::may_replace(path, MARKER, args.force)?;
    }
    for (path, text) in &texts {
        files::write(path, text)?;
    }
    let stale = files::marked_below(output, MARKER)?
        .into_iter()
        .filter(|path| !texts.contains_key(path));
    for path in stale {
        ui.remark(format_args!(
            "{} is from an earlier export and no longer part of this one: remove it",
            path.display()
        ));
    }
    ui.remark(format_args!(
        "Wrote {} files to {}.",
        texts.len(),
        output.display()
    ));
    Ok(Exit::Done)
}

fn one_file(path: &Path, text: &str, force: bool, ui: &mut Ui) -> Result<Exit, Failure> {
    files::may_replace(path, MARKER, force)?;
    files::write(path, text)?;
    ui.remark(format_args!("Wrote {}.", path.display()));
    Ok(Exit::Done)
}
