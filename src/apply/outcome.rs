//! How an apply ended, step by step.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::api::ApiError;
use crate::model::{TenantId, UserUuid};
use crate::plan::{HandoverId, StepId};

/// How one step ended.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum StepOutcome {
    /// The server did it.
    Done,
    /// The server did not do it.
    Failed(ApiError),
    /// It needs something that another step was to create, and that step did not succeed.
    Blocked(StepId),
    /// It revokes a role in a handover, and a grant of that handover was not made.
    HeldBack(HandoverId),
    /// The run was ended before it started.
    NotStarted,
}

/// A record that is not what was asked, although the server answered that all was well.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// The step that asked.
    pub step: StepId,
    /// The fields that the server normalised, ignored or refused.
    pub fields: Vec<MismatchedField>,
}

/// One field of a record that is not what was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct MismatchedField {
    /// The field; `data.` and a key for the data, `roles` for roles.
    pub field: String,
    /// What was asked; null for no value.
    pub asked: Value,
    /// What the server holds; null for no value.
    pub holds: Value,
}

/// How a whole plan ended.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// One for each step of the plan, in its order.
    pub steps: Vec<StepOutcome>,
    /// The users that were created, by the step that created them.
    pub users: BTreeMap<StepId, UserUuid>,
    /// The tenants that were created, by the step that created them.
    pub tenants: BTreeMap<StepId, TenantId>,
    /// Records that are not what was asked, although the server answered that all was well.
    pub mismatches: Vec<Mismatch>,
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
