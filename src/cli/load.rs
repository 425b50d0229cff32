//! Paths → the files of a manifest.
#![expect(
    clippy::disallowed_methods,
    reason = "this is where manifests are read"
)]

use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::args::ManifestArgs;
use super::exit::Failure;
use super::refusal::Refusal;
use super::ui::Ui;
use crate::manifest::{self, File, Findings, Input, MAX_BYTES, Mistake, Vars};
use crate::model::Desired;

/// Reads and checks the manifest, and shows its warnings.
pub(super) fn manifest(args: &ManifestArgs, ui: &mut Ui) -> Result<&'static Desired, Failure> {
    checked(manifest::load(input(args)?), ui)
}

/// A manifest that was read, with its warnings shown. It stays until the process ends: giving back the memory of a large
/// one piece by piece takes a tenth of a run.
pub(super) fn checked(
    loaded: Result<(Desired, Findings), Findings>,
    ui: &mut Ui,
) -> Result<&'static Desired, Failure> {
    let (desired, warnings) = loaded.map_err(Failure::Manifest)?;
    ui.warn(&warnings);
    Ok(Box::leak(Box::new(desired)))
}

/// A manifest for a sandbox, whose workspace and mode are those of the manifest: it need not name them.
pub(super) fn without_target(
    loaded: Result<(Desired, Findings), Findings>,
) -> Result<(Desired, Findings), Findings> {
    loaded.map(|(desired, mut findings)| {
        let is_other = |finding: &manifest::Finding| finding.mistake != Mistake::NoWorkspace;
        findings.list.retain(is_other);
        (desired, findings)
    })
}

/// The texts of a manifest, and its variables.
pub(super) fn input(args: &ManifestArgs) -> Result<Input, Failure> {
    Ok(Input {
        files: files(&args.files)?,
        overlays: read_all(&args.overlay)?,
        vars: vars(&args.var),
    })
}

/// The variables of the environment, and those given on the command line.
pub(super) fn vars(given: &[(String, String)]) -> Vars {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    Vars::new(std::env::vars_os().filter_map(text), given.iter().cloned())
}

/// The files that paths name, in a stable order.
pub(super) fn files(paths: &[PathBuf]) -> Result<Vec<File>, Failure> {
    let usual = [PathBuf::from("ufsync.yaml"), PathBuf::from("ufsync")];
    if !paths.is_empty() {
        return read_all(paths);
    }
    let path = usual
        .iter()
        .find(|path| path.exists())
        .ok_or(Refusal::NoManifest)?;
    read_all(std::slice::from_ref(path))
}

/// The files that paths name; none where there are no paths.
fn read_all(paths: &[PathBuf]) -> Result<Vec<File>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            found.push(read(path, "<stdin>".into(), io::stdin(), 0)?);
        } else if path.is_dir() {
            let before = found.len();
            let root = path
                .canonicalize()
                .map_err(|error| unreadable(path, error))?;
            folder(path, &root, &mut found)?;
            if found.len() == before {
                return Err(Refusal::EmptyFolder { path: path.clone() }.into());
            }
        } else {
            found.push(file(path)?);
        }
    }
    Ok(found)
}

fn file(path: &Path) -> Result<File, Refusal> {
    let file = fs::File::open(path).map_err(|error| unreadable(path, error))?;
    let size = file.metadata().map_or(0, |about| about.len());
    read(path, path.display().to_string(), file, size)
}

/// Reads as much as may be used, and one byte to tell that there is more; `size` is how much is expected.
fn read(path: &Path, name: String, from: impl Read, size: u64) -> Result<File, Refusal> {
    let size = usize::try_from(size).unwrap_or_default();
    let mut bytes = Vec::with_capacity(size.min(MAX_BYTES) + 1);
    from.take(MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unreadable(path, error))?;
    Ok(File { name, bytes })
}

fn unreadable(path: &Path, error: io::Error) -> Refusal {
    Refusal::Unreadable {
        path: path.to_owned(),
        error,
    }
}

/// All YAML files below a folder, in the order of their names. Hidden files and folders are skipped, and so is what
/// is no regular file, and links that lead out of the folder: a manifest from a stranger's branch reads nothing else.
fn folder(path: &Path, root: &Path, found: &mut Vec<File>) -> Result<(), Failure> {
    let broken = |error| unreadable(path, error);
    let mut entries = fs::read_dir(path)
        .map_err(broken)?
        .collect::<Result<Vec<_>, _>>()
        .map_err(broken)?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let path = entry.path();
        let kind = entry.file_type().map_err(broken)?;
        let yaml = path
            .extension()
            .is_some_and(|extension| extension == "yaml" || extension == "yml");
        if entry.file_name().to_string_lossy().starts_with('.') {
            continue;
        }
        if kind.is_dir() {
            folder(&path, root, found)?;
        } else if yaml && (kind.is_file() || kind.is_symlink() && stays_inside(&path, root)) {
            found.push(file(&path)?);
        }
    }
    Ok(())
}

fn stays_inside(link: &Path, root: &Path) -> bool {
    link.canonicalize()
        .is_ok_and(|target| target.starts_with(root) && target.is_file())
}
