//! What carrying out a plan takes.

use std::time::Duration;

use crate::plan::Plan;

/// The price of a plan.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// The number of calls: one for each step, and one for each record that is read right before.
    pub calls: usize,
    /// How long they should take.
    pub time: Duration,
}

/// How fast calls can be made.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pace {
    /// The mean time of a call, as it was measured while reading.
    pub call: Duration,
    /// How many calls are in flight.
    pub parallel: usize,
    /// How many calls may start in a second, where there is a ceiling.
    pub max_rate: Option<f64>,
}

/// Estimates what a plan takes: calls come in rounds of as many as may be in flight, and no faster than the ceiling.
pub fn cost(plan: &Plan, pace: Pace) -> Cost {
    let calls = plan
        .steps
        .iter()
        .flat_map(|step| step.change.calls())
        .count();
    let calls_32 = u32::try_from(calls).unwrap_or(u32::MAX);
    let rounds = u32::try_from(calls.div_ceil(pace.parallel.max(1))).unwrap_or(u32::MAX);
    let at_the_ceiling = pace
        .max_rate
        .and_then(|rate| Duration::try_from_secs_f64(f64::from(calls_32) / rate).ok())
        .unwrap_or_default();
    Cost {
        calls,
        time: pace.call.saturating_mul(rounds).max(at_the_ceiling),
    }
}
