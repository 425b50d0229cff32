//! Questions about a manifest, a live state and a plan that change nothing.

pub(crate) mod drift;
pub(crate) mod expired;
pub mod explain;
pub(crate) mod pending;
pub(crate) mod unmanaged;
