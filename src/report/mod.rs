//! Plans, outcomes and mistakes → text. Pure: data comes in, bytes go to a writer.
//!
//! Colours are written as ANSI codes; the command line strips them where they are not wanted.

mod diagnostic;
mod diagnostic_json;
mod explain;
pub mod human;
mod outcome;
mod safe;
mod style;
mod text_diff;
mod value;

pub use diagnostic::{Look, error, findings};
pub use diagnostic_json::findings_json;
pub use explain::{codes, explanation, story};
pub use outcome::outcome;
pub use safe::{safe, without_keys};
