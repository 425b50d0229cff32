//! Roles in tenants, where users' records tell the workspace's own roles alone.
//!
//! Then nobody seems to hold a role in any tenant. Before that is believed, the server is asked who holds roles in
//! the tenants, and, where somebody does, which.

use std::collections::BTreeSet;

use super::scan;
use crate::api::directory::{Answer, Filter, Query};
use crate::api::{ApiError, Call, ReadDirectory};
use crate::model::{Live, RoleName, RoleSet, Scope, TenantId};

/// How many tenants are asked about in one search; fewer where the server refuses so many.
const BATCH: usize = 50;

/// Adds the roles held in tenants to the users, where a search finds any.
pub(super) async fn add_tenant_roles(
    directory: &impl ReadDirectory,
    live: &mut Live,
    tenants: &[TenantId],
    wanted: &RoleSet,
) -> Answer<()> {
    let mut of_workspace = None;
    let (mut rest, mut length) = (tenants, BATCH);
    while !rest.is_empty() {
        let (batch, others) = rest.split_at(length.min(rest.len()));
        let anybody = Query {
            filters: vec![
                batch
                    .iter()
                    .map(|tenant| Filter::role(tenant, None))
                    .collect(),
            ],
            order: Some("userId_ASC"),
            page: 1,
        };
        let holders = match directory.find_users(&anybody).await {
            Err(ApiError::Refused { .. }) if batch.len() > 1 => {
                tracing::info!(tenants = batch.len(), "too many for one search; halving");
                length = batch.len() / 2;
                continue;
            }
            found => found?.total,
        };
        rest = others;
        if holders == 0 {
            continue;
        }
        let common = match &of_workspace {
            Some(roles) => roles,
            None => of_workspace.insert(
                directory
                    .roles()
                    .await?
                    .union(wanted)
                    .cloned()
                    .collect::<RoleSet>(),
            ),
        };
        for tenant in batch {
            add_for_tenant(directory, live, tenant, common).await?;
        }
    }
    Ok(())
}

async fn add_for_tenant(
    directory: &impl ReadDirectory,
    live: &mut Live,
    tenant: &TenantId,
    common: &RoleSet,
) -> Answer<()> {
    let mut unexplained: BTreeSet<_> = scan::users(directory, &search(tenant, None))
        .await?
        .records
        .into_keys()
        .collect();
    if unexplained.is_empty() {
        return Ok(());
    }
    let listed = directory.tenant_roles(tenant).await?;
    for role in listed.union(common) {
        for id in scan::users(directory, &search(tenant, Some(role)))
            .await?
            .records
            .into_keys()
        {
            unexplained.remove(&id);
            if let Some(user) = live.users.get_mut(&id) {
                user.grants
                    .edit()
                    .entry(Scope::Tenant(tenant.clone()))
                    .or_default()
                    .insert(role.clone());
            }
        }
    }
    match unexplained.first() {
        None => Ok(()),
        // Planning on would take this role away without knowing it.
        Some(user) => Err(ApiError::BadAnswer {
            call: Call {
                method: "POST",
                path: "/v0/users/find".into(),
            },
            reason: format!(
                "user {user} holds a role in tenant {tenant} that no list of roles names; add the role to `roles` in the manifest"
            ),
        }),
    }
}

fn search(tenant: &TenantId, role: Option<&RoleName>) -> Query {
    Query {
        filters: vec![vec![Filter::role(tenant, role)]],
        order: Some("userId_ASC"),
        page: 1,
    }
}
