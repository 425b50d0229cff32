//! The users that are named, and those whose addresses are alike in what a pattern asks for: where finding them takes
//! fewer calls than reading all users, and can be trusted.

use std::collections::{BTreeSet, HashSet};

use crate::api::{ApiError, EmailTest, Filter, Page, Query, Reader, search_users};
use crate::model::{Email, LiveUser, UserUuid};
use crate::observe::read_plan::ReadPlan;
use crate::observe::search_check::Users;
use crate::observe::{choice, confirm};

/// The users that are needed; `None` if all users have to be read. `first` is the first page of all users.
pub(crate) async fn users(
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
    let Some(named) = confirm::named_users(reader, need, &first.results).await? else {
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
    if !is_sure && !confirm::ignores_case(reader, &first.results, EmailTest::Is).await? {
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
        if !confirm::ignores_case(reader, &first.results, *test).await? {
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
