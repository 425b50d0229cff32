//! Who has what, and why. In: a manifest, a live state, or both. Out: one row for each grant. Pure.

mod compare;
mod document;
mod row;
mod rows;

pub(crate) use crate::access::compare::Difference;
pub use crate::access::compare::compare;
pub(crate) use crate::access::document::AccessDocument;
pub use crate::access::document::schema;
pub(crate) use crate::access::row::{Access, Since};
pub use crate::access::row::{Source, State};
pub use crate::access::rows::Filter;
pub(crate) use crate::access::rows::{Given, rows};
