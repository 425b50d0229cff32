//! A live state, and a manifest where there is one → who has which roles where, and what is different from another time.

use crate::access::{Access, Difference, Filter, Given, State, compare, rows};
use crate::model::{Desired, Live};

/// Who has which roles where, and why.
pub fn access(desired: Option<&Desired>, live: &Live, filter: &Filter) -> Vec<Access> {
    rows(Given { desired, live }, filter)
}

/// What was granted, revoked and changed since a live state of before.
pub fn access_since(
    before: &Live,
    desired: Option<&Desired>,
    now: &[Access],
    filter: &Filter,
) -> Difference {
    let filter = Filter {
        pending: false,
        ..filter.clone()
    };
    let held = now.iter().filter(|row| row.state != State::Pending);
    compare(access(desired, before, &filter), held.cloned().collect())
}
