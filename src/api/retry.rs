//! Whether and when a call is sent again. Pure: fed with what happened, answers with a verdict.

use std::time::Duration;

/// How often a call is sent at the most.
const MAX_ATTEMPTS: u32 = 8;
/// A login page or a proxy's page comes again.
const MAX_PAGES: u32 = 2;
const LONGEST_WAIT: Duration = Duration::from_secs(20);
/// A server that asks for more patience than this is not waited for.
const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(2);

/// Whether sending a call twice does the same as sending it once (the table of calls in the API's reference).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Repeat {
    /// Reading, setting, deleting.
    Safe,
    /// Creating and inviting: a second one makes a second record, or a second message.
    Unsafe,
}

/// What came back from one attempt, as far as a retry cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AttemptError {
    /// The request never left: no connection.
    NotSent,
    /// The request may have arrived; no whole answer came back.
    Lost,
    /// A web page came back instead of an answer. The request may have arrived.
    Page,
    /// The request may have arrived, and the server may still be at it.
    TimedOut,
    /// 429: refused before it was looked at.
    TooMany(Option<Duration>),
    /// 500, 502, 503, 504: the server may have acted before it failed.
    Server(Option<Duration>),
}

impl AttemptError {
    /// How long the server asked all calls to wait, if it did.
    pub(super) fn asked(self) -> Option<Duration> {
        match self {
            Self::TooMany(after) | Self::Server(after) => after,
            Self::NotSent | Self::Lost | Self::Page | Self::TimedOut => None,
        }
    }
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Send it again after this long.
    Again(Duration),
    /// Give up.
    Stop,
}

/// Decides. `first` is the wait after the first failure, from which the others grow; `attempt` counts from 1; `jitter`
/// is a random number from 0 to 1.
fn decide(
    error: AttemptError,
    repeat: Repeat,
    first: Duration,
    attempt: u32,
    jitter: f64,
) -> Verdict {
    let may_have_happened = matches!(
        error,
        AttemptError::Lost | AttemptError::Page | AttemptError::TimedOut | AttemptError::Server(_)
    );
    let most = if error == AttemptError::Page {
        MAX_PAGES
    } else {
        MAX_ATTEMPTS
    };
    if attempt >= most || (may_have_happened && repeat == Repeat::Unsafe) {
        return Verdict::Stop;
    }
    match error.asked() {
        Some(after) if after > LONGEST_RETRY_AFTER => Verdict::Stop,
        // The gate spaces the calls that got the same answer.
        Some(after) => Verdict::Again(after),
        None => {
            let wait = first
                .saturating_mul(1 << attempt.saturating_sub(1).min(10))
                .min(LONGEST_WAIT);
            Verdict::Again(wait.mul_f64(0.5 + jitter / 2.0))
        }
    }
}

/// How often a call has been sent, and why it failed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tries {
    first_wait: Duration,
    failures: u32,
    refusals: u32,
    /// The refusals that are forgiven.
    forgiven: u32,
    progress: u64,
}

impl Tries {
    /// Not sent yet.
    pub(super) fn new(first_wait: Duration) -> Self {
        Self {
            first_wait,
            failures: 0,
            refusals: 0,
            forgiven: 0,
            progress: 0,
        }
    }

    /// Decides after one more error. `progress` counts the calls that the server has dealt with: while it grows, a
    /// refusal is not this call's failure but the server's pace, and uses nothing up.
    pub(super) fn decide(
        &mut self,
        error: AttemptError,
        repeat: Repeat,
        progress: u64,
        jitter: f64,
    ) -> Verdict {
        let attempt = if matches!(error, AttemptError::TooMany(_)) {
            if progress > self.progress {
                self.forgiven += std::mem::take(&mut self.refusals);
                self.progress = progress;
            }
            self.refusals += 1;
            self.refusals
        } else {
            self.failures += 1;
            self.failures
        };
        decide(error, repeat, self.first_wait, attempt, jitter)
    }

    /// How often the call was sent and failed.
    pub(super) fn count(self) -> u32 {
        self.failures + self.refusals + self.forgiven
    }
}

/// Reads a `Retry-After` header: seconds, or a date, from which `now` (seconds since 1970) is taken away.
pub(super) fn retry_after(header: &str, now: Duration) -> Option<Duration> {
    let header = header.trim();
    if let Ok(seconds) = header.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(header).ok()?;
    let date = date.duration_since(std::time::UNIX_EPOCH).ok()?;
    Some(date.saturating_sub(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST_WAIT: Duration = Duration::from_millis(250);

    #[test]
    fn a_creation_that_may_have_happened_is_never_repeated() {
        for error in [
            AttemptError::Lost,
            AttemptError::TimedOut,
            AttemptError::Server(None),
            AttemptError::Server(Some(Duration::from_secs(1))),
        ] {
            assert_eq!(
                decide(error, Repeat::Unsafe, FIRST_WAIT, 1, 0.5),
                Verdict::Stop
            );
            assert!(matches!(
                decide(error, Repeat::Safe, FIRST_WAIT, 1, 0.5),
                Verdict::Again(_)
            ));
        }
    }

    #[test]
    fn a_call_that_was_not_carried_out_is_repeated_whatever_it_is() {
        for error in [AttemptError::NotSent, AttemptError::TooMany(None)] {
            assert!(matches!(
                decide(error, Repeat::Unsafe, FIRST_WAIT, 1, 0.5),
                Verdict::Again(_)
            ));
        }
    }

    #[test]
    fn waits_grow_keep_to_the_servers_word_and_end() {
        let wait =
            |attempt| match decide(AttemptError::Lost, Repeat::Safe, FIRST_WAIT, attempt, 1.0) {
                Verdict::Again(wait) => wait,
                Verdict::Stop => Duration::ZERO,
            };
        assert!(wait(1) < wait(2) && wait(2) < wait(3));
        assert_eq!(wait(MAX_ATTEMPTS), Duration::ZERO);
        let asked = Duration::from_secs(7);
        assert_eq!(
            decide(
                AttemptError::TooMany(Some(asked)),
                Repeat::Safe,
                FIRST_WAIT,
                1,
                0.0
            ),
            Verdict::Again(asked)
        );
        assert_eq!(
            decide(
                AttemptError::TooMany(Some(Duration::from_hours(1))),
                Repeat::Safe,
                FIRST_WAIT,
                1,
                0.0
            ),
            Verdict::Stop
        );
    }

    #[test]
    fn refusals_use_nothing_up_while_the_server_accepts_other_calls() {
        let refused = AttemptError::TooMany(None);
        let mut tries = Tries::new(FIRST_WAIT);
        for progress in 1..100 {
            let verdict = tries.decide(refused, Repeat::Unsafe, progress, 1.0);
            assert_eq!(verdict, Verdict::Again(FIRST_WAIT));
        }
        for _ in 2..MAX_ATTEMPTS {
            let verdict = tries.decide(refused, Repeat::Unsafe, 99, 1.0);
            assert!(matches!(verdict, Verdict::Again(_)));
        }
        let verdict = tries.decide(refused, Repeat::Unsafe, 99, 1.0);
        assert_eq!((verdict, tries.count()), (Verdict::Stop, 98 + MAX_ATTEMPTS));
    }

    #[test]
    fn failures_are_counted_whatever_else_is_accepted() {
        let mut tries = Tries::new(FIRST_WAIT);
        let verdicts = (1..=MAX_ATTEMPTS)
            .map(|attempt| tries.decide(AttemptError::Lost, Repeat::Safe, attempt.into(), 0.5));
        assert_eq!(verdicts.last(), Some(Verdict::Stop));
    }

    #[test]
    fn retry_after_is_read_as_seconds_and_as_a_date() {
        let now = Duration::from_secs(784_111_777);
        assert_eq!(retry_after(" 3 ", now), Some(Duration::from_secs(3)));
        assert_eq!(
            retry_after("Sun, 06 Nov 1994 08:49:40 GMT", now),
            Some(Duration::from_secs(3))
        );
        assert_eq!(
            retry_after("Sun, 06 Nov 1994 08:49:00 GMT", now),
            Some(Duration::ZERO)
        );
        assert_eq!(retry_after("soon", now), None);
    }
}
