//! Who has what, and why. In: a manifest, a live state, or both. Out: one row for each grant. Pure.

mod compare;
mod document;
mod row;
mod rows;

pub use compare::{Difference, compare};
pub use document::{AccessDocument, schema};
pub use row::{Access, Since, Source, State};
pub use rows::{Filter, Given, rows};
