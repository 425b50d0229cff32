//! Whether the answer to a creation is the record that it made. In: what was sent, and the record. Out: what shows that it is the
//! record of another user. Main function: [`contradiction`].
//!
//! A server may update a user who exists instead of creating one: a person who signed up with the address a moment ago would get what was
//! planned for a new user. So a record is ours only where it is new, was not seen before, and has nothing that was not sent.

use jiff::Timestamp;

use crate::api::{ApiError, Client, Dated};
use crate::model::{LiveUser, Record, Scope, UserField, is_cut, stored_form};

/// Shorter names are not thought to be cut.
pub(crate) const SHORTEST_CUT: usize = 8;

/// What shows that a user is not the one that a creation made; `since` is the server's time before it was sent.
///
/// # Errors
/// Where the tenants in which the user holds roles can't be read.
pub(crate) async fn contradiction(
    client: &Client,
    sent: &Record<UserField>,
    since: Option<Timestamp>,
    found: &Dated<LiveUser>,
) -> Result<Option<String>, ApiError> {
    let user = &found.record;
    let reason = if client.has_seen(&user.uuid) {
        "who existed before".to_owned()
    } else if since.is_some_and(|since| found.is_before(since)) {
        "who was created before the call".to_owned()
    } else if user.last_active_at.is_some() {
        "who has been active".to_owned()
    } else if let Some(what) = not_sent(sent, &user.record) {
        format!("who has {what} that was not sent")
    } else {
        return roles(client, since, user).await;
    };
    Ok(Some(reason))
}

/// Whether a user is one that this creation made in a run that began at a time: not older, never active, and without anything that was
/// not sent. What roles the user holds is not looked at.
pub(crate) fn is_made_of(
    sent: &Record<UserField>,
    since: Option<Timestamp>,
    found: &Dated<LiveUser>,
) -> bool {
    since.is_some_and(|since| found.is_since(since))
        && found.record.last_active_at.is_none()
        && not_sent(sent, &found.record.record).is_none()
}

/// A value of a record that was not sent, and that the server does not make up.
fn not_sent(sent: &Record<UserField>, found: &Record<UserField>) -> Option<String> {
    let text = |record: &Record<UserField>, field| record.text(field).map(ToString::to_string);
    let name = text(found, UserField::Name);
    let is_form_of = |stored: &str| {
        let asked = text(sent, UserField::Name).unwrap_or_default();
        let (asked, stored) = (stored_form(&asked), stored_form(stored));
        asked == stored || is_cut(&asked, &stored, SHORTEST_CUT)
    };
    if name.as_deref().is_some_and(|name| !is_form_of(name)) {
        return Some("a name".to_owned());
    }
    if text(sent, UserField::PhoneNumber).is_none() && text(found, UserField::PhoneNumber).is_some()
    {
        return Some("a phone number".to_owned());
    }
    let mut keys = found.data.iter().map(|(key, _)| key);
    let foreign = keys.find(|key| sent.data.get(key).is_none());
    foreign.map(|key| format!("`{key}` in its data"))
}

/// A role that the user holds. None was sent; only a tenant that the server makes for each new user may come with one.
async fn roles(
    client: &Client,
    since: Option<Timestamp>,
    user: &LiveUser,
) -> Result<Option<String>, ApiError> {
    for (scope, roles) in &user.shown {
        let place = match scope {
            Scope::Workspace => "in the workspace".to_owned(),
            Scope::Tenant(tenant) => {
                let created = client.tenant_created(tenant).await?;
                let is_new = since.is_some_and(|since| !created.is_before(since));
                if is_new && created.created.is_some() {
                    continue;
                }
                format!("in tenant {tenant}")
            }
        };
        if let Some(role) = roles.first() {
            return Ok(Some(format!("who holds \"{role}\" {place}")));
        }
    }
    Ok(None)
}
