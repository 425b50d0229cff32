//! [`Plan`](crate::plan::Plan) → [`Outcome`]: carries out a plan with a [`Client`](crate::api::Client).
//!
//! The executor makes no choice: what it does is what the plan shows. It prints nothing either; it emits an [`Event`]
//! for everything that happens, and reporters show them.

pub(crate) mod event;
pub(crate) mod executor;
mod existing;
mod holder_guard;
pub(crate) mod ours;
pub mod outcome;
mod recover;
mod schedule;
mod verify;

pub(crate) use crate::apply::event::Event;
pub(crate) use crate::apply::executor::{ExecuteOptions, execute};
pub(crate) use crate::apply::holder_guard::{Holders, ReadHolders, RoleInScope};
pub(crate) use crate::apply::outcome::{Mismatch, Outcome, StepError, StepOutcome};
