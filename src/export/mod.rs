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

pub use crate::export::build::{Export, LeftOut, Options, export, plain};
pub use crate::export::filter::Filter;
pub use crate::export::split::{Split, split};
pub use crate::export::write::{MARKER, WriteError, as_own, is_unchanged, write};
