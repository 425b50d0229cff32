//! The tenants below others, level by level. In: the tenants right below the workspace. Out: those on all levels.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, stream};

use crate::api::{ApiError, Call, Query, Reader, search_tenants};
use crate::model::{LiveTenant, MOST_LEVELS, TenantId, Unreadable};
use crate::observe::search_check;

/// The same, with the tenants below these: one search for each tenant that has some, as far as its record says how many.
///
/// # Errors
/// The first call that fails for good; [`ApiError::BadAnswer`] where there are too many levels.
pub(crate) async fn with_those_below(
    reader: &Reader,
    mut found: search_check::Tenants,
) -> Result<search_check::Tenants, ApiError> {
    let is_told = |tenant: &LiveTenant| tenant.children.is_some();
    let all_told = found.records.values().all(is_told);
    let flat = !all_told && is_flat(reader).await?;
    let may_have_some = |tenant: &&LiveTenant| tenant.children != Some(0) && !flat;
    let ids = |tenants: &[LiveTenant]| -> Vec<TenantId> {
        let tenants = tenants.iter().filter(may_have_some);
        tenants.map(|tenant| tenant.id.clone()).collect()
    };
    let first: Vec<LiveTenant> = found.records.values().cloned().collect();
    let mut level = ids(&first);
    let mut depth = 0;
    while !level.is_empty() {
        depth += 1;
        if depth > MOST_LEVELS {
            return Err(too_deep(reader));
        }
        let everything = Query::all();
        let mut searches = stream::iter(&level)
            .map(async |above| {
                (
                    above,
                    search_tenants(reader, above, &everything, Vec::new()).await,
                )
            })
            .buffered(reader.parallel());
        let mut deeper: Vec<LiveTenant> = Vec::new();
        while let Some((above, listed)) = searches.next().await {
            let listed = match listed {
                // It is gone by now, or the server does not have the search there.
                Err(ApiError::NotFound { .. } | ApiError::PerhapsNotFound { .. }) => continue,
                listed => listed?,
            };
            found.unreadable.extend(listed.unreadable);
            for (id, mut tenant) in listed.records {
                // Such a list may have what is deeper too: each record names what it is below.
                tenant.parent.get_or_insert_with(|| above.clone());
                if !found.records.contains_key(&id) && id != *reader.workspace() {
                    found.records.insert(id, tenant.clone());
                    deeper.push(tenant);
                }
            }
        }
        drop(searches);
        level = ids(&deeper);
    }
    Ok(found)
}

/// The tenants below these by their own records, for a server that has no search for tenants: level by level, one read for each tenant
/// whose record so far shows fewer tenants below it than it has, or does not say how many. Tenants that can't be read are noted.
///
/// # Errors
/// The first call that fails for good; [`ApiError::BadAnswer`] where there are too many levels.
pub(crate) async fn by_records(
    reader: &Reader,
    children: Vec<LiveTenant>,
    unreadable: &mut Vec<Unreadable>,
) -> Result<Vec<LiveTenant>, ApiError> {
    let mut known: BTreeMap<TenantId, LiveTenant> = children
        .into_iter()
        .map(|tenant| (tenant.id.clone(), tenant))
        .collect();
    let mut read: BTreeSet<TenantId> = BTreeSet::from([reader.workspace().clone()]);
    for _ in 0..=MOST_LEVELS {
        let mut below: BTreeMap<&TenantId, usize> = BTreeMap::new();
        for parent in known.values().filter_map(|tenant| tenant.parent.as_ref()) {
            *below.entry(parent).or_default() += 1;
        }
        let is_open = |tenant: &&LiveTenant| {
            !read.contains(&tenant.id)
                && tenant
                    .children
                    .is_none_or(|count| count > below.get(&tenant.id).copied().unwrap_or_default())
        };
        let level: Vec<TenantId> = known
            .values()
            .filter(is_open)
            .map(|tenant| tenant.id.clone())
            .collect();
        if level.is_empty() {
            return Ok(known.into_values().collect());
        }
        let mut reads = stream::iter(&level)
            .map(async |id| (id, reader.tenant(id).await))
            .buffered(reader.parallel());
        let mut deeper = Vec::new();
        while let Some((id, answer)) = reads.next().await {
            let record = match answer {
                Err(error) => {
                    let name = known.get(id).map(|tenant| tenant.name().to_owned());
                    unreadable.push(error.unreadable(id.to_string(), name)?);
                    continue;
                }
                Ok(record) => record,
            };
            unreadable.extend(record.unreadable);
            deeper.extend(record.children.into_iter().map(|tenant| LiveTenant {
                parent: tenant.parent.or_else(|| Some(id.clone())),
                ..tenant
            }));
        }
        drop(reads);
        read.extend(level);
        for tenant in deeper {
            known.entry(tenant.id.clone()).or_insert(tenant);
        }
    }
    Err(too_deep(reader))
}

fn too_deep(reader: &Reader) -> ApiError {
    ApiError::BadAnswer {
        call: Call::get(format!("/v0/tenants/{}", reader.workspace())).to(reader.url()),
        reason: format!("it has tenants below tenants on more than {MOST_LEVELS} levels"),
    }
}

/// Whether no tenant is below another one, as the workspace's record counts them.
pub(crate) async fn is_flat(reader: &Reader) -> Result<bool, ApiError> {
    let workspace = match reader.tenant(reader.workspace()).await {
        Err(ApiError::NotFound { .. } | ApiError::PerhapsNotFound { .. }) => return Ok(false),
        workspace => workspace?,
    };
    let (children, all) = (workspace.child_count, workspace.descendant_count);
    Ok(all.is_some() && children == all)
}
