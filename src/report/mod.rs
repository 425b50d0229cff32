//! Plans, outcomes and mistakes → text. Pure: data comes in, bytes go to a writer.
//!
//! Colours are written as ANSI codes; the command line strips them where they are not wanted.

mod diagnostic;
pub mod human;
mod outcome;
mod safe;
mod style;
mod text_diff;
mod value;

pub use diagnostic::{Look, error, findings};
pub use outcome::outcome;
pub use safe::safe;
