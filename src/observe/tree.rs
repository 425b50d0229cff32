//! The tenants below others, level by level. In: the tenants right below the workspace. Out: those on all levels.

use futures_util::{StreamExt as _, stream};

use crate::api::{ApiError, Call, Query, Reader, search_tenants};
use crate::model::{LiveTenant, TenantId};
use crate::observe::search_check;

/// The same, with the tenants below these: one search for each tenant that has some, as far as its record says how many.
///
/// # Errors
/// The first call that fails for good; [`ApiError::BadAnswer`] if a tenant is listed below one that its record does not name.
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
    while !level.is_empty() {
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
                if tenant.parent.as_ref().is_some_and(|parent| parent != above) {
                    let call = Call::post(format!("/v0/tenants/{above}/tenants/find"));
                    let reason = format!("it lists tenant {id}, which is below another one");
                    return Err(ApiError::BadAnswer {
                        call: call.to(reader.url()),
                        reason,
                    });
                }
                tenant.parent = Some(above.clone());
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

/// Whether no tenant is below another one, as the workspace's record counts them.
pub(crate) async fn is_flat(reader: &Reader) -> Result<bool, ApiError> {
    let workspace = match reader.tenant(reader.workspace()).await {
        Err(ApiError::NotFound { .. } | ApiError::PerhapsNotFound { .. }) => return Ok(false),
        workspace => workspace?,
    };
    let (children, all) = (workspace.child_count, workspace.descendant_count);
    Ok(all.is_some() && children == all)
}
