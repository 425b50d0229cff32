//! When the next call may start. Pure: fed with answers and their times, it never looks at a clock. In: what came of
//! each call. Out: "start now", or a time to wait for. Main type: [`Pace`].

use crate::api::pacing::quota::Quota;
use crate::api::pacing::rate::{Rate, Seconds};

/// Starts that came late, since timers are not exact, are made up for up to this.
const LATEST: Seconds = 0.05;

/// One call that was let through.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket {
    /// Counts the calls from 1.
    number: u64,
    started: Seconds,
}

/// Whether a call may start.
#[derive(Debug)]
pub(crate) enum Admission {
    /// It may, and has.
    Start(Ticket),
    /// Not before this time; ask again then.
    Wait(Seconds),
}

/// All that is known about when the server wants to be called.
#[derive(Debug)]
pub(crate) struct Pace {
    /// The time from one start to the next is no shorter than this.
    shortest: Seconds,
    rate: Rate,
    /// When the rate lets the next call start.
    next: Seconds,
    /// When the last pause ends that the server asked for.
    resume: Seconds,
    /// The last call that the server has room for, and when it has room again.
    quota: Option<(u64, Seconds)>,
    started: u64,
    accepted: u64,
    /// When the server stopped accepting anything.
    stuck: Option<Seconds>,
}

impl Pace {
    /// As fast as a ceiling in calls a second allows, until the server refuses something.
    pub(crate) fn new(max_rate: Option<f64>) -> Self {
        Self {
            shortest: max_rate.map_or(0.0, f64::recip),
            rate: Rate::new(),
            next: 0.0,
            resume: 0.0,
            quota: None,
            started: 0,
            accepted: 0,
            stuck: None,
        }
    }

    /// Lets the next call start, or says when to ask again.
    pub(crate) fn admit(&mut self, now: Seconds) -> Admission {
        let mut earliest = self.resume.max(self.next);
        if let Some((last, reset)) = self.quota
            && self.started >= last
        {
            earliest = earliest.max(reset);
        }
        if now < earliest {
            return Admission::Wait(earliest);
        }
        let interval = self.rate.start(self.shortest);
        // No more is made up for than half of what the server takes at once.
        let late = LATEST.min((self.rate.burst() - 1.0).max(0.0) / 2.0 * interval);
        self.next = self.next.max(now - late) + interval;
        self.started += 1;
        Admission::Start(Ticket {
            number: self.started,
            started: now,
        })
    }

    /// The server dealt with the call, and may have said how many more it has room for.
    pub(crate) fn accepted(&mut self, ticket: Ticket, now: Seconds, quota: Option<Quota>) {
        self.accepted += 1;
        self.stuck = None;
        self.rate.accepted(ticket.started);
        self.quota = quota.map(|quota| {
            (
                ticket.number.saturating_add(quota.left),
                now + quota.reset.as_secs_f64(),
            )
        });
    }

    /// The server refused the call, as one too many: everything pauses, and goes on at a lower rate.
    pub(crate) fn refused(&mut self, ticket: Ticket, now: Seconds, pause: Seconds) {
        self.failed(now, pause);
        self.rate.refused(ticket.started, now, pause);
    }

    /// The call failed, which says nothing about the rate; the server may have asked for a pause.
    pub(crate) fn failed(&mut self, now: Seconds, pause: Seconds) {
        self.stuck.get_or_insert(now);
        self.resume = self.resume.max(now + pause);
        // What a pause holds up is not made up for.
        self.next = self.next.max(self.resume);
    }

    /// How many calls the server has dealt with.
    pub(crate) fn progress(&self) -> u64 {
        self.accepted
    }

    /// When the last pause ends, or ended, that the server asked for.
    pub(crate) fn resume(&self) -> Seconds {
        self.resume
    }

    /// Since when the server has accepted nothing.
    pub(crate) fn stuck(&self) -> Option<Seconds> {
        self.stuck
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;

    /// How many calls are in flight at the most.
    const PARALLEL: usize = 16;

    /// A server with a bucket of tokens, and its callers, in virtual time.
    #[derive(Clone, Copy, Debug)]
    struct Trial {
        /// Calls a second.
        rate: f64,
        /// How many calls the server takes at once.
        burst: f64,
        /// From the start of a call to its answer, half of it to the server.
        latency: Seconds,
        /// Every call is up to this much later.
        jitter: Seconds,
        /// The pause that comes with a refusal: a header's, or that of a first backoff.
        pause: Option<Seconds>,
        calls: u32,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    enum Event {
        Arrival,
        Answer { accepted: bool },
    }

    #[derive(Clone, Copy, Debug)]
    struct Result {
        /// Calls a second, as a share of what the server allows or so many callers can reach.
        throughput: f64,
        /// As a share of the requests.
        refused: f64,
    }

    impl Trial {
        fn run(self, pace: &mut Pace) -> Result {
            let mut random = fastrand::Rng::with_seed(7);
            let (mut now, mut awake, mut full_at) = (0.0_f64, 0.0, 0.0_f64);
            let (mut waiting, mut in_flight) = (self.calls, 0);
            let (mut done, mut refused) = (0, 0);
            let mut tickets = Vec::new();
            let mut events = BTreeSet::new();
            let nanos = |time| Duration::from_secs_f64(time).as_nanos();
            while done < self.calls {
                if in_flight < PARALLEL && waiting > 0 && awake <= now {
                    match pace.admit(now) {
                        Admission::Start(ticket) => {
                            (waiting, in_flight) = (waiting - 1, in_flight + 1);
                            let way = self.latency / 2.0 + self.jitter * random.f64();
                            events.insert((nanos(now + way), tickets.len(), Event::Arrival));
                            tickets.push(ticket);
                            // Starting a call takes time too.
                            now += 2e-6;
                        }
                        // Timers tick once a millisecond.
                        Admission::Wait(until) => awake = ((until * 1e3).floor() + 1.0) / 1e3,
                    }
                    continue;
                }
                let starts = in_flight < PARALLEL && waiting > 0;
                let first = events.first().copied();
                match first.filter(|(time, ..)| !starts || *time <= nanos(awake)) {
                    None => now = now.max(awake),
                    Some(event @ (_, number, Event::Arrival)) => {
                        events.remove(&event);
                        now = now.max(seconds(event.0));
                        let full = full_at.max(now);
                        let accepted = full - now <= (self.burst - 1.0) / self.rate + 1e-9;
                        if accepted {
                            full_at = full + self.rate.recip();
                        }
                        let answer = Event::Answer { accepted };
                        events.insert((nanos(now + self.latency / 2.0), number, answer));
                    }
                    Some(event @ (_, number, Event::Answer { accepted })) => {
                        events.remove(&event);
                        now = now.max(seconds(event.0));
                        in_flight -= 1;
                        if accepted {
                            done += 1;
                            pace.accepted(tickets[number], now, None);
                        } else {
                            (refused, waiting) = (refused + 1, waiting + 1);
                            let backoff = 0.125 + 0.125 * random.f64();
                            pace.refused(tickets[number], now, self.pause.unwrap_or(backoff));
                        }
                    }
                }
            }
            let parallel = 16.0 / (self.latency + self.jitter / 2.0);
            Result {
                throughput: f64::from(done) / now / self.rate.min(parallel),
                refused: f64::from(refused) / f64::from(done + refused),
            }
        }
    }

    fn seconds(nanos: u128) -> Seconds {
        Duration::from_nanos(u64::try_from(nanos).unwrap()).as_secs_f64()
    }

    /// All combinations in which the callers could go faster than the server allows, as long as it takes to weigh what
    /// the first refusals cost against a run of at least 100 seconds.
    #[test]
    fn an_unknown_rate_is_kept_to_and_used() {
        let mut trials = 0;
        for (rate, calls) in [
            (5.0_f64, 3000),
            (20.0, 3000),
            (50.0, 6000),
            (130.0, 13_000),
            (400.0, 40_000),
            (2000.0, 200_000),
        ] {
            for share in [0.1, 0.25, 1.0] {
                for latency in [0.001, 0.02, 0.1] {
                    for pause in [Some(1.0), None] {
                        let burst = (rate * share).floor().max(1.0);
                        let trial = Trial {
                            rate,
                            burst,
                            latency,
                            // A server that takes one call at once allows no call to be early.
                            jitter: if burst > 1.0 { latency / 10.0 } else { 0.0 },
                            pause,
                            calls,
                        };
                        if 16.0 / latency < 1.2 * rate {
                            continue;
                        }
                        let result = trial.run(&mut Pace::new(None));
                        let due = if pause.is_some() { 0.95 } else { 0.9 };
                        assert!(result.throughput >= due, "{trial:?} {result:?}");
                        assert!(result.refused <= 0.03, "{trial:?} {result:?}");
                        trials += 1;
                    }
                }
            }
        }
        assert!(trials > 60);
    }

    fn start(pace: &mut Pace, now: Seconds) -> Ticket {
        match pace.admit(now) {
            Admission::Start(ticket) => ticket,
            Admission::Wait(until) => panic!("to start at {now}, not at {until}"),
        }
    }

    fn wait(pace: &mut Pace, now: Seconds) -> Seconds {
        match pace.admit(now) {
            Admission::Start(_) => now,
            Admission::Wait(until) => until,
        }
    }

    fn same(a: Seconds, b: Seconds) -> bool {
        (a - b).abs() < 1e-9
    }

    /// A pace whose server took five calls at once and refused three, and wants a pause of a second.
    fn refused() -> Pace {
        let mut pace = Pace::new(None);
        let tickets: Vec<Ticket> = (0..8).map(|_| start(&mut pace, 0.0)).collect();
        for (number, ticket) in tickets.into_iter().enumerate() {
            if number < 5 {
                pace.accepted(ticket, 0.1, None);
            } else {
                pace.refused(ticket, 0.1, 1.0);
            }
        }
        pace
    }

    #[test]
    fn a_server_without_a_limit_is_never_waited_for() {
        let mut pace = Pace::new(None);
        for _ in 0..100_000 {
            let ticket = start(&mut pace, 1.0);
            pace.accepted(ticket, 1.0, None);
        }
    }

    #[test]
    fn a_pause_holds_for_everything_and_is_not_made_up_for() {
        let mut pace = refused();
        assert!(same(wait(&mut pace, 0.2), 1.1));
        start(&mut pace, 1.1);
        assert!(wait(&mut pace, 1.1) > 1.1);
    }

    #[test]
    fn a_burst_of_refusals_counts_once() {
        let interval = |mut pace: Pace| {
            start(&mut pace, 10.0);
            wait(&mut pace, 10.0)
        };
        let mut more = refused();
        let late = Ticket {
            number: 9,
            started: 0.0,
        };
        for _ in 0..20 {
            more.refused(late, 0.2, 1.0);
        }
        assert!(same(interval(more), interval(refused())));
    }

    #[test]
    fn a_server_that_accepts_nothing_is_waited_for_but_not_thought_slow() {
        let mut pace = refused();
        let before = refused().rate.start(0.0);
        for round in 1..10 {
            let now = 10.0 * f64::from(round);
            let ticket = start(&mut pace, now);
            pace.refused(ticket, now, 1.0);
        }
        assert_eq!(pace.stuck(), Some(0.1));
        assert!(pace.rate.start(0.0) <= before);
    }

    #[test]
    fn idle_time_teaches_nothing_and_use_does() {
        let mut pace = refused();
        let after = |pace: &mut Pace, calls, mut now| {
            for _ in 0..calls {
                while let Admission::Wait(until) = pace.admit(now) {
                    now = until;
                }
            }
            now
        };
        assert!(after(&mut pace, 10, 2.0) > 2.2);
        assert!(after(&mut pace, 10, 1000.0) > 1000.1);
        let now = after(&mut pace, 1000, 2000.0);
        assert!(now < 2010.0, "{now}");
    }

    #[test]
    fn a_ceiling_holds_where_the_server_allows_more() {
        let mut pace = Pace::new(Some(20.0));
        let mut now = 0.0;
        for _ in 0..2000 {
            now = match pace.admit(now) {
                Admission::Start(ticket) => {
                    pace.accepted(ticket, now, None);
                    now
                }
                Admission::Wait(until) => until,
            };
        }
        assert!(now > 49.0 && now < 51.0, "{now}");
    }

    #[test]
    fn a_quota_that_is_used_up_is_waited_for() {
        let mut pace = Pace::new(None);
        let first = start(&mut pace, 0.0);
        let _second = start(&mut pace, 0.0);
        let quota = Quota {
            left: 3,
            reset: Duration::from_secs(30),
        };
        pace.accepted(first, 1.0, Some(quota));
        // One of the three is in flight already.
        start(&mut pace, 1.0);
        start(&mut pace, 1.0);
        assert!(same(wait(&mut pace, 1.0), 31.0));
        start(&mut pace, 31.0);
    }
}
