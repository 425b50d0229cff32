//! The manifest before a change: from a path, or from git's objects.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::args::ManifestArgs;
use super::exit::Failure;
use super::load;
use super::refusal::Refusal;
use super::ui::Ui;
use crate::manifest::{self, File, Input};
use crate::model::Desired;

/// Where the manifest before is.
#[derive(Clone, Debug)]
pub(super) enum Base {
    /// Files and folders.
    Path(PathBuf),
    /// A commit, a branch or a tag.
    Git(String),
}

/// Reads `git:REF` or a path.
pub(super) fn parse(text: &str) -> Result<Base, String> {
    match text.strip_prefix("git:") {
        None => Ok(Base::Path(PathBuf::from(text))),
        Some(reference) if reference.is_empty() || reference.starts_with('-') => {
            Err("expected a commit, a branch or a tag, as in git:origin/main".to_owned())
        }
        Some(reference) => Ok(Base::Git(reference.to_owned())),
    }
}

/// Loads it, with the overlays and variables of the manifest itself.
pub(super) fn load(
    base: &Base,
    given: &ManifestArgs,
    ui: &mut Ui,
) -> Result<&'static Desired, Failure> {
    let input = match base {
        Base::Path(path) => load::input(&ManifestArgs {
            files: vec![path.clone()],
            ..given.clone()
        })?,
        Base::Git(reference) => {
            let now = load::input(given)?;
            Input {
                files: from_git(reference, given)?,
                ..now
            }
        }
    };
    // What is wrong with it was said when it was the manifest.
    let loaded = manifest::load(input).map(|(desired, mut findings)| {
        findings.list.clear();
        (desired, findings)
    });
    load::checked(loaded, ui)
}

/// The files that a commit has where the manifest is now.
fn from_git(reference: &str, given: &ManifestArgs) -> Result<Vec<File>, Failure> {
    let paths: Vec<&Path> = match &given.files[..] {
        [] => vec![Path::new("ufsync.yaml"), Path::new("ufsync")],
        files => files.iter().map(PathBuf::as_path).collect(),
    };
    let mut listing = Command::new("git");
    listing
        .args(["ls-tree", "-r", "-z", "--name-only", reference, "--"])
        .args(paths);
    let listed = text(listing, reference)?;
    let is_yaml = |name: &&str| {
        let extension = Path::new(name).extension();
        extension.is_some_and(|it| it == "yaml" || it == "yml")
    };
    let names = listed.split('\0').filter(is_yaml);
    let files = names.map(|name| {
        let mut show = Command::new("git");
        show.args(["show", &format!("{reference}:./{name}")]);
        Ok(File {
            name: format!("{reference}:{name}"),
            bytes: text(show, reference)?.into_bytes(),
        })
    });
    let files: Vec<File> = files.collect::<Result<_, Failure>>()?;
    if files.is_empty() {
        return Err(refused(reference, "it has no manifest there"));
    }
    Ok(files)
}

fn text(mut command: Command, reference: &str) -> Result<String, Failure> {
    let output = command
        .output()
        .map_err(|error| refused(reference, &error.to_string()))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(refused(reference, said.trim()));
    }
    String::from_utf8(output.stdout).map_err(|_| refused(reference, "a file is not UTF-8"))
}

fn refused(reference: &str, reason: &str) -> Failure {
    Failure::Other(Box::new(Refusal::Base {
        reference: reference.to_owned(),
        reason: reason.to_owned(),
    }))
}
