//! [`Plan`](crate::plan::Plan) → [`Outcome`]: carries out a plan with a [`Client`](crate::api::Client).
//!
//! The executor makes no choice: what it does is what the plan shows. It prints nothing either; it emits an [`Event`]
//! for everything that happens, and reporters show them.

mod event;
mod executor;
mod keepers;
mod look;
mod outcome;
mod recover;
mod schedule;
mod verify;

pub use event::Event;
pub use executor::{ExecuteOptions, execute};
pub use keepers::{Holders, ReadHolders, RoleInScope};
pub use outcome::{Duplicate, Mismatch, MismatchedField, Outcome, StepError, StepOutcome};
