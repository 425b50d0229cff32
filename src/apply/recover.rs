//! A creation without an answer: whether it happened is looked up before it is sent again.
//!
//! A user is found by address, which no other user can have; a tenant by name, among those that were not there when the plan
//! was made. Where nothing is found, the creation is sent again; an invitation never is, because a second one would be a
//! second message, and neither is a call at which the server may still be.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::api::{ApiError, Call, Client, Dated, Filter, Query, Reader};
use crate::model::{Data, Email, LiveTenant, LiveUser, Record, TenantField, TenantId, UserField};

/// How often a creation is sent at the most.
const MAX_SENT: u32 = 4;

pub(crate) async fn user(
    client: &Client,
    record: &Record<UserField>,
    body: &Data,
) -> Result<LiveUser, ApiError> {
    let send = async || client.create_user(body).await;
    new_user(client, record, "/v0/users/createOrUpdate", send, true).await
}

pub(crate) async fn invitation(
    client: &Client,
    record: &Record<UserField>,
    body: &Data,
) -> Result<LiveUser, ApiError> {
    let send = async || client.invite_user(body).await;
    new_user(client, record, "/v0/users/invite", send, false).await
}

async fn new_user(
    client: &Client,
    record: &Record<UserField>,
    path: &str,
    send: impl AsyncFn() -> Result<Option<Dated<LiveUser>>, ApiError>,
    may_repeat: bool,
) -> Result<LiveUser, ApiError> {
    let email = email_of(record);
    let creation = Creation {
        call: Call::post(path).to(client.url()),
        since: client.server_time(),
        may_repeat,
    };
    let is_it = |user: &LiveUser, _: bool| {
        let found = user.email();
        if found == email {
            return Ok(());
        }
        let found = found.map_or_else(
            || "a user without an address".to_owned(),
            |found| found.to_string(),
        );
        Err(format!("it is the record of {found}"))
    };
    let find = async || find_user(client, email.as_ref()).await;
    creation.carry_out(send, find, is_it).await
}

/// Creates a tenant. The namesakes are tenants of the same name that were there before.
pub(crate) async fn tenant(
    client: &Client,
    record: &Record<TenantField>,
    parent: Option<&TenantId>,
    namesakes: &BTreeSet<TenantId>,
    body: &Data,
) -> Result<LiveTenant, ApiError> {
    let call = match parent {
        None => Call::post("/v0/tenants"),
        Some(parent) => Call::post(format!("/v0/tenants/{parent}/tenants")),
    };
    let creation = Creation {
        call: call.to(client.url()),
        since: client.server_time(),
        may_repeat: true,
    };
    // A server may store a name in another form, or shortened: then the time shows that it is the new one.
    let is_it = |tenant: &LiveTenant, is_new: bool| {
        let is_known = tenant.id == *client.workspace() || namesakes.contains(&tenant.id);
        let has_name = record.text(TenantField::Name).map_or("", |name| &**name) == tenant.name();
        if !is_known && (has_name || is_new) {
            return Ok(());
        }
        Err(format!(
            "it is the record of tenant {} ({})",
            tenant.id,
            tenant.name()
        ))
    };
    let send = async || match parent {
        None => client.create_tenant(body).await,
        Some(parent) => client.create_tenant_below(parent, body).await,
    };
    let above = parent.unwrap_or(client.workspace());
    let find = async || find_tenant(client, above, record, namesakes).await;
    creation.carry_out(send, find, is_it).await
}

/// A creation that is carried out once, however often it takes to know that it was.
struct Creation {
    call: Call,
    /// The time by the server's clock before the first attempt: a record from before was not made by it.
    since: Option<Timestamp>,
    may_repeat: bool,
}

impl Creation {
    /// Sends a creation until it is known what it made. `is_it` says whether a record can be the one, given whether the
    /// server says that it was created since.
    async fn carry_out<R>(
        &self,
        send: impl AsyncFn() -> Result<Option<Dated<R>>, ApiError>,
        find: impl AsyncFn() -> Result<Option<Dated<R>>, ApiError>,
        is_it: impl Fn(&R, bool) -> Result<(), String>,
    ) -> Result<R, ApiError> {
        let mut sent = 1;
        loop {
            let (error, again) = match send().await {
                Ok(Some(created)) => return self.made(created, &is_it),
                Ok(None) => (
                    self.bad_answer(
                        "it does not contain the record, which is not there".to_owned(),
                    ),
                    false,
                ),
                Err(error @ ApiError::BadAnswer { .. }) => (error, false),
                Err(ApiError::AnswerLost { call, reason, late }) => {
                    let again = self.may_repeat && !late && sent < MAX_SENT;
                    (ApiError::AnswerLost { call, reason, late }, again)
                }
                // One that was thought lost has come through after all.
                Err(error @ ApiError::Refused { .. }) if sent > 1 => (error, false),
                Err(error) => return Err(error),
            };
            match find().await {
                Ok(Some(created)) => return self.made(created, &is_it),
                Ok(None) if again => sent += 1,
                Ok(None) | Err(_) => return Err(error),
            }
        }
    }

    /// The record, where it can be the one that the creation made.
    fn made<R>(
        &self,
        created: Dated<R>,
        is_it: &impl Fn(&R, bool) -> Result<(), String>,
    ) -> Result<R, ApiError> {
        if created.is_older(self.since) {
            let reason = "it is a record that existed before; plan again".to_owned();
            return Err(self.bad_answer(reason));
        }
        let is_new = created.created.is_some() && self.since.is_some();
        is_it(&created.record, is_new).map_err(|reason| self.bad_answer(reason))?;
        Ok(created.record)
    }

    fn bad_answer(&self, reason: String) -> ApiError {
        let call = self.call.clone();
        ApiError::BadAnswer { call, reason }
    }
}

/// The address of a user who is created.
pub(crate) fn email_of(record: &Record<UserField>) -> Option<Email> {
    record.text(UserField::Email).cloned().map(Email::new)
}

/// The filters that find an address, also where a server stores it in small letters and searches case-sensitively.
pub(crate) fn spellings(email: &Email) -> impl Iterator<Item = Filter> {
    let spellings = email.spellings().into_iter();
    spellings.map(|email| Filter::email(&email))
}

async fn find_user(
    reader: &Reader,
    email: Option<&Email>,
) -> Result<Option<Dated<LiveUser>>, ApiError> {
    let Some(email) = email else {
        return Ok(None);
    };
    let is_it = |user: &Dated<LiveUser>| user.record.email().as_ref() == Some(email);
    // One by one: a server may accept one filter only.
    for filter in spellings(email) {
        let search = Query::any_of(vec![filter]);
        let found = reader.find_dated_users(&search).await?.results;
        if let Some(found) = found.into_iter().find(is_it) {
            return Ok(Some(found));
        }
    }
    Ok(None)
}

/// The one tenant of a name that was not there before; where there are several, nobody can say which it is.
async fn find_tenant(
    reader: &Reader,
    above: &TenantId,
    record: &Record<TenantField>,
    namesakes: &BTreeSet<TenantId>,
) -> Result<Option<Dated<LiveTenant>>, ApiError> {
    let Some(name) = record.text(TenantField::Name) else {
        return Ok(None);
    };
    let search = Query::any_of(vec![Filter::name(name)]);
    let found = match reader.find_dated_tenants(above, &search).await {
        Ok(page) => page.results,
        // The search is not part of the reference: where it is missing, the workspace's own record lists its tenants.
        Err(ApiError::NotFound { .. } | ApiError::PerhapsNotFound { .. }) => {
            let mut own = reader.tenant(above).await?;
            let is_right_below =
                |tenant: &LiveTenant| tenant.parent.as_ref().is_none_or(|it| it == above);
            own.children.retain(is_right_below);
            // The list may be incomplete: a record that is not in it may still have been created.
            if own
                .child_count
                .is_none_or(|count| count > own.children.len())
            {
                return Err(ApiError::BadAnswer {
                    call: Call::get(format!("/v0/tenants/{above}")).to(reader.url()),
                    reason: "it does not list all tenants".into(),
                });
            }
            let undated = |record| Dated {
                record,
                created: None,
            };
            own.children.into_iter().map(undated).collect()
        }
        Err(error) => return Err(error),
    };
    let mut new = found
        .into_iter()
        .filter(|Dated { record, .. }| record.name() == &**name && !namesakes.contains(&record.id));
    match (new.next(), new.next()) {
        (Some(tenant), None) => Ok(Some(tenant)),
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(ApiError::BadAnswer {
            call: Call::post("/v0/tenants").to(reader.url()),
            reason: format!("several new tenants are called \"{name}\""),
        }),
    }
}
