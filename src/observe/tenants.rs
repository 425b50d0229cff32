//! The tenants of a workspace, also where the server does not list them.
//!
//! The search for tenants is not part of the reference. Where it answers 404, tenants are known from the workspace's
//! own record, from the roles that users hold, and from the manifest's pins; how many stay hidden is part of the result.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{Need, scan};
use crate::api::directory::Answer;
use crate::api::{ApiError, ReadDirectory};
use crate::model::{LiveTenant, LiveUser, TenantId, UserId};

/// How many tenants are read at once.
const PARALLEL: usize = 16;

/// What the server lists.
pub(super) enum Listed {
    /// All tenants.
    All(BTreeMap<TenantId, LiveTenant>),
    /// Some of them, and how many there are.
    Some {
        children: Vec<LiveTenant>,
        count: usize,
    },
}

/// The tenants that are known.
pub(super) struct Tenants {
    pub(super) known: BTreeMap<TenantId, LiveTenant>,
    pub(super) hidden: usize,
}

/// Asks for the list, or for what stands in for it.
pub(super) async fn listed(directory: &impl ReadDirectory) -> Answer<Listed> {
    match scan::tenants(directory, directory.workspace()).await {
        Ok(all) => Ok(Listed::All(all)),
        Err(ApiError::NotFound { .. }) => {
            let workspace = directory.tenant(directory.workspace()).await?;
            Ok(Listed::Some {
                children: workspace.children,
                count: workspace.child_count,
            })
        }
        Err(error) => Err(error),
    }
}

/// Completes the list with the tenants that users and pins tell of.
pub(super) async fn complete(
    directory: &impl ReadDirectory,
    listed: Listed,
    users: &BTreeMap<UserId, LiveUser>,
    need: &Need,
) -> Answer<Tenants> {
    let (mut known, count) = match listed {
        Listed::All(known) => return Ok(Tenants { known, hidden: 0 }),
        Listed::Some { children, count } => (
            children
                .into_iter()
                .map(|tenant| (tenant.id.clone(), tenant))
                .collect::<BTreeMap<_, _>>(),
            count,
        ),
    };
    let told = users
        .values()
        .flat_map(|user| user.tenant_names.keys())
        .chain(&need.pins);
    let missing: BTreeSet<&TenantId> = told
        .filter(|id| !known.contains_key(*id) && *id != directory.workspace())
        .collect();
    let mut records = stream::iter(missing)
        .map(|id| exists(directory, id))
        .buffered(PARALLEL);
    let mut found = Vec::new();
    while let Some(tenant) = records.try_next().await? {
        found.extend(tenant);
    }
    drop(records);
    known.extend(found.into_iter().map(|tenant| (tenant.id.clone(), tenant)));
    let hidden = count.saturating_sub(known.len());
    Ok(Tenants { known, hidden })
}

async fn exists(directory: &impl ReadDirectory, id: &TenantId) -> Answer<Option<LiveTenant>> {
    match directory.tenant(id).await {
        Ok(record) => Ok(Some(record.tenant)),
        Err(ApiError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
