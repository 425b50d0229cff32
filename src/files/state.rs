//! The state folder. In: the environment, and the paths of a manifest. Out: folders that only the user can enter, for what is
//! nobody else's: recovery files, locks, and the key of `PLAN.applied`. Main type: [`State`].
//!
//! What is in a work tree comes from the person who committed it, so none of that can be there.
#![expect(
    clippy::disallowed_methods,
    reason = "the environment says where the state folder is"
)]

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use ring::rand::{SecureRandom as _, SystemRandom};

use crate::files::error::FileError;
use crate::files::inside::{no_link, without_links};
use crate::files::manifest::USUAL;
use crate::model::digest;

/// The variable that names the folder.
const VARIABLE: &str = "UFSYNC_STATE_DIR";
/// How long another process is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often it is looked whether it is done.
const PAUSE: Duration = Duration::from_millis(50);
/// The length of a key, in bytes.
const KEY: usize = 32;

/// The folders of a manifest: one for each path that names it.
pub(crate) struct State {
    folders: BTreeSet<PathBuf>,
}

/// Other processes wait while it is there. The system takes it back from a process that is gone.
pub(crate) struct Lock {
    _files: Vec<File>,
}

impl State {
    /// Those of the manifest that paths name; of the one at the usual place, where none is named. None of them is made.
    pub(crate) fn of(given: &[PathBuf]) -> Result<Self, FileError> {
        let root = root()?;
        let usual = USUAL.map(PathBuf::from);
        let given = if given.is_empty() { &usual } else { given };
        let real = given.iter().filter_map(|path| fs::canonicalize(path).ok());
        let folders = real.map(|path| root.join(digest(path.as_os_str().as_encoded_bytes())));
        Ok(Self {
            folders: folders.collect(),
        })
    }

    pub(crate) fn folders(&self) -> impl Iterator<Item = &Path> {
        self.folders.iter().map(PathBuf::as_path)
    }

    /// Makes the folders, and keeps other processes out of them.
    pub(crate) fn lock(&self) -> Result<Lock, FileError> {
        let start = Instant::now();
        let lock = |folder: &PathBuf| {
            make(folder)?;
            let path = folder.join("lock");
            no_link(&path)?;
            let opened = without_links(OpenOptions::new().create(true).append(true)).open(&path);
            let file = opened.map_err(|error| no_state(&error))?;
            loop {
                match file.try_lock() {
                    Ok(()) => return Ok(file),
                    Err(TryLockError::Error(error)) => return Err(no_state(&error)),
                    Err(TryLockError::WouldBlock) if start.elapsed() > PATIENCE => {
                        return Err(FileError::Locked { path });
                    }
                    Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
                }
            }
        };
        let files = self.folders.iter().map(lock).collect::<Result<_, _>>()?;
        Ok(Lock { _files: files })
    }
}

/// The key that only this user has. It is made where there is none.
pub(crate) fn key() -> Result<Vec<u8>, FileError> {
    let root = root()?;
    make(&root)?;
    let path = root.join("key");
    no_link(&path)?;
    let mut key = vec![0; KEY];
    let fill = SystemRandom::new().fill(&mut key);
    fill.map_err(|_| no_state(&"the system has no random numbers"))?;
    // Of two processes that make one at once, the first is right.
    let make = || {
        let mut file = tempfile::NamedTempFile::new_in(&root)?;
        io::Write::write_all(&mut file, &key)?;
        file.as_file().sync_all()?;
        match file.persist_noclobber(&path) {
            Err(error) if error.error.kind() != ErrorKind::AlreadyExists => Err(error.error),
            _ => Ok(()),
        }
    };
    if !path.is_file() {
        make().map_err(|error| no_state(&error))?;
    }
    let key = fs::read(&path).map_err(|error| no_state(&error))?;
    if key.len() != KEY {
        return Err(no_state(&format_args!("{} is no key", path.display())));
    }
    Ok(key)
}

/// Where the state is. A relative path would mean another folder in each work tree, and a committed one in some.
fn root() -> Result<PathBuf, FileError> {
    let named = |name: &str| {
        let value = std::env::var_os(name).filter(|value| !value.is_empty());
        value.map(PathBuf::from)
    };
    if let Some(path) = named(VARIABLE) {
        if path.is_absolute() {
            return Ok(path);
        }
        return Err(no_state(&format_args!(
            "{VARIABLE} is {}, which is no absolute path",
            path.display()
        )));
    }
    let absolute = |path: &PathBuf| path.is_absolute();
    let usual = if cfg!(windows) {
        named("LOCALAPPDATA").filter(absolute)
    } else {
        let home = || named("HOME").filter(absolute);
        let state = named("XDG_STATE_HOME").filter(absolute);
        state.or_else(|| Some(home()?.join(".local/state")))
    };
    let usual = usual.map(|folder| folder.join("ufsync"));
    usual.ok_or_else(|| no_state(&"the environment names no home folder"))
}

fn make(folder: &Path) -> Result<(), FileError> {
    let mut maker = fs::DirBuilder::new();
    maker.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut maker, 0o700);
    let made = maker.create(folder);
    made.map_err(|error| no_state(&format_args!("{}: {error}", folder.display())))
}

fn no_state(reason: &dyn std::fmt::Display) -> FileError {
    let reason = reason.to_string();
    FileError::NoState { reason }
}
