//! Plans, outcomes and findings → text. Pure: data comes in, bytes go to a writer.
//!
//! Colours are written as ANSI codes; the command line strips them where they are not wanted.

pub mod access;
pub mod access_html;
mod alike;
mod blocked;
#[cfg(feature = "cli")]
mod diagnostic;
mod diagnostic_json;
mod endings;
mod explain;
pub mod github;
mod grouping;
pub mod human;
pub mod json;
pub mod markdown;
pub(crate) mod model;
mod outcome;
mod row;
mod summary;
mod text;
mod unmanaged;
mod value;

#[cfg(feature = "cli")]
pub use crate::report::diagnostic::{Look, error, findings};
pub use crate::report::diagnostic_json::{error_json, finding_json, findings_json, one_error_json};
pub use crate::report::endings::line as ending;
pub use crate::report::explain::{codes, explanation, story};
pub use crate::report::human::stale;
pub use crate::report::model::Report;
pub use crate::report::outcome::{outcome, report};
pub use crate::report::text::{clean, clean_commands, clean_json, count, safe, without_keys};
