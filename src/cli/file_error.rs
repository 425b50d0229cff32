//! Files of a manifest that can't be read as a part of it. Nothing is passed over in silence.

use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

/// Why the files of a manifest are not read.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum FileError {
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

fn list(paths: &[PathBuf], separator: &str) -> String {
    let paths: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let neither = if paths.len() > 1 { "neither " } else { "no " };
    format!("{neither}{}", paths.join(separator))
}
