//! Plans, outcomes and findings → text. Pure: data comes in, bytes go to a writer.
//!
//! Colours are written as ANSI codes; the command line strips them where they are not wanted.

pub mod access;
pub(crate) mod access_html;
mod alike;
mod blocked;
#[cfg(feature = "cli")]
pub mod diagnostic;
pub mod diagnostic_json;
mod endings;
pub mod explain;
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
pub(crate) use crate::report::diagnostic::{Look, error, findings};
pub(crate) use crate::report::diagnostic_json::{
    error_json, finding_json, findings_json, one_error_json,
};
pub(crate) use crate::report::endings::line as ending;
pub(crate) use crate::report::explain::{codes, explanation, story};
pub(crate) use crate::report::human::stale;
pub use crate::report::model::Report;
pub use crate::report::outcome::outcome;
pub(crate) use crate::report::outcome::report;
pub(crate) use crate::report::text::{
    clean, clean_commands, clean_json, count, safe, without_keys,
};
