//! When a grant ends.

use std::fmt;
use std::sync::Arc;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// When a grant ends: with a day, in UTC, or at a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Until {
    /// As it is written.
    pub written: Arc<str>,
    /// From this moment on it has ended.
    pub end: Timestamp,
}

impl Until {
    /// Reads `2026-12-31`, or a moment with an offset, as in `2026-12-31T18:00:00Z`.
    pub fn parse(text: &str) -> Option<Self> {
        let end = if text.len() == "2026-12-31".len() {
            let day: Date = text.parse().ok()?;
            let next = day.checked_add(1.day()).ok()?;
            next.to_zoned(TimeZone::UTC).ok()?.timestamp()
        } else {
            text.parse().ok()?
        };
        Some(Self {
            written: Arc::from(text),
            end,
        })
    }

    /// Whether it has ended at a moment.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.end <= now
    }
}

impl fmt::Display for Until {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_ends_with_its_last_second_and_a_moment_is_exact() {
        let end = |text| Until::parse(text).map(|until| until.end.to_string());
        assert_eq!(end("2026-12-31").as_deref(), Some("2027-01-01T00:00:00Z"));
        assert_eq!(
            end("2026-12-31T18:00:00+02:00").as_deref(),
            Some("2026-12-31T16:00:00Z")
        );
        for text in [
            "2026-12-31T18:00:00",
            "2026-02-30",
            "tomorrow",
            "31.12.2026",
            "",
        ] {
            assert_eq!(end(text), None, "{text}");
        }
    }
}
