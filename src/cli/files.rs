//! Reading documents up to a limit, and writing files: completely or not at all, and never over a file that a person wrote. A
//! device or a pipe is written to; a link stays a link, and a file keeps its mode.
#![expect(
    clippy::disallowed_methods,
    reason = "this is where files are read and written"
)]

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Component, Path, PathBuf};

use crate::cli::refusal::Refusal;
use crate::export::{MARKER, is_unchanged};

/// A saved plan or a snapshot is not longer.
const LONGEST: u64 = 256 << 20;
/// Within so many bytes a document has begun.
const BEGINNING: usize = 64 << 10;
/// More links than this lead in a circle.
const MOST_LINKS: usize = 40;

/// Reads a JSON document. A file without an end is not read to its end.
pub(crate) fn read_document(path: &Path) -> Result<Vec<u8>, Refusal> {
    let read = || {
        let file: Box<dyn io::Read> = if is_stdout(path) {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(path)?)
        };
        let mut file = file.take(LONGEST + 1);
        let mut text = Vec::new();
        file.by_ref()
            .take(BEGINNING as u64)
            .read_to_end(&mut text)?;
        let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
        if text.len() == BEGINNING && first != Some(&b'{') {
            return Err(io::Error::new(
                ErrorKind::InvalidData,
                "it is not a JSON document",
            ));
        }
        file.read_to_end(&mut text)?;
        if text.len() as u64 > LONGEST {
            let reason = format!("it is longer than {} MiB", LONGEST >> 20);
            return Err(io::Error::new(ErrorKind::FileTooLarge, reason));
        }
        Ok(text)
    };
    read().map_err(|error: io::Error| {
        let path = path.to_owned();
        match error.kind() {
            ErrorKind::InvalidData | ErrorKind::FileTooLarge => {
                let reason = error.to_string();
                Refusal::NoDocument { path, reason }
            }
            _ => Refusal::Unreadable { path, error },
        }
    })
}

/// A text, from a file or standard input.
pub(crate) fn read_text(path: &Path) -> Result<String, Refusal> {
    let read = || {
        let source: Box<dyn io::Read> = if is_stdout(path) {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(path)?)
        };
        let mut text = String::new();
        source.take(LONGEST).read_to_string(&mut text)?;
        Ok(text)
    };
    read().map_err(|error| unreadable(path, error))
}

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
pub(crate) fn place(path: &Path) -> Result<Place, Refusal> {
    look(path).map_err(|error| unwritable(path, error))
}

fn look(path: &Path) -> io::Result<Place> {
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
fn has_folder(path: &Path) -> io::Result<()> {
    let folder = folder_of(path);
    if folder.is_dir() {
        return Ok(());
    }
    let reason = format!("there is no folder {}", folder.display());
    Err(io::Error::new(ErrorKind::NotFound, reason))
}

fn unreadable(path: &Path, error: io::Error) -> Refusal {
    let path = path.to_owned();
    Refusal::Unreadable { path, error }
}

fn unwritable(path: &Path, error: io::Error) -> Refusal {
    Refusal::Unwritable {
        path: path.to_owned(),
        error,
    }
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

/// Whether there is something at a path.
pub(crate) fn exists(path: &str) -> bool {
    Path::new(path).symlink_metadata().is_ok()
}

/// Whether a path means standard output.
pub(crate) fn is_stdout(path: &Path) -> bool {
    path == Path::new("-")
}

/// Refuses a path where a file stands that does not start with `marker`. An empty file is nobody's.
pub(crate) fn may_replace(path: &Path, marker: &str, force: bool) -> Result<(), Refusal> {
    if let Place::File {
        target,
        is_empty: false,
        ..
    } = place(path)?
        && !force
        && is_marked(&target, marker)? == Some(false)
    {
        return Err(Refusal::NotOverwritten {
            path: path.to_owned(),
        });
    }
    Ok(())
}

/// Whether the file at a path starts with a marker; nothing where there is no file.
fn is_marked(path: &Path, marker: &str) -> Result<Option<bool>, Refusal> {
    let unreadable = |error| unreadable(path, error);
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

/// Removes a file.
pub(crate) fn remove(path: &Path) -> Result<(), Refusal> {
    fs::remove_file(path).map_err(|error| unwritable(path, error))
}

/// Refuses to write an export over one that was changed since.
pub(crate) fn may_export(path: &Path, force: bool) -> Result<(), Refusal> {
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
        return Err(Refusal::ExportChanged { path });
    }
    Ok(())
}

/// Whether a file is as an export wrote it; nothing where it does not say.
pub(crate) fn is_unchanged_export(path: &Path) -> Result<Option<bool>, Refusal> {
    let text = fs::read(path).map_err(|error| unreadable(path, error))?;
    Ok(std::str::from_utf8(&text).ok().and_then(is_unchanged))
}

/// The YAML files below a folder that start with a marker.
pub(crate) fn marked_below(folder: &Path, marker: &str) -> Result<Vec<PathBuf>, Refusal> {
    let unreadable = |error| unreadable(folder, error);
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

/// Makes the folder of a file that is to stand somewhere below `root`. `root` is made too, but nothing above it.
pub(crate) fn make_folders(root: &Path, file: &Path) -> Result<(), Refusal> {
    has_folder(root).map_err(|error| unwritable(root, error))?;
    let folder = folder_of(file);
    fs::create_dir_all(folder).map_err(|error| unwritable(folder, error))
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

/// Writes a file beside its place and moves it there, so that a reader sees the old text or the new one. A new file can be
/// read by nobody but its owner: that is how temporary files are made.
pub(crate) fn write(path: &Path, text: impl AsRef<[u8]>) -> Result<(), Refusal> {
    write_by(path, text.as_ref(), &tempfile::Builder::new())
}

/// The same, but that others may read a new file too, as far as the process lets them.
pub(crate) fn write_for_all(path: &Path, text: &str) -> Result<(), Refusal> {
    let mut maker = tempfile::Builder::new();
    #[cfg(unix)]
    maker.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    write_by(path, text.as_bytes(), &maker)
}

fn write_by(path: &Path, text: &[u8], maker: &tempfile::Builder<'_, '_>) -> Result<(), Refusal> {
    let (target, permissions) = match place(path)? {
        Place::Stream => {
            let written = stream(path).and_then(|mut stream| {
                stream.write_all(text)?;
                stream.flush()
            });
            return written.map_err(|error| unwritable(path, error));
        }
        Place::File {
            target,
            permissions,
            ..
        } => (target, Some(permissions)),
        Place::New => (path.to_owned(), None),
    };
    let replace = || {
        let mut file = maker.tempfile_in(folder_of(&target))?;
        if let Some(permissions) = permissions {
            file.as_file().set_permissions(permissions)?;
        }
        file.write_all(text)?;
        file.as_file().sync_all()?;
        file.persist(&target).map_err(|error| error.error)?;
        // The new name is on the disk too, where folders can be synced.
        File::open(folder_of(&target))
            .and_then(|folder| folder.sync_all())
            .or(Ok(()))
    };
    replace().map_err(|error| unwritable(path, error))
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
