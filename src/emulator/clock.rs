//! The real clock. In: nothing. Out: the time now, for the parts that have no clock of their own.
//! Main function: [`now`].
#![expect(
    clippy::disallowed_methods,
    reason = "the emulator's one reader of the clock"
)]

use super::time::Millis;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The time now in milliseconds since 1970.
pub(super) fn now() -> Millis {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Millis::try_from(since.as_millis()).unwrap_or(Millis::MAX)
}

/// A clock that never runs backwards, for measuring.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts at zero.
    pub(super) fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    pub(super) fn elapsed(self) -> Duration {
        Instant::now().saturating_duration_since(self.0)
    }
}
