//! How much was asked. In: each request. Out: how many were sent, and how long they took, by a client or for some calls. Main type:
//! [`Usage`].

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::api::request::Request;

/// What has been asked so far.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Usage {
    /// The requests sent, repeated ones included.
    pub requests: u64,
    /// How many of them may have changed something.
    pub writes: u64,
    /// The time they took; of the whole client, that of each request added up.
    pub time: Duration,
}

impl Usage {
    /// The mean time of one request.
    pub fn mean(&self) -> Duration {
        self.time / u32::try_from(self.requests.max(1)).unwrap_or(u32::MAX)
    }
}

tokio::task_local! {
    /// How many requests were sent for what is being counted, and how many of them write.
    static SENT: Cell<(u64, u64)>;
}

/// What comes of some calls, and what they took: requests, with repeats, and time, with waits.
pub(crate) async fn measured<T>(calls: impl Future<Output = T>) -> (T, Usage) {
    let started = Instant::now();
    let counted = async {
        let result = calls.await;
        (result, SENT.with(Cell::get))
    };
    let (result, (requests, writes)) = SENT.scope(Cell::default(), counted).await;
    let time = started.elapsed();
    let usage = Usage {
        requests,
        writes,
        time,
    };
    (result, usage)
}

/// What a client has asked.
#[derive(Debug, Default)]
pub(crate) struct Counter {
    requests: AtomicU64,
    writes: AtomicU64,
    micros: AtomicU64,
}

impl Counter {
    /// A request is about to be sent.
    pub(crate) fn sends(&self, request: &Request) {
        let write = u64::from(!request.reads());
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.writes.fetch_add(write, Ordering::Relaxed);
        let add = |sent: &Cell<(u64, u64)>| {
            let (requests, writes) = sent.get();
            sent.set((requests + 1, writes + write));
        };
        // Outside of a count there is nothing to add to.
        SENT.try_with(add).unwrap_or_default();
    }

    pub(crate) fn took(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    pub(crate) fn usage(&self) -> Usage {
        Usage {
            requests: self.requests.load(Ordering::Relaxed),
            writes: self.writes.load(Ordering::Relaxed),
            time: Duration::from_micros(self.micros.load(Ordering::Relaxed)),
        }
    }
}
