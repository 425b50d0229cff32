//! Time stamps as the API writes them. In: milliseconds since 1970, or text. Out: the other.
//! Main type: [`Stamp`].

use jiff::Timestamp;
use serde::{Serialize, Serializer};
use std::fmt;

/// A moment in milliseconds since 1970, UTC.
pub(super) type Millis = i64;

/// A day.
pub(super) const DAY: Millis = 86_400_000;

/// Writes a moment as `2024-05-15T23:04:50.787Z`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stamp(pub(super) Millis);

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

/// Reads an RFC 3339 time, or a plain date as its midnight in UTC.
pub(super) fn parse(text: &str) -> Option<Millis> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment.as_millisecond());
    }
    let date: jiff::civil::Date = text.parse().ok()?;
    let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
    Some(midnight.timestamp().as_millisecond())
}
