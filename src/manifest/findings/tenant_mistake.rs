//! What is wrong with where a tenant stands among others.

use miette::Diagnostic;
use thiserror::Error;

/// Every mistake in the `parent` of a tenant.
#[derive(Clone, Debug, PartialEq, Error, Diagnostic)]
pub enum TenantMistake {
    /// A tenant below itself.
    #[error("tenant `{handle}` would be below itself")]
    #[diagnostic(
        code(ufsync::manifest::parent_circle),
        help(
            "Follow the `parent` lines from here: one of them has to name another tenant, or go."
        )
    )]
    ParentCircle { handle: String },

    /// A tenant that is to stay, below one that is to go.
    #[error("tenant `{parent}` is absent, so nothing can be below it")]
    #[diagnostic(
        code(ufsync::manifest::absent_parent),
        help("Write `state: absent` for this tenant too, or remove it from its parent.")
    )]
    AbsentParent {
        /// The handle of the tenant above.
        parent: String,
    },

    #[error("tenant `{handle}` is more than {most} levels deep")]
    #[diagnostic(
        code(ufsync::manifest::tenant_too_deep),
        help("Tenants nest {most} levels at the most. Nothing else was checked.")
    )]
    TenantTooDeep {
        /// The tenant.
        handle: String,
        /// How many levels are allowed.
        most: usize,
    },
}
