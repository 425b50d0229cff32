//! Arguments → the texts of a manifest and its variables, and the manifest that they are.

use std::path::PathBuf;

use jiff::Timestamp;
use tracing::Level;

use crate::cli::args::options::{ManifestArgs, ServerArgs};
use crate::cli::args::vars::vars;
use crate::cli::exit::Failure;
use crate::cli::terminal::log;
use crate::cli::terminal::ui::Ui;
use crate::files;
use crate::files::{FileError, ManifestReader};
use crate::manifest;
use crate::manifest::{File, Findings, Input, ManifestError};
use crate::model::Desired;
use crate::report;

/// Reads and checks the manifest, and shows its warnings.
pub(crate) fn manifest(args: &ManifestArgs, ui: &mut Ui) -> Result<&'static Desired, Failure> {
    checked(manifest::load(input(args)?), ui)
}

/// A manifest that was read, with its warnings shown. It stays until the process ends: giving back the memory of a large
/// one piece by piece takes a tenth of a run.
pub(crate) fn checked(
    loaded: Result<(Desired, Findings), Findings>,
    ui: &mut Ui,
) -> Result<&'static Desired, Failure> {
    let (desired, warnings) = loaded.map_err(Failure::Manifest)?;
    ui.warn(&warnings);
    Ok(Box::leak(Box::new(desired)))
}

/// A manifest for a sandbox, whose workspace and mode are those of the manifest: it need not name them.
pub(crate) fn without_target(
    loaded: Result<(Desired, Findings), Findings>,
) -> Result<(Desired, Findings), Findings> {
    loaded.map(|(desired, mut findings)| {
        let is_other = |finding: &manifest::Finding| finding.mistake != ManifestError::NoWorkspace;
        findings.list.retain(is_other);
        (desired, findings)
    })
}

/// The texts of a manifest, and its variables. A change of its files that broke off is finished before.
pub(crate) fn input(args: &ManifestArgs) -> Result<Input, Failure> {
    files::recover(&args.files, |count| {
        let text = format!("Finished writing {count} files, which broke off before.");
        log::say(Level::INFO, &text);
    })
    .map_err(Failure::of_file)?;
    for path in files::former(&args.files) {
        let text = format!(
            "{} is ignored: it could write any file. Look at what it holds, and remove it.",
            files::quoted(&path)
        );
        log::say(Level::WARN, &report::clean(&text));
    }
    let mut reader = ManifestReader::default();
    let files = reader.manifest(&args.files)?;
    with_overlays(files, reader, args)
}

/// Other files with the overlays and variables of a manifest.
pub(crate) fn input_of(files: Vec<File>, args: &ManifestArgs) -> Result<Input, Failure> {
    with_overlays(files, ManifestReader::default(), args)
}

fn with_overlays(
    files: Vec<File>,
    mut reader: ManifestReader,
    args: &ManifestArgs,
) -> Result<Input, Failure> {
    let ManifestArgs { env, overlay, .. } = args;
    Ok(Input {
        files,
        overlays: reader.overlays(env.as_deref(), args.files.first(), overlay)?,
        vars: vars(&args.var, &args.allow_var)?,
        now: Some(Timestamp::now()),
    })
}

/// The key and the manifest can't both be on standard input: the second to be read would be empty.
pub(crate) fn check_input(args: &ManifestArgs, server: &ServerArgs) -> Result<(), Failure> {
    let is_input = |path: &PathBuf| path.as_os_str() == "-";
    let is_key = server.api_key_file.as_ref().is_some_and(is_input);
    if is_key && args.files.iter().chain(&args.overlay).any(is_input) {
        return Err(FileError::InputTwice.into());
    }
    Ok(())
}
