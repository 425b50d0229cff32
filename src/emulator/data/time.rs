//! Time. In: milliseconds since 1970, text in the API's form, or the clocks of this machine. Out: the
//! others. Main types: [`Stamp`], a moment as the API writes it, and [`Stopwatch`].
#![expect(
    clippy::disallowed_methods,
    reason = "the emulator's one reader of the clocks"
)]

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use std::fmt;
use std::time::{Duration, Instant};

/// A moment in milliseconds since 1970, UTC.
pub(crate) type Millis = i64;

pub(crate) const DAY: Millis = 86_400_000;

/// The time now.
pub(crate) fn now() -> Millis {
    Timestamp::now().as_millisecond()
}

/// Reads an RFC 3339 time, or a plain date as its midnight in UTC.
pub(crate) fn parse(text: &str) -> Option<Millis> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment.as_millisecond());
    }
    let date: jiff::civil::Date = text.parse().ok()?;
    let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(midnight.timestamp().as_millisecond())
}

/// Writes a moment as `2024-05-15T23:04:50.787Z`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stamp(pub(crate) Millis);

impl fmt::Display for Stamp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moment = Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH);
        write!(out, "{moment:.3}")
    }
}

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A clock that never runs backwards, for measuring.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts at zero.
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// The time since the start.
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
    }
}
