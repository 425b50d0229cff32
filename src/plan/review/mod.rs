//! Ordered steps → what a reviewer has to know of them: guards, rules, dangers.

pub(crate) mod dangers;
pub(crate) mod effects;
pub(crate) mod guards;
pub(crate) mod holders;
pub(crate) mod keep_holders;
pub(crate) mod limits;
pub(crate) mod names;
pub(crate) mod protect;
pub(crate) mod rules;
pub(crate) mod sensitive;
