//! Files are written completely or not at all, and never over a file that a person wrote. A device or a pipe is written to; a link
//! stays a link, and a file keeps its mode.
#![expect(
    clippy::disallowed_methods,
    reason = "this is where files are read and written"
)]

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::path::Path;

use crate::files::error::FileError;
use crate::files::place::{Place, folder_of, look, place};

/// Removes a file.
pub(crate) fn remove(path: &Path) -> Result<(), FileError> {
    fs::remove_file(path).map_err(|error| FileError::unwritable(path, error))
}

/// Who may read a file that is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum New {
    /// Nobody but its owner: that is how temporary files are made.
    Owner,
    /// Others too, as far as the process lets them.
    All,
}

/// Writes a file at a path that the user named, so that a reader sees the old text or the new one. A new file can be read by
/// nobody but its owner.
pub(crate) fn write(path: &Path, text: impl AsRef<[u8]>) -> Result<(), FileError> {
    let text = text.as_ref();
    let (target, permissions) = match place(path)? {
        Place::Stream => {
            let written = stream(path).and_then(|mut stream| {
                stream.write_all(text)?;
                stream.flush()
            });
            return written.map_err(|error| FileError::unwritable(path, error));
        }
        Place::File {
            target,
            permissions,
            ..
        } => (target, Some(permissions)),
        Place::New => (path.to_owned(), None),
    };
    let replaced = replace(&target, text, permissions, New::Owner);
    replaced.map_err(|error| FileError::unwritable(path, error))
}

/// Writes a file beside its place and moves it there.
pub(crate) fn replace(
    target: &Path,
    text: &[u8],
    permissions: Option<Permissions>,
    new: New,
) -> io::Result<()> {
    let mut maker = tempfile::Builder::new();
    #[cfg(unix)]
    if new == New::All {
        maker.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    }
    let mut file = maker.tempfile_in(folder_of(target))?;
    if let Some(permissions) = permissions {
        file.as_file().set_permissions(permissions)?;
    }
    file.write_all(text)?;
    file.as_file().sync_all()?;
    file.persist(target).map_err(|error| error.error)?;
    // The new name is on the disk too, where folders can be synced.
    File::open(folder_of(target))
        .and_then(|folder| folder.sync_all())
        .or(Ok(()))
}

/// Takes away a file that this run wrote and nobody needs.
pub(crate) fn take_away(path: &Path) {
    if let Ok(Place::File { target, .. }) = look(path) {
        // What can't be removed is only in the way.
        drop(fs::remove_file(target));
    }
}

/// Opens a device, a pipe, or a file that is open already, to go on with it.
pub(crate) fn stream(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).open(path)
}
