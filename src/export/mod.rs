//! [`Live`](crate::model::Live) → manifest text that plans to nothing, or a [`snapshot`].
//!
//! Pure and stable: the same live state gives the same bytes.

mod build;
mod filter;
mod handle;
mod redact;
mod restrictions;
pub mod snapshot;
mod split;
mod unseen;
pub mod write;

pub(crate) use crate::export::build::plain;
pub use crate::export::build::{Export, LeftOut, Options, export};
pub(crate) use crate::export::filter::Filter;
pub(crate) use crate::export::restrictions::restrictions;
pub(crate) use crate::export::split::{Split, split};
pub(crate) use crate::export::write::{MARKER, as_own, is_unchanged, with_comment, write};
