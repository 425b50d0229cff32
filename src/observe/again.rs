//! Look-ups that confirm what a paged scan did not find.
//!
//! Between two pages of a scan a record can move to a page that was read already, and be missed: a user to be deleted
//! would then seem to be gone, and a user who exists would be created. So what a paged scan did not find is looked up
//! by name before that is believed. And a record in a list that does not contain the roles held is read again by itself.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::batches;
use super::choice::BATCH;
use super::need::Need;
use super::scan::{self, Found};
use crate::api::{ApiError, Call, EmailTest, Filter, Query, Reader, UserKey};
use crate::model::{Email, Live, LiveTenant, LiveUser, TenantId, UserId, UserUuid};

/// The users of a scan, and those among `wanted` that it missed.
pub(super) async fn users(
    reader: &Reader,
    found: Found<UserUuid, LiveUser>,
    wanted: &BTreeSet<Email>,
) -> Result<BTreeMap<UserUuid, LiveUser>, ApiError> {
    let mut records = found.records;
    if found.paged {
        let mut seen: HashSet<Email> = HashSet::with_capacity(records.len());
        seen.extend(records.values().filter_map(LiveUser::email));
        let missing: Vec<&Email> = wanted
            .iter()
            .filter(|email| !seen.contains(*email))
            .collect();
        let more = by_email(reader, &missing).await?;
        records.extend(more);
    }
    Ok(records)
}

/// The users with these addresses, and those of the pinned ones that the addresses do not find.
pub(super) async fn named_users(
    reader: &Reader,
    need: &Need,
) -> Result<BTreeMap<UserUuid, LiveUser>, ApiError> {
    let mut records = by_email(reader, &need.emails.iter().collect::<Vec<_>>()).await?;
    let ids: HashSet<UserId> = records.values().map(|user| user.id).collect();
    let by_id = need.user_ids.iter().filter(|id| !ids.contains(id));
    let by_uuid = need
        .uuids
        .iter()
        .filter(|uuid| !records.contains_key(*uuid));
    let missing: Vec<UserKey> = by_id
        .map(|id| UserKey::from(*id))
        .chain(by_uuid.map(UserKey::from))
        .collect();
    let mut reads = stream::iter(missing)
        .map(|key| async move {
            match reader.user(key).await {
                Ok(user) => Ok(Some(user)),
                Err(ApiError::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        })
        .buffered(reader.parallel());
    while let Some(user) = reads.try_next().await? {
        records.extend(user.map(|user| (user.uuid.clone(), user)));
    }
    drop(reads);
    Ok(records)
}

/// The users with these addresses.
async fn by_email(
    reader: &Reader,
    emails: &[&Email],
) -> Result<BTreeMap<UserUuid, LiveUser>, ApiError> {
    let filters = emails.iter().map(|email| Filter::email(email.as_str()));
    let search = async |query| scan::users(reader, &query, Vec::new()).await;
    find(reader, &filters.collect::<Vec<_>>(), search).await
}

/// What many filters find together.
async fn find<K: Ord, T, F: Future<Output = Result<Found<K, T>, ApiError>>>(
    reader: &Reader,
    filters: &[Filter],
    search: impl Fn(Query) -> F,
) -> Result<BTreeMap<K, T>, ApiError> {
    let search = |some: &[Filter]| search(Query::any_of(some.to_vec()));
    let found = batches::searches(filters, BATCH, reader.parallel(), search).await?;
    Ok(found.into_iter().flat_map(|found| found.records).collect())
}

/// Whether the server finds an address in whatever case it is asked for, as far as these users show. Only then does an
/// address that is not found belong to no user.
///
/// A user whose address has letters of both cases shows most: a server that folds only what it is asked for, or only
/// what it holds, does not find them. Without such a user, that server can't be distinguished from one that folds both.
pub(super) async fn ignores_case(
    reader: &Reader,
    users: &[LiveUser],
    test: EmailTest,
) -> Result<bool, ApiError> {
    let other_case = |email: &Email| {
        let swap = |c: char| {
            if c.is_ascii_lowercase() {
                c.to_ascii_uppercase()
            } else {
                c.to_ascii_lowercase()
            }
        };
        let other: String = email.as_str().chars().map(swap).collect();
        (other != email.as_str()).then_some(other)
    };
    let has_both = |email: &Email| {
        let has = |case: fn(&u8) -> bool| email.as_str().bytes().any(|byte| case(&byte));
        has(u8::is_ascii_lowercase) && has(u8::is_ascii_uppercase)
    };
    let known = || {
        let known = users
            .iter()
            .filter_map(|user| Some((&user.uuid, user.email()?)));
        known.filter_map(|(uuid, email)| {
            let other = other_case(&email)?;
            Some((uuid, email, other))
        })
    };
    let Some((uuid, _, email)) = known()
        .find(|(_, email, _)| has_both(email))
        .or_else(|| known().next())
    else {
        return Ok(false);
    };
    let query = Query::any_of(vec![Filter::email_that(test, &email)]);
    let found = reader.find_users(&query).await?.results;
    Ok(found.iter().any(|user| user.uuid == *uuid))
}

/// The same users, each with the roles that they hold: a record that does not contain them is read again by itself.
pub(super) async fn with_grants(
    reader: &Reader,
    mut records: BTreeMap<UserUuid, LiveUser>,
) -> Result<BTreeMap<UserUuid, LiveUser>, ApiError> {
    let incomplete = records.values().filter(|user| !user.grants_told);
    let incomplete: Vec<UserUuid> = incomplete.map(|user| user.uuid.clone()).collect();
    records.extend(with_roles(reader, &incomplete).await?);
    Ok(records)
}

/// Adds to a live state what these users hold, as their own records say.
///
/// # Errors
/// The first call that fails for good, or a record that does not say so either.
pub async fn grants(
    reader: &Reader,
    mut live: Live,
    users: &BTreeSet<UserUuid>,
) -> Result<Live, ApiError> {
    for (uuid, user) in with_roles(reader, users).await? {
        live.users.insert(uuid, user);
    }
    Ok(live)
}

/// Users' own records, which have to contain the roles held.
async fn with_roles(
    reader: &Reader,
    users: impl IntoIterator<Item = &UserUuid>,
) -> Result<Vec<(UserUuid, LiveUser)>, ApiError> {
    let read = |uuid| async move {
        let user = reader.user(uuid).await?;
        if user.grants_told {
            return Ok((user.uuid.clone(), user));
        }
        Err(ApiError::BadAnswer {
            call: Call::get(format!("/v0/users/{uuid}")),
            reason: "it does not contain the roles that the user holds".into(),
        })
    };
    let reads = stream::iter(users).map(read);
    reads.buffered(reader.parallel()).try_collect().await
}

/// The tenants of a scan, and those among `wanted` that it missed.
pub(super) async fn tenants(
    reader: &Reader,
    found: Found<TenantId, LiveTenant>,
    wanted: &BTreeSet<Arc<str>>,
) -> Result<BTreeMap<TenantId, LiveTenant>, ApiError> {
    let mut records = found.records;
    if found.paged {
        let seen: BTreeSet<&str> = records.values().map(LiveTenant::name).collect();
        let missing: Vec<&Arc<str>> = wanted
            .iter()
            .filter(|name| !seen.contains(&***name))
            .collect();
        let more = by_name(reader, &missing).await?;
        records.extend(more);
    }
    Ok(records)
}

/// The tenants with these names.
pub(super) async fn by_name(
    reader: &Reader,
    names: &[&Arc<str>],
) -> Result<BTreeMap<TenantId, LiveTenant>, ApiError> {
    let filters = names.iter().map(|name| Filter::name(name));
    let search = async |query| scan::tenants(reader, reader.workspace(), &query, Vec::new()).await;
    find(reader, &filters.collect::<Vec<_>>(), search).await
}
