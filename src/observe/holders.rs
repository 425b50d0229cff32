//! Who holds a role.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::api::{ApiError, Filter, Query, Reader, search_users};
use crate::model::{EnoughUsers, Inheritance, Live, LiveUser, RoleName, Scope, TenantId, UserUuid};

/// Adds to a live state the users who hold one of these roles: for each role, as many as are enough to know that more are not
/// needed, or all of them. Nothing where the search for roles can't be trusted: where it is refused, does not find a user who
/// is known to hold the role, or finds one whose record says otherwise.
///
/// # Errors
/// The first call that fails for good.
pub(crate) async fn holders(
    reader: &Reader,
    mut live: Live,
    roles: &BTreeMap<(Scope, RoleName), EnoughUsers>,
) -> Result<Option<Live>, ApiError> {
    let workspace = reader.workspace();
    let found: Vec<_> = stream::iter(roles)
        .map(|(key, enough)| async move {
            let id = match &key.0 {
                Scope::Workspace => workspace,
                Scope::Tenant(id) => id,
            };
            let holders = holders_of(reader, id, &key.1, *enough).await?;
            Ok::<_, ApiError>((key, holders))
        })
        .buffered(reader.parallel())
        .try_collect()
        .await?;
    let found_users = || {
        let holders = found.iter().filter_map(|(_, holders)| holders.as_ref());
        holders.flat_map(|(users, _)| users)
    };
    let in_records = have_tenant_roles(live.users.found().chain(found_users()));
    let is_told = |(scope, _): &(Scope, RoleName)| *scope == Scope::Workspace || in_records;
    // What the records don't show is believed of a search only if it leaves out who is not asked for.
    if !roles.keys().all(is_told) && !reader.leaves_out_by_role().await? {
        return Ok(None);
    }
    for (key, holders) in found {
        let Some((holders, are_all)) = holders else {
            return Ok(None);
        };
        let (scope, role) = key;
        let holds = |user: &LiveUser| user.holding(scope, role).is_some();
        if is_told(key) && holders.iter().any(|user| user.grants_told && !holds(user)) {
            return Ok(None);
        }
        let found = |uuid: &UserUuid| holders.iter().any(|user| user.uuid == *uuid);
        let is_sure = |user: &&LiveUser| user.roles(scope).contains(role);
        let mut known = live.users.found().filter(is_sure);
        let misses = !known.all(|user| found(&user.uuid));
        drop(known);
        if are_all && misses {
            return Ok(None);
        }
        if are_all {
            let of_tenant = scope.tenant().map(|tenant| (tenant.clone(), role.clone()));
            live.direct_known.extend(of_tenant);
            live.searched.insert(key.clone());
        }
        for found in holders {
            let user = live.users.entry(found.uuid.clone()).or_insert(found);
            match (scope.tenant(), live.inheritance) {
                (Some(tenant), Inheritance::Repeated) => {
                    let direct = (user.uuid.clone(), tenant.clone(), role.clone());
                    live.direct.insert(direct);
                    user.add_role(scope, role);
                }
                // Whether the search means the tenant itself is not known.
                _ if user.either(scope).contains(role) => {}
                _ => user.add_role(scope, role),
            }
        }
    }
    Ok(Some(live.split_inherited()))
}

/// Whether users' records contain the roles held in tenants: none names a tenant on a server that leaves them out.
pub(crate) fn have_tenant_roles<'u>(users: impl IntoIterator<Item = &'u LiveUser>) -> bool {
    let in_tenant = |scope: &Scope| matches!(scope, Scope::Tenant(_));
    users
        .into_iter()
        .any(|user| !user.tenant_names.is_empty() || user.shown.keys().any(in_tenant))
}

/// Holders of a role, and whether they are all of them; nothing where the server refuses the search.
async fn holders_of(
    reader: &Reader,
    id: &TenantId,
    role: &RoleName,
    enough: EnoughUsers,
) -> Result<Option<(Vec<LiveUser>, bool)>, ApiError> {
    let search = Query::any_of(vec![Filter::role(id, Some(role))]);
    let first = match reader.find_users(&search).await {
        Err(ApiError::Refused { .. }) => return Ok(None),
        first => first?,
    };
    let can_log_in = first.results.iter().filter(|user| !user.locked());
    let confirmed = can_log_in.clone().filter(|user| user.confirmed);
    if can_log_in.clone().count() >= enough.holders && confirmed.count() >= enough.confirmed {
        let are_all = first.len() >= first.total;
        return Ok(Some((first.results, are_all)));
    }
    let found = search_users(reader, &search, vec![first]).await?;
    Ok(Some((found.records.into_values().collect(), true)))
}
