//! The manifest before a change: from a path, or from git's objects.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cli::args::load;
use crate::cli::args::options::ManifestArgs;
use crate::cli::exit::Failure;
use crate::cli::refusal::Refusal;
use crate::cli::terminal::ui::Ui;
use crate::files;
use crate::files::ManifestReader;
use crate::manifest;
use crate::manifest::File;
use crate::model::Desired;
use crate::report::count;

/// Where the manifest before is.
#[derive(Clone, Debug)]
pub(crate) enum Base {
    /// Files and folders.
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
fn from_git(reference: &str, given: &ManifestArgs) -> Result<Vec<File>, Failure> {
    let paths: Vec<&Path> = match &given.files[..] {
        [] => files::USUAL.map(Path::new).to_vec(),
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
    // The overlays of environments are no part of it.
    let is_part = |name: &&str| {
        let name = name.rsplit('/').next().unwrap_or_default();
        !files::is_of_environment(name)
    };
    let files = names.filter(is_part).map(|name| {
        let mut show = Command::new("git");
        show.args(["show", &format!("{reference}:./{name}")]);
        Ok(File {
            name: format!("{reference}:{name}"),
            bytes: text(show, reference)?.into_bytes(),
        })
    });
    files.collect()
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
