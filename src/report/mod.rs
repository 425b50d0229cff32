//! Plans, outcomes and mistakes → text. Pure: data comes in, bytes go to a writer.
//!
//! Colours are written as ANSI codes; the command line strips them where they are not wanted.

mod count;
#[cfg(feature = "cli")]
mod diagnostic;
mod diagnostic_json;
mod explain;
pub mod github;
pub mod human;
pub mod json;
pub mod markdown;
mod outcome;
mod row;
mod safe;
mod stale;
mod style;
mod text_diff;
mod value;

pub use count::count;
#[cfg(feature = "cli")]
pub use diagnostic::{Look, error, findings};
pub use diagnostic_json::findings_json;
pub use explain::{codes, explanation, story};
pub use outcome::outcome;
pub use safe::{safe, without_keys};
pub use stale::stale;
