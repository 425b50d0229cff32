//! A creation without an answer: whether it happened is looked up before it is sent again.
//!
//! A user is found by address, which no other user can have; a tenant by name, among those that were not there when the plan
//! was made. Where nothing is found, the creation is sent again; an invitation never is, because a second one would be a
//! second message, and neither is a call at which the server may still be.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::api::{ApiError, Call, Client, Dated, Filter, Query, Reader, Seconds, Sent};
use crate::apply::StepOutcome;
use crate::apply::ours::{SHORTEST_CUT, contradiction};
use crate::model::{
    Data, Email, LiveTenant, LiveUser, Record, TenantField, TenantId, UserField, is_cut,
    stored_form,
};

/// The status of a call that the workspace's plan does not allow.
const PLAN_LIMIT: u16 = 402;
/// How often a creation is sent at the most.
const MAX_SENT: u32 = 4;

/// Creates a user, or invites one. Nothing where its turn came only after `by`, so that it was not sent.
pub(crate) async fn user(
    client: &Client,
    record: &Record<UserField>,
    invites: bool,
    body: &Data,
    by: Option<Seconds>,
) -> Result<Option<LiveUser>, StepOutcome> {
    let path = if invites {
        "/v0/users/invite"
    } else {
        "/v0/users/createOrUpdate"
    };
    let email = email_of(record);
    let creation = Creation {
        call: Call::post(path).to(client.url()),
        since: client.server_time(),
        may_repeat: !invites,
        by,
    };
    let send = async |by| client.new_user(path, body, by).await;
    let find = async || find_user(client, email.as_ref()).await;
    let carried_out = creation.carry_out(send, find, |user| user.uuid.to_string());
    let made = match carried_out.await {
        Err(StepOutcome::Failed(error @ ApiError::Refused { .. })) => {
            return Err(untagged(client, email.as_ref())
                .await
                .unwrap_or_else(|| error.into()));
        }
        made => made?,
    };
    let Some(made) = made else {
        return Ok(None);
    };
    let user = &made.record;
    let mut reason = contradiction(client, record, creation.since, &made).await?;
    let is_new = made.created.is_some() && creation.since.is_some();
    // A server may store an address in another form: then the time shows that it is the new user.
    if reason.is_none() && user.email() != email && !is_new {
        let found = user.email();
        reason = Some(found.map_or_else(
            || "who has no address".to_owned(),
            |found| format!("who has the address {found}"),
        ));
    }
    match reason {
        None => Ok(Some(made.record)),
        Some(reason) => Err(StepOutcome::NotOurs {
            id: user.uuid.to_string(),
            reason,
        }),
    }
}

/// Creates a tenant. The namesakes are tenants of the same name that were there before.
pub(crate) async fn tenant(
    client: &Client,
    record: &Record<TenantField>,
    parent: Option<&TenantId>,
    namesakes: &BTreeSet<TenantId>,
    body: &Data,
    by: Option<Seconds>,
) -> Result<Option<LiveTenant>, StepOutcome> {
    let call = match parent {
        None => Call::post("/v0/tenants"),
        Some(parent) => Call::post(format!("/v0/tenants/{parent}/tenants")),
    };
    let creation = Creation {
        call: call.to(client.url()),
        since: client.server_time(),
        may_repeat: true,
        by,
    };
    // A server may store a name in another form, or shortened: then the time shows that it is the new one.
    let is_it = |tenant: &LiveTenant, is_new: bool| {
        let is_known = tenant.id == *client.workspace() || namesakes.contains(&tenant.id);
        let asked = record.text(TenantField::Name).map_or("", |name| &**name);
        let (asked, stored) = (stored_form(asked), stored_form(tenant.name()));
        let has_name = asked == stored || is_cut(&asked, &stored, SHORTEST_CUT);
        if !is_known && (has_name || is_new) {
            return Ok(());
        }
        Err(format!(
            "it is the record of tenant {} ({})",
            tenant.id,
            tenant.name()
        ))
    };
    let send = async |by| client.new_tenant(parent, body, by).await;
    let above = parent.unwrap_or(client.workspace());
    let find = async || find_tenant(client, above, record, namesakes).await;
    let made = creation.carry_out(send, find, |tenant| tenant.id.to_string());
    let Some(made) = made.await? else {
        return Ok(None);
    };
    if creation.since.is_some_and(|since| made.is_before(since)) {
        let reason = "it is a record that existed before; plan again".to_owned();
        return Err(creation.bad_answer(reason).into());
    }
    let is_new = made.created.is_some() && creation.since.is_some();
    is_it(&made.record, is_new).map_err(|reason| creation.bad_answer(reason))?;
    Ok(Some(made.record))
}

/// A creation that is carried out once, however often it takes to know that it was.
struct Creation {
    call: Call,
    /// The time by the server's clock before the first attempt: a record from before was not made by it.
    since: Option<Timestamp>,
    may_repeat: bool,
    /// When it is not sent any more: what was looked up before may have changed by then.
    by: Option<Seconds>,
}

impl Creation {
    /// Sends a creation until it is known what it made, or what is there in its place. Nothing where it was not sent.
    async fn carry_out<R>(
        &self,
        send: impl AsyncFn(Option<Seconds>) -> Result<Sent<R>, ApiError>,
        find: impl AsyncFn() -> Result<Option<Dated<R>>, ApiError>,
        id: impl Fn(&R) -> String,
    ) -> Result<Option<Dated<R>>, StepOutcome> {
        let mut sent = 1;
        loop {
            // A repeated one was looked up right before.
            let by = self.by.filter(|_| sent == 1);
            let (error, again) = match send(by).await {
                Ok(Sent::Late) => return Ok(None),
                Ok(Sent::Answer(Some(created))) => return Ok(Some(created)),
                Ok(Sent::Answer(None)) => (
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
                // It may be there by now: of another run, or because a gateway sent the call twice. Nothing shows whose it is.
                Err(error @ ApiError::Refused { status, .. }) if status != PLAN_LIMIT => {
                    return Err(match find().await {
                        Ok(Some(found)) => StepOutcome::Exists(id(&found.record)),
                        Ok(None) | Err(_) => error.into(),
                    });
                }
                Err(error) => return Err(error.into()),
            };
            match find().await {
                Ok(Some(created)) => return Ok(Some(created)),
                Ok(None) if again => sent += 1,
                Ok(None) | Err(_) => return Err(error.into()),
            }
        }
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

/// The user who stands in the way of an address with a tag, on a server that stores addresses without it.
async fn untagged(client: &Client, email: Option<&Email>) -> Option<StepOutcome> {
    let email = email?.as_str();
    let (local, domain) = email.rsplit_once('@')?;
    let (local, _) = local.split_once('+')?;
    let stored = Email::new(format!("{local}@{domain}"));
    let found = find_user(client, Some(&stored)).await.ok()??;
    Some(StepOutcome::NotOurs {
        id: found.record.uuid.to_string(),
        reason: format!(
            "who has the address {stored}, and refuses {email}: it may store addresses without what follows the `+`"
        ),
    })
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
    let mut new = found.into_iter().filter(|Dated { record, .. }| {
        record.name() == &**name
            && !namesakes.contains(&record.id)
            && record.parent.as_ref().is_none_or(|parent| parent == above)
    });
    match (new.next(), new.next()) {
        (Some(tenant), None) => Ok(Some(tenant)),
        (None, _) => Ok(None),
        (Some(_), Some(_)) => Err(ApiError::BadAnswer {
            call: Call::post("/v0/tenants").to(reader.url()),
            reason: format!("several new tenants are called \"{name}\""),
        }),
    }
}
