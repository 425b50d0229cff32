//! Where a record that can't be read matters so much that nothing is done.

use crate::model::{Email, Live, Unreadable};
use crate::plan::touched;
use crate::plan::{All, Plan};
use crate::session::SessionError;

/// Refuses a live state with records that can't be read: for what needs them all.
///
/// # Errors
/// Where there are any.
pub(crate) fn readable(live: &Live) -> Result<(), SessionError> {
    refuse(live.unreadable_users.iter().chain(&live.unreadable_tenants))
}

/// Refuses records that can't be read and that a saved plan is about.
pub(crate) fn readable_by(plan: &Plan, live: &Live) -> Result<(), SessionError> {
    if live.unreadable_users.is_empty() && live.unreadable_tenants.is_empty() {
        return Ok(());
    }
    let touched = touched(plan);
    let creates = plan.steps.iter().any(|step| step.change.creates());
    let users = live.unreadable_users.iter().filter(|record| {
        let id = record.id.as_deref();
        let email = record.name.as_deref().map(Email::new);
        let is_named = email.is_some_and(|email| touched.emails.contains(&email));
        let mut ids = touched.users.iter();
        // Whose roles go with a tenant has to be known.
        let matters = touched.all == All::Everything || creates && record.name.is_none();
        matters || is_named || ids.any(|user| Some(user.as_str()) == id)
    });
    let tenants = live.unreadable_tenants.iter().filter(|record| {
        let id = record.id.as_deref();
        let name = record.name.as_deref();
        let mut ids = touched.tenants.iter();
        let is_named = name.is_some_and(|name| touched.names.contains(name));
        let matters = creates && record.name.is_none();
        matters || is_named || ids.any(|tenant| Some(tenant.as_str()) == id)
    });
    refuse(users.chain(tenants))
}

fn refuse<'l>(mut records: impl Iterator<Item = &'l Unreadable>) -> Result<(), SessionError> {
    let Some(first) = records.next() else {
        return Ok(());
    };
    Err(SessionError::UnreadableRecord {
        first: first.to_string(),
        count: 1 + records.count(),
    })
}
