//! What the words of a command line name in a manifest.

use crate::cli::exit::Failure;
use crate::cli::refusal::Refusal;
use crate::manifest::Input;
use crate::model::{Desired, Email, Handle, Scope, TenantEntry, UserEntry, suggest};

/// What a verb is carried out on.
pub(crate) struct Manifest<'m> {
    pub(crate) input: &'m Input,
    pub(crate) texts: &'m [String],
    pub(crate) desired: &'m Desired,
}

pub(crate) fn refusal(refusal: Refusal) -> Failure {
    Failure::Other(Box::new(refusal))
}

pub(crate) fn user<'d>(desired: &'d Desired, email: &str) -> Result<&'d UserEntry, Failure> {
    let known = desired.users.get(&Email::new(email));
    known.map(|user| &**user).ok_or_else(|| {
        let users = desired.users.keys().map(Email::as_str);
        refusal(Refusal::EditUnknown {
            what: format!("user {email}"),
            help: suggest::help(email, users),
        })
    })
}

pub(crate) fn tenant<'d>(desired: &'d Desired, handle: &str) -> Result<&'d TenantEntry, Failure> {
    let known = desired.tenants.get(&Handle::new(handle));
    known.ok_or_else(|| {
        let handles = desired.tenants.keys().map(Handle::as_str);
        refusal(Refusal::EditUnknown {
            what: format!("tenant {handle}"),
            help: suggest::help(handle, handles),
        })
    })
}

/// The tenant with this handle, or the workspace.
pub(crate) fn scope(desired: &Desired, handle: Option<&str>) -> Result<Scope<Handle>, Failure> {
    Ok(match handle {
        None => Scope::Workspace,
        Some(handle) => Scope::Tenant(tenant(desired, handle)?.handle.value.clone()),
    })
}
