//! Look-ups that confirm what a paged scan did not find.
//!
//! Between two pages of a scan a record can move to a page that was read already, and be missed: a user to be deleted
//! would then seem to be gone, and a user who exists would be created. So what a paged scan did not find is looked up
//! by name before that is believed. And a record in a list that does not contain the roles held is read again by itself.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};

use crate::api::{ApiError, EmailTest, Filter, Query, Reader, UserKey};
use crate::model::{Email, Live, LiveTenant, LiveUser, Unreadable, UserId, UserUuid};
use crate::observe::read_plan::ReadPlan;
use crate::observe::search_check;
use crate::observe::search_check::{Tenants, Users};

/// The users of a scan, and those among `wanted` that it missed.
pub(crate) async fn users(
    reader: &Reader,
    mut found: Users,
    wanted: &BTreeSet<Email>,
) -> Result<Users, ApiError> {
    if found.paged {
        let mut seen: HashSet<Email> = HashSet::with_capacity(found.records.len());
        seen.extend(found.records.values().filter_map(LiveUser::email));
        let missing = wanted.iter().filter(|email| !seen.contains(*email));
        let missing: Vec<&Email> = missing.collect();
        // What was read is whole: a search that can't be trusted adds nothing to it.
        let more = search_check::users_by_email(reader, &missing, found.records.values()).await?;
        found.extend(more.unwrap_or_default());
    }
    Ok(found)
}

/// The users with these addresses, and those of the pinned ones that the addresses do not find; nothing where the search
/// can't be trusted. `known` are users who exist, where any are known.
pub(crate) async fn named_users(
    reader: &Reader,
    need: &ReadPlan,
    known: &[LiveUser],
) -> Result<Option<Users>, ApiError> {
    let emails: Vec<&Email> = need.emails.iter().collect();
    let Some(mut found) = search_check::users_by_email(reader, &emails, known).await? else {
        return Ok(None);
    };
    let records = &mut found.records;
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
        .map(async |key| (key.to_string(), reader.user_if_any(key).await))
        .buffered(reader.parallel());
    let mut unreadable = Vec::new();
    while let Some((key, read)) = reads.next().await {
        match read {
            Err(error) => unreadable.push(error.unreadable(key, None)?),
            Ok(read) => records.extend(read.map(|user| (user.uuid.clone(), user))),
        }
    }
    drop(reads);
    unreadable.retain(|record| !found.unreadable.contains(record));
    found.unreadable.extend(unreadable);
    Ok(Some(found))
}

/// Whether the server finds an address in whatever case it is asked for, as far as these users show. Only then does an
/// address that is not found belong to no user.
///
/// A user whose address has letters of both cases shows most: a server that folds only what it is asked for, or only
/// what it holds, does not find them. Without such a user, that server can't be distinguished from one that folds both.
pub(crate) async fn ignores_case(
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
    // A real beginning or ending: a server that reads the comparison as equality does not find it.
    let mut part = email.chars();
    match test {
        EmailTest::Is => {}
        EmailTest::StartsWith => drop(part.next_back()),
        EmailTest::EndsWith => drop(part.next()),
    }
    let filter = Filter::email_that(test, part.as_str());
    // A server that finds everybody, whatever it is asked, shows nothing.
    if users.iter().all(|user| filter.fits_user(user)) {
        return Ok(false);
    }
    let query = Query::any_of(vec![filter.clone()]);
    let found = reader.find_users(&query).await?.results;
    let is_right = found.iter().all(|user| filter.fits_user(user));
    Ok(is_right && found.iter().any(|user| user.uuid == *uuid))
}

/// The same users, each with the roles that they hold: a record that does not contain them is read again by itself.
pub(crate) async fn with_grants(reader: &Reader, mut users: Users) -> Result<Users, ApiError> {
    let incomplete = users.records.values().filter(|user| !user.grants_told);
    let incomplete: Vec<LiveUser> = incomplete.cloned().collect();
    let (read, unreadable) = with_roles(reader, &incomplete).await?;
    for user in incomplete {
        users.records.remove(&user.uuid);
    }
    users.records.extend(read);
    users.unreadable.extend(unreadable);
    Ok(users)
}

/// Adds to a live state what these users hold, as their own records say. One whose record can't be had, or does not say it either,
/// can't be read.
///
/// # Errors
/// The first call that fails for good.
pub(crate) async fn grants(
    reader: &Reader,
    mut live: Live,
    users: &BTreeSet<UserUuid>,
) -> Result<Live, ApiError> {
    let known = users.iter().filter_map(|uuid| live.users.get(uuid));
    let known: Vec<LiveUser> = known.cloned().collect();
    let (read, unreadable) = with_roles(reader, &known).await?;
    for user in known {
        live.users.remove(&user.uuid);
    }
    for (uuid, user) in read {
        live.users.insert(uuid, user);
    }
    live.unreadable_users.extend(unreadable);
    Ok(live.split_inherited())
}

/// Users' own records, and those that do not contain the roles held, or can't be had.
async fn with_roles(
    reader: &Reader,
    users: &[LiveUser],
) -> Result<(Vec<(UserUuid, LiveUser)>, Vec<Unreadable>), ApiError> {
    let mut reads = stream::iter(users)
        .map(async |user| (user, reader.user(&user.uuid).await))
        .buffered(reader.parallel());
    let (mut known, mut unreadable) = (Vec::new(), Vec::new());
    while let Some((user, read)) = reads.next().await {
        let (id, name) = (
            user.uuid.to_string(),
            user.email().map(|email| email.to_string()),
        );
        match read {
            Ok(read) if read.grants_told => known.push((read.uuid.clone(), read)),
            Ok(_) => unreadable.push(Unreadable {
                id: Some(id),
                name,
                reason: "its record does not contain the roles that the user holds".to_owned(),
            }),
            Err(error) => unreadable.push(error.unreadable(id, name)?),
        }
    }
    Ok((known, unreadable))
}

/// The tenants of a scan, and those among `wanted` that it missed.
pub(crate) async fn tenants(
    reader: &Reader,
    mut found: Tenants,
    wanted: &BTreeSet<Arc<str>>,
) -> Result<Tenants, ApiError> {
    if found.paged {
        let seen: BTreeSet<&str> = found.records.values().map(LiveTenant::name).collect();
        let missing = wanted.iter().filter(|name| !seen.contains(&***name));
        let missing: Vec<&Arc<str>> = missing.collect();
        let more = search_check::tenants_by_name(reader, &missing, found.records.values()).await?;
        found.extend(more.unwrap_or_default());
    }
    Ok(found)
}
