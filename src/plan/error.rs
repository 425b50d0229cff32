//! What keeps a manifest from being planned against this live state.

use miette::Diagnostic;
use thiserror::Error;

/// An error that only the live state shows.
#[derive(Clone, Debug, PartialEq, Error, Diagnostic)]
#[non_exhaustive]
pub enum PlanError {
    /// A pin without a record.
    #[error("there is no {kind} with {key} {id} in this workspace")]
    #[diagnostic(
        code(ufsync::plan::pin_not_found),
        help(
            "Check that the id belongs to this workspace and mode. If the {kind} was deleted, remove the pin: it is then created again."
        )
    )]
    PinNotFound {
        /// `user` or `tenant`.
        kind: &'static str,
        /// The key of the manifest.
        key: &'static str,
        /// The id.
        id: String,
    },

    /// A pin on the workspace itself.
    #[error("`{id}` is the workspace itself, not one of its tenants")]
    #[diagnostic(
        code(ufsync::plan::pin_is_workspace),
        help("Write a tenant's own id. The workspace can't be managed as a tenant.")
    )]
    PinIsWorkspace {
        /// The id.
        id: String,
    },

    /// Several records fit.
    #[error("{count} {kind}s are called `{name}`")]
    #[diagnostic(
        code(ufsync::plan::ambiguous),
        help("Pin the entry to the one that is meant: {candidates}.")
    )]
    Ambiguous {
        /// `user` or `tenant`.
        kind: &'static str,
        /// The name or address.
        name: String,
        /// How many fit.
        count: usize,
        /// The pins to choose from, as they are written.
        candidates: String,
    },

    /// Two entries fit one record.
    #[error("two entries match the same {kind}, {id}")]
    #[diagnostic(
        code(ufsync::plan::same_record),
        help("Keep one of the entries, or pin each to its own record.")
    )]
    SameRecord {
        /// `user` or `tenant`.
        kind: &'static str,
        /// The server's id.
        id: String,
    },

    /// A new address that somebody else has.
    #[error("`{email}` belongs to another user, {id}")]
    #[diagnostic(
        code(ufsync::plan::email_taken),
        help(
            "An address can be held once in a workspace. Remove the pin if that user is meant, or give this one another address."
        )
    )]
    EmailTaken {
        /// The address.
        email: String,
        /// The other's id.
        id: String,
    },

    /// A pattern that may match users of any domain.
    #[error("`{pattern}` names no domain and may match any user")]
    #[diagnostic(
        code(ufsync::plan::prune_all),
        help(
            "Narrow it, as in *@acme.example. If all users that it matches and the manifest does not mention are meant, pass --allow-prune-all."
        )
    )]
    PruneAll {
        /// The pattern.
        pattern: String,
    },

    /// Tenants of one user each would be deleted because no entry mentions them.
    #[error("`prune.tenants` would delete {count}, as sign-up makes them: {names}")]
    #[diagnostic(
        code(ufsync::plan::prune_personal),
        help(
            "If these are to go, pass --allow-prune-all. Else write entries for the tenants that stay, or remove `prune.tenants`."
        )
    )]
    PrunePersonal {
        /// How many, in words.
        count: String,
        /// Their names.
        names: String,
    },

    /// Somebody who holds roles by a group or a tenant's members alone, and is not there.
    #[error("there is no user `{email}`")]
    #[diagnostic(
        code(ufsync::plan::unknown_member),
        help(
            "Only `members` or a group names them, which gives roles to people who exist. Add them under `users` to create them."
        )
    )]
    UnknownMember {
        /// The address.
        email: String,
    },

    /// A pin on a record that is to be deleted, and that belongs to somebody else.
    #[error("{key} {id} is {found}, not `{written}`")]
    #[diagnostic(
        code(ufsync::plan::wrong_pin),
        help(
            "Nothing is deleted on an id alone: correct the pin, or the entry, so that both name one record."
        )
    )]
    WrongPin {
        /// The key of the manifest.
        key: &'static str,
        /// The id.
        id: String,
        /// What the record is called.
        found: String,
        /// What the entry calls it.
        written: String,
    },

    /// A pin that finds nothing, while the address finds somebody.
    #[error("there is no user with {key} {id}, but `{email}` exists, as {found}")]
    #[diagnostic(
        code(ufsync::plan::stale_pin),
        help("The user was probably deleted and created again. Correct the pin, or remove it.")
    )]
    StalePin {
        /// The key of the manifest.
        key: &'static str,
        /// The id.
        id: String,
        /// The address.
        email: String,
        /// The id of the user who has it.
        found: String,
    },

    /// Tenants that can't be seen.
    #[error("tenant `{name}` may exist unseen: the server hides {hidden} of its tenants")]
    #[diagnostic(
        code(ufsync::plan::hidden_tenants),
        help(
            "This server does not list all its tenants. Pin the entry with `tenantId`; one that is to be created has to be created by hand first."
        )
    )]
    HiddenTenants {
        /// The tenant's name.
        name: String,
        /// How many are not shown.
        hidden: String,
    },
}
