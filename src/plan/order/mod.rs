//! Drafted steps → steps in a safe order, without what is blocked or not chosen.

pub(crate) mod removals;
pub(crate) mod retain;
pub(crate) mod select;
pub(crate) mod sequence;
pub(crate) mod swaps;
