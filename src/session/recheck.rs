//! A saved plan and a server → what is left to do of the plan.

use super::SessionError;
use super::apply::same_workspace;
use super::settle::settle;
use crate::api::Reader;
use crate::model::Live;
use crate::observe::{self, Need, Reach};
use crate::plan::{self, PlanFile, Recheck, Touched, touched};

/// What became of a saved plan, and the live state that shows it.
#[derive(Clone, Debug)]
pub struct Rechecked {
    /// What is left to do, what is done already, and what no longer fits.
    pub recheck: Recheck,
    /// What was read.
    pub live: Live,
}

/// Reads again what a saved plan is about, and whatever else it takes to judge its changes.
///
/// # Errors
/// A call that fails for good.
pub async fn recheck(reader: &Reader, file: &PlanFile) -> Result<Rechecked, SessionError> {
    same_workspace(reader, &file.plan)?;
    let need = need(touched(&file.plan));
    let live = observe::live(reader, &need).await?;
    let judge = |live: &Live| Ok(plan::recheck(&file.plan, live));
    let (recheck, live) = settle(reader, live, &need, judge).await?;
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
