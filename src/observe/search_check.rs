//! A search result is a claim. In: what is searched for, and records that are known to exist. Out: what was found, or
//! nothing where the answer shows that the server does not search for what it was asked.
//!
//! Every record of an answer is held against the filters. And where "nobody was found" would be concluded, the same search
//! also asks for records that exist, at its beginning and its end: an answer without them says nothing of the others.

use std::collections::HashSet;
use std::sync::Arc;

use crate::api::{ApiError, EmailTest, Filter, Found, Query, Reader, search_tenants, search_users};
use crate::model::{Email, LiveTenant, LiveUser, TenantId, UserUuid};
use crate::observe::batches;
use crate::observe::choice::BATCH;

/// Users that were read.
pub(crate) type Users = Found<UserUuid, LiveUser>;
/// Tenants that were read.
pub(crate) type Tenants = Found<TenantId, LiveTenant>;

/// The users with these addresses; nothing where the search can't be trusted. `known` are users who exist, where any are
/// known; otherwise those who are not found are searched for again, beside users who are.
pub(crate) async fn users_by_email<'u>(
    reader: &Reader,
    emails: &[&Email],
    known: impl IntoIterator<Item = &'u LiveUser>,
) -> Result<Option<Users>, ApiError> {
    let witnesses = ends(known.into_iter().filter_map(LiveUser::email));
    let Some(mut found) = by_email(reader, emails, &witnesses).await? else {
        return Ok(None);
    };
    if !witnesses.is_empty() {
        return Ok(Some(found));
    }
    let seen: HashSet<Email> = found.records.values().filter_map(LiveUser::email).collect();
    let missing = emails
        .iter()
        .copied()
        .filter(|email| !seen.contains(*email));
    let missing: Vec<&Email> = missing.collect();
    if missing.is_empty() {
        return Ok(Some(found));
    }
    let mut witnesses = ends(seen.iter().cloned());
    if witnesses.is_empty() {
        let first = reader.find_users(&Query::all()).await?;
        witnesses = ends(first.results.iter().filter_map(LiveUser::email));
    }
    let Some(more) = by_email(reader, &missing, &witnesses).await? else {
        return Ok(None);
    };
    found.extend(more);
    Ok(Some(found))
}

async fn by_email(
    reader: &Reader,
    emails: &[&Email],
    witnesses: &[Email],
) -> Result<Option<Users>, ApiError> {
    let search = async |some: Vec<&Email>| {
        let forms = some.iter().flat_map(|email| email.forms());
        let filters = forms.map(|form| Filter::email(&form));
        let query = Query::any_of(filters.collect());
        let found = search_users(reader, &query, Vec::new()).await?;
        let asked: HashSet<&Email> = some.into_iter().collect();
        let seen: HashSet<Email> = found.records.values().filter_map(LiveUser::email).collect();
        let fits = found.records.len()
            == found
                .records
                .values()
                .filter(|user| user.email().is_some_and(|email| asked.contains(&email)))
                .count();
        Ok((fits && witnesses.iter().all(|witness| seen.contains(witness))).then_some(found))
    };
    checked(reader, emails, witnesses, search).await
}

/// The top-level tenants with these names; nothing where the search can't be trusted.
pub(crate) async fn tenants_by_name<'t>(
    reader: &Reader,
    names: &[&Arc<str>],
    known: impl IntoIterator<Item = &'t LiveTenant>,
) -> Result<Option<Tenants>, ApiError> {
    let witnesses = ends(known.into_iter().filter_map(LiveTenant::called));
    let Some(mut found) = by_name(reader, names, &witnesses).await? else {
        return Ok(None);
    };
    if !witnesses.is_empty() {
        return Ok(Some(found));
    }
    let seen: HashSet<Arc<str>> = found
        .records
        .values()
        .filter_map(LiveTenant::called)
        .collect();
    let missing = names.iter().copied().filter(|name| !seen.contains(*name));
    let missing: Vec<&Arc<str>> = missing.collect();
    if missing.is_empty() {
        return Ok(Some(found));
    }
    let mut witnesses = ends(seen.iter().cloned());
    if witnesses.is_empty() {
        let first = reader
            .find_tenants(reader.workspace(), &Query::all())
            .await?;
        witnesses = ends(first.results.iter().filter_map(LiveTenant::called));
    }
    let Some(more) = by_name(reader, &missing, &witnesses).await? else {
        return Ok(None);
    };
    found.extend(more);
    Ok(Some(found))
}

async fn by_name(
    reader: &Reader,
    names: &[&Arc<str>],
    witnesses: &[Arc<str>],
) -> Result<Option<Tenants>, ApiError> {
    let search = async |some: Vec<&Arc<str>>| {
        let filters = some.iter().map(|name| Filter::name(name));
        let query = Query::any_of(filters.collect());
        let found = search_tenants(reader, reader.workspace(), &query, Vec::new()).await?;
        // A server may search without regard to case.
        let asked: HashSet<String> = some.iter().map(|name| name.to_lowercase()).collect();
        let fits = |tenant: &LiveTenant| asked.contains(&tenant.name().to_lowercase());
        let seen: HashSet<&str> = found.records.values().map(LiveTenant::name).collect();
        let is_right = found.records.values().all(fits)
            && witnesses.iter().all(|witness| seen.contains(&**witness));
        Ok(is_right.then_some(found))
    };
    checked(reader, names, witnesses, search).await
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
    // A server that finds all users for every search shows nothing.
    if users.iter().all(|user| filter.fits_user(user)) {
        return Ok(false);
    }
    let query = Query::any_of(vec![filter.clone()]);
    let found = reader.find_users(&query).await?.results;
    let is_right = found.iter().all(|user| filter.fits_user(user));
    Ok(is_right && found.iter().any(|user| user.uuid == *uuid))
}

/// The first and the last of the records that are known to exist.
fn ends<T: PartialEq>(known: impl Iterator<Item = T>) -> Vec<T> {
    let mut known = known;
    let first = known.next();
    let last = known.last();
    let mut ends: Vec<T> = first.into_iter().chain(last).collect();
    ends.dedup();
    ends
}

/// Searches for many things in batches, each between the witnesses; nothing where one of the answers can't be trusted.
async fn checked<'i, I: Clone, K: Ord, T, F>(
    reader: &Reader,
    items: &[&'i I],
    witnesses: &'i [I],
    search: impl Fn(Vec<&'i I>) -> F,
) -> Result<Option<Found<K, T>>, ApiError>
where
    F: Future<Output = Result<Option<Found<K, T>>, ApiError>>,
{
    let (before, after) = witnesses.split_at(witnesses.len().min(1));
    let between = |some: &[&'i I]| {
        let asked = before.iter().chain(some.iter().copied()).chain(after);
        search(asked.collect())
    };
    // No more than fit on a page.
    let most = BATCH - witnesses.len();
    let answers = match batches::searches(items, most, reader.parallel(), between).await {
        // So few filters at once that nothing can be searched for beside the witnesses.
        Err(ApiError::Refused { .. }) => return Ok(None),
        answers => answers?,
    };
    let mut all = Found::default();
    for answer in answers {
        let Some(found) = answer else {
            tracing::info!("the server's answers do not fit its searches; reading everything");
            return Ok(None);
        };
        all.extend(found);
    }
    Ok(Some(all))
}
