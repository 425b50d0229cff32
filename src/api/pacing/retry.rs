//! Whether and when a call is sent again. Pure: fed with what happened, answers with a verdict.

use std::time::Duration;

use crate::api::settings::Settings;

/// A login page or a proxy's page comes again, and an answer that does not end in time does not the next time either.
const MAX_PAGES: u32 = 2;
/// A port that nothing listens on, and from which nothing was ever heard, is a wrong address rather than a restart.
const MAX_UNHEARD: u32 = 4;
/// Such a call may also be wrong for good.
const MAX_PROBLEMS: u32 = 4;
const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// Whether sending a call twice does the same as sending it once (the table of calls in the API's reference).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Reading, setting, deleting.
    Safe,
    /// Creating and inviting: a second one makes a second record, or a second message.
    Unsafe,
}

/// What came back from one attempt, as far as a retry cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttemptError {
    /// The request never left: no connection.
    NotSent,
    /// The request may have arrived; no whole answer came back.
    Lost,
    /// A web page came back instead of an answer. The request may have arrived.
    Page,
    /// An answer began, and did not end in time.
    Slow,
    /// The request may have arrived, and the server may still be at it.
    TimedOut,
    /// 400, with words that the server also has for a call that it accepts a moment later.
    Problem,
    /// 429: refused before it was looked at.
    TooMany(Option<Duration>),
    /// 500, 502, 503, 504: the server may have acted before it failed.
    Server(Option<Duration>),
    /// 503, one of several at once, which a limit may send as well as a server that fails.
    Busy(Option<Duration>),
}

impl AttemptError {
    /// Whether it is about the pace, and not about the call.
    pub(crate) fn is_limit(self) -> bool {
        matches!(self, Self::TooMany(_) | Self::Busy(_))
    }

    /// How long the server asked all calls to wait, if it did.
    pub(crate) fn asked(self) -> Option<Duration> {
        match self {
            Self::TooMany(after) | Self::Server(after) | Self::Busy(after) => after,
            Self::NotSent
            | Self::Lost
            | Self::Page
            | Self::Slow
            | Self::TimedOut
            | Self::Problem => None,
        }
    }
}

/// What to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Send it again after this long.
    Again(Duration),
    Stop,
}

/// How often a call has been sent, and why it failed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tries {
    first_wait: Duration,
    most: u32,
    longest_pause: Duration,
    failures: u32,
    refusals: u32,
    forgiven: u32,
    progress: u64,
}

impl Tries {
    /// Not sent yet.
    pub(crate) fn new(settings: &Settings) -> Self {
        Self {
            first_wait: settings.first_wait,
            most: settings.tries.max(1),
            longest_pause: settings.longest_pause,
            failures: 0,
            refusals: 0,
            forgiven: 0,
            progress: 0,
        }
    }

    /// Decides after one more error. `progress` counts the calls that the server has dealt with: while it grows, a
    /// refusal is not this call's failure but the server's pace, and uses nothing up.
    pub(crate) fn decide(
        &mut self,
        error: AttemptError,
        repeat: Repeat,
        progress: u64,
        jitter: f64,
    ) -> Verdict {
        let attempt = if error.is_limit() {
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
        let most = match error {
            AttemptError::Page | AttemptError::Slow => self.most.min(MAX_PAGES),
            AttemptError::Problem => self.most.min(MAX_PROBLEMS),
            AttemptError::NotSent if progress == 0 => self.most.min(MAX_UNHEARD),
            _ => self.most,
        };
        if attempt >= most {
            return Verdict::Stop;
        }
        self.judge(error, repeat, attempt, jitter)
    }

    /// What to do after an attempt that is not the last; `attempt` counts from 1, and `jitter` is a random number from 0
    /// to 1.
    fn judge(&self, error: AttemptError, repeat: Repeat, attempt: u32, jitter: f64) -> Verdict {
        let may_have_happened = match error {
            AttemptError::Lost
            | AttemptError::Page
            | AttemptError::Slow
            | AttemptError::TimedOut
            | AttemptError::Server(_)
            | AttemptError::Busy(_) => true,
            AttemptError::NotSent | AttemptError::Problem | AttemptError::TooMany(_) => false,
        };
        if may_have_happened && repeat == Repeat::Unsafe {
            return Verdict::Stop;
        }
        match error.asked() {
            Some(after) if after > self.longest_pause => Verdict::Stop,
            // The gate spaces the calls that got the same answer.
            Some(after) => Verdict::Again(after),
            None => {
                let wait = self
                    .first_wait
                    .saturating_mul(1 << attempt.saturating_sub(1).min(10))
                    .min(LONGEST_WAIT);
                Verdict::Again(wait.mul_f64(0.5 + jitter / 2.0))
            }
        }
    }

    /// How often the call was sent and failed.
    pub(crate) fn count(self) -> u32 {
        self.failures + self.refusals + self.forgiven
    }
}

/// Reads a `Retry-After` header: seconds, or a date, from which `now` (seconds since 1970) is taken away.
pub(crate) fn retry_after(header: &str, now: Duration) -> Option<Duration> {
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
    use crate::api::key::Key;

    const FIRST_WAIT: Duration = Duration::from_millis(250);
    const TRIES: u32 = 8;

    fn tries() -> Tries {
        let key = Key::parse("uf_test_admin_demo1234_x").unwrap();
        Tries::new(&Settings::new(String::new(), key))
    }

    /// The verdicts on the same error, again and again, until the last.
    fn waits(error: AttemptError, progress: u64) -> Vec<Duration> {
        let mut tries = tries();
        let next = || match tries.decide(error, Repeat::Safe, progress, 1.0) {
            Verdict::Again(wait) => Some(wait),
            Verdict::Stop => None,
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn a_creation_that_may_have_happened_is_never_repeated() {
        for error in [
            AttemptError::Lost,
            AttemptError::Page,
            AttemptError::Slow,
            AttemptError::TimedOut,
            AttemptError::Server(None),
            AttemptError::Server(Some(Duration::from_secs(1))),
        ] {
            let decide = |repeat| tries().decide(error, repeat, 1, 0.5);
            assert_eq!(decide(Repeat::Unsafe), Verdict::Stop);
            assert!(matches!(decide(Repeat::Safe), Verdict::Again(_)));
        }
    }

    #[test]
    fn a_call_that_was_not_carried_out_is_repeated_whatever_it_is() {
        for error in [AttemptError::NotSent, AttemptError::TooMany(None)] {
            let verdict = tries().decide(error, Repeat::Unsafe, 1, 0.5);
            assert!(matches!(verdict, Verdict::Again(_)));
        }
    }

    #[test]
    fn waits_grow_keep_to_the_servers_word_and_end() {
        let lost = waits(AttemptError::Lost, 1);
        assert!(lost.is_sorted() && lost.len() == TRIES as usize - 1);
        let asked = |seconds| AttemptError::TooMany(Some(Duration::from_secs(seconds)));
        for seconds in [7, 180, 900] {
            let first = waits(asked(seconds), 0).first().copied();
            assert_eq!(first, Some(Duration::from_secs(seconds)));
        }
        assert!(waits(asked(901), 0).is_empty());
        assert!(waits(asked(u64::MAX), 0).is_empty());
    }

    #[test]
    fn what_comes_again_is_not_asked_for_again_and_again() {
        assert_eq!(waits(AttemptError::Page, 1).len(), 1);
        assert_eq!(waits(AttemptError::Slow, 1).len(), 1);
        let unheard = waits(AttemptError::NotSent, 0);
        assert!(unheard.iter().sum::<Duration>() < Duration::from_secs(2));
        let restarting = waits(AttemptError::NotSent, 1);
        assert_eq!(restarting.len(), TRIES as usize - 1, "it answered before");
    }

    #[test]
    fn refusals_use_nothing_up_while_the_server_accepts_other_calls() {
        let refused = AttemptError::TooMany(None);
        let mut tries = tries();
        for progress in 1..100 {
            let verdict = tries.decide(refused, Repeat::Unsafe, progress, 1.0);
            assert_eq!(verdict, Verdict::Again(FIRST_WAIT));
        }
        for _ in 2..TRIES {
            let verdict = tries.decide(refused, Repeat::Unsafe, 99, 1.0);
            assert!(matches!(verdict, Verdict::Again(_)));
        }
        let verdict = tries.decide(refused, Repeat::Unsafe, 99, 1.0);
        assert_eq!((verdict, tries.count()), (Verdict::Stop, 98 + TRIES));
    }

    #[test]
    fn a_limit_that_says_503_uses_nothing_up_either() {
        let mut tries = tries();
        for progress in 1..100 {
            let verdict = tries.decide(AttemptError::Busy(None), Repeat::Safe, progress, 1.0);
            assert_eq!(verdict, Verdict::Again(FIRST_WAIT));
        }
        let creation = tries.decide(AttemptError::Busy(None), Repeat::Unsafe, 100, 1.0);
        assert_eq!(creation, Verdict::Stop, "it may have been carried out");
    }

    #[test]
    fn failures_are_counted_whatever_else_is_accepted() {
        let mut tries = tries();
        let verdicts = (1..=TRIES)
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
