//! The manifest before a change: from a path, or from git's objects.

use std::path::{Path, PathBuf};

use crate::cli::args::load;
use crate::cli::args::options::ManifestArgs;
use crate::cli::cli_error::CliError;
use crate::cli::exit::Failure;
use crate::cli::terminal::ui::Ui;
use crate::files;
use crate::files::{ManifestReader, Part};
use crate::git::{GitError, Repository};
use crate::manifest;
use crate::manifest::File;
use crate::model::Desired;
use crate::report::count;

#[derive(Clone, Debug)]
pub(crate) enum Base {
    Path(PathBuf),
    /// A commit, a branch or a tag.
    Git(String),
}

/// Reads `git:REF` or a path.
pub(crate) fn parse(text: &str) -> Result<Base, String> {
    match text.strip_prefix("git:") {
        None => Ok(Base::Path(PathBuf::from(text))),
        Some(reference) if reference.is_empty() || reference.starts_with('-') => {
            Err("expected a commit, a branch or a tag, as in git:origin/main".to_owned())
        }
        Some(reference) => Ok(Base::Git(reference.to_owned())),
    }
}

/// Loads it, with the overlays and variables of the manifest itself; nothing where there was none, or where it was wrong: what
/// mends it can be planned all the same.
pub(crate) fn load(
    base: &Base,
    given: &ManifestArgs,
    ui: &mut Ui,
) -> Result<Option<&'static Desired>, Failure> {
    let files = match base {
        Base::Path(path) => ManifestReader::default().manifest(std::slice::from_ref(path))?,
        Base::Git(reference) => from_git(reference, given)?,
    };
    if files.is_empty() {
        ui.remark("There was no manifest before this change: nothing is drift.");
        return Ok(None);
    }
    match manifest::load(load::input_of(files, given)?) {
        // Its warnings were shown when it was the manifest.
        Ok((desired, _)) => Ok(Some(Box::leak(Box::new(desired)))),
        Err(findings) => {
            ui.remark(format_args!(
                "The manifest before this change has {}: this change and drift are not told apart.",
                count(findings.errors(), "mistake")
            ));
            Ok(None)
        }
    }
}

/// The files that a commit has where the manifest is now.
fn from_git(reference: &str, given: &ManifestArgs) -> Result<Vec<File>, CliError> {
    let refused = |error: GitError| CliError::Base {
        reference: reference.to_owned(),
        reason: error.reason,
    };
    let paths: Vec<&Path> = match &given.files[..] {
        [] => files::USUAL.map(Path::new).to_vec(),
        files => files.iter().map(PathBuf::as_path).collect(),
    };
    let repository = Repository::here();
    let mut names = Vec::new();
    for path in paths {
        let given = path.to_string_lossy();
        let given = given.strip_prefix("./").unwrap_or(&given);
        let given = given.trim_end_matches('/');
        for name in repository.names_at(reference, [path]).map_err(refused)? {
            // A file that is named is a part of it, whatever it is called; below a folder as when that is read.
            if *name == *given {
                names.push(name);
                continue;
            }
            let below = name.strip_prefix(given).unwrap_or(&name);
            match files::part(below.trim_start_matches('/')) {
                Part::Manifest => names.push(name),
                Part::Refused(reason) if name.contains('\\') => {
                    let reason = format!("{name}: {reason}");
                    return Err(refused(GitError { reason }));
                }
                // Other names are no reason not to plan what mends them.
                Part::Overlay | Part::Apart | Part::Refused(_) => {}
            }
        }
    }
    names.sort();
    names.dedup();
    let files = names.iter().map(|name| {
        let text = repository.text_at(reference, name).map_err(refused)?;
        Ok(File {
            name: format!("{reference}:{name}"),
            bytes: text.into_bytes(),
        })
    });
    files.collect()
}
