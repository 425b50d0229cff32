//! Who holds a role.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::scan;
use crate::api::ReadDirectory;
use crate::api::directory::{Answer, Filter, Query};
use crate::model::{Live, LiveUser, RoleName, Scope, TenantId};

/// How many roles are looked up at once.
const PARALLEL: usize = 16;

/// Adds to a live state those who hold one of these roles, with these roles alone where the record does not tell them: as
/// many as are enough to know that more are not needed, or everybody.
///
/// # Errors
/// The first call that fails for good.
pub async fn holders(
    directory: &impl ReadDirectory,
    mut live: Live,
    roles: &BTreeMap<(Scope, RoleName), usize>,
) -> Answer<Live> {
    let workspace = directory.workspace();
    let mut searches = stream::iter(roles)
        .map(|((scope, role), enough)| async move {
            let id = match scope {
                Scope::Workspace => workspace,
                Scope::Tenant(id) => id,
            };
            let holders = holders_of(directory, id, role, *enough).await?;
            Ok((scope, role, holders))
        })
        .buffered(PARALLEL);
    while let Some((scope, role, holders)) = searches.try_next().await? {
        for found in holders {
            let user = live.users.entry(found.id).or_insert(found);
            let held = user.grants.edit().entry(scope.clone()).or_default();
            held.insert(role.clone());
        }
    }
    drop(searches);
    Ok(live)
}

async fn holders_of(
    directory: &impl ReadDirectory,
    id: &TenantId,
    role: &RoleName,
    enough: usize,
) -> Answer<Vec<LiveUser>> {
    let search = Query {
        filters: vec![vec![Filter::role(id, Some(role))]],
        order: Some("userId_ASC"),
        page: 1,
    };
    let first = directory.find_users(&search).await?;
    let can_log_in = first.results.iter().filter(|user| !user.locked).count();
    if can_log_in >= enough {
        return Ok(first.results);
    }
    let found = scan::users_from(directory, &search, Some(first.into())).await?;
    Ok(found.records.into_values().collect())
}
