//! A token bucket. In: a rate, and the time of each request. Out: whether it passes, and if not how
//! long to wait. Main type: [`Limit`].

use std::time::Duration;

/// Lets so many requests pass per second, and no more than a tenth of that (at least one) at once.
///
/// It keeps the one moment at which the bucket will be full again instead of a count of tokens, so
/// there is nothing to round.
#[derive(Debug)]
pub(crate) struct Limit {
    interval: Duration,
    slack: Duration,
    full_at: Duration,
}

impl Limit {
    /// A full bucket. A rate of 0 counts as 1.
    pub(crate) fn new(per_second: u32) -> Self {
        let rate = per_second.max(1);
        let interval = Duration::from_secs(1) / rate;
        let capacity = (rate / 10).max(1);
        Self {
            interval,
            slack: interval * (capacity - 1),
            full_at: Duration::ZERO,
        }
    }

    /// Takes a token at this time, or says how long it is until there is one.
    pub(crate) fn take(&mut self, now: Duration) -> Result<(), Duration> {
        let full_at = self.full_at.max(now);
        let missing = full_at.saturating_sub(now);
        if missing > self.slack {
            return Err(missing.saturating_sub(self.slack));
        }
        self.full_at = full_at + self.interval;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_one_an_interval() {
        let mut limit = Limit::new(50);
        let start = Duration::from_secs(9);
        let burst = (0..20).filter(|_| limit.take(start).is_ok()).count();
        assert_eq!(burst, 5);
        assert_eq!(limit.take(start), Err(Duration::from_millis(20)));
        assert_eq!(limit.take(start + Duration::from_millis(20)), Ok(()));
        assert!(limit.take(start + Duration::from_millis(20)).is_err());
    }

    #[test]
    fn a_second_lets_no_more_pass_than_rate_and_burst() {
        let mut limit = Limit::new(100);
        let passed = (0..10_000)
            .filter(|tick| limit.take(Duration::from_micros(tick * 100)).is_ok())
            .count();
        assert_eq!(passed, 109);
    }
}
