//! What a file is before it is replaced: nobody's, one of ufsync's, or a person's.
#![expect(
    clippy::disallowed_methods,
    reason = "this is where files are read and written"
)]

use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use crate::export::{MARKER, is_unchanged};
use crate::files::error::FileError;
use crate::files::place::{Place, place};
use crate::files::read::read_file;

/// Refuses a path where a file stands that does not start with `marker`. An empty file is nobody's.
pub(crate) fn may_replace(path: &Path, marker: &str, force: bool) -> Result<(), FileError> {
    if let Place::File {
        target,
        is_empty: false,
        ..
    } = place(path)?
        && !force
        && is_marked(&target, marker)? == Some(false)
    {
        return Err(FileError::NotOverwritten {
            path: path.to_owned(),
        });
    }
    Ok(())
}

/// Whether the file at a path starts with a marker; nothing where there is no file.
fn is_marked(path: &Path, marker: &str) -> Result<Option<bool>, FileError> {
    let unreadable = |error| FileError::unreadable(path, error);
    let mut file = match File::open(path) {
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

/// Refuses to write an export over one that was changed since.
pub(crate) fn may_export(path: &Path, force: bool) -> Result<(), FileError> {
    may_replace(path, MARKER, force)?;
    let is_file = matches!(
        place(path)?,
        Place::File {
            is_empty: false,
            ..
        }
    );
    if is_file && !force && is_unchanged_export(path)? == Some(false) {
        let path = path.to_owned();
        return Err(FileError::ExportChanged { path });
    }
    Ok(())
}

/// Whether a file is as an export wrote it; nothing where it does not say.
pub(crate) fn is_unchanged_export(path: &Path) -> Result<Option<bool>, FileError> {
    let text = read_file(path)?;
    Ok(std::str::from_utf8(&text).ok().and_then(is_unchanged))
}

/// The YAML files below a folder that start with a marker.
pub(crate) fn marked_below(folder: &Path, marker: &str) -> Result<Vec<PathBuf>, FileError> {
    let unreadable = |error| FileError::unreadable(folder, error);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let path = entry.path();
        let kind = entry.file_type().map_err(unreadable)?;
        // What a link leads to is not what an export wrote here.
        if kind.is_dir() {
            found.extend(marked_below(&path, marker)?);
        } else if kind.is_file()
            && path
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
