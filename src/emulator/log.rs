//! What was asked. In: every API request once it is answered. Out: the last 100,000 of them.
//! Main type: [`RequestRecord`].

use super::time::{Millis, Stamp};
use axum::http::{Method, StatusCode};
use serde::Serialize;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// How many requests are kept; older ones are forgotten.
const CAPACITY: usize = 100_000;

/// One request, answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RequestRecord {
    /// Counts the requests in the order of their arrival, from 1.
    pub order: u64,
    /// Such as `GET`.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// The answer's status.
    pub status: u16,
    /// When it arrived, RFC 3339.
    pub time: String,
}

/// A request as kept: nothing is formatted before somebody asks.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) order: u64,
    pub(super) method: Method,
    pub(super) path: Box<str>,
    pub(super) status: StatusCode,
    pub(super) arrived: Millis,
}

/// The last requests.
#[derive(Debug, Default)]
pub(super) struct Log {
    arrivals: AtomicU64,
    entries: Mutex<VecDeque<Entry>>,
}

impl Log {
    /// Counts an arrival and gives it its number.
    pub(super) fn arrive(&self) -> u64 {
        self.arrivals.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Keeps an answered request.
    pub(super) fn keep(&self, entry: Entry) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() == CAPACITY {
            entries.pop_front();
        }
        entries.push_back(entry);
    }

    /// Everything kept, in the order of arrival.
    pub(super) fn records(&self) -> Vec<RequestRecord> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let mut records: Vec<RequestRecord> = entries.iter().map(record).collect();
        drop(entries);
        records.sort_by_key(|record| record.order);
        records
    }

    /// Forgets everything and counts from 1 again.
    pub(super) fn clear(&self) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.clear();
        self.arrivals.store(0, Ordering::Relaxed);
    }
}

fn record(entry: &Entry) -> RequestRecord {
    RequestRecord {
        order: entry.order,
        method: entry.method.to_string(),
        path: entry.path.to_string(),
        status: entry.status.as_u16(),
        time: Stamp(entry.arrived).to_string(),
    }
}
