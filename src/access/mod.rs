//! Who has what, and why. In: a manifest, a live state, or both. Out: one row for each grant. Pure.

mod compare;
mod document;
mod row;
mod rows;

pub use crate::access::compare::{Difference, compare};
pub use crate::access::document::{AccessDocument, schema};
pub use crate::access::row::{Access, Since, Source, State};
pub use crate::access::rows::{Filter, Given, rows};
