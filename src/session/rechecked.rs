//! What it takes to read a saved plan again: what has to be read, how much of the file is believed, and what comes of it. Main type:
//! [`Rechecked`].

use std::collections::BTreeMap;

use crate::api::{ApiError, BATCH, Dated, Filter, Query, Reader};
use crate::model::{Live, LiveUser, RoleName, UserUuid};
use crate::observe::{ReadPlan, ReadScope};
use crate::plan::{All, Plan, Recheck, Touched};

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

/// What has to be read of what a plan is about.
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

/// These users, with the times of their creation.
pub(crate) async fn dated(
    reader: &Reader,
    users: impl Iterator<Item = &UserUuid>,
) -> Result<BTreeMap<UserUuid, Dated<LiveUser>>, ApiError> {
    let filters: Vec<Filter> = users.map(Filter::uuid).collect();
    let mut dated = BTreeMap::new();
    for batch in filters.chunks(BATCH) {
        let found = reader
            .find_dated_users(&Query::any_of(batch.to_vec()))
            .await?;
        let found = found.results.into_iter();
        dated.extend(found.map(|user| (user.record.uuid.clone(), user)));
    }
    Ok(dated)
}
