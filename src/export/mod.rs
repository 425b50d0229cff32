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

pub use build::{Export, LeftOut, Options, export, plain};
pub use filter::Filter;
pub use split::{Split, split};
pub use write::{MARKER, WriteError, as_own, is_unchanged, write};
