//! Why a manifest is not changed.

use miette::Diagnostic;
use thiserror::Error;

use crate::model::{Desired, Email, Handle, TenantEntry, UserEntry, suggest};

/// One variant for each mistake that a person can make with a change of a manifest.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum EditError {
    /// The user is there already.
    #[error("{email} is in the manifest already")]
    #[diagnostic(
        code(ufsync::cli::edit_known_user),
        help("`ufsync edit grant` gives roles to users who are there.")
    )]
    KnownUser {
        /// The address.
        email: String,
    },

    /// A grant of before is still written.
    #[error("the grant of \"{role}\" has ended, and its line is still there")]
    #[diagnostic(
        code(ufsync::cli::edit_ended),
        help(
            "Nothing was written. `--until DATE` gives it another end, `--no-end` takes the end away."
        )
    )]
    Ended {
        /// The role.
        role: String,
    },

    /// The handle is that of another tenant.
    #[error("the tenant {handle} is in the manifest already")]
    #[diagnostic(
        code(ufsync::cli::edit_known_tenant),
        help("Nothing was written. Choose another handle.")
    )]
    KnownTenant {
        /// The handle.
        handle: String,
    },

    /// What is named is not there.
    #[error("there is no {what} in the manifest")]
    #[diagnostic(code(ufsync::cli::edit_unknown), help("{help}"))]
    Unknown {
        /// What.
        what: String,
        /// What to do.
        help: String,
    },

    /// A group grants the role.
    #[error("\"{role}\" comes from group {group}")]
    #[diagnostic(
        code(ufsync::cli::edit_by_group),
        help(
            "Nothing was written. Change the membership in the group, or the role of the group, by hand."
        )
    )]
    ByGroup {
        /// The role.
        role: String,
        /// The group.
        group: String,
    },

    /// It can't be made at its place.
    #[error("the manifest can't be changed there: {why}")]
    #[diagnostic(
        code(ufsync::cli::edit_left),
        help("Nothing was written. Make this change by hand.")
    )]
    Left {
        /// Why.
        why: String,
    },
}

pub(crate) fn user<'d>(desired: &'d Desired, email: &str) -> Result<&'d UserEntry, EditError> {
    let known = desired.users.get(&Email::new(email));
    known.map(|user| &**user).ok_or_else(|| {
        let users = desired.users.keys().map(Email::as_str);
        EditError::Unknown {
            what: format!("user {email}"),
            help: suggest::help(email, users),
        }
    })
}

pub(crate) fn tenant<'d>(desired: &'d Desired, handle: &str) -> Result<&'d TenantEntry, EditError> {
    let known = desired.tenants.get(&Handle::new(handle));
    known.ok_or_else(|| {
        let handles = desired.tenants.keys().map(Handle::as_str);
        EditError::Unknown {
            what: format!("tenant {handle}"),
            help: suggest::help(handle, handles),
        }
    })
}
