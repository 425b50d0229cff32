//! Which calls go wrong, and what then happens to them.

pub mod draw;
pub(crate) mod fault_effect;
