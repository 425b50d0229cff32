//! The saved plan: a JSON document of its own, versioned, so that the plan's inner types can change freely.
//!
//! It holds personal data. Reading it gives the plan that was shown, call for call, and nothing else.

mod check;
mod document;
mod fresh;
mod keep;
mod read;
mod reads;
mod write;

pub use check::{Unusable, read};
pub use document::{ActionKind, CostJson, Kind, PlanFile, Source, Summary, schema};
pub use fresh::{Fresh, Stale, Touched, fresh, touched};
pub use keep::{broken_since, watched};
pub use reads::Reads;
pub use write::{Made, manifest_hash};
