//! Several files that change together: what they are to be is written down before the first of them, so that the next command
//! can finish what broke off.
#![expect(
    clippy::disallowed_methods,
    reason = "this is where files are looked for"
)]

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tracing::Level;

use crate::cli::exit::Failure;
use crate::cli::files;
use crate::cli::git_changes::Changed;
use crate::cli::refusal::Refusal;
use crate::cli::terminal::log;
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

fn unreadable(path: &Path, error: std::io::Error) -> Failure {
    let path = path.to_owned();
    Refusal::Unreadable { path, error }.into()
}

/// Writes down what files are to be. The path of what has to be removed when they are.
pub(crate) fn begin(changed: &[Changed<'_>]) -> Result<Option<PathBuf>, Failure> {
    let [first, _, ..] = changed else {
        return Ok(None);
    };
    let pending = changed.iter().map(|it| {
        let path = Path::new(it.path);
        Ok(Pending {
            path: fs::canonicalize(path).map_err(|error| unreadable(path, error))?,
            before: digest(it.old.as_bytes()),
            after: it.new.to_owned(),
        })
    });
    let recovery = Recovery {
        files: pending.collect::<Result<_, Failure>>()?,
    };
    let folder = Path::new(first.path).parent().unwrap_or(Path::new(""));
    let path = folder.join(NAME);
    files::write(&path, serde_json::to_vec(&recovery).unwrap_or_default())?;
    Ok(Some(path))
}

/// All files are what they are to be.
pub(crate) fn end(path: Option<&Path>) -> Result<(), Failure> {
    path.map_or(Ok(()), |path| Ok(files::remove(path)?))
}

/// Finishes what broke off in the folders of a manifest.
///
/// # Errors
/// Where a file is neither what it was nor what it was to be: it was changed since.
pub(crate) fn recover(given: &[PathBuf]) -> Result<(), Failure> {
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
        let text = fs::read(&path).map_err(|error| unreadable(&path, error))?;
        let broken = |reason: String| {
            Failure::Other(Box::new(Refusal::Recovery {
                path: path.clone(),
                reason,
            }))
        };
        let recovery: Recovery =
            serde_json::from_slice(&text).map_err(|error| broken(error.to_string()))?;
        for file in &recovery.files {
            let now = fs::read(&file.path).map_err(|error| unreadable(&file.path, error))?;
            let now = digest(&now);
            if now != file.before && now != digest(file.after.as_bytes()) {
                return Err(broken(format!("{} was changed since", file.path.display())));
            }
        }
        for file in &recovery.files {
            files::write(&file.path, &file.after)?;
        }
        end(Some(&path))?;
        let files = recovery.files.len();
        let text = format!("Finished writing {files} files, which broke off before.");
        log::say(Level::INFO, &text);
    }
    Ok(())
}
