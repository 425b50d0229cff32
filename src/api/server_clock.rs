//! The server's clock. In: the `Date` headers of its answers. Out: what it shows at the least, and how far it is from this machine's.
//! Main type: [`ServerClock`].
#![expect(
    clippy::disallowed_methods,
    reason = "this is where the client compares two clocks"
)]

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{DATE, HeaderMap};

#[derive(Debug)]
pub(crate) struct ServerClock {
    /// Passing time, which no change of this machine's clock disturbs.
    start: Instant,
    shown: Mutex<Shown>,
}

#[derive(Debug, Default)]
struct Shown {
    /// How far the server's clock was ahead of this machine's at the last answer.
    ahead: Option<SignedDuration>,
    /// What it showed at the start, at the least. A `Date` has no parts of a second: each answer may narrow it.
    at_start: Option<Timestamp>,
}

impl ServerClock {
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            shown: Mutex::default(),
        }
    }

    /// Reads the `Date` of an answer that came a moment ago, if it has one.
    pub(crate) fn note(&self, headers: &HeaderMap) {
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        let server = date.and_then(|date| httpdate::parse_http_date(date).ok());
        let Some(server) = server.and_then(|server| Timestamp::try_from(server).ok()) else {
            return;
        };
        let now = Timestamp::try_from(SystemTime::now()).ok();
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.ahead = now.map(|now| server.duration_since(now));
        shown.at_start = shown.at_start.max(server.checked_sub(self.passed()).ok());
    }

    /// What it shows at the least, to a second or less; none where no answer had a `Date`.
    pub(crate) fn time(&self) -> Option<Timestamp> {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.at_start?.checked_add(self.passed()).ok()
    }

    /// How far it is from this machine's clock.
    pub(crate) fn skew(&self) -> Option<Duration> {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        Some(shown.ahead?.unsigned_abs())
    }

    fn passed(&self) -> SignedDuration {
        SignedDuration::try_from(self.start.elapsed()).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_may_narrow_what_the_clock_shows() {
        let clock = ServerClock::new();
        assert_eq!((clock.time(), clock.skew()), (None, None));
        let told = |date: &str| {
            let headers = HeaderMap::from_iter([(DATE, date.parse().unwrap())]);
            clock.note(&headers);
            clock.time().unwrap()
        };
        told("Sun, 06 Nov 1994 08:49:40 GMT");
        let later = told("Sun, 06 Nov 1994 08:49:42 GMT");
        assert!(later >= "1994-11-06T08:49:42Z".parse().unwrap());
        // An answer that says less takes nothing back.
        assert!(told("Sun, 06 Nov 1994 08:49:41 GMT") >= later);
    }
}
