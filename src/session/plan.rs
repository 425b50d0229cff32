//! A manifest and a server → a plan.

use crate::api::{Page, Reader};
use crate::model::{Desired, Live, LiveUser};
use crate::observe;
use crate::observe::ReadPlan;
use crate::plan::{Drafted, Missing, Plan, Policy, diff};
use crate::session::SessionError;
use crate::session::settle::settle;

/// A plan, and the live state that it was made from.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// What was read.
    pub live: Live,
}

/// Reads what the manifest is about, and whatever else it takes to judge the changes, and says what would change.
///
/// # Errors
/// A call that fails for good, or a manifest that does not fit the live state.
pub async fn plan(
    reader: &Reader,
    desired: &Desired,
    policy: &Policy,
) -> Result<Planned, SessionError> {
    plan_from(reader, desired, policy, Vec::new()).await
}

/// The same, where the first pages of all users may be there already, as `observe::read_ahead` reads them.
///
/// # Errors
/// As of [`plan`].
pub(crate) async fn plan_from(
    reader: &Reader,
    desired: &Desired,
    policy: &Policy,
    read: Vec<Page<LiveUser>>,
) -> Result<Planned, SessionError> {
    let need = ReadPlan::of(desired);
    let live = observe::live_from(reader, &need, read).await?;
    let judge = |live: &Live| draft(desired, live, policy);
    let (plan, live) = settle(reader, live, &need, judge).await?;
    Ok(Planned { plan, live })
}

/// Compares a manifest with the whole of a live state that was read before; nothing more can be read.
///
/// # Errors
/// A manifest that does not fit the live state; [`SessionError::Unsettled`] if the live state is a part of the whole:
/// what a manifest names and a part does not have may exist all the same.
pub fn compare(desired: &Desired, live: &Live, policy: &Policy) -> Result<Plan, SessionError> {
    if !live.is_whole() {
        return Err(SessionError::Unsettled);
    }
    draft(desired, live, policy)?.map_err(|_| SessionError::Unsettled)
}

/// Compares, and refuses patterns that match nothing.
pub(crate) fn draft(
    desired: &Desired,
    live: &Live,
    policy: &Policy,
) -> Result<Result<Plan, Missing>, SessionError> {
    match diff(desired, live, policy)? {
        Drafted::NeedsMore(missing) => Ok(Err(missing)),
        Drafted::Plan(plan) => {
            check_patterns(&plan)?;
            Ok(Ok(*plan))
        }
    }
}

fn check_patterns(plan: &Plan) -> Result<(), SessionError> {
    let selection = plan.selection.iter();
    let Some((pattern, near)) = selection.flat_map(|selected| &selected.unmatched).next() else {
        return Ok(());
    };
    let help = match near {
        Some(near) => format!("Did you mean `{near}`?"),
        None => "Addresses are those that the plan shows: tenants/acme, users/jane@example.com, users/jane@example.com/tenants/acme.".to_owned(),
    };
    Err(SessionError::UnmatchedPattern {
        pattern: pattern.clone(),
        help,
    })
}
