//! Matched entries → drafted steps: what would change, in no order yet.

pub(crate) mod blocked;
pub(crate) mod compare;
pub(crate) mod prune;
pub(crate) mod records;
pub(crate) mod rename;
pub(crate) mod roles;
pub(crate) mod unknown;
