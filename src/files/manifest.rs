//! Paths → the files of a manifest.
#![expect(
    clippy::disallowed_methods,
    reason = "this is where manifests are read"
)]

use std::collections::HashMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::files::error::FileError;
use crate::files::names::{BACKSLASH, Part, has_backslash, is_hidden, part};
use crate::files::place::plain;
use crate::manifest;
use crate::manifest::{File, MAX_BYTES};

/// The usual places of a manifest: a file, and a folder.
pub(crate) const USUAL: [&str; 2] = ["ufsync.yaml", "ufsync"];

/// What standard input is called.
const STDIN: &str = "<stdin>";

/// Whether there is a manifest at a usual place.
pub(crate) fn exists() -> bool {
    let is_there = |path: &str| Path::new(path).symlink_metadata().is_ok();
    USUAL.into_iter().any(is_there)
}

/// Refuses files that can't be written again: standard input.
pub(crate) fn check_editable(files: &[File]) -> Result<(), FileError> {
    if files.iter().any(|file| file.name == STDIN) {
        return Err(FileError::Stdin);
    }
    Ok(())
}

/// The place of a file among those of a manifest.
pub(crate) fn position(files: &[File], path: &Path) -> Result<usize, FileError> {
    let real = |path: &Path| std::path::absolute(path).ok().map(|path| plain(&path));
    let wanted = real(path);
    let is_it = |file: &File| real(Path::new(&file.name)) == wanted;
    let other = || FileError::OtherFile {
        path: path.to_owned(),
    };
    files.iter().position(is_it).ok_or_else(other)
}

/// The files of a run. Each is read once, and none is passed over.
#[derive(Default)]
pub(crate) struct ManifestReader {
    found: Vec<File>,
    /// The files that were read, by their real paths, each with the name under which it was found.
    seen: HashMap<PathBuf, PathBuf>,
    input_seen: bool,
}

impl ManifestReader {
    /// The files that paths name, in a stable order; where no path is given those at the usual place.
    pub(crate) fn manifest(&mut self, paths: &[PathBuf]) -> Result<Vec<File>, FileError> {
        if paths.is_empty() {
            self.usual()?;
        } else {
            self.all(paths)?;
        }
        Ok(std::mem::take(&mut self.found))
    }

    fn usual(&mut self) -> Result<(), FileError> {
        let [file, folder] = USUAL.map(Path::new);
        let exists = |path: &Path| path.symlink_metadata().is_ok();
        match (exists(file), exists(folder)) {
            (true, true) if folder.is_dir() => Err(FileError::FileAndFolder),
            (true, _) => self.path(file),
            (false, true) => self.path(folder),
            (false, false) => Err(FileError::NoManifest),
        }
    }

    /// The overlay of the environment, for a manifest whose first path is `first`, then those that were named.
    pub(crate) fn overlays(
        &mut self,
        environment: Option<&str>,
        first: Option<&PathBuf>,
        named: &[PathBuf],
    ) -> Result<Vec<File>, FileError> {
        if let Some(name) = environment {
            self.file(&of_environment(name, first)?)?;
        }
        self.all(named)?;
        Ok(std::mem::take(&mut self.found))
    }

    fn all(&mut self, paths: &[PathBuf]) -> Result<(), FileError> {
        paths.iter().try_for_each(|path| self.path(path))
    }

    fn path(&mut self, path: &Path) -> Result<(), FileError> {
        if path.as_os_str() == "-" {
            if std::mem::replace(&mut self.input_seen, true) {
                return Err(FileError::InputTwice);
            }
            self.found.push(read(path, STDIN.into(), io::stdin(), 0)?);
        } else if path.is_dir() {
            let before = self.found.len();
            let root = path
                .canonicalize()
                .map_err(|error| FileError::unreadable(path, error))?;
            self.folder(path, &root)?;
            if self.found.len() == before {
                let path = path.to_owned();
                return Err(FileError::EmptyFolder { path });
            }
        } else {
            self.file(path)?;
        }
        Ok(())
    }

    fn file(&mut self, path: &Path) -> Result<(), FileError> {
        if has_backslash(&path.to_string_lossy()) {
            let (path, reason) = (path.to_owned(), BACKSLASH);
            return Err(FileError::NotRead { path, reason });
        }
        let file = fs::File::open(path).map_err(|error| FileError::unreadable(path, error))?;
        let about = file.metadata();
        // A pipe has no path of its own.
        if about.as_ref().is_ok_and(fs::Metadata::is_file)
            && let Ok(real) = path.canonicalize()
            && let Some(first) = self.seen.insert(real, path.to_owned())
        {
            let path = path.to_owned();
            return Err(FileError::Twice { path, first });
        }
        let size = about.map_or(0, |about| about.len());
        self.found
            .push(read(path, path.display().to_string(), file, size)?);
        Ok(())
    }

    /// All YAML files below a folder, in the order of their names. Hidden files and folders are no part of a manifest, nor are
    /// texts about it. Anything else that is not read is an error: with `prune`, a file that is passed over would remove
    /// everyone in it. Links that lead out of the folder are not followed: a manifest from a stranger's branch reads nothing else.
    fn folder(&mut self, path: &Path, root: &Path) -> Result<(), FileError> {
        let broken = |error| FileError::unreadable(path, error);
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
            if kind.is_dir() {
                if is_hidden(&name) {
                    continue;
                }
                if has_backslash(&name) {
                    let reason = BACKSLASH;
                    return Err(FileError::NotRead { path, reason });
                }
                self.folder(&path, root)?;
                continue;
            }
            let part = part(&name);
            if part == Part::Apart {
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
            let reason = reason.or(match part {
                Part::Refused(reason) => Some(reason),
                _ => None,
            });
            if let Some(reason) = reason {
                return Err(FileError::NotRead { path, reason });
            }
            if part == Part::Overlay {
                if !manifest::is_overlay(&fs::read_to_string(&path).unwrap_or_default()) {
                    return Err(FileError::NoOverlay { path });
                }
                continue;
            }
            self.file(&path)?;
        }
        Ok(())
    }
}

/// The overlay of an environment: in the first folder of the manifest, or beside its first file.
fn of_environment(name: &str, first: Option<&PathBuf>) -> Result<PathBuf, FileError> {
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
            Err(FileError::TwoEnvironments { path, other })
        }
        (None, _) => Err(FileError::NoEnvironment { places }),
    }
}

/// Reads as much as may be used, and one byte to tell that there is more; `size` is how much is expected.
fn read(path: &Path, name: String, from: impl Read, size: u64) -> Result<File, FileError> {
    let size = usize::try_from(size).unwrap_or_default();
    let mut bytes = Vec::with_capacity(size.min(MAX_BYTES) + 1);
    from.take(MAX_BYTES as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| FileError::unreadable(path, error))?;
    Ok(File { name, bytes })
}
