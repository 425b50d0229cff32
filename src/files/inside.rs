//! Paths that the tool makes up itself. In: a folder that the user named, and a path below it. Out: the path, free of links, or a
//! file at it. A person who commits a link below that folder would choose which file is read or written.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

use crate::files::error::FileError;
use crate::files::place::{folder_of, has_folder};
use crate::files::write::{New, replace};

/// Refuses a path where any part below `root` is a link. What is not there yet is none.
pub(crate) fn no_links(root: &Path, path: &Path) -> Result<(), FileError> {
    let mut current = root.to_owned();
    for part in path.strip_prefix(root).unwrap_or(path).components() {
        current.push(part);
        match fs::symlink_metadata(&current) {
            Ok(metadata) if metadata.is_symlink() => {
                return Err(FileError::Link { path: current });
            }
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => break,
            Err(error) => return Err(FileError::unreadable(&current, error)),
        }
    }
    Ok(())
}

/// Refuses a file that is a link: the tool made up its name beside another file.
pub(crate) fn no_link(path: &Path) -> Result<(), FileError> {
    no_links(folder_of(path), path)
}

/// Makes the folder of a file that is to stand somewhere below `root`. `root` is made too, but nothing above it.
pub(crate) fn make_folders(root: &Path, file: &Path) -> Result<(), FileError> {
    has_folder(root).map_err(|error| FileError::unwritable(root, error))?;
    no_links(root, file)?;
    let folder = folder_of(file);
    fs::create_dir_all(folder).map_err(|error| FileError::unwritable(folder, error))
}

/// Writes a file somewhere below `root`, and makes the folders that it needs there.
pub(crate) fn write_inside(
    root: &Path,
    path: &Path,
    text: impl AsRef<[u8]>,
    new: New,
) -> Result<(), FileError> {
    make_folders(root, path)?;
    let permissions = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_file() => Some(metadata.permissions()),
        Ok(_) => {
            let error = io::Error::other("something that is no file is there");
            return Err(FileError::unwritable(path, error));
        }
        Err(_) => None,
    };
    let replaced = replace(path, text.as_ref(), permissions, new);
    replaced.map_err(|error| FileError::unwritable(path, error))
}

/// How a file is opened whose name the tool made up: a link at it is refused by the system too.
pub(crate) fn without_links(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.custom_flags(libc::O_NOFOLLOW);
    }
    options
}
