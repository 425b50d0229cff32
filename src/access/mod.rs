//! Who has what, and why. In: a manifest, a live state, or both. Out: one row for each grant. Pure.

mod compare;
mod document;
pub mod row;
mod rows;

pub use crate::access::compare::Difference;
pub(crate) use crate::access::compare::compare;
pub(crate) use crate::access::document::{AccessDocument, schema};
pub(crate) use crate::access::row::{Access, Since, State};
pub use crate::access::rows::Filter;
pub(crate) use crate::access::rows::{AccessInput, rows};
