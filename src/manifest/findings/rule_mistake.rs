//! What is wrong with a rule, or with what a file may say.

use miette::Diagnostic;
use thiserror::Error;

/// Every mistake in `rules` and `restrictions`.
#[derive(Clone, Debug, PartialEq, Error, Diagnostic)]
pub enum RuleMistake {
    /// A rule that says nothing, or two things at once.
    #[error("this is not a rule: {reason}")]
    #[diagnostic(
        code(ufsync::manifest::bad_rule),
        help(
            "Write one of `{{ role: admin, onlyUsers: [\"*@acme.example\"] }}`, `{{ notTogether: [one, other] }}` and `{{ role: owner, scope: tenants, atLeast: 1, atMost: 3 }}`."
        )
    )]
    BadRule {
        /// What is missing, or too much.
        reason: &'static str,
    },

    /// A scope that is none.
    #[error("`{scope}` is not where a rule can hold")]
    #[diagnostic(
        code(ufsync::manifest::bad_scope),
        help("Write `workspace`, `tenants` or `tenants/HANDLE`. {help}")
    )]
    BadScope {
        /// As written.
        scope: String,
        /// The nearest handle.
        help: String,
    },

    /// A file that no restriction is for.
    #[error("no entry of `restrictions` is for the file {file}")]
    #[diagnostic(
        code(ufsync::manifest::unrestricted_file),
        help("Add one, or give the file all rights: `{{ files: \"{file}\", everything: true }}`.")
    )]
    UnrestrictedFile {
        /// From the folder of the restrictions.
        file: String,
    },

    /// More than a file may say.
    #[error("the file {file} may not say this: {reason}")]
    #[diagnostic(code(ufsync::manifest::restricted), help("{help}"))]
    Restricted {
        /// From the folder of the restrictions.
        file: String,
        /// What, in words.
        reason: String,
        /// What to do.
        help: String,
    },

    /// A handle or a role that the manifest does not have.
    #[error("`restrictions` name the {what} `{name}`, which the manifest does not have")]
    #[diagnostic(
        severity(Warning),
        code(ufsync::manifest::unknown_in_restriction),
        help("{help}")
    )]
    UnknownInRestriction {
        /// `tenant` or `role`.
        what: &'static str,
        /// As written.
        name: String,
        /// The nearest.
        help: String,
    },
}
