//! The users that are needed, read with the fewest calls.
//!
//! Users can be looked up by name, searched for by a pattern, or read page by page. Between two pages a record can move to a page
//! that was read already, and be missed: a user to be deleted would then seem to be gone, and a user who exists would be created.
//! So users that the pages do not show are looked up by name before that is believed.

use std::collections::{BTreeSet, HashSet};

use futures_util::{StreamExt as _, stream};

use crate::api::{ApiError, EmailTest, Filter, Page, Query, Reader, UserKey, search_users};
use crate::model::{Email, LiveUser, UserId, UserUuid};
use crate::observe::choice;
use crate::observe::holders::have_tenant_roles;
use crate::observe::own_records::with_grants;
use crate::observe::read_plan::{ReadPlan, ReadScope};
use crate::observe::search_check::{Users, ignores_case, users_by_email};

/// What is known of all users, where not all were read.
#[derive(Default)]
pub(crate) struct Others {
    /// How many there are, as the first page says, where it was read.
    pub(crate) total: Option<usize>,
    /// Whether their records contain the roles held in tenants.
    pub(crate) has_tenant_roles: bool,
}

pub(crate) async fn read(
    reader: &Reader,
    need: &ReadPlan,
    read: Vec<Page<LiveUser>>,
) -> Result<(Users, Option<Others>), ApiError> {
    let mut others = None;
    let found = match need.users {
        ReadScope::Nothing => return Ok((Users::default(), Some(Others::default()))),
        ReadScope::Named => match named_users(reader, need, &[]).await? {
            Some(users) => {
                others = Some(Others::default());
                users
            }
            None => every_user(reader, need, read).await?,
        },
        ReadScope::Everything => every_user(reader, need, read).await?,
        ReadScope::Cheapest => {
            let mut read = read.into_iter();
            let first = match read.next() {
                Some(first) => first,
                None => reader.find_users(&Query::all()).await?,
            };
            if let Some(users) = look_up(reader, need, &first).await? {
                others = Some(Others {
                    total: Some(first.total),
                    has_tenant_roles: have_tenant_roles(&first.results),
                });
                users
            } else {
                every_user(reader, need, std::iter::once(first).chain(read).collect()).await?
            }
        }
    };
    Ok((with_grants(reader, found).await?, others))
}

/// All users, and those of the named ones that the pages do not show.
async fn every_user(
    reader: &Reader,
    need: &ReadPlan,
    read: Vec<Page<LiveUser>>,
) -> Result<Users, ApiError> {
    let mut found = search_users(reader, &Query::all(), read).await?;
    if found.paged {
        let mut seen: HashSet<Email> = HashSet::with_capacity(found.records.len());
        seen.extend(found.records.values().filter_map(LiveUser::email));
        let missing = need.emails.iter().filter(|email| !seen.contains(*email));
        let missing: Vec<&Email> = missing.collect();
        // What was read is whole: a search that can't be trusted adds nothing to it.
        let more = users_by_email(reader, &missing, found.records.values()).await?;
        found.extend(more.unwrap_or_default());
    }
    Ok(found)
}

/// The users that are needed; `None` if all users have to be read. `first` is the first page of all users.
async fn look_up(
    reader: &Reader,
    need: &ReadPlan,
    first: &Page<LiveUser>,
) -> Result<Option<Users>, ApiError> {
    let pages = first.count();
    let tests: BTreeSet<EmailTest> = need.alike.iter().map(|(test, _)| *test).collect();
    // A search for those who are alike, and for each test whether it ignores case.
    let searches = tests.len() + usize::from(!tests.is_empty());
    if !fewer(need, pages, searches) {
        tracing::info!(
            pages,
            "reading all users, which takes no more calls than looking them up"
        );
        return Ok(None);
    }
    let Some(mut users) = alike(reader, need, first, &tests).await? else {
        return Ok(None);
    };
    let names = need.emails.len();
    tracing::info!(pages, names, "looking up the users that the manifest names");
    let Some(named) = named_users(reader, need, &first.results).await? else {
        return Ok(None);
    };
    let small = |uuid: &UserUuid| uuid.as_str().to_ascii_lowercase();
    let known: HashSet<String> = named.records.keys().map(small).collect();
    if !need.uuids.iter().all(|uuid| known.contains(&small(uuid))) {
        tracing::info!("a pinned user is found neither by address nor by uuid; reading all users");
        return Ok(None);
    }
    let found: HashSet<Email> = named.records.values().filter_map(LiveUser::email).collect();
    let all_found = need.emails.iter().all(|email| found.contains(email));
    // Such a server may hold an address in two cases: to remove one of the two would leave the other in.
    let is_sure = all_found && (need.emails.is_empty() || !need.every_grant);
    if !is_sure && !ignores_case(reader, &first.results, EmailTest::Is).await? {
        tracing::info!(
            "the server finds addresses only in the case they are written in; reading all users"
        );
        return Ok(None);
    }
    users.extend(named);
    Ok(Some(users))
}

/// Whether looking up those who are named, and so many other calls, is less than reading all users.
fn fewer(need: &ReadPlan, pages: usize, others: usize) -> bool {
    choice::look_up(pages, need.emails.len(), need.user_ids.len() + others)
}

async fn alike(
    reader: &Reader,
    need: &ReadPlan,
    first: &Page<LiveUser>,
    tests: &BTreeSet<EmailTest>,
) -> Result<Option<Users>, ApiError> {
    if tests.is_empty() {
        return Ok(Some(Users::default()));
    }
    let filters = need.alike.iter();
    let filters = filters.map(|(test, text)| Filter::email_that(*test, text));
    let search = Query::any_of(filters.collect());
    let found = match reader.find_users(&search).await {
        Err(ApiError::Refused { .. }) => {
            tracing::info!("the server refuses the search for patterns; reading all users");
            return Ok(None);
        }
        found => found?,
    };
    let (pages, matching) = (first.count(), found.count());
    if !fewer(need, pages, tests.len() + matching) {
        tracing::info!(
            pages,
            matching,
            "reading all users, which takes no more calls than those who may match a pattern"
        );
        return Ok(None);
    }
    // A user whose address is written in another case than the pattern must not be missed.
    for test in tests {
        if !ignores_case(reader, &first.results, *test).await? {
            tracing::info!(
                "nothing shows that the server searches addresses in any case; reading all users"
            );
            return Ok(None);
        }
    }
    tracing::info!(
        pages,
        matching,
        "searching for users who may match a pattern"
    );
    let found = search_users(reader, &search, vec![found]).await?;
    if !found.records.values().all(|user| search.fits_user(user)) {
        tracing::info!("the server finds users who do not match the patterns; reading all users");
        return Ok(None);
    }
    Ok(Some(found))
}

/// The users with these addresses, and those of the pinned ones that the addresses do not find; nothing where the search
/// can't be trusted. `known` are users who exist, where any are known.
async fn named_users(
    reader: &Reader,
    need: &ReadPlan,
    known: &[LiveUser],
) -> Result<Option<Users>, ApiError> {
    let emails: Vec<&Email> = need.emails.iter().collect();
    let Some(mut found) = users_by_email(reader, &emails, known).await? else {
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
