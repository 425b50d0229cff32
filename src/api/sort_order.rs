//! The order that results of a search are asked for in, and what to do where a server refuses it. Main type: [`Order`].
//!
//! Which orders a server accepts is not in the reference (see "Searching" there). The best is by number: new records come
//! last, and none moves to another page. A server that refuses an order is asked for the next one, and in the end for none.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{Mutex, MutexGuard};

/// What can be asked for, the best first; then nothing.
const USERS: &[&str] = &["userId_ASC", "createdAt_ASC"];
const TENANTS: &[&str] = &["tenantId_ASC", "createdAt_ASC"];

/// The order of one kind of search, as far as it is known what the server accepts.
#[derive(Debug)]
pub(crate) struct Order {
    orders: &'static [&'static str],
    /// The place of the one that was accepted; past the end means none, and `UNKNOWN` that nothing was accepted yet.
    accepted: AtomicUsize,
    /// Held while the first search finds out, so that the others need not.
    finding_out: Mutex<()>,
}

const UNKNOWN: usize = usize::MAX;

impl Order {
    pub(crate) const fn of_users() -> Self {
        Self {
            orders: USERS,
            accepted: AtomicUsize::new(UNKNOWN),
            finding_out: Mutex::const_new(()),
        }
    }

    pub(crate) const fn of_tenants() -> Self {
        Self {
            orders: TENANTS,
            accepted: AtomicUsize::new(UNKNOWN),
            finding_out: Mutex::const_new(()),
        }
    }

    /// What to ask for, one after another while it is refused: one where it is known, else all and then none.
    pub(crate) fn candidates(&self) -> impl Iterator<Item = (usize, Option<&'static str>)> {
        let (from, to) = match self.accepted.load(Ordering::Relaxed) {
            UNKNOWN => (0, self.orders.len()),
            known => (known, known),
        };
        (from..=to).map(|place| (place, self.orders.get(place).copied()))
    }

    /// Whether it is not known yet what the server accepts: then one search at a time finds out.
    pub(crate) async fn turn(&self) -> Option<MutexGuard<'_, ()>> {
        if self.accepted.load(Ordering::Relaxed) != UNKNOWN {
            return None;
        }
        Some(self.finding_out.lock().await)
    }

    /// The server accepted this one.
    pub(crate) fn accept(&self, place: usize) {
        let before = self.accepted.swap(place, Ordering::Relaxed);
        if before != place && place > 0 {
            let order = self.orders.get(place).copied().unwrap_or("none");
            tracing::info!(
                order,
                "the server does not sort by id; asking for another order"
            );
        }
    }

    /// Whether new records come last, as far as is known.
    pub(crate) fn appends(&self) -> bool {
        let accepted = self.accepted.load(Ordering::Relaxed);
        accepted == UNKNOWN || accepted < self.orders.len()
    }
}
