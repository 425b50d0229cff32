//! What is wrong with the variables of a manifest.

use miette::Diagnostic;
use thiserror::Error;

/// Every mistake in `${…}`, and in the list of variables.
#[derive(Clone, Debug, PartialEq, Error, Diagnostic)]
pub enum VariableMistake {
    #[error("the variable `{name}` is not set")]
    #[diagnostic(code(ufsync::manifest::missing_variable), help("{help}"))]
    MissingVariable {
        name: String,
        /// How to set it, or the nearest that is set.
        help: String,
    },

    /// A dollar sign that starts no variable.
    #[error("`{text}` is no variable")]
    #[diagnostic(
        code(ufsync::manifest::bad_variable),
        help(
            "Write ${{NAME}} or ${{NAME:-default}}, where NAME is made of letters, digits and `_`; for a dollar sign before a brace write $$."
        )
    )]
    BadVariable {
        /// As written.
        text: String,
    },

    #[error("`{name}` can't be the name of a variable")]
    #[diagnostic(
        code(ufsync::manifest::bad_variable_name),
        help(
            "Names are made of letters, digits and `_`, and do not start with a digit. Write the name only, without ${{…}}."
        )
    )]
    BadVariableName {
        /// As written.
        name: String,
    },

    /// A listed variable that is certainly a secret.
    #[error("`{name}` has the name of a secret")]
    #[diagnostic(
        code(ufsync::manifest::secret_variable),
        help(
            "It is not read from the environment, where anyone who can change the manifest could print it. If it is no secret, rename it to UFSYNC_VAR_…, or pass it with --var {name}=…."
        )
    )]
    SecretVariable {
        /// As written.
        name: String,
    },

    /// Variables that make a manifest too large.
    #[error("variables add more than {limit} bytes to this manifest")]
    #[diagnostic(
        code(ufsync::manifest::too_much_text),
        help("Use shorter values, or fewer of them.")
    )]
    TooMuchText {
        /// The most that is allowed.
        limit: usize,
    },
}
