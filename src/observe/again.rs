//! A second look, where the first can't be trusted.
//!
//! Between two pages of a scan a record can move to a page that was read already, and be missed: somebody to be deleted
//! would then seem to be gone, and somebody who exists would be created. So what a paged scan did not find is looked up
//! by name before that is believed. And a user's record that does not tell the roles held is read by itself.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::choice::BATCH;
use super::scan::{self, Found};
use crate::api::directory::{Answer, EmailTest, Filter, Query, UserKey};
use crate::api::{ApiError, Call, ReadDirectory};
use crate::model::{Email, LiveTenant, LiveUser, TenantId, UserId};

/// How many calls are in flight.
const PARALLEL: usize = 16;

/// The users of a scan, and those among `wanted` that it missed.
pub(super) async fn users(
    directory: &impl ReadDirectory,
    found: Found<UserId, LiveUser>,
    wanted: &BTreeSet<Email>,
) -> Answer<BTreeMap<UserId, LiveUser>> {
    let mut records = found.records;
    if found.paged {
        let mut seen: HashSet<&Email> = HashSet::with_capacity(records.len());
        seen.extend(records.values().filter_map(|user| user.email.as_ref()));
        let missing: Vec<&Email> = wanted
            .iter()
            .filter(|email| !seen.contains(email))
            .collect();
        let more = by_email(directory, &missing).await?;
        records.extend(more);
    }
    Ok(records)
}

/// The users with these addresses, and those with these numbers whom the addresses do not find.
pub(super) async fn named_users(
    directory: &impl ReadDirectory,
    emails: &BTreeSet<Email>,
    ids: &BTreeSet<UserId>,
) -> Answer<BTreeMap<UserId, LiveUser>> {
    let mut records = by_email(directory, &emails.iter().collect::<Vec<_>>()).await?;
    let missing: Vec<UserId> = ids
        .iter()
        .filter(|id| !records.contains_key(id))
        .copied()
        .collect();
    let mut reads = stream::iter(missing)
        .map(|id| async move {
            match directory.user(&UserKey::Id(id)).await {
                Ok(user) => Ok(Some(user)),
                Err(ApiError::NotFound { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        })
        .buffered(PARALLEL);
    while let Some(user) = reads.try_next().await? {
        records.extend(user.map(|user| (user.id, user)));
    }
    drop(reads);
    Ok(records)
}

/// The users with these addresses.
async fn by_email(
    directory: &impl ReadDirectory,
    emails: &[&Email],
) -> Answer<BTreeMap<UserId, LiveUser>> {
    let filters = emails.iter().map(|email| Filter::email(email.as_str()));
    let search = |some: &[Filter]| {
        let query = alternatives(some.to_vec(), "userId_ASC");
        async move { scan::users(directory, &query).await }
    };
    in_batches(&filters.collect::<Vec<_>>(), search).await
}

/// What many filters find together. As many of them go into one search as the server takes: where it refuses a search,
/// that one and all later ones are made half as long.
async fn in_batches<K: Ord, T, F: Future<Output = Answer<Found<K, T>>>>(
    filters: &[Filter],
    search: impl Fn(&[Filter]) -> F,
) -> Answer<BTreeMap<K, T>> {
    let longest = AtomicUsize::new(BATCH);
    let mut searches = stream::iter(filters.chunks(BATCH).collect::<Vec<_>>())
        .map(|batch| one_batch(batch, &longest, &search))
        .buffered(PARALLEL);
    let mut records = BTreeMap::new();
    while let Some(found) = searches.try_next().await? {
        records.extend(found);
    }
    drop(searches);
    Ok(records)
}

/// What a batch finds: in one search, or in as many as it takes.
async fn one_batch<K: Ord, T, F: Future<Output = Answer<Found<K, T>>>>(
    mut batch: &[Filter],
    longest: &AtomicUsize,
    search: &impl Fn(&[Filter]) -> F,
) -> Answer<BTreeMap<K, T>> {
    let mut records = BTreeMap::new();
    while !batch.is_empty() {
        let length = longest.load(Ordering::Relaxed).clamp(1, batch.len());
        let (some, others) = batch.split_at(length);
        match search(some).await {
            Err(ApiError::Refused { .. }) if length > 1 => {
                tracing::info!(names = length, "too many for one search; halving");
                longest.fetch_min(length / 2, Ordering::Relaxed);
            }
            found => {
                records.extend(found?.records);
                batch = others;
            }
        }
    }
    Ok(records)
}

/// Whether the server finds an address in whatever case it is asked for, as far as these users show. Only then does an
/// address that is not found belong to nobody.
///
/// Somebody whose address has letters of both cases shows most: a server that folds only what it is asked for, or only
/// what it holds, does not find them. Where there is nobody like that, such a server is not told from one that folds both.
pub(super) async fn ignores_case(
    directory: &impl ReadDirectory,
    users: &[LiveUser],
    test: EmailTest,
) -> Answer<bool> {
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
            .filter_map(|user| Some((user.id, user.email.as_ref()?)));
        known.filter_map(|(id, email)| Some((id, email, other_case(email)?)))
    };
    let Some((id, _, email)) = known()
        .find(|(_, email, _)| has_both(email))
        .or_else(|| known().next())
    else {
        return Ok(false);
    };
    let query = alternatives(vec![Filter::email_that(test, &email)], "userId_ASC");
    let found = directory.find_users(&query).await?.results;
    Ok(found.iter().any(|user| user.id == id))
}

/// The same users, each with the roles that they hold: where a record does not tell, it is read by itself.
pub(super) async fn with_grants(
    directory: &impl ReadDirectory,
    mut records: BTreeMap<UserId, LiveUser>,
) -> Answer<BTreeMap<UserId, LiveUser>> {
    let untold: Vec<UserId> = records
        .values()
        .filter(|user| !user.grants_told)
        .map(|user| user.id)
        .collect();
    let mut reads = stream::iter(untold)
        .map(|id| told(directory, id))
        .buffered(PARALLEL);
    while let Some(user) = reads.try_next().await? {
        records.insert(user.id, user);
    }
    drop(reads);
    Ok(records)
}

/// A user's own record, which has to tell the roles held.
async fn told(directory: &impl ReadDirectory, id: UserId) -> Answer<LiveUser> {
    let user = directory.user(&UserKey::Id(id)).await?;
    if user.grants_told {
        return Ok(user);
    }
    let call = Call {
        method: "GET",
        path: format!("/v0/users/{id}"),
    };
    Err(ApiError::BadAnswer {
        call,
        reason: "it does not tell which roles the user holds".into(),
    })
}

/// The tenants of a scan, and those among `wanted` that it missed.
pub(super) async fn tenants(
    directory: &impl ReadDirectory,
    found: Found<TenantId, LiveTenant>,
    wanted: &BTreeSet<Arc<str>>,
) -> Answer<BTreeMap<TenantId, LiveTenant>> {
    let mut records = found.records;
    if found.paged {
        let seen: BTreeSet<&str> = records.values().map(|tenant| &*tenant.name).collect();
        let missing: Vec<&Arc<str>> = wanted
            .iter()
            .filter(|name| !seen.contains(&***name))
            .collect();
        let more = by_name(directory, &missing).await?;
        records.extend(more);
    }
    Ok(records)
}

/// The tenants with these names.
pub(super) async fn by_name(
    directory: &impl ReadDirectory,
    names: &[&Arc<str>],
) -> Answer<BTreeMap<TenantId, LiveTenant>> {
    let filters = names.iter().map(|name| Filter::name(name));
    let search = |some: &[Filter]| {
        let query = alternatives(some.to_vec(), "tenantId_ASC");
        async move { scan::tenants(directory, directory.workspace(), &query, None).await }
    };
    in_batches(&filters.collect::<Vec<_>>(), search).await
}

/// A search for whatever passes one of these.
pub(super) fn alternatives(filters: Vec<Filter>, order: &'static str) -> Query {
    Query {
        filters: vec![filters],
        order: Some(order),
        page: 1,
    }
}
