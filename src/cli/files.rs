//! Writing files: completely or not at all, and never over a file that a person wrote.
#![expect(clippy::disallowed_methods, reason = "this is where files are written")]

use std::fs;
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::refusal::Refusal;

/// Refuses a path where a file stands that does not start with `marker`.
pub(super) fn may_replace(path: &Path, marker: &str, force: bool) -> Result<(), Refusal> {
    if force || is_marked(path, marker)? != Some(false) {
        return Ok(());
    }
    Err(Refusal::NotOverwritten {
        path: path.to_owned(),
    })
}

/// Whether the file at a path starts with a marker; nothing where there is no file.
fn is_marked(path: &Path, marker: &str) -> Result<Option<bool>, Refusal> {
    let unreadable = |error| Refusal::Unreadable {
        path: path.to_owned(),
        error,
    };
    let mut file = match fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    let mut start = vec![0; marker.len()];
    match file.read_exact(&mut start) {
        Ok(()) => Ok(Some(start == marker.as_bytes())),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(Some(false)),
        Err(error) => Err(unreadable(error)),
    }
}

/// The YAML files below a folder that start with a marker.
pub(super) fn marked_below(folder: &Path, marker: &str) -> Result<Vec<PathBuf>, Refusal> {
    let unreadable = |error| Refusal::Unreadable {
        path: folder.to_owned(),
        error,
    };
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        if entry.file_type().map_err(unreadable)?.is_dir() {
            found.extend(marked_below(&path, marker)?);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
            && is_marked(&path, marker)? == Some(true)
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// The folder in which a path is.
fn folder_of(path: &Path) -> &Path {
    path.parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

/// Makes sure that a file can be written to a path.
pub(super) fn may_write(path: &Path) -> Result<(), Refusal> {
    let folder = folder_of(path);
    let tried = fs::create_dir_all(folder).and_then(|()| tempfile::NamedTempFile::new_in(folder));
    tried.map(drop).map_err(|error| Refusal::Unwritable {
        path: path.to_owned(),
        error,
    })
}

/// Writes a file beside its place and moves it there, so that a reader sees the old text or the new one. Nobody but its
/// owner can read it: that is how temporary files are made.
pub(super) fn write(path: &Path, text: impl AsRef<[u8]>) -> Result<(), Refusal> {
    let unwritable = |error| Refusal::Unwritable {
        path: path.to_owned(),
        error,
    };
    let folder = folder_of(path);
    fs::create_dir_all(folder).map_err(unwritable)?;
    let mut file = tempfile::NamedTempFile::new_in(folder).map_err(unwritable)?;
    file.write_all(text.as_ref()).map_err(unwritable)?;
    file.as_file().sync_all().map_err(unwritable)?;
    file.persist(path)
        .map_err(|error| unwritable(error.error))?;
    Ok(())
}
