//! What happens during an apply, for those who show or count it.

use std::time::Duration;

use crate::apply::StepOutcome;
use crate::plan::{CreatedRecord, Step};

/// Something happened.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Event<'e> {
    /// The first call of a step is about to be sent.
    #[non_exhaustive]
    Started {
        /// The step.
        step: &'e Step,
        /// The call, as the API's reference names it.
        call: &'static str,
    },
    /// A step is settled, one way or the other.
    #[non_exhaustive]
    Settled {
        /// The step.
        step: &'e Step,
        /// The call, as the API's reference names it.
        call: &'static str,
        /// How it ended.
        outcome: &'e StepOutcome,
        /// What it created, as the server answered.
        made: Option<&'e CreatedRecord>,
        /// How many requests were sent for it, repeats and look-ups included; none where it was not started.
        attempts: u64,
        /// How long it took, waits included.
        duration: Duration,
    },
}

impl<'e> Event<'e> {
    /// The step that it is about.
    pub fn step(&self) -> &'e Step {
        match self {
            Self::Started { step, .. } | Self::Settled { step, .. } => step,
        }
    }
}
