//! What is at a path.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::path::{Component, Path, PathBuf};

use crate::files::error::FileError;

/// More links than this lead in a circle.
const MOST_LINKS: usize = 40;

/// What is at a path to be written to.
pub(crate) enum Place {
    /// A device, a pipe, or something that is open already: it is written to.
    Stream,
    /// A file, where the links lead.
    File {
        /// Where it is.
        target: PathBuf,
        permissions: Permissions,
        is_empty: bool,
    },
    /// Nothing yet.
    New,
}

/// Looks at what is at a path. A link that leads nowhere is an error: whoever made it would choose the file.
///
/// # Errors
/// Also for a link that leads from one work tree into another: the person who committed it would choose a file of other people.
pub(crate) fn place(path: &Path) -> Result<Place, FileError> {
    let found = look(path).map_err(|error| FileError::unwritable(path, error))?;
    if let Place::File { target, .. } = &found
        && target != path
        && let (Some(own), Some(other)) = (work_tree(path), work_tree(target))
        && own != other
    {
        let (path, target) = (path.to_owned(), target.clone());
        return Err(FileError::OtherWorkTree { path, target });
    }
    Ok(found)
}

/// The folder of a repository in which a file is.
fn work_tree(file: &Path) -> Option<PathBuf> {
    let folder = fs::canonicalize(folder_of(file)).ok()?;
    let is_top = |folder: &&Path| folder.join(".git").symlink_metadata().is_ok();
    folder.ancestors().find(is_top).map(Path::to_owned)
}

pub(crate) fn look(path: &Path) -> io::Result<Place> {
    let mut current = path.to_owned();
    for followed in 0..MOST_LINKS {
        let metadata = match fs::symlink_metadata(&current) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == ErrorKind::NotFound && followed == 0 => {
                has_folder(path)?;
                return Ok(Place::New);
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(io::Error::new(
                    ErrorKind::NotFound,
                    "it is a link that leads to no file",
                ));
            }
            Err(error) => return Err(error),
        };
        if metadata.is_symlink() {
            // What the process has open may have no path, and is not to be replaced in any case.
            if current.starts_with("/proc") || current.starts_with("/dev/fd") {
                return Ok(Place::Stream);
            }
            let next = fs::read_link(&current)?;
            current = folder_of(&current).join(next);
        } else if metadata.is_dir() {
            return Err(io::Error::new(ErrorKind::IsADirectory, "it is a folder"));
        } else if metadata.is_file() && !current.starts_with("/proc") {
            return Ok(Place::File {
                target: current,
                permissions: metadata.permissions(),
                is_empty: metadata.len() == 0,
            });
        } else {
            return Ok(Place::Stream);
        }
    }
    Err(io::Error::other("its links lead in a circle"))
}

/// A folder that is not there is probably misspelt: it is not made.
pub(crate) fn has_folder(path: &Path) -> io::Result<()> {
    let folder = folder_of(path);
    if folder.is_dir() {
        return Ok(());
    }
    let reason = format!("there is no folder {}", folder.display());
    Err(io::Error::new(ErrorKind::NotFound, reason))
}

/// A path without `.` and `..`, as far as that can be said without following links.
pub(crate) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(plain.pop()),
            part => plain.push(part),
        }
    }
    plain
}

/// Whether a path means standard output.
pub(crate) fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// The folder in which a path is.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// A path as it can be typed into a shell.
pub(crate) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+@:%,=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}
