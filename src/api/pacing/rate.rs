//! The rate that a server allows, learned from its answers. In: when the calls were started that it accepted, and when
//! one was that it refused. Out: calls a second. Main type: [`Rate`].
//!
//! The server is thought of as a bucket that holds some calls, gains so many a second, and refuses when it is empty.
//! The first refusal shows about what the bucket holds. Then the rate doubles twice a second until the next refusal,
//! and the two together show how fast the bucket fills: so many more calls in so much more time. From there on the rate
//! stays close below that, and creeps up slowly at first, then faster, as CUBIC does for TCP.

use std::collections::VecDeque;

/// A point in time or a length of it, in seconds.
pub(crate) type Seconds = f64;

/// How many calls are remembered; older ones are forgotten.
const MEMORY: usize = 50_000;
/// In how much time the rate doubles between the first and the second refusal.
const DOUBLING: Seconds = 0.5;
/// The time in which a server's bucket fills, as long as nothing better is known.
const USUAL_FILL: Seconds = 0.2;
/// How far the rate rises in the time for which it is trusted, as a share of it.
const RISE: f64 = 0.02;
/// A rate is off by about one call. It starts that much lower, but by no less than this share, and no more than `RISE`.
const LEAST_CAUTION: f64 = 0.005;
/// No refusal lowers the rate further than this once it is known: a stray one says little.
const LARGEST_CUT: f64 = 0.9;
/// A refusal costs a pause, so the next one is not provoked for this many times its length: about 1 % is lost.
const PAUSES: f64 = 90.0;
/// Nor is a rate trusted for longer than this for each call that it was learned from.
const TRUST: Seconds = 2.0;
/// However short the pauses are, refusals are not provoked more often.
const SHORTEST_TRUST: Seconds = 5.0;
/// Fewer calls than these, above those that the bucket held, give no rate.
const FEW: f64 = 3.0;
/// Calls a second: lower than any server allows.
const LOWEST: f64 = 0.1;

/// How the rate goes on after a refusal.
#[derive(Clone, Copy, Debug)]
enum Course {
    /// Nothing was ever refused.
    Unlimited,
    /// Refused once.
    Doubling { from: f64 },
    /// Known from so many calls, and trusted for so long.
    Probing {
        found: f64,
        calls: f64,
        trusted: Seconds,
    },
}

/// So many calls in so much time, at the end of which the bucket was empty.
#[derive(Clone, Copy, Debug, Default)]
struct Stretch {
    calls: f64,
    time: Seconds,
}

/// A refusal that the rate does not take into account yet: calls that were in flight with it are still being answered.
#[derive(Clone, Copy, Debug)]
struct Refusal {
    /// When the last of the refused calls was started.
    start: Seconds,
    pause: Seconds,
}

/// What is known of the server's limit.
#[derive(Debug)]
pub(crate) struct Rate {
    course: Course,
    /// The time that the calls since the last refusal were given. Idle time is no part of it, since it teaches nothing.
    used: Seconds,
    refusal: Option<Refusal>,
    /// When the last refusal was heard of: only what is started after it has news.
    heard: Seconds,
    /// When the calls of the last refusal were started, which found the bucket empty.
    empty: Seconds,
    /// The stretch that emptied the bucket for the first time.
    first: Stretch,
    /// How many calls the bucket holds.
    burst: f64,
    /// When the accepted calls since the last refusal were started.
    starts: VecDeque<Seconds>,
}

impl Rate {
    pub(crate) fn new() -> Self {
        Self {
            course: Course::Unlimited,
            used: 0.0,
            refusal: None,
            heard: 0.0,
            empty: 0.0,
            first: Stretch::default(),
            burst: f64::MAX,
            starts: VecDeque::new(),
        }
    }

    /// How many calls the server takes at once.
    pub(crate) fn burst(&self) -> f64 {
        self.burst
    }

    /// A call is started. Gives the time until the next one, which is no shorter than `shortest`.
    pub(crate) fn start(&mut self, shortest: Seconds) -> Seconds {
        if let Some(refusal) = self.refusal.take() {
            self.learn(refusal);
        }
        let interval = self.current().recip().max(shortest);
        self.used += interval;
        interval
    }

    /// The call that was started at this time was accepted.
    pub(crate) fn accepted(&mut self, start: Seconds) {
        if start < self.heard && self.refusal.is_none() {
            return;
        }
        if self.starts.len() == MEMORY {
            self.starts.pop_front();
        }
        self.starts.push_back(start);
    }

    /// The call that was started at this time was refused, and nothing is started before a pause is over. A burst of
    /// refusals is one event.
    pub(crate) fn refused(&mut self, start: Seconds, now: Seconds, pause: Seconds) {
        if let Some(refusal) = &mut self.refusal {
            refusal.start = refusal.start.max(start);
        } else if start >= self.heard {
            self.refusal = Some(Refusal { start, pause });
            self.heard = now;
        }
    }

    /// Calls a second; infinite where nothing was ever refused.
    fn current(&self) -> f64 {
        match self.course {
            Course::Unlimited => f64::INFINITY,
            Course::Doubling { from } => from * (self.used / DOUBLING).exp2(),
            Course::Probing {
                found,
                calls,
                trusted,
            } => {
                let caution = calls.recip().clamp(LEAST_CAUTION, RISE);
                found * (1.0 - caution + RISE * (self.used / trusted).powi(3))
            }
        }
    }

    /// Sets the course again. Where nothing was accepted since the last refusal the server is closed, which is no matter
    /// of its rate.
    fn learn(&mut self, refusal: Refusal) {
        let Refusal { mut start, pause } = refusal;
        let mut starts = Vec::from(std::mem::take(&mut self.starts));
        starts.sort_by(|a, b| b.total_cmp(a));
        match self.course {
            // Calls that start at once may arrive in any order.
            Course::Unlimited => start = starts.iter().copied().fold(start, f64::max),
            _ => starts.retain(|it| *it <= start),
        }
        let calls = f64::from(u32::try_from(starts.len()).unwrap_or(u32::MAX));
        let trusted = (PAUSES * pause).min(TRUST * calls).max(SHORTEST_TRUST);
        if !starts.is_empty() {
            let current = self.current();
            self.course = match self.course {
                Course::Unlimited => {
                    let from = self.guess(&starts, start);
                    Course::Doubling { from }
                }
                Course::Doubling { .. } => {
                    let found = self.estimate(&starts, start).min(current).max(LOWEST);
                    Course::Probing {
                        found,
                        calls,
                        trusted,
                    }
                }
                Course::Probing { found, .. } => {
                    let lowest = (found * LARGEST_CUT).max(LOWEST);
                    let found = self.estimate(&starts, start).min(current).max(lowest);
                    Course::Probing {
                        found,
                        calls,
                        trusted,
                    }
                }
            };
            self.used = 0.0;
        }
        self.empty = start;
    }

    /// A rate that is likely below the server's, from the first stretch that emptied the bucket.
    fn guess(&mut self, starts: &[Seconds], end: Seconds) -> f64 {
        let rate = |stretch: &Stretch| stretch.calls / (stretch.time + USUAL_FILL);
        let best = stretches(starts, end).max_by(|a, b| rate(a).total_cmp(&rate(b)));
        self.first = best.unwrap_or_default();
        let rate = rate(&self.first).max(LOWEST);
        self.burst = self.first.calls - rate * self.first.time;
        rate
    }

    /// The server's rate: the highest that any stretch up to this refusal shows.
    ///
    /// The bucket was empty at the last refusal, so the rate is at least what was accepted since. It was empty again at
    /// the end of each stretch, and full at the start of the right one, just as in the first stretch: what was accepted
    /// in the one and not in the other came in at the server's rate. The right one gives the highest value, since
    /// before its start the bucket ran over, and after it the bucket was no longer full.
    fn estimate(&self, starts: &[Seconds], end: Seconds) -> f64 {
        let first = self.first;
        let rates = stretches(starts, end).map(|stretch| {
            let since = stretch.calls / (end - self.empty);
            let careful = since.max(stretch.calls / (stretch.time + USUAL_FILL));
            let more = stretch.calls - first.calls;
            if more < FEW || stretch.time < 1.25 * first.time {
                return careful;
            }
            // The refused call counts in part: what it needed was nearly there.
            let told = (more + 0.75) / (stretch.time - first.time);
            careful.max(told.min((stretch.calls + 1.0) / stretch.time))
        });
        rates.fold(LOWEST, f64::max)
    }
}

/// All stretches that end with a refused call, the shortest first, from the starts before it, the latest first.
fn stretches(starts: &[Seconds], end: Seconds) -> impl Iterator<Item = Stretch> {
    starts.iter().scan(0.0, move |calls, start| {
        *calls += 1.0;
        Some(Stretch {
            calls: *calls,
            time: end - start,
        })
    })
}
