//! A saved plan and a server → what is left to do of the plan.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::api::{ApiError, BATCH, Dated, Filter, Query, Reader};
use crate::model::Live;
use crate::observe;
use crate::plan;
use crate::plan::touched;
use crate::plan::{Address, CreatedRecord, CreatedRecords, PlanFile, likely_renames};
use crate::session::SessionError;
use crate::session::apply::same_workspace;
use crate::session::readable::readable_by;
use crate::session::rechecked::{RecheckMode, Rechecked, believed, dated, need};
use crate::session::settle::settle;
use crate::session::take_back::take_back;

/// Reads again what a saved plan is about, and whatever else it takes to judge its changes. `made` is what earlier runs of this
/// plan created: anything else that exists of what it creates is in the way.
///
/// # Errors
/// A call that fails for good.
pub async fn recheck(
    reader: &Reader,
    file: &PlanFile,
    trust: RecheckMode,
    made: &CreatedRecords,
) -> Result<Rechecked, SessionError> {
    same_workspace(reader, &file.plan)?;
    if let Some(undoes) = &file.plan.undoes {
        return take_back(reader, &file.plan, undoes, trust, made).await;
    }
    let mut need = need(touched(&file.plan));
    need.uuids.extend(made.users().cloned());
    need.pins.extend(made.tenants().cloned());
    let plan = believed(&file.plan, trust);
    let live = observe::live(reader, &need).await?;
    let judge = |live: &Live| {
        readable_by(&plan, live)?;
        Ok(plan::recheck(&plan, live, made))
    };
    let (mut recheck, live) = settle(reader, live, &need, judge).await?;
    if trust.no_renames {
        recheck.plan.likely_renames.clear();
    } else if !trust.digest {
        recheck.plan.likely_renames = likely_renames(&recheck.plan.steps, &live);
    }
    Ok(Rechecked { recheck, live })
}

/// What an earlier run made, without what was created before or after the times that its record says: such a claim is wrong.
///
/// # Errors
/// A call that fails for good.
pub(crate) async fn confirm(
    reader: &Reader,
    mut made: CreatedRecords,
    times: &BTreeMap<Address, (Timestamp, Timestamp)>,
) -> Result<CreatedRecords, ApiError> {
    let mut created: BTreeMap<String, Dated<()>> = BTreeMap::new();
    for (id, found) in dated(reader, made.users()).await? {
        created.insert(id.to_string(), found.without_record());
    }
    let tenants: Vec<Filter> = made.tenants().map(Filter::tenant_id).collect();
    for batch in tenants.chunks(BATCH) {
        let query = Query::any_of(batch.to_vec());
        let found = reader.find_dated_tenants(reader.workspace(), &query).await;
        let found = match found {
            // The search is not part of the reference.
            Err(ApiError::NotFound { .. } | ApiError::PerhapsNotFound { .. }) => Vec::new(),
            found => found?.results,
        };
        for found in found {
            created.insert(found.record.id.to_string(), found.without_record());
        }
    }
    made.0.retain(|address, made| {
        let id = match made {
            CreatedRecord::User { id, .. } => id.as_str(),
            CreatedRecord::Tenant { id, .. } => id.as_str(),
        };
        let (Some(created), Some((since, until))) = (created.get(id), times.get(address)) else {
            return true;
        };
        !created.is_older(Some(*since)) && !created.is_newer(*until)
    });
    Ok(made)
}
