//! Guards that would not be what they look like.

use miette::Diagnostic;
use thiserror::Error;

/// A guard that can't be what it is meant to be.
#[derive(Clone, Debug, PartialEq, Error, Diagnostic)]
pub enum GuardMistake {
    #[error("`{guard}` lists nothing")]
    #[diagnostic(
        code(ufsync::manifest::empty_guard),
        help("It would guard nothing. Write what it is to guard, or remove it.")
    )]
    EmptyGuard { guard: &'static str },
}
