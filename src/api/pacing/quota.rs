//! `RateLimit-*` and `X-RateLimit-*`: how many more calls a server has room for. Pure. In: an answer's headers. Out: a
//! [`Quota`], which is also the main type.

use std::time::Duration;

/// A longer one says nothing about the next minutes: the server refuses when it means it.
const LONGEST: Duration = Duration::from_mins(2);
/// A larger number of seconds is not a length but a time, counted from 1970.
const EPOCH: u64 = 1_000_000_000;

/// How many more calls the server has room for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quota {
    /// Calls after the one that was answered.
    pub(crate) left: u64,
    /// How long it takes until there is room again.
    pub(crate) reset: Duration,
}

impl Quota {
    /// Reads an answer's headers; `now` is the time since 1970.
    pub(crate) fn read<'h>(
        header: impl Fn(&str) -> Option<&'h str>,
        now: Duration,
    ) -> Option<Self> {
        let number = |name: &str| header(name)?.trim().parse::<u64>().ok();
        let (left, reset) = ["ratelimit", "x-ratelimit"]
            .into_iter()
            .find_map(|family| {
                Some((
                    number(&format!("{family}-remaining"))?,
                    number(&format!("{family}-reset"))?,
                ))
            })?;
        let reset = if reset > EPOCH {
            Duration::from_secs(reset).saturating_sub(now)
        } else {
            Duration::from_secs(reset)
        };
        (reset <= LONGEST).then_some(Self { left, reset })
    }

    /// How long to wait, where there is no room.
    pub(crate) fn pause(self) -> Option<Duration> {
        (self.left == 0).then_some(self.reset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(headers: &[(&str, &'static str)]) -> Option<Quota> {
        let header = |name: &str| headers.iter().find(|it| it.0 == name).map(|it| it.1);
        Quota::read(header, Duration::from_secs(1_700_000_000))
    }

    #[test]
    fn both_families_and_both_kinds_of_reset_are_read() {
        let due = Some(Quota {
            left: 7,
            reset: Duration::from_secs(30),
        });
        assert_eq!(
            read(&[("ratelimit-remaining", "7"), ("ratelimit-reset", " 30")]),
            due
        );
        let epoch = [
            ("x-ratelimit-remaining", "7"),
            ("x-ratelimit-reset", "1700000030"),
        ];
        assert_eq!(read(&epoch), due);
        assert_eq!(due.and_then(Quota::pause), None);
    }

    #[test]
    fn what_is_half_there_nonsense_or_far_away_says_nothing() {
        assert_eq!(read(&[("ratelimit-remaining", "7")]), None);
        assert_eq!(
            read(&[("ratelimit-remaining", "-1"), ("ratelimit-reset", "1")]),
            None
        );
        assert_eq!(
            read(&[("ratelimit-remaining", "0"), ("ratelimit-reset", "3600")]),
            None
        );
    }
}
