//! What was asked. In: every API request, from its arrival on. Out: the last 100,000 of them.
//! Main types: [`RequestRecord`], and [`Visit`], by which a request's own record is written.

use crate::emulator::data::time;
use crate::emulator::data::time::{Millis, Stamp, Stopwatch};
use crate::emulator::faults::draw::FaultKind;
use axum::http::{Method, StatusCode, Uri};
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How many requests are kept; older ones are forgotten.
const CAPACITY: usize = 100_000;

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestRecord {
    /// Counts the requests in the order of their arrival, from 1.
    pub order: u64,
    /// Such as `GET`.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// The status that the client was sent, of whichever answer a fault left; none where it was
    /// sent no answer, or not yet.
    pub status: Option<u16>,
    /// When it arrived, RFC 3339.
    pub time: String,
    /// How many milliseconds later the answer was ready or the connection ended; none while the
    /// request is under way.
    pub duration_ms: Option<u64>,
    /// What went wrong on purpose.
    pub fault: Option<FaultKind>,
}

/// The order number of the request that a handler works on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Order(pub(crate) u64);

/// A request as kept: nothing is formatted before it is read.
#[derive(Debug)]
struct Entry {
    method: Method,
    path: Box<str>,
    status: Option<StatusCode>,
    arrived: Millis,
    took: Option<Duration>,
    fault: Option<FaultKind>,
}

/// The last requests.
#[derive(Debug, Default)]
pub(crate) struct Log(Mutex<Entries>);

#[derive(Debug, Default)]
struct Entries {
    /// How often the log was cleared.
    clearings: u64,
    /// How many requests have come since.
    arrivals: u64,
    /// The last of them, one after the other.
    list: VecDeque<Entry>,
}

impl Entries {
    /// The order number of the first that is kept, less one.
    fn forgotten(&self) -> u64 {
        self.arrivals - self.list.len() as u64
    }
}

impl Log {
    /// Everything kept, in the order of arrival.
    pub(crate) fn records(&self) -> Vec<RequestRecord> {
        let entries = self.lock();
        let orders = entries.forgotten() + 1..;
        let records = orders.zip(&entries.list);
        records.map(|(order, entry)| record(order, entry)).collect()
    }

    /// Forgets everything and counts from 1 again.
    pub(crate) fn clear(&self) {
        let mut entries = self.lock();
        *entries = Entries {
            clearings: entries.clearings + 1,
            ..Entries::default()
        };
    }

    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A request under way. It ends when this is dropped, also where the client has hung up.
#[derive(Debug)]
pub(crate) struct Visit<'a> {
    log: &'a Log,
    clearings: u64,
    order: u64,
    watch: Stopwatch,
}

impl<'a> Visit<'a> {
    /// Counts an arrival and gives it its number.
    pub(crate) fn begin(log: &'a Log, method: &Method, uri: &Uri) -> Self {
        let watch = Stopwatch::start();
        let entry = Entry {
            method: method.clone(),
            path: uri.path().into(),
            status: None,
            arrived: time::now(),
            took: None,
            fault: None,
        };
        let mut entries = log.lock();
        if entries.list.len() == CAPACITY {
            entries.list.pop_front();
        }
        entries.list.push_back(entry);
        entries.arrivals += 1;
        Self {
            log,
            clearings: entries.clearings,
            order: entries.arrivals,
            watch,
        }
    }

    /// Its number.
    pub(crate) fn order(&self) -> u64 {
        self.order
    }

    /// It goes wrong on purpose.
    pub(crate) fn suffers(&self, fault: FaultKind) {
        self.note(|entry| entry.fault = Some(fault));
    }

    pub(crate) fn answered(&self, status: StatusCode) {
        self.note(|entry| entry.status = Some(status));
    }

    /// Changes its record, unless that has been forgotten.
    fn note(&self, change: impl FnOnce(&mut Entry)) {
        let mut entries = self.log.lock();
        if entries.clearings != self.clearings {
            return;
        }
        let place = self.order.checked_sub(entries.forgotten() + 1);
        let place = place.and_then(|place| usize::try_from(place).ok());
        if let Some(entry) = place.and_then(|place| entries.list.get_mut(place)) {
            change(entry);
        }
    }
}

impl Drop for Visit<'_> {
    fn drop(&mut self) {
        let took = self.watch.elapsed();
        self.note(|entry| entry.took = Some(took));
    }
}

fn record(order: u64, entry: &Entry) -> RequestRecord {
    let milliseconds = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
    RequestRecord {
        order,
        method: entry.method.to_string(),
        path: entry.path.to_string(),
        status: entry.status.map(|status| status.as_u16()),
        time: Stamp(entry.arrived).to_string(),
        duration_ms: entry.took.map(milliseconds),
        fault: entry.fault,
    }
}
