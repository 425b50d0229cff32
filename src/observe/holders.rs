//! Who holds a role.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::scan;
use crate::api::{ApiError, Filter, Query, Reader};
use crate::model::{Enough, Live, LiveUser, RoleName, Scope, TenantId};

/// Adds to a live state the users who hold one of these roles; where their records do not contain roles, only with these. For
/// each role, as many as are enough to know that more are not needed, or all of them.
///
/// # Errors
/// The first call that fails for good.
pub async fn holders(
    reader: &Reader,
    mut live: Live,
    roles: &BTreeMap<(Scope, RoleName), Enough>,
) -> Result<Live, ApiError> {
    let workspace = reader.workspace();
    let mut searches = stream::iter(roles)
        .map(|((scope, role), enough)| async move {
            let id = match scope {
                Scope::Workspace => workspace,
                Scope::Tenant(id) => id,
            };
            let holders = holders_of(reader, id, role, *enough).await?;
            Ok::<_, ApiError>((scope, role, holders))
        })
        .buffered(reader.parallel());
    while let Some((scope, role, (holders, are_all))) = searches.try_next().await? {
        if are_all {
            live.searched.insert((scope.clone(), role.clone()));
        }
        for found in holders {
            let user = live.users.entry(found.uuid.clone()).or_insert(found);
            let held = user.grants.edit().entry(scope.clone()).or_default();
            held.insert(role.clone());
        }
    }
    drop(searches);
    Ok(live)
}

/// Holders of a role, and whether they are all of them.
async fn holders_of(
    reader: &Reader,
    id: &TenantId,
    role: &RoleName,
    enough: Enough,
) -> Result<(Vec<LiveUser>, bool), ApiError> {
    let search = Query::any_of(vec![Filter::role(id, Some(role))]);
    let first = reader.find_users(&search).await?;
    let can_log_in = first.results.iter().filter(|user| !user.locked());
    let confirmed = can_log_in.clone().filter(|user| user.confirmed);
    if can_log_in.clone().count() >= enough.holders && confirmed.count() >= enough.confirmed {
        let are_all = first.results.len() >= first.total;
        return Ok((first.results, are_all));
    }
    let found = scan::users(reader, &search, vec![first]).await?;
    Ok((found.records.into_values().collect(), true))
}
