//! What is wrong in a line of a table that is imported.

use miette::Diagnostic;
use thiserror::Error;

#[derive(Debug, Error, Diagnostic)]
#[error("{column}: {what}")]
#[diagnostic(
    code(ufsync::cli::import),
    help(
        "Nothing was written. `ufsync edit import --template` prints the columns and an example."
    )
)]
pub(crate) struct TableMistake {
    pub(crate) column: String,
    pub(crate) what: String,
}
