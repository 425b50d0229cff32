//! A manifest and a live state → why a person has, gets or loses a role.

use std::collections::BTreeSet;

use crate::model::{Desired, Email, Handle, Live, Scope, TenantId, suggest};
use crate::plan;
use crate::plan::{Explanation, Selection};
use crate::session::SessionError;
use crate::session::plan::compare;
use crate::session::read::only_looking;

/// Explains the roles of a person: all, or those in one tenant, by handle, id or exact name.
///
/// # Errors
/// A manifest that does not fit the live state, or a tenant that neither of them has.
pub fn explain(
    desired: &Desired,
    live: &Live,
    email: &Email,
    tenant: Option<&str>,
) -> Result<Explanation, SessionError> {
    let plan = compare(desired, live, &only_looking(Selection::default()))?;
    if let Some(asked) = tenant {
        check_tenant(asked, desired, live)?;
    }
    Ok(plan::explain::explain(desired, live, &plan, email, tenant))
}

/// A tenant that nobody knows is a misspelling: "no roles" would be a wrong answer.
fn check_tenant(asked: &str, desired: &Desired, live: &Live) -> Result<(), SessionError> {
    let handles = desired.tenants.keys().map(Handle::as_str);
    let written = desired.tenants.values();
    let written = written.flat_map(|entry| {
        let pin = entry.pin.as_ref().map(|pin| pin.value.as_str());
        pin.into_iter().chain(entry.name().map(|name| &**name))
    });
    let found = live.tenants.found();
    let found = found.flat_map(|tenant| [tenant.id.as_str(), tenant.name()]);
    // The user may hold roles in a tenant that the server does not list.
    let users = live.users.found();
    let held = users.flat_map(|user| user.grants.keys().filter_map(Scope::tenant));
    let held = held.map(TenantId::as_str);
    let known: BTreeSet<&str> = handles
        .chain(written)
        .chain(found)
        .chain(held)
        .chain(["workspace"])
        .collect();
    if known.contains(asked) {
        return Ok(());
    }
    Err(SessionError::UnknownTenant {
        tenant: asked.to_owned(),
        help: format!(
            "{} Name it by handle, id or exact name.",
            suggest::help(asked, known)
        ),
    })
}
