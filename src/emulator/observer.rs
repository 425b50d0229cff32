//! A look at the store between two requests. In: a function of the tests. Out: a call of it after
//! each change, before anybody else sees the store. Main type: [`Observer`].

use super::options::Mode;
use super::state::ModeState;
use super::store::Store;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, RwLockWriteGuard};

/// What one request left behind.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// Which request, as [`RequestRecord::order`](super::RequestRecord::order) counts.
    pub order: u64,
    /// Whose state it is.
    pub mode: Mode,
    /// Everything in that mode.
    pub state: &'a ModeState,
}

/// A function that is called after each request that may change something (so also after one that
/// the store refused), while the store is still locked: it sees every state in between, in order.
///
/// It costs a copy of the whole state for each request. It must not ask the emulator for anything but
/// [`requests`](super::Running::requests), which is not behind that lock. A panic in it costs the one
/// connection and fails no test: keep what you find, and assert at the end.
#[derive(Clone)]
pub struct Observer(Arc<Look>);

type Look = dyn Fn(Observed<'_>) + Send + Sync;

impl Observer {
    /// Calls this function.
    pub fn new(look: impl Fn(Observed<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(look))
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Observer")
    }
}

/// A store that is being changed for a request, and is shown before it is let go.
pub(super) struct Changing<'a> {
    pub(super) store: RwLockWriteGuard<'a, Store>,
    pub(super) observer: Option<&'a Observer>,
    pub(super) order: u64,
}

impl Deref for Changing<'_> {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl DerefMut for Changing<'_> {
    fn deref_mut(&mut self) -> &mut Store {
        &mut self.store
    }
}

impl Drop for Changing<'_> {
    fn drop(&mut self) {
        if let Some(Observer(look)) = self.observer {
            look(Observed {
                order: self.order,
                mode: self.store.mode,
                state: &self.store.dump(),
            });
        }
    }
}
