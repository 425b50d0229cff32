//! The tenants of a workspace, also where the server does not list them.
//!
//! The search for tenants is not part of the reference. Where it answers 404, tenants are known from the workspace's
//! own record, from the roles that users hold, and from the manifest's pins; how many stay hidden is part of the result.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::{Need, Reach, again, choice, scan};
use crate::api::directory::{Answer, Query};
use crate::api::{ApiError, Call, Page, ReadDirectory};
use crate::model::{Hidden, LiveTenant, LiveUser, TenantId, UserId};

/// How many tenants are read at once.
const PARALLEL: usize = 16;

/// What the server lists.
pub(super) enum Listed {
    /// All tenants, or all that are named; then with how many there are.
    All(BTreeMap<TenantId, LiveTenant>, Option<usize>),
    /// Some of them, and how many there are, where it says.
    Some {
        children: Vec<LiveTenant>,
        count: Option<usize>,
    },
}

/// The tenants that are known.
pub(super) struct Tenants {
    pub(super) known: BTreeMap<TenantId, LiveTenant>,
    pub(super) hidden: Hidden,
    /// How many there are, where not all are known.
    pub(super) total: Option<usize>,
}

/// Asks for the list, or for what stands in for it.
pub(super) async fn listed(directory: &impl ReadDirectory, need: &Need) -> Answer<Listed> {
    let found = match need.tenants {
        Reach::Named => named(directory, need).await.map(|found| (found, None)),
        Reach::Cheapest => cheapest(directory, need).await,
        Reach::Nothing | Reach::Everything => every(directory, need, None)
            .await
            .map(|found| (found, None)),
    };
    match found {
        Ok((found, total)) => Ok(Listed::All(found, total)),
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

type Records = BTreeMap<TenantId, LiveTenant>;

async fn named(directory: &impl ReadDirectory, need: &Need) -> Answer<Records> {
    again::by_name(directory, &need.names.iter().collect::<Vec<_>>()).await
}

/// All tenants, or those that are named and how many there are altogether.
async fn cheapest(directory: &impl ReadDirectory, need: &Need) -> Answer<(Records, Option<usize>)> {
    let everything = Query::all("tenantId_ASC");
    let first = directory
        .find_tenants(directory.workspace(), &everything)
        .await?;
    let (pages, total) = (first.count(), first.total);
    if choice::look_up(pages, need.names.len(), need.pins.len()) {
        tracing::info!(total, "looking up the tenants that the manifest names");
        Ok((named(directory, need).await?, Some(total)))
    } else {
        Ok((every(directory, need, Some(first)).await?, None))
    }
}

async fn every(
    directory: &impl ReadDirectory,
    need: &Need,
    first: Option<Page<LiveTenant>>,
) -> Answer<Records> {
    let everything = Query::all("tenantId_ASC");
    let found = scan::tenants(directory, directory.workspace(), &everything, first).await?;
    again::tenants(directory, found, &need.names).await
}

/// The ids of all tenants that can be known of.
pub(super) async fn all(
    directory: &impl ReadDirectory,
    users: &BTreeMap<UserId, LiveUser>,
) -> Answer<Vec<TenantId>> {
    let need = Need {
        tenants: Reach::Everything,
        ..Need::default()
    };
    let listed = listed(directory, &need).await?;
    let tenants = complete(directory, listed, users, &need).await?;
    Ok(tenants.known.into_keys().collect())
}

/// Completes the list with the tenants that users and pins tell of.
pub(super) async fn complete(
    directory: &impl ReadDirectory,
    listed: Listed,
    users: &BTreeMap<UserId, LiveUser>,
    need: &Need,
) -> Answer<Tenants> {
    let (mut known, total, count) = match listed {
        Listed::All(known, total) => (known, total, None),
        Listed::Some { children, count } => (
            children
                .into_iter()
                .map(|tenant| (tenant.id.clone(), tenant))
                .collect(),
            None,
            Some(count),
        ),
    };
    // Where all are listed, a pin may still name a tenant below another one, which is not in the workspace's list.
    let told: BTreeSet<&TenantId> = match count {
        None => need.pins.iter().collect(),
        Some(_) => users
            .values()
            .flat_map(|user| user.tenant_names.keys())
            .chain(&need.pins)
            .collect(),
    };
    let missing = told
        .into_iter()
        .filter(|id| !known.contains_key(*id) && *id != directory.workspace());
    let mut records = stream::iter(missing.collect::<Vec<_>>())
        .map(|id| exists(directory, id))
        .buffered(PARALLEL);
    let mut found = Vec::new();
    while let Some(tenant) = records.try_next().await? {
        found.extend(tenant);
    }
    drop(records);
    known.extend(found.into_iter().map(|tenant| (tenant.id.clone(), tenant)));
    // The workspace is no tenant of its own, whatever a list says: nothing may be planned for it.
    known.remove(directory.workspace());
    let children = known
        .values()
        .filter(|tenant| {
            tenant
                .parent
                .as_ref()
                .is_none_or(|parent| parent == directory.workspace())
        })
        .count();
    let hidden = match count {
        None => Hidden::Nothing,
        Some(None) => Hidden::Unknown,
        Some(Some(count)) if count <= children => Hidden::Nothing,
        Some(Some(count)) => Hidden::Some(count - children),
    };
    Ok(Tenants {
        known,
        hidden,
        total,
    })
}

async fn exists(directory: &impl ReadDirectory, id: &TenantId) -> Answer<Option<LiveTenant>> {
    match directory.tenant(id).await {
        Ok(record) if record.tenant.id == *id => Ok(Some(record.tenant)),
        Ok(_) => {
            let call = Call {
                method: "GET",
                path: format!("/v0/tenants/{id}"),
            };
            Err(ApiError::BadAnswer {
                call,
                reason: "it is about another tenant".into(),
            })
        }
        Err(ApiError::NotFound { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}
