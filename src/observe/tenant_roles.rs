//! Roles in tenants, where users' records contain only the workspace's own roles.
//!
//! Then no user seems to hold a role in any tenant. Before that is believed, the server is asked who holds roles in the
//! tenants, and, where there are such users, which roles.

use std::collections::BTreeSet;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::api::{ApiError, Call, Filter, Query, Reader, search_users};
use crate::model::{Live, LiveUser, RoleName, RoleSet, Scope, TenantId, UserUuid};
use crate::observe::batches;

/// How many tenants are asked about in one search; fewer where the server refuses so many.
const BATCH: usize = 50;

/// Adds the roles held in tenants to the users, where a search finds any.
pub(crate) async fn add_tenant_roles(
    reader: &Reader,
    live: &mut Live,
    tenants: &[TenantId],
    wanted: &RoleSet,
) -> Result<(), ApiError> {
    if !live.users.found().any(|_| true) {
        return Ok(());
    }
    probe(reader, live).await?;
    let with_holders = |batch: &[TenantId]| {
        let batch = batch.to_vec();
        async move {
            let filters = batch.iter().map(|tenant| Filter::role(tenant, None));
            let query = Query::any_of(filters.collect());
            let found = reader.find_users(&query).await?;
            Ok(if found.len() == 0 { Vec::new() } else { batch })
        }
    };
    let found = batches::searches(tenants, BATCH, reader.parallel(), with_holders).await?;
    let tenants = found.concat();
    if tenants.is_empty() {
        return Ok(());
    }
    let common: RoleSet = reader.roles().await?.union(wanted).cloned().collect();
    let common = &common;
    let mut reads = stream::iter(&tenants)
        .map(|tenant| async move { Ok((tenant, holders(reader, tenant, common).await?)) })
        .buffered(reader.parallel());
    while let Some((tenant, roles)) = reads.try_next().await? {
        for (role, holders) in roles {
            for id in holders {
                let Some(user) = live.users.get_mut(&id) else {
                    continue;
                };
                user.add_role(&Scope::Tenant(tenant.clone()), &role);
            }
        }
    }
    drop(reads);
    Ok(())
}

/// Has the server show that it searches for roles: a search for a role that no user holds finds none, and one for a role that a
/// record contains finds that record, and none that does not contain it.
///
/// # Errors
/// Where it does not.
async fn probe(reader: &Reader, live: &Live) -> Result<(), ApiError> {
    let refuse = |reason: String| ApiError::BadAnswer {
        call: Call::post("/v0/users/find").to(reader.url()),
        reason: format!("{reason}, so roles that users hold in tenants can't be known"),
    };
    if !reader.leaves_out_by_role().await? {
        let reason =
            "a search for the holders of a role that nobody holds finds users, or is refused";
        return Err(refuse(reason.to_owned()));
    }
    let in_workspace = |user: &&LiveUser| user.grants.contains_key(&Scope::Workspace);
    let Some(witness) = live.users.found().find(in_workspace) else {
        return Ok(());
    };
    let held = witness.roles(&Scope::Workspace);
    let Some(asked) = held.first() else {
        return Ok(());
    };
    let query = Query::any_of(vec![Filter::role(reader.workspace(), Some(asked))]);
    let found = reader.find_users(&query).await?;
    let holds = |user: &LiveUser| user.roles(&Scope::Workspace).contains(asked);
    let is_it = |user: &LiveUser| user.uuid == witness.uuid;
    let finds = found.len() < found.total || found.results.iter().any(is_it);
    if finds && found.results.iter().all(holds) {
        return Ok(());
    }
    Err(refuse(format!(
        "a search for the holders of \"{asked}\" in the workspace does not find just these"
    )))
}

/// The roles of a tenant that are held, with who holds them.
async fn holders(
    reader: &Reader,
    tenant: &TenantId,
    common: &RoleSet,
) -> Result<Vec<(RoleName, Vec<UserUuid>)>, ApiError> {
    let mut unexplained: BTreeSet<UserUuid> =
        search(reader, tenant, None).await?.into_iter().collect();
    if unexplained.is_empty() {
        return Ok(Vec::new());
    }
    let listed = reader.tenant_roles(tenant).await?;
    let roles: Vec<RoleName> = listed.union(common).cloned().collect();
    let held: Vec<(RoleName, Vec<UserUuid>)> = stream::iter(roles)
        .map(|role| async move {
            let holders = search(reader, tenant, Some(&role)).await?;
            Ok((role, holders))
        })
        .buffered(reader.parallel())
        .try_collect()
        .await?;
    for id in held.iter().flat_map(|(_, holders)| holders) {
        unexplained.remove(id);
    }
    match unexplained.first() {
        None => Ok(held),
        // Planning on would take this role away without knowing it.
        Some(user) => Err(ApiError::BadAnswer {
            call: Call::post("/v0/users/find").to(reader.url()),
            reason: format!(
                "user {user} holds a role in tenant {tenant} that no list of roles names; add the role to `roles` in the manifest"
            ),
        }),
    }
}

/// The users who hold a role in a tenant, or any role there.
async fn search(
    reader: &Reader,
    tenant: &TenantId,
    role: Option<&RoleName>,
) -> Result<Vec<UserUuid>, ApiError> {
    let query = Query::any_of(vec![Filter::role(tenant, role)]);
    let found = search_users(reader, &query, Vec::new()).await?;
    Ok(found.records.into_keys().collect())
}
