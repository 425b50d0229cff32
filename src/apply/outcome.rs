//! How an apply ended, step by step.

use crate::api::ApiError;
use crate::plan::{HandoverId, StepId};

/// How one step ended.
#[derive(Clone, Debug, PartialEq)]
pub enum StepOutcome {
    /// The server did it.
    Done,
    /// The server did not do it.
    Failed(ApiError),
    /// It needs something that another step was to create, and that step did not succeed.
    Blocked(StepId),
    /// It takes a role away that is to pass to others, and not all of them have it.
    HeldBack(HandoverId),
}

/// How a whole plan ended.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// One for each step of the plan, in its order.
    pub steps: Vec<StepOutcome>,
}

impl Outcome {
    /// How many steps were done.
    pub fn done(&self) -> usize {
        self.steps
            .iter()
            .filter(|step| matches!(step, StepOutcome::Done))
            .count()
    }

    /// Whether every step was done.
    pub fn is_complete(&self) -> bool {
        self.done() == self.steps.len()
    }
}
