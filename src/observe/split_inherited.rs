//! Roles that a record shows in a tenant because they are held in one above it. In: a live state as it was read. Out: the same, what
//! may only be repeated apart from what is held.
//!
//! Where the records prove nothing, the server is asked: a search for the holders of a role below that leaves out a user whose record shows it there proves that
//! records repeat roles, and then such searches say who holds a role below.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::api::{ApiError, BATCH, Filter, Query, Reader, search_users};
use crate::model::{Inheritance, Live, LiveUser, RoleName, Scope, TenantId, UserUuid};

type TenantRole = (TenantId, RoleName);

/// How many roles may be tried for a proof: those that most users show, of those whose holders fit on a page.
const PROOFS: usize = 8;
/// Of how many roles the holders are searched for at the most. The others stay in doubt.
const SEARCHES: usize = 50;

/// Sets apart what may only be repeated; where the records prove nothing, the server is asked.
///
/// # Errors
/// The first call that fails for good.
pub(crate) async fn resolved(reader: &Reader, live: Live) -> Result<Live, ApiError> {
    let mut live = live.split_inherited();
    if live.inheritance != Inheritance::Unasked {
        return Ok(live);
    }
    let mut shown: BTreeMap<TenantRole, BTreeSet<UserUuid>> = BTreeMap::new();
    for user in live.users.found() {
        for (scope, roles) in &user.inherited {
            let Some(tenant) = scope.tenant() else {
                continue;
            };
            for role in roles {
                let key = (tenant.clone(), role.clone());
                shown.entry(key).or_default().insert(user.uuid.clone());
            }
        }
    }
    if shown.is_empty() {
        return Ok(live);
    }
    live.inheritance = Inheritance::Unproven;
    let mut tried: Vec<(&TenantRole, &BTreeSet<UserUuid>)> = shown.iter().collect();
    tried.sort_by_key(|(_, users)| (users.len() > BATCH, Reverse(users.len())));
    for (key, users) in tried.into_iter().take(PROOFS) {
        if !is_found_above(reader, &live, key, users).await? {
            continue;
        }
        let Some(found) = holders(reader, key).await? else {
            break;
        };
        if !users.is_subset(&found) {
            live.inheritance = Inheritance::Repeated;
            break;
        }
    }
    if live.inheritance == Inheritance::Repeated {
        let searches =
            stream::iter(shown.into_iter().take(SEARCHES)).map(|(key, users)| async move {
                let found = holders(reader, &key).await?;
                Ok::<_, ApiError>((key, users, found))
            });
        let mut found = searches.buffered(reader.parallel());
        while let Some(((tenant, role), users, found)) = found.try_next().await? {
            let Some(found) = found else { continue };
            live.direct_known.insert((tenant.clone(), role.clone()));
            let direct = users.intersection(&found);
            live.direct
                .extend(direct.map(|user| (user.clone(), tenant.clone(), role.clone())));
        }
    }
    Ok(live.split_inherited())
}

/// Whether a search for a role finds a user who is sure to hold it in a tenant above.
async fn is_found_above(
    reader: &Reader,
    live: &Live,
    (tenant, role): &TenantRole,
    users: &BTreeSet<UserUuid>,
) -> Result<bool, ApiError> {
    let tenants = live.tenants.get(tenant).into_iter();
    let above = tenants.flat_map(|tenant| live.ancestors(tenant));
    let sure = above.flat_map(|above| {
        let holds =
            move |user: &&LiveUser| user.roles(&Scope::Tenant(above.id.clone())).contains(role);
        let users = users.iter().filter_map(|user| live.users.get(user));
        users
            .filter(holds)
            .map(|user| (above.id.clone(), user.uuid.clone()))
    });
    let Some((above, user)) = sure.into_iter().next() else {
        return Ok(false);
    };
    let found = holders(reader, &(above, role.clone())).await?;
    Ok(found.is_some_and(|found| found.contains(&user)))
}

/// The users whom a search for a role finds; none where the server refuses it.
async fn holders(
    reader: &Reader,
    (tenant, role): &TenantRole,
) -> Result<Option<BTreeSet<UserUuid>>, ApiError> {
    let query = Query::any_of(vec![Filter::role(tenant, Some(role))]);
    match search_users(reader, &query, Vec::new()).await {
        Err(ApiError::Refused { .. }) => Ok(None),
        found => Ok(Some(found?.records.into_keys().collect())),
    }
}
