//! A saved plan and a server → what is left to do of the plan.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::api::{ApiError, BATCH, Dated, Filter, Query, Reader};
use crate::model::{Live, RoleName};
use crate::observe;
use crate::observe::{ReadPlan, ReadScope};
use crate::plan;
use crate::plan::touched;
use crate::plan::{
    Address, All, CreatedRecord, CreatedRecords, Plan, PlanFile, Recheck, Touched, likely_renames,
};
use crate::session::SessionError;
use crate::session::apply::same_workspace;
use crate::session::readable::readable_by;
use crate::session::settle::settle;
use crate::session::take_back::take_back;

/// What became of a saved plan, and the live state that shows it.
#[derive(Clone, Debug)]
pub struct Rechecked {
    /// What is left to do, what is done already, and what no longer fits.
    pub recheck: Recheck,
    /// What was read.
    pub live: Live,
}

/// How much of a saved plan is believed that can't be worked out from the live state: the limits that its manifest sets, which
/// roles are sensitive, and that its manifest's author looked at what may be renames.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecheckMode {
    /// Whether the file is the one that a person or a pipeline named by its digest. Otherwise the limits in it can only be
    /// tighter than the built-in ones, and likely renames are looked for again.
    pub digest: bool,
    /// Whether a person said that nothing in it is a rename.
    pub no_renames: bool,
}

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

/// A plan with its limits as far as they are believed.
pub(crate) fn believed(plan: &Plan, trust: RecheckMode) -> Plan {
    let mut plan = plan.clone();
    if !trust.digest {
        plan.limits.guards.and_built_in = true;
        let built_in = RoleName::SENSITIVE.map(RoleName::new);
        plan.limits.sensitive.extend(built_in);
    }
    plan
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
    let users: Vec<Filter> = made.users().map(Filter::uuid).collect();
    for batch in users.chunks(BATCH) {
        let query = Query::any_of(batch.to_vec());
        for found in reader.find_dated_users(&query).await?.results {
            created.insert(found.record.uuid.to_string(), found.without_record());
        }
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

pub(crate) fn need(touched: Touched) -> ReadPlan {
    let Touched {
        users,
        emails,
        tenants,
        names,
        roles,
        tenant_roles,
        every_grant,
        all,
    } = touched;
    let named = |some: bool| {
        if some {
            ReadScope::Named
        } else {
            ReadScope::Nothing
        }
    };
    ReadPlan {
        users: if all == All::Everything {
            ReadScope::Everything
        } else {
            named(!users.is_empty() || !emails.is_empty())
        },
        tenants: if all > All::Nothing {
            ReadScope::Everything
        } else {
            named(!tenants.is_empty() || !names.is_empty())
        },
        tenant_roles: every_grant || tenant_roles || all == All::Everything,
        every_grant,
        pins: tenants.into_iter().collect(),
        uuids: users,
        emails,
        names,
        roles,
        ..ReadPlan::default()
    }
}
