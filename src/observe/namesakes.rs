//! Users who have the names or usernames of others who are to be created.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::api::{ApiError, Filter, Query, Reader, search_users};
use crate::model::{Live, LiveUser, UserField};
use crate::observe::{batches, choice};

/// Adds to a live state the users who have one of these names or usernames. A server that does not search for them is not asked
/// again: what they would show is a question to a person, and the server itself keeps usernames apart.
///
/// # Errors
/// The first call that fails for good.
pub(crate) async fn namesakes(
    reader: &Reader,
    mut live: Live,
    wanted: &BTreeSet<(UserField, Arc<str>)>,
) -> Result<Live, ApiError> {
    let items: Vec<(UserField, Arc<str>)> = wanted.iter().cloned().collect();
    let search = |some: &[(UserField, Arc<str>)]| {
        let filters = some.iter().map(|(field, value)| match field {
            UserField::Username => Filter::username(value),
            _ => Filter::name(value),
        });
        let query = Query::any_of(filters.collect());
        async move { search_users(reader, &query, Vec::new()).await }
    };
    let answers = batches::searches(&items, choice::BATCH, reader.parallel(), search).await;
    let answers = match answers {
        Err(ApiError::Refused { .. } | ApiError::NotFound { .. }) => Vec::new(),
        answers => answers?,
    };
    let has = |user: &LiveUser| {
        wanted
            .iter()
            .any(|(field, value)| user.record.text(*field).is_some_and(|text| text == value))
    };
    for user in answers
        .into_iter()
        .flat_map(|found| found.records.into_values())
    {
        if has(&user) {
            live.users.entry(user.uuid.clone()).or_insert(user);
        }
    }
    live.alike.extend(wanted.iter().cloned());
    Ok(live.split_inherited())
}
