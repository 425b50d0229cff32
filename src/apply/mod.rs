//! [`Plan`](crate::plan::Plan) → [`Outcome`]: carries out a plan with a [`Client`](crate::api::Client).
//!
//! The executor makes no choice: what it does is what the plan shows. It prints nothing either; it emits an [`Event`]
//! for everything that happens, and reporters show them.

mod event;
mod executor;
mod existing;
mod holder_guard;
mod outcome;
mod recover;
mod schedule;
mod verify;

pub use crate::apply::event::Event;
pub use crate::apply::executor::{ExecuteOptions, execute};
pub use crate::apply::holder_guard::{Holders, ReadHolders, RoleInScope};
pub use crate::apply::outcome::{
    Duplicate, Mismatch, MismatchedField, Outcome, StepError, StepOutcome,
};
