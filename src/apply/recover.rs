//! A creation without an answer: whether it happened is looked up before it is sent again.
//!
//! A user is found by address, which nobody else can have; a tenant by name, among those that were not there when the plan
//! was made. Where nothing is found, the creation is sent again; an invitation never is, because a second one would be a
//! second message, and neither is a call at which the server may still be.

use std::collections::BTreeSet;

use crate::api::directory::{Answer, Filter, Query};
use crate::api::{ApiError, Call, Directory, ReadDirectory};
use crate::model::{Invite, LiveTenant, LiveUser, TenantFields, TenantId, UserFields};

/// How often a creation is sent at the most.
const MAX_SENT: u32 = 4;

/// Creates a user.
pub(super) async fn user(directory: &impl Directory, fields: &UserFields) -> Answer<LiveUser> {
    let send = async || directory.create_or_update_user(None, fields).await;
    until_known(send, async || find_user(directory, fields).await, true).await
}

/// Invites a user.
pub(super) async fn invitation(
    directory: &impl Directory,
    fields: &UserFields,
    invite: &Invite,
) -> Answer<LiveUser> {
    let send = async || directory.invite_user(fields, invite).await.map(Some);
    until_known(send, async || find_user(directory, fields).await, false).await
}

/// Creates a tenant. The namesakes are tenants of the same name that were there before.
pub(super) async fn tenant(
    directory: &impl Directory,
    fields: &TenantFields,
    namesakes: &BTreeSet<TenantId>,
) -> Answer<LiveTenant> {
    let send = async || directory.create_tenant(fields).await.map(Some);
    let find = async || find_tenant(directory, fields, namesakes).await;
    until_known(send, find, true).await
}

/// Sends a creation until it is known what it made.
async fn until_known<R>(
    send: impl AsyncFn() -> Answer<Option<R>>,
    find: impl AsyncFn() -> Answer<Option<R>>,
    may_repeat: bool,
) -> Answer<R> {
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
        call: Call {
            method: "POST",
            path: "/v0/users".into(),
        },
        reason: "it is empty, and the user is not there".into(),
    }
}

async fn find_user(
    directory: &impl ReadDirectory,
    fields: &UserFields,
) -> Answer<Option<LiveUser>> {
    let Some(email) = &fields.email else {
        return Ok(None);
    };
    // A server may store an address in small letters, and mind the case when it searches.
    let as_written = email.as_str().to_owned();
    let spellings = BTreeSet::from([as_written.to_ascii_lowercase(), as_written]);
    let filters = spellings.iter().map(|email| Filter::email(email));
    let search = search(filters.collect(), "userId_ASC");
    let found = directory.find_users(&search).await?.results;
    Ok(found
        .into_iter()
        .find(|user| user.email.as_ref() == Some(email)))
}

/// The one tenant of a name that was not there before; where there are several, nobody can say which it is.
async fn find_tenant(
    directory: &impl ReadDirectory,
    fields: &TenantFields,
    namesakes: &BTreeSet<TenantId>,
) -> Answer<Option<LiveTenant>> {
    let Some(name) = &fields.name else {
        return Ok(None);
    };
    let workspace = directory.workspace();
    let search = search(vec![Filter::name(name)], "tenantId_ASC");
    let found = match directory.find_tenants(workspace, &search).await {
        Ok(page) => page.results,
        // The search is not part of the reference: where it is missing, the workspace's own record lists its tenants.
        Err(ApiError::NotFound { .. }) => {
            let record = directory.tenant(workspace).await?;
            // It may list some of them alone: then one that is not there may have been made all the same.
            if record
                .child_count
                .is_none_or(|count| count > record.children.len())
            {
                return Err(ApiError::BadAnswer {
                    call: Call {
                        method: "GET",
                        path: format!("/v0/tenants/{workspace}"),
                    },
                    reason: "it does not list all tenants".into(),
                });
            }
            record.children
        }
        Err(error) => return Err(error),
    };
    let mut new = found
        .into_iter()
        .filter(|tenant| tenant.name == *name && !namesakes.contains(&tenant.id));
    match (new.next(), new.next()) {
        (Some(tenant), None) => Ok(Some(tenant)),
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(ApiError::BadAnswer {
            call: Call {
                method: "POST",
                path: "/v0/tenants".into(),
            },
            reason: format!("several new tenants are called \"{name}\""),
        }),
    }
}

/// A search for whatever passes one of these.
fn search(filters: Vec<Filter>, order: &'static str) -> Query {
    Query {
        filters: vec![filters],
        order: Some(order),
        page: 1,
    }
}
