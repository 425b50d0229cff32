//! What is wrong with a file.

use std::io;
use std::path::{Path, PathBuf};

use miette::Diagnostic;
use thiserror::Error;

/// One variant for each mistake. Nothing is passed over in silence.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum FileError {
    #[error("no manifest found")]
    #[diagnostic(
        code(ufsync::cli::no_manifest),
        help(
            "Name one with -f, or run where ufsync.yaml or a folder ufsync/ is. `ufsync export` writes one from a workspace."
        )
    )]
    NoManifest,

    #[error("{path} can't be read: {error}")]
    #[diagnostic(
        code(ufsync::cli::unreadable),
        help("Check the path and its permissions.")
    )]
    Unreadable { path: PathBuf, error: io::Error },

    #[error("{path} is no document of ufsync: {reason}")]
    #[diagnostic(
        code(ufsync::cli::no_document),
        help("Name a file that ufsync wrote: a plan, a snapshot or a report.")
    )]
    NoDocument { path: PathBuf, reason: String },

    #[error("{path} holds no *.yaml or *.yml file")]
    #[diagnostic(
        code(ufsync::cli::empty_folder),
        help("Name the folder that holds the manifest.")
    )]
    EmptyFolder { path: PathBuf },

    #[error("{path} can't be written: {error}")]
    #[diagnostic(
        code(ufsync::cli::unwritable),
        help("Check the path and its permissions.")
    )]
    Unwritable { path: PathBuf, error: io::Error },

    #[error("{path} is a file of another kind, and would be lost")]
    #[diagnostic(
        code(ufsync::cli::not_overwritten),
        help(
            "Nothing was written. Choose another path, or move the file away; `ufsync export --force` writes over it."
        )
    )]
    NotOverwritten { path: PathBuf },

    #[error("{path} was changed since ufsync export wrote it")]
    #[diagnostic(
        code(ufsync::cli::export_changed),
        help(
            "Nothing was written. `ufsync pull` takes live changes into it and keeps yours; --force overwrites it."
        )
    )]
    ExportChanged { path: PathBuf },

    #[error("a manifest from standard input can't be changed")]
    #[diagnostic(code(ufsync::cli::pull_stdin), help("Name the files with -f."))]
    Stdin,

    #[error("{path} is not a file of this manifest")]
    #[diagnostic(
        code(ufsync::cli::edit_other_file),
        help("Name one of the files that -f reads.")
    )]
    OtherFile { path: PathBuf },

    #[error("{path} is a link")]
    #[diagnostic(
        code(ufsync::cli::link),
        help(
            "Nothing was written. ufsync makes up this path itself, and the person who made the link would choose the file behind it. Remove the link."
        )
    )]
    Link { path: PathBuf },

    #[error("{path} is a link that leads into another work tree: {target}")]
    #[diagnostic(
        code(ufsync::cli::other_work_tree),
        help("Nothing was written. Name the file itself, or remove the link.")
    )]
    OtherWorkTree { path: PathBuf, target: PathBuf },

    #[error("there is no folder for what ufsync has to remember: {reason}")]
    #[diagnostic(
        code(ufsync::cli::no_state),
        help(
            "Nothing was written: several files change together only where it can be noted what they are to be. Set UFSYNC_STATE_DIR to the absolute path of a folder that only you can write to."
        )
    )]
    NoState { reason: String },

    #[error("another ufsync is writing this manifest, and did not end within 10 seconds")]
    #[diagnostic(
        code(ufsync::cli::locked),
        help("Nothing was written. Run again when it is done; it holds {}.", path.display())
    )]
    Locked { path: PathBuf },

    #[error("{path} was changed since it was read")]
    #[diagnostic(
        code(ufsync::cli::changed_since),
        help("Nothing was written. Run again, and look at the new changes.")
    )]
    ChangedSince { path: PathBuf },

    #[error("what broke off can't be finished: {reason}")]
    #[diagnostic(
        code(ufsync::cli::recovery),
        help("{} holds the texts that were to be written. Take over what you want, and remove it.", path.display())
    )]
    Recovery { path: PathBuf, reason: String },

    #[error("{path} is in the manifest's folder and can't be read as a part of it: {reason}")]
    #[diagnostic(
        code(ufsync::cli::not_read),
        help(
            "Nothing was read. Rename it to *.yaml, move it out of the folder, or begin its name with a dot if it is no part of the manifest."
        )
    )]
    NotRead { path: PathBuf, reason: &'static str },

    #[error("{path} is read twice")]
    #[diagnostic(
        code(ufsync::cli::file_twice),
        help("It is {} as well. Name it once, and remove links to files of the same folder.", first.display())
    )]
    Twice { path: PathBuf, first: PathBuf },

    #[error("there are both ufsync.yaml and ufsync/")]
    #[diagnostic(
        code(ufsync::cli::file_and_folder),
        help(
            "Only one of them would be read. Name the manifest with -f (both: -f ufsync.yaml -f ufsync), or remove one."
        )
    )]
    FileAndFolder,

    #[error("{path} is named like the overlay of an environment, and does not say that it is one")]
    #[diagnostic(
        code(ufsync::cli::no_overlay),
        help(
            "Begin it with the line `overlay: true`, if --env is to use it; or give it another name, if it is a part of the manifest."
        )
    )]
    NoOverlay { path: PathBuf },

    #[error("there is no overlay for this environment: {}", list(places, " nor "))]
    #[diagnostic(
        code(ufsync::cli::no_environment),
        help("Write the file, or mend the name behind --env.")
    )]
    NoEnvironment { places: Vec<PathBuf> },

    #[error("there are two overlays for this environment: {path} and {other}")]
    #[diagnostic(
        code(ufsync::cli::two_environments),
        help("Remove one of them, or name the one that is meant with --overlay instead of --env.")
    )]
    TwoEnvironments { path: PathBuf, other: PathBuf },

    #[error("standard input is named twice")]
    #[diagnostic(
        code(ufsync::cli::input_twice),
        help("It can be read once. Write one of the two to a file.")
    )]
    InputTwice,
}

impl FileError {
    /// Whether something is not what was read: trying again may help.
    pub(crate) fn is_stale(&self) -> bool {
        matches!(self, Self::Locked { .. } | Self::ChangedSince { .. })
    }

    pub(crate) fn unreadable(path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        Self::Unreadable { path, error }
    }

    pub(crate) fn unwritable(path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        Self::Unwritable { path, error }
    }
}

fn list(paths: &[PathBuf], separator: &str) -> String {
    let paths: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let neither = if paths.len() > 1 { "neither " } else { "no " };
    format!("{neither}{}", paths.join(separator))
}
