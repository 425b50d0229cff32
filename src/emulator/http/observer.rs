//! A look at the store between two requests. In: a function of the tests. Out: a call of it after
//! each change, before any other request sees the store. Main type: [`Observer`].

use crate::emulator::data::mode::Mode;
use crate::emulator::data::state::ModeState;
use std::fmt;
use std::sync::Arc;

/// What one request left behind.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// Which request, as [`RequestRecord::order`](crate::emulator::RequestRecord::order) counts.
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
/// [`requests`](crate::emulator::Running::requests), which is not behind that lock. A panic in it costs the one
/// connection and fails no test: keep what you find, and assert at the end.
#[derive(Clone)]
pub struct Observer(Arc<Look>);

type Look = dyn Fn(Observed<'_>) + Send + Sync;

impl Observer {
    /// Calls this function.
    pub fn new(look: impl Fn(Observed<'_>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(look))
    }

    /// Shows what a request left behind.
    pub(crate) fn look(&self, observed: Observed<'_>) {
        (self.0)(observed);
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Observer")
    }
}
