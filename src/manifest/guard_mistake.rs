//! Guards and roles that would not be what they look like.

use miette::Diagnostic;
use thiserror::Error;

/// A guard or a role that can't be what it is meant to be.
#[derive(Clone, Debug, PartialEq, Error, Diagnostic)]
pub enum GuardMistake {
    /// A guard that lists nothing.
    #[error("`{guard}` lists nothing")]
    #[diagnostic(
        code(ufsync::manifest::empty_guard),
        help("It would guard nothing. Write what it is to guard, or remove it.")
    )]
    EmptyGuard {
        /// The guard.
        guard: &'static str,
    },

    /// A name that no role can have.
    #[error("`{role}` can't be the name of a role: {reason}")]
    #[diagnostic(
        code(ufsync::manifest::bad_role),
        help("A role has 1 to 100 characters, and no white space at its ends.")
    )]
    BadRole {
        /// As written.
        role: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}
