//! The users that are named, and those whose addresses are alike in what a pattern asks for: where finding them takes
//! fewer calls than reading everybody, and can be trusted.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{Need, again, choice, scan};
use crate::api::directory::{Answer, EmailTest, Filter};
use crate::api::{ApiError, Page, ReadDirectory};
use crate::model::{Email, LiveUser, UserId, UserUuid};

pub(super) type Users = BTreeMap<UserId, LiveUser>;

/// The users that are needed; none where it is for everybody to be read, of whom the first page is there.
pub(super) async fn users(
    directory: &impl ReadDirectory,
    need: &Need,
    first: &Page<LiveUser>,
) -> Answer<Option<Users>> {
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
    let Some(mut users) = alike(directory, need, first, &tests).await? else {
        return Ok(None);
    };
    let names = need.emails.len();
    tracing::info!(pages, names, "looking up the users that the manifest names");
    let named = again::named_users(directory, &need.emails, &need.user_ids).await?;
    let small = |uuid: &UserUuid| uuid.as_str().to_ascii_lowercase();
    let known: HashSet<String> = named
        .values()
        .filter_map(|user| user.uuid.as_ref())
        .map(small)
        .collect();
    if !need.uuids.iter().all(|uuid| known.contains(&small(uuid))) {
        tracing::info!("a pinned user is not found by address; reading all users");
        return Ok(None);
    }
    let found: HashSet<&Email> = named
        .values()
        .filter_map(|user| user.email.as_ref())
        .collect();
    let all_found = need.emails.iter().all(|email| found.contains(email));
    // Such a server may hold an address in two cases: to remove one of the two would leave the other in.
    let is_sure = all_found && (need.emails.is_empty() || !need.every_grant);
    if !is_sure && !again::ignores_case(directory, &first.results, EmailTest::Is).await? {
        tracing::info!(
            "the server finds addresses in one case alone, which may not be all; reading all users"
        );
        return Ok(None);
    }
    users.extend(named);
    Ok(Some(users))
}

/// Whether looking up those who are named, and so many other calls, is less than reading everybody.
fn fewer(need: &Need, pages: usize, others: usize) -> bool {
    choice::look_up(pages, need.emails.len(), need.user_ids.len() + others)
}

/// Those who are alike.
async fn alike(
    directory: &impl ReadDirectory,
    need: &Need,
    first: &Page<LiveUser>,
    tests: &BTreeSet<EmailTest>,
) -> Answer<Option<Users>> {
    if tests.is_empty() {
        return Ok(Some(Users::new()));
    }
    let filters = need.alike.iter();
    let filters = filters.map(|(test, text)| Filter::email_that(*test, text));
    let search = again::alternatives(filters.collect(), "userId_ASC");
    let found = match directory.find_users(&search).await {
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
    // Nobody may be overlooked whose address is written in another case than the pattern.
    for test in tests {
        if !again::ignores_case(directory, &first.results, *test).await? {
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
    let found = scan::users_from(directory, &search, Some(found.into())).await?;
    Ok(Some(found.records))
}
