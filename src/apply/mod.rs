//! [`Plan`](crate::plan::Plan) → [`Outcome`]: carries out a plan against a [`Directory`](crate::api::Directory).
//!
//! The executor makes no choice: what it does is what the plan shows. It prints nothing either; it emits an [`Event`]
//! for everything that happens, and reporters show them.

mod event;
mod executor;
mod outcome;
mod recover;
mod schedule;
mod verify;

pub use event::Event;
pub use executor::{Conduct, execute};
pub use outcome::{Outcome, StepOutcome, Unkept, UnkeptField};
