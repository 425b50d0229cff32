//! Several files that change together: what they are to be is written down before the first of them, so that the next command
//! can finish what broke off.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::files::error::FileError;
use crate::files::read::read_file;
use crate::files::write::{remove, write};
use crate::manifest::edit::Rewrite;
use crate::model::digest;

/// Beside the first of the files.
const NAME: &str = ".ufsync-recovery.json";

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

/// Writes the files of a manifest, each in one step. [`recover`] finishes several that broke off.
pub(crate) fn rewrite(rewrites: &[Rewrite]) -> Result<(), FileError> {
    let recovery = begin(rewrites)?;
    for Rewrite { file, after, .. } in rewrites {
        write(Path::new(file), after)?;
    }
    recovery.map_or(Ok(()), |path| remove(&path))
}

/// Writes down what several files are to be. The path of what has to be removed when they are.
fn begin(rewrites: &[Rewrite]) -> Result<Option<PathBuf>, FileError> {
    let [first, _, ..] = rewrites else {
        return Ok(None);
    };
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
    let folder = Path::new(&first.file).parent().unwrap_or(Path::new(""));
    let path = folder.join(NAME);
    write(&path, serde_json::to_vec(&recovery).unwrap_or_default())?;
    Ok(Some(path))
}

/// Finishes what broke off in the folders of a manifest. For each of them, `finished` gets the number of the files.
///
/// # Errors
/// Where a file is neither what it was nor what it was to be: it was changed since.
pub(crate) fn recover(given: &[PathBuf], finished: impl Fn(usize)) -> Result<(), FileError> {
    let usual = [PathBuf::from("."), PathBuf::from("ufsync")];
    let given = if given.is_empty() { &usual } else { given };
    for path in given {
        let folder = if path.is_dir() {
            Some(&**path)
        } else {
            path.parent()
        };
        let Some(path) = folder
            .map(|folder| folder.join(NAME))
            .filter(|path| path.is_file())
        else {
            continue;
        };
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
