//! Files of a manifest that change, one or several together. In: their texts before and after. Out: all of them changed, or none.
//! What several are to be is written down in the state folder before the first of them, so that the next command can finish what
//! broke off.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files::error::FileError;
use crate::files::inside::no_link;
use crate::files::read::read_file;
use crate::files::state::State;
use crate::files::write::{remove, write};
use crate::manifest::edit::Rewrite;
use crate::model::digest;

/// In the folder that the state folder has for a manifest.
const NAME: &str = "recovery.json";
/// Where earlier versions had it: in the work tree, where anyone could commit one.
const FORMER: &str = ".ufsync-recovery.json";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Recovery {
    files: Vec<Pending>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pending {
    path: PathBuf,
    /// The SHA-256 of what it was.
    before: String,
    /// What it is to be.
    after: String,
}

/// Writes the files of the manifest that paths name, each in one step. [`recover`] finishes several that broke off.
///
/// # Errors
/// Where a file is not what it was when it was read: nothing is written then. Where several are to be written, and there is no
/// state folder.
pub(crate) fn rewrite(rewrites: &[Rewrite], given: &[PathBuf]) -> Result<(), FileError> {
    let state = State::of(given).and_then(|state| Ok((state.lock()?, state)));
    let state = match state {
        Err(FileError::NoState { .. }) if rewrites.len() < 2 => None,
        state => Some(state?),
    };
    for Rewrite { file, before, .. } in rewrites {
        let path = Path::new(file);
        if read_file(path)? != before.as_bytes() {
            let path = path.to_owned();
            return Err(FileError::ChangedSince { path });
        }
    }
    let folder = state.as_ref().and_then(|(_, state)| state.folders().next());
    let recovery = folder.map(|folder| begin(rewrites, folder));
    let recovery = recovery.transpose()?.flatten();
    for Rewrite { file, after, .. } in rewrites {
        write(Path::new(file), after)?;
    }
    recovery.map_or(Ok(()), |path| remove(&path))
}

/// Writes down what several files are to be. The path of what has to be removed when they are.
fn begin(rewrites: &[Rewrite], folder: &Path) -> Result<Option<PathBuf>, FileError> {
    if rewrites.len() < 2 {
        return Ok(None);
    }
    let pending = rewrites.iter().map(|it| {
        let path = Path::new(&it.file);
        Ok(Pending {
            path: fs::canonicalize(path).map_err(|error| FileError::unreadable(path, error))?,
            before: digest(it.before.as_bytes()),
            after: it.after.clone(),
        })
    });
    let recovery = Recovery {
        files: pending.collect::<Result<_, FileError>>()?,
    };
    let path = folder.join(NAME);
    no_link(&path)?;
    write(&path, serde_json::to_vec(&recovery).unwrap_or_default())?;
    Ok(Some(path))
}

/// Finishes what broke off of the manifest that paths name; `finished` gets the number of the files.
///
/// # Errors
/// Where a file is neither what it was nor what it was to be: it was changed since.
pub(crate) fn recover(given: &[PathBuf], finished: impl Fn(usize)) -> Result<(), FileError> {
    // Without a state folder nothing of several files was begun.
    let Ok(state) = State::of(given) else {
        return Ok(());
    };
    let is_there = || state.folders().any(|folder| folder.join(NAME).is_file());
    if !is_there() {
        return Ok(());
    }
    // Another process may be about to finish it.
    let _lock = state.lock()?;
    for path in state.folders().map(|folder| folder.join(NAME)) {
        if !path.is_file() {
            continue;
        }
        no_link(&path)?;
        let text = read_file(&path)?;
        let broken = |reason: String| FileError::Recovery {
            path: path.clone(),
            reason,
        };
        let recovery: Recovery =
            serde_json::from_slice(&text).map_err(|error| broken(error.to_string()))?;
        for file in &recovery.files {
            let now = digest(&read_file(&file.path)?);
            if now != file.before && now != digest(file.after.as_bytes()) {
                return Err(broken(format!("{} was changed since", file.path.display())));
            }
        }
        for file in &recovery.files {
            write(&file.path, &file.after)?;
        }
        remove(&path)?;
        finished(recovery.files.len());
    }
    Ok(())
}

/// The recovery files in the folders of a manifest that earlier versions wrote there, or anyone else. They are not read.
pub(crate) fn former(given: &[PathBuf]) -> Vec<PathBuf> {
    let usual = [PathBuf::from("."), PathBuf::from("ufsync")];
    let given = if given.is_empty() { &usual } else { given };
    let folders = given.iter().filter_map(|path| {
        let is_folder = path.is_dir();
        let folder = if is_folder {
            Some(&**path)
        } else {
            path.parent()
        };
        folder.map(|folder| folder.join(FORMER))
    });
    let mut found: Vec<PathBuf> = folders
        .filter(|path| path.symlink_metadata().is_ok())
        .collect();
    found.dedup();
    found
}
