//! When a client ends. In: a deadline, a signal, or attempts that got no answer. Out: which calls may still be sent, and when those
//! under way are given up. Main type: [`Ending`].

use std::future::pending;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use crate::api::error::EndReason;
use crate::api::request::Request;
use crate::api::settings::Settings;

/// A server that left so many attempts in a row without an answer, over all calls, may be gone.
const MOST_UNANSWERED: u32 = 10;

/// The end of a client, which may still be ahead.
#[derive(Clone, Copy, Debug)]
struct End {
    why: EndReason,
    /// From then on no call that writes is sent.
    writes: Instant,
    /// From then on no call is sent.
    calls: Instant,
    /// From then on calls under way are given up; none where they are finished.
    give_up: Option<Instant>,
}

#[derive(Debug)]
pub(crate) struct Ending {
    end: watch::Sender<Option<End>>,
    silence: Mutex<Silence>,
    longest_silence: Duration,
}

/// How long the server has not answered.
#[derive(Debug)]
struct Silence {
    /// Whether it ends the client.
    is_watched: bool,
    unanswered: u32,
    since: Instant,
}

/// While this is there, a server that no longer answers ends the client.
pub(crate) struct Watched<'e>(&'e Ending);

impl Drop for Watched<'_> {
    fn drop(&mut self) {
        self.0.silence().is_watched = false;
    }
}

impl Ending {
    pub(crate) fn new(settings: &Settings) -> Self {
        let end = settings.deadline.map(|deadline| {
            let deadline = Instant::from_std(deadline);
            End {
                why: EndReason::Deadline,
                writes: deadline,
                calls: deadline,
                give_up: Some(deadline),
            }
        });
        Self {
            end: watch::Sender::new(end),
            silence: Mutex::new(Silence {
                is_watched: false,
                unanswered: 0,
                since: Instant::now(),
            }),
            longest_silence: settings.longest_silence,
        }
    }

    /// Sends no call that writes from now on, and ends all others after this time.
    pub(crate) fn stop_within(&self, time: Duration) {
        let now = Instant::now();
        self.end.send_replace(Some(End {
            why: EndReason::Stopped,
            writes: now,
            calls: now + time,
            give_up: Some(now + time),
        }));
    }

    /// From now on calls are finished, and new ones sent, also after the deadline.
    pub(crate) fn lift_deadline(&self) {
        self.end.send_if_modified(|end| {
            let is_deadline = end.is_some_and(|end| end.why == EndReason::Deadline);
            end.take_if(|_| is_deadline).is_some()
        });
    }

    pub(crate) fn watch(&self) -> Watched<'_> {
        *self.silence() = Silence {
            is_watched: true,
            unanswered: 0,
            since: Instant::now(),
        };
        Watched(self)
    }

    /// The server answered an attempt, whatever it said.
    pub(crate) fn answered(&self) {
        let now = Instant::now();
        let mut silence = self.silence();
        (silence.unanswered, silence.since) = (0, now);
        self.end.send_if_modified(|end| {
            let is_over = |end: &mut End| end.why == EndReason::NoAnswer && now < end.calls;
            end.take_if(is_over).is_some()
        });
    }

    /// An attempt got no answer.
    pub(crate) fn unanswered(&self) {
        let mut silence = self.silence();
        silence.unanswered += 1;
        if !silence.is_watched || silence.unanswered < MOST_UNANSWERED {
            return;
        }
        let at = silence.since + self.longest_silence;
        self.end.send_if_modified(|end| {
            let is_first = end.is_none();
            end.get_or_insert(End {
                why: EndReason::NoAnswer,
                writes: at,
                calls: at,
                give_up: None,
            });
            is_first
        });
    }

    /// Why no call that writes is sent any more, where that is so.
    pub(crate) fn reason(&self) -> Option<EndReason> {
        let end = (*self.end.borrow())?;
        (Instant::now() >= end.writes).then_some(end.why)
    }

    /// Waits until a request may not be sent any more.
    pub(crate) async fn closed(&self, request: &Request) -> EndReason {
        let reads = request.reads();
        let time = |end: End| Some(if reads { end.calls } else { end.writes });
        self.reaches(time).await
    }

    /// Waits until calls under way are given up.
    pub(crate) async fn given_up(&self) -> EndReason {
        self.reaches(|end| end.give_up).await
    }

    async fn reaches(&self, time: impl Fn(End) -> Option<Instant>) -> EndReason {
        let mut changes = self.end.subscribe();
        loop {
            let end = *changes.borrow_and_update();
            let reached = async {
                match end.and_then(|end| Some((end.why, time(end)?))) {
                    Some((why, at)) => {
                        sleep_until(at).await;
                        why
                    }
                    None => pending().await,
                }
            };
            tokio::select! {
                why = reached => return why,
                // It is there as long as this is.
                Ok(()) = changes.changed() => {}
            }
        }
    }

    fn silence(&self) -> MutexGuard<'_, Silence> {
        self.silence.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::key::Key;

    fn ending() -> Ending {
        let key = Key::parse("uf_test_admin_demo1234_x").unwrap();
        let mut settings = Settings::new(String::new(), key);
        settings.longest_silence = Duration::ZERO;
        Ending::new(&settings)
    }

    fn fail(ending: &Ending, times: u32) {
        (0..times).for_each(|_| ending.unanswered());
    }

    #[test]
    fn ten_attempts_in_a_row_without_an_answer_end_it() {
        let ending = ending();
        let _watched = ending.watch();
        fail(&ending, MOST_UNANSWERED - 1);
        ending.answered();
        fail(&ending, MOST_UNANSWERED - 1);
        assert_eq!(ending.reason(), None, "an answer sets the count to zero");
        ending.unanswered();
        assert_eq!(ending.reason(), Some(EndReason::NoAnswer));
        ending.answered();
        assert_eq!(ending.reason(), Some(EndReason::NoAnswer), "it has ended");
    }

    #[test]
    fn an_answer_in_time_sets_the_silence_to_zero() {
        let key = Key::parse("uf_test_admin_demo1234_x").unwrap();
        let ending = Ending::new(&Settings::new(String::new(), key));
        let _watched = ending.watch();
        fail(&ending, MOST_UNANSWERED);
        assert!(ending.end.borrow().is_some() && ending.reason().is_none());
        ending.answered();
        assert!(ending.end.borrow().is_none());
    }

    #[test]
    fn reads_outside_of_an_apply_are_not_ended() {
        let ending = ending();
        drop(ending.watch());
        fail(&ending, 100);
        assert_eq!(ending.reason(), None);
    }
}
