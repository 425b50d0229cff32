//! A saved plan and a server → what is left to do of the plan.

use super::SessionError;
use super::apply::same_workspace;
use super::settle::settle;
use crate::api::Reader;
use crate::model::{Live, RoleName};
use crate::observe::{self, Need, Reach};
use crate::plan::{self, PlanFile, Recheck, Touched, likely_renames, touched};

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
pub struct Trust {
    /// Whether the file is the one that a person or a pipeline named by its digest. Otherwise the limits in it can only be
    /// tighter than the built-in ones, and likely renames are looked for again.
    pub digest: bool,
    /// Whether a person said that nothing in it is a rename.
    pub no_renames: bool,
}

/// Reads again what a saved plan is about, and whatever else it takes to judge its changes.
///
/// # Errors
/// A call that fails for good.
pub async fn recheck(
    reader: &Reader,
    file: &PlanFile,
    trust: Trust,
) -> Result<Rechecked, SessionError> {
    same_workspace(reader, &file.plan)?;
    let need = need(touched(&file.plan));
    let mut plan = file.plan.clone();
    if !trust.digest {
        plan.limits.guards.and_built_in = true;
        plan.limits.sensitive.insert(RoleName::new(RoleName::ADMIN));
    }
    let live = observe::live(reader, &need).await?;
    let judge = |live: &Live| Ok(plan::recheck(&plan, live));
    let (mut recheck, live) = settle(reader, live, &need, judge).await?;
    if trust.no_renames {
        recheck.plan.likely_renames.clear();
    } else if !trust.digest {
        recheck.plan.likely_renames = likely_renames(&recheck.plan.steps, &live);
    }
    Ok(Rechecked { recheck, live })
}

fn need(touched: Touched) -> Need {
    let Touched {
        users,
        emails,
        tenants,
        names,
        roles,
        tenant_roles,
        every_grant,
        all_users,
    } = touched;
    let named = |some: bool| if some { Reach::Named } else { Reach::Nothing };
    Need {
        users: if all_users {
            Reach::Everything
        } else {
            named(!users.is_empty() || !emails.is_empty())
        },
        tenants: named(!tenants.is_empty() || !names.is_empty()),
        tenant_roles: every_grant || tenant_roles || all_users,
        every_grant,
        pins: tenants.into_iter().collect(),
        uuids: users,
        emails,
        names,
        roles,
        ..Need::default()
    }
}
