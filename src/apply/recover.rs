//! A creation without an answer: whether it happened is looked up before it is sent again.
//!
//! A user is found by address, which no other user can have; a tenant by name, among those that were not there when the plan
//! was made. Where nothing is found, the creation is sent again; an invitation never is, because a second one would be a
//! second message, and neither is a call at which the server may still be.

use std::collections::BTreeSet;

use crate::api::{ApiError, Call, Client, Filter, Query, Reader};
use crate::model::{Data, Email, LiveTenant, LiveUser, Record, TenantField, TenantId, UserField};

/// How often a creation is sent at the most.
const MAX_SENT: u32 = 4;

/// Creates a user.
pub(super) async fn user(
    client: &Client,
    record: &Record<UserField>,
    body: &Data,
) -> Result<LiveUser, ApiError> {
    let send = async || client.create_user(body).await;
    until_known(send, async || find_user(client, record).await, true).await
}

/// Invites a user.
pub(super) async fn invitation(
    client: &Client,
    record: &Record<UserField>,
    body: &Data,
) -> Result<LiveUser, ApiError> {
    let send = async || client.invite_user(body).await.map(Some);
    until_known(send, async || find_user(client, record).await, false).await
}

/// Creates a tenant. The namesakes are tenants of the same name that were there before.
pub(super) async fn tenant(
    client: &Client,
    record: &Record<TenantField>,
    namesakes: &BTreeSet<TenantId>,
    body: &Data,
) -> Result<LiveTenant, ApiError> {
    let send = async || client.create_tenant(body).await.map(Some);
    let find = async || find_tenant(client, record, namesakes).await;
    until_known(send, find, true).await
}

/// Sends a creation until it is known what it made.
async fn until_known<R>(
    send: impl AsyncFn() -> Result<Option<R>, ApiError>,
    find: impl AsyncFn() -> Result<Option<R>, ApiError>,
    may_repeat: bool,
) -> Result<R, ApiError> {
    let mut sent = 1;
    loop {
        let (error, again) = match send().await {
            Ok(Some(record)) => return Ok(record),
            Ok(None) => (empty_answer(), false),
            Err(ApiError::AnswerLost { call, reason, late }) => {
                let again = may_repeat && !late && sent < MAX_SENT;
                (ApiError::AnswerLost { call, reason, late }, again)
            }
            // One that was thought lost has come through after all.
            Err(error @ ApiError::Refused { .. }) if sent > 1 => (error, false),
            Err(error) => return Err(error),
        };
        match find().await {
            Ok(Some(record)) => return Ok(record),
            Ok(None) if again => sent += 1,
            Ok(None) | Err(_) => return Err(error),
        }
    }
}

fn empty_answer() -> ApiError {
    ApiError::BadAnswer {
        call: Call::post("/v0/users"),
        reason: "it is empty, and the user is not there".into(),
    }
}

async fn find_user(
    reader: &Reader,
    record: &Record<UserField>,
) -> Result<Option<LiveUser>, ApiError> {
    let Some(email) = record.text(UserField::Email).cloned().map(Email::new) else {
        return Ok(None);
    };
    // A server may store an address in small letters, and search case-sensitively.
    let as_written = email.as_str().to_owned();
    let spellings = BTreeSet::from([as_written.to_ascii_lowercase(), as_written]);
    let filters = spellings.iter().map(|email| Filter::email(email));
    let search = Query::any_of(filters.collect());
    let found = reader.find_users(&search).await?.results;
    Ok(found
        .into_iter()
        .find(|user| user.email().as_ref() == Some(&email)))
}

/// The one tenant of a name that was not there before; where there are several, nobody can say which it is.
async fn find_tenant(
    reader: &Reader,
    record: &Record<TenantField>,
    namesakes: &BTreeSet<TenantId>,
) -> Result<Option<LiveTenant>, ApiError> {
    let Some(name) = record.text(TenantField::Name) else {
        return Ok(None);
    };
    let workspace = reader.workspace();
    let search = Query::any_of(vec![Filter::name(name)]);
    let found = match reader.find_tenants(workspace, &search).await {
        Ok(page) => page.results,
        // The search is not part of the reference: where it is missing, the workspace's own record lists its tenants.
        Err(ApiError::NotFound { .. }) => {
            let own = reader.tenant(workspace).await?;
            // The list may be incomplete: a record that is not in it may still have been created.
            if own
                .child_count
                .is_none_or(|count| count > own.children.len())
            {
                return Err(ApiError::BadAnswer {
                    call: Call::get(format!("/v0/tenants/{workspace}")),
                    reason: "it does not list all tenants".into(),
                });
            }
            own.children
        }
        Err(error) => return Err(error),
    };
    let mut new = found
        .into_iter()
        .filter(|tenant| tenant.name() == &**name && !namesakes.contains(&tenant.id));
    match (new.next(), new.next()) {
        (Some(tenant), None) => Ok(Some(tenant)),
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(ApiError::BadAnswer {
            call: Call::post("/v0/tenants"),
            reason: format!("several new tenants are called \"{name}\""),
        }),
    }
}
