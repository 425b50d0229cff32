//! What is wrong with the roles of a manifest.

use miette::Diagnostic;
use thiserror::Error;

/// Every mistake in the name of a role, or in a list of roles.
#[derive(Clone, Debug, PartialEq, Error, Diagnostic)]
pub enum RoleMistake {
    #[error("role `{role}` is not in the manifest's list of roles")]
    #[diagnostic(code(ufsync::manifest::unknown_role), help("{help}"))]
    UnknownRole {
        /// As written.
        role: String,
        /// The nearest role, or what to do.
        help: String,
    },

    #[error("role `{role}` is written twice in one list")]
    #[diagnostic(
        severity(Warning),
        code(ufsync::manifest::repeated_role),
        help("Keep one of the two.")
    )]
    RepeatedRole { role: String },

    /// A role twice in one list, with an end.
    #[error("role `{role}` is written twice in one list, and one of them ends")]
    #[diagnostic(
        code(ufsync::manifest::two_ends),
        help("Keep the one that is meant: the later end would count.")
    )]
    TwoEnds { role: String },

    /// An end that is no day and no moment.
    #[error("this is not when a grant can end")]
    #[diagnostic(
        code(ufsync::manifest::bad_until),
        help(
            "Write a day, as in `until: 2026-12-31`, which it ends with in UTC, or a moment, as in `until: 2026-12-31T18:00:00Z`."
        )
    )]
    BadUntil,

    /// A role's name that the API does not take.
    #[error("`{role}` can't be the name of a role: {reason}")]
    #[diagnostic(
        code(ufsync::manifest::bad_role),
        help("A role's name has 1 to 100 characters, and no white space around it.")
    )]
    BadRole {
        /// As written, as far as it is shown.
        role: String,
        reason: &'static str,
    },

    #[error("role `{role}` looks like `{other}`")]
    #[diagnostic(
        severity(Warning),
        code(ufsync::manifest::look_alike_role),
        help("They are two roles. Spell the role in one way, or give one of them another name.")
    )]
    LookAlikeRole {
        role: String,
        /// The one that it looks like.
        other: String,
    },
}
