//! What carrying out a plan takes.

use std::time::Duration;

use super::Plan;

/// The price of a plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// The number of calls: one for each step.
    pub calls: usize,
    /// How long they should take.
    pub time: Duration,
}

/// Estimates from the mean time of a call, as it was measured while reading, and the number of calls in flight.
pub fn cost(plan: &Plan, call: Duration, parallel: usize) -> Cost {
    let calls = plan.steps.len();
    let rounds = u32::try_from(calls.div_ceil(parallel.max(1))).unwrap_or(u32::MAX);
    Cost {
        calls,
        time: call.saturating_mul(rounds),
    }
}
