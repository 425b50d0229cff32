//! The gate that all calls of a client pass, one after the other in the order in which they came. In: a call that wants
//! to start. Out: a [`Pass`], when [`Pace`] says so. Main type: [`Gate`].
#![expect(
    clippy::disallowed_methods,
    reason = "this is where the client waits and reads the clock"
)]

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, sleep};

use crate::api::pacing::pace::{Admission, Pace, Ticket};
use crate::api::pacing::quota::Quota;
use crate::api::pacing::rate::Seconds;
use crate::api::settings::Settings;

/// The clock is looked at again after so much time at the latest.
const LONGEST_SLEEP: Duration = Duration::from_hours(1);

/// What comes of waiting for a turn.
#[derive(Debug)]
pub(crate) enum Entry<'g> {
    /// The call may start.
    Pass(Pass<'g>),
    /// It could start only later than it is worth.
    Late,
    /// It could start only later than the client has patience for.
    Impatient,
}

/// A call in flight. Others may wait for its place, so it is dropped when the answer is there.
#[derive(Debug)]
pub(crate) struct Pass<'g> {
    ticket: Ticket,
    _place: SemaphorePermit<'g>,
}

#[derive(Debug)]
pub(crate) struct Gate {
    origin: Instant,
    pace: Mutex<Pace>,
    /// Only the first in the queue sleeps; the others wait for their turn, which is given in their order.
    turn: tokio::sync::Mutex<()>,
    places: Semaphore,
    patience: Seconds,
    longest_pause: Seconds,
    /// When the run is to end.
    end: Option<Seconds>,
    /// When the server said 503 the last time.
    unavailable: Mutex<Option<Seconds>>,
}

/// Two answers with 503 in this time are a burst.
const BURST: Seconds = 2.0;

impl Gate {
    pub(crate) fn new(settings: &Settings) -> Self {
        let origin = Instant::now();
        let until = |deadline| Instant::from_std(deadline).saturating_duration_since(origin);
        Self {
            origin,
            pace: Mutex::new(Pace::new(settings.max_rate)),
            turn: tokio::sync::Mutex::new(()),
            places: Semaphore::new(settings.parallel.clamp(1, Semaphore::MAX_PERMITS)),
            patience: settings.patience.as_secs_f64(),
            longest_pause: settings.longest_pause.as_secs_f64(),
            end: settings
                .deadline
                .map(|deadline| until(deadline).as_secs_f64()),
            unavailable: Mutex::new(None),
        }
    }

    /// Waits until the call may start. `since` is when this call failed for the first time, `by` when it is worth nothing
    /// any more.
    pub(crate) async fn enter(&self, since: Option<Seconds>, by: Option<Seconds>) -> Entry<'_> {
        let is_late = |at: Seconds| by.is_some_and(|by| at > by);
        // It is never closed, so there is always a place in the end.
        let Ok(place) = self.places.acquire().await else {
            return Entry::Impatient;
        };
        let turn = self.turn.lock().await;
        loop {
            let now = self.now();
            if is_late(now) {
                return Entry::Late;
            }
            let admission = self.pace().admit(now);
            match admission {
                Admission::Start(ticket) => {
                    drop(turn);
                    return Entry::Pass(Pass {
                        ticket,
                        _place: place,
                    });
                }
                Admission::Wait(until) if self.is_too_late(until, since, false) => {
                    return Entry::Impatient;
                }
                Admission::Wait(until) if is_late(until) => return Entry::Late,
                Admission::Wait(until) => {
                    let wait = Duration::try_from_secs_f64(until - now).unwrap_or(LONGEST_SLEEP);
                    sleep(wait.min(LONGEST_SLEEP)).await;
                }
            }
        }
    }

    /// Whether the client has no patience left at this time, for a call or for the server as a whole. Where the server
    /// asked for a pause, it has more, and what it waited for that does not count as lost.
    pub(crate) fn is_too_late(&self, at: Seconds, since: Option<Seconds>, asked: bool) -> bool {
        if self.end.is_some_and(|end| at > end) {
            return true;
        }
        let (stuck, resume) = {
            let pace = self.pace();
            (pace.stuck(), pace.resume())
        };
        [stuck, since].into_iter().flatten().any(|since| {
            let longest = since + self.longest_pause;
            let patience = resume.min(longest).max(since) + self.patience;
            // A time at which a pause ends that the server asked for.
            if asked || at <= resume {
                at > longest.max(since + self.patience)
            } else {
                at > patience
            }
        })
    }

    /// The server dealt with the call.
    pub(crate) fn accepted(&self, pass: &Pass<'_>, quota: Option<Quota>) {
        self.pace().accepted(pass.ticket, self.now(), quota);
    }

    /// The server refused the call as one too many; everything pauses for this long.
    pub(crate) fn refused(&self, pass: &Pass<'_>, pause: Duration) {
        let pause = pause.as_secs_f64();
        self.pace().refused(pass.ticket, self.now(), pause);
    }

    /// The call failed in another way; everything pauses for this long.
    pub(crate) fn failed(&self, pause: Duration) {
        self.pace().failed(self.now(), pause.as_secs_f64());
    }

    /// Notes a 503. Whether it is one of several, among calls that the server accepts: that is how a limit answers.
    pub(crate) fn is_burst(&self) -> bool {
        let now = self.now();
        let mut last = self
            .unavailable
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let before = last.replace(now);
        self.progress() > 0 && before.is_some_and(|before| now - before <= BURST)
    }

    /// How many calls the server has dealt with.
    pub(crate) fn progress(&self) -> u64 {
        self.pace().progress()
    }

    /// Seconds since the gate was made.
    pub(crate) fn now(&self) -> Seconds {
        self.origin.elapsed().as_secs_f64()
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
