//! Files of a manifest that can't be read as a part of it. Nothing is passed over in silence.

use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

/// Why the files of a manifest are not read.
#[derive(Debug, Error, Diagnostic)]
pub(super) enum FileError {
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

    #[error("standard input is named twice")]
    #[diagnostic(
        code(ufsync::cli::input_twice),
        help("It can be read once. Write one of the two to a file.")
    )]
    InputTwice,
}
