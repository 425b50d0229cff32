//! A live state, and a manifest where there is one → who has which roles where, and what is different from another time.

use crate::access::{Access, AccessInput, Difference, Filter, State, compare, rows};
use crate::model::{Desired, Live};
use crate::plan::Selection;
use crate::session::SessionError;
use crate::session::plan;
use crate::session::read::only_looking;

/// Who has which roles where, and why.
///
/// # Errors
/// Where what is not held yet is wanted: a manifest that does not fit the live state.
pub fn access(
    desired: Option<&Desired>,
    live: &Live,
    filter: &Filter,
) -> Result<Vec<Access>, SessionError> {
    let plan = match desired.filter(|_| filter.pending) {
        Some(desired) => Some(plan::compare(
            desired,
            live,
            &only_looking(Selection::default()),
        )?),
        None => None,
    };
    let plan = plan.as_ref();
    Ok(rows(
        AccessInput {
            desired,
            live,
            plan,
        },
        filter,
    ))
}

/// What was granted, revoked and changed since a live state of before.
pub fn access_since(
    before: &Live,
    desired: Option<&Desired>,
    now: &[Access],
    filter: &Filter,
) -> Difference {
    let held = now.iter().filter(|row| row.state != State::Pending);
    let given = AccessInput {
        desired,
        live: before,
        plan: None,
    };
    compare(rows(given, filter), held.cloned().collect())
}
