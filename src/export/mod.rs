//! [`Live`](crate::model::Live) → manifest text that plans to nothing, or a [`snapshot`].
//!
//! Pure and stable: the same live state gives the same bytes.

mod build;
mod filter;
mod handle;
mod redact;
pub mod snapshot;
mod split;
mod unseen;
mod write;

pub(crate) use crate::export::build::{Export, plain};
pub use crate::export::build::{LeftOut, Options, export};
pub use crate::export::filter::Filter;
pub(crate) use crate::export::split::{Split, split};
pub use crate::export::write::write;
pub(crate) use crate::export::write::{MARKER, as_own, is_unchanged};
