//! Paths → the files of a manifest.
#![expect(
    clippy::disallowed_methods,
    reason = "this is where manifests are read"
)]

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::args::ManifestArgs;
use super::exit::Failure;
use super::refusal::Refusal;
use super::ui::Ui;
use crate::manifest::{self, File};
use crate::model::Desired;

/// Reads and checks the manifest, and shows its warnings.
pub(super) fn manifest(args: &ManifestArgs, ui: &mut Ui) -> Result<Desired, Failure> {
    let (desired, warnings) = manifest::load(files(&args.files)?).map_err(Failure::Manifest)?;
    ui.warn(&warnings);
    Ok(desired)
}

/// The files that paths name, in a stable order.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<File>, Failure> {
    let usual = [PathBuf::from("ufsync.yaml"), PathBuf::from("ufsync")];
    let paths = if paths.is_empty() {
        usual
            .iter()
            .find(|path| path.exists())
            .map(std::slice::from_ref)
            .ok_or(Refusal::NoManifest)?
    } else {
        paths
    };
    let mut found = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            found.push(stdin()?);
        } else if path.is_dir() {
            let before = found.len();
            folder(path, &mut found)?;
            if found.len() == before {
                return Err(Refusal::EmptyFolder { path: path.clone() }.into());
            }
        } else {
            found.push(file(path)?);
        }
    }
    Ok(found)
}

fn file(path: &Path) -> Result<File, Failure> {
    let bytes = fs::read(path).map_err(|error| Refusal::Unreadable {
        path: path.to_owned(),
        error,
    })?;
    Ok(File {
        name: path.display().to_string(),
        bytes,
    })
}

fn stdin() -> Result<File, Failure> {
    let mut bytes = Vec::new();
    std::io::stdin()
        .read_to_end(&mut bytes)
        .map_err(|error| Refusal::Unreadable {
            path: "<stdin>".into(),
            error,
        })?;
    Ok(File {
        name: "<stdin>".into(),
        bytes,
    })
}

/// All YAML files below a folder, in the order of their names. Hidden files and folders are left alone, and so are
/// links to folders, which could lead in a circle.
fn folder(path: &Path, found: &mut Vec<File>) -> Result<(), Failure> {
    let unreadable = |error| Refusal::Unreadable {
        path: path.to_owned(),
        error,
    };
    let mut entries = fs::read_dir(path)
        .map_err(unreadable)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(unreadable)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let hidden = entry.file_name().to_string_lossy().starts_with('.');
        let yaml = path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml");
        if hidden {
            continue;
        }
        if entry.file_type().map_err(unreadable)?.is_dir() {
            folder(&path, found)?;
        } else if yaml {
            found.push(file(&path)?);
        }
    }
    Ok(())
}
