//! Paths → the files of a manifest.
#![expect(
    clippy::disallowed_methods,
    reason = "this is where manifests are read"
)]

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::cli::args::options::{ManifestArgs, ServerArgs};
use crate::cli::exit::Failure;
use crate::cli::file_error::FileError;
use crate::cli::recovery;
use crate::cli::refusal::Refusal;
use crate::cli::terminal::ui::Ui;
use crate::manifest;
use crate::manifest::{File, Findings, Input, MAX_BYTES, Mistake, Vars};
use crate::model::Desired;

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
        let is_other = |finding: &manifest::Finding| finding.mistake != Mistake::NoWorkspace;
        findings.list.retain(is_other);
        (desired, findings)
    })
}

/// The usual places of a manifest: a file, and a folder.
pub(crate) const USUAL: [&str; 2] = ["ufsync.yaml", "ufsync"];

/// The texts of a manifest, and its variables.
pub(crate) fn input(args: &ManifestArgs) -> Result<Input, Failure> {
    recovery::recover(&args.files)?;
    let mut reading = Reading::default();
    reading.manifest(&args.files)?;
    let overlays_from = reading.found.len();
    reading.overlays(args)?;
    let overlays = reading.found.split_off(overlays_from);
    Ok(Input {
        files: reading.found,
        overlays,
        vars: vars(&args.var),
        now: Some(Timestamp::now()),
    })
}

/// Other files with the overlays and variables of a manifest.
pub(crate) fn input_of(files: Vec<File>, args: &ManifestArgs) -> Result<Input, Failure> {
    let mut reading = Reading::default();
    reading.overlays(args)?;
    Ok(Input {
        files,
        overlays: reading.found,
        vars: vars(&args.var),
        now: Some(Timestamp::now()),
    })
}

/// The variables of the environment, and those given on the command line.
pub(crate) fn vars(given: &[(String, String)]) -> Vars {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    Vars::new(std::env::vars_os().filter_map(text), given.iter().cloned())
}

/// The files that paths name, in a stable order.
pub(crate) fn files(paths: &[PathBuf]) -> Result<Vec<File>, Failure> {
    let mut reading = Reading::default();
    reading.manifest(paths)?;
    Ok(reading.found)
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

/// The files of a run. Each is read once, and none is passed over.
#[derive(Default)]
struct Reading {
    found: Vec<File>,
    /// The files that were read, by their real paths, each with the name under which it was found.
    seen: HashMap<PathBuf, PathBuf>,
    input_seen: bool,
}

impl Reading {
    /// The files of the manifest, where no path is given those at the usual place.
    fn manifest(&mut self, paths: &[PathBuf]) -> Result<(), Failure> {
        if !paths.is_empty() {
            return self.all(paths);
        }
        let [file, folder] = USUAL.map(Path::new);
        let exists = |path: &Path| path.symlink_metadata().is_ok();
        match (exists(file), exists(folder)) {
            (true, true) if folder.is_dir() => Err(FileError::FileAndFolder.into()),
            (true, _) => self.path(file),
            (false, true) => self.path(folder),
            (false, false) => Err(Refusal::NoManifest.into()),
        }
    }

    /// The overlay of the environment, then those that were named.
    fn overlays(&mut self, args: &ManifestArgs) -> Result<(), Failure> {
        if let Some(name) = &args.env {
            self.file(&of_environment(name, args.files.first())?)?;
        }
        self.all(&args.overlay)
    }

    fn all(&mut self, paths: &[PathBuf]) -> Result<(), Failure> {
        paths.iter().try_for_each(|path| self.path(path))
    }

    fn path(&mut self, path: &Path) -> Result<(), Failure> {
        if path.as_os_str() == "-" {
            if std::mem::replace(&mut self.input_seen, true) {
                return Err(FileError::InputTwice.into());
            }
            self.found
                .push(read(path, "<stdin>".into(), io::stdin(), 0)?);
        } else if path.is_dir() {
            let before = self.found.len();
            let root = path
                .canonicalize()
                .map_err(|error| unreadable(path, error))?;
            self.folder(path, &root)?;
            if self.found.len() == before {
                let path = path.to_owned();
                return Err(Refusal::EmptyFolder { path }.into());
            }
        } else {
            self.file(path)?;
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> Result<(), Failure> {
        let file = fs::File::open(path).map_err(|error| unreadable(path, error))?;
        let about = file.metadata();
        // A pipe has no path of its own.
        if about.as_ref().is_ok_and(fs::Metadata::is_file)
            && let Ok(real) = path.canonicalize()
            && let Some(first) = self.seen.insert(real, path.to_owned())
        {
            let path = path.to_owned();
            return Err(FileError::Twice { path, first }.into());
        }
        let size = about.map_or(0, |about| about.len());
        self.found
            .push(read(path, path.display().to_string(), file, size)?);
        Ok(())
    }

    /// All YAML files below a folder, in the order of their names. Hidden files and folders are no part of a manifest, nor are
    /// texts about it. Anything else that is not read is an error: with `prune`, a file that is passed over would remove
    /// everyone in it. Links that lead out of the folder are not followed: a manifest from a stranger's branch reads nothing else.
    fn folder(&mut self, path: &Path, root: &Path) -> Result<(), Failure> {
        let broken = |error| unreadable(path, error);
        let mut entries = fs::read_dir(path)
            .map_err(broken)?
            .collect::<Result<Vec<_>, _>>()
            .map_err(broken)?;
        entries.sort_by_key(fs::DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let kind = entry.file_type().map_err(broken)?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if name.starts_with('.') || !kind.is_dir() && is_text_about(&name) {
                continue;
            }
            if kind.is_dir() {
                self.folder(&path, root)?;
                continue;
            }
            let reason = if kind.is_symlink() {
                match path.canonicalize() {
                    Err(_) => Some("it is a link to nothing"),
                    Ok(target) if !target.starts_with(root) => {
                        Some("it is a link that leads out of the folder")
                    }
                    Ok(target) if target.is_dir() => Some("it is a link to a folder"),
                    Ok(target) if !target.is_file() => Some("it is a link to what is no file"),
                    Ok(_) => None,
                }
            } else if kind.is_file() {
                None
            } else {
                Some("it is neither a file nor a folder")
            };
            let has_name = || {
                let name = Path::new(&*name);
                name.extension()
                    .is_some_and(|extension| extension == "yaml" || extension == "yml")
            };
            let reason = reason
                .or_else(|| (!has_name()).then_some("its name does not end in .yaml or .yml"));
            if let Some(reason) = reason {
                return Err(FileError::NotRead { path, reason }.into());
            }
            if is_of_environment(&name) {
                if !manifest::is_overlay(&fs::read_to_string(&path).unwrap_or_default()) {
                    return Err(FileError::NoOverlay { path }.into());
                }
                continue;
            }
            self.file(&path)?;
        }
        Ok(())
    }
}

/// Whether a file is named as the overlay of an environment is.
pub(crate) fn is_of_environment(name: &str) -> bool {
    name.starts_with("ufsync.") && name.matches('.').count() > 1
}

/// The overlay of an environment: in the first folder of the manifest, or beside its first file.
fn of_environment(name: &str, first: Option<&PathBuf>) -> Result<PathBuf, Failure> {
    let file = format!("ufsync.{name}.yaml");
    let beside = |path: &Path| path.parent().unwrap_or(Path::new("")).join(&file);
    let places = match first {
        None => vec![PathBuf::from(&file), Path::new(USUAL[1]).join(&file)],
        Some(folder) if folder.is_dir() => vec![folder.join(&file), beside(folder)],
        Some(path) => vec![beside(path)],
    };
    let mut found = places.iter().filter(|path| path.is_file());
    match (found.next(), found.next()) {
        (Some(path), None) => Ok(path.clone()),
        (Some(path), Some(other)) => {
            let (path, other) = (path.clone(), other.clone());
            Err(FileError::TwoEnvironments { path, other }.into())
        }
        (None, _) => Err(FileError::NoEnvironment { places }.into()),
    }
}

/// Whether a file of this name is about the manifest, and no part of it.
fn is_text_about(name: &str) -> bool {
    let ends = [".md", ".txt", ".schema.json"];
    ["README", "LICENSE", "CODEOWNERS"].contains(&name)
        || ends.iter().any(|end| name.ends_with(end))
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
