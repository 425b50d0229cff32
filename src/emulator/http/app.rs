//! What all requests share. In: [`Options`] and a [`State`]. Out: the two stores, the log and the
//! limit. Main type: [`App`].

use crate::emulator::data::mode::Mode;
use crate::emulator::data::state::State;
use crate::emulator::data::store::Store;
use crate::emulator::data::time;
use crate::emulator::data::time::Stopwatch;
use crate::emulator::faults::draw::Faults;
use crate::emulator::http::error::StateError;
use crate::emulator::http::limit::Limit;
use crate::emulator::http::log::Log;
use crate::emulator::options::{Keys, Options};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// The emulator behind the socket.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) options: Options,
    /// Whether only this machine can reach it.
    pub(crate) is_local: bool,
    pub(crate) keys: Keys,
    pub(crate) log: Log,
    /// How many connections were accepted.
    pub(crate) connections: AtomicU64,
    /// Notified after every change, for the saving task.
    pub(crate) changed: Notify,
    /// Held while the state file is written, so that an older state never replaces a newer one.
    pub(crate) saving: Mutex<()>,
    /// Whether the emulator is being stopped, for the requests that are held.
    pub(crate) stopping: watch::Sender<bool>,
    faults: RwLock<Arc<Faults>>,
    test: RwLock<Store>,
    live: RwLock<Store>,
    /// What a reset goes back to: test and live.
    origin: (Store, Store),
    limit: Option<Mutex<Limit>>,
    clock: Stopwatch,
}

impl App {
    /// A running emulator's inside, loaded.
    pub(crate) fn new(options: Options, state: State, is_local: bool) -> Result<Self, StateError> {
        let now = time::now();
        let mut test = Store::new(Mode::Test, &options, now);
        let mut live = Store::new(Mode::Live, &options, now);
        test.load(state.test, now)?;
        live.load(state.live, now)?;
        Ok(Self {
            keys: if options.private {
                Keys::random(&options.workspace)
            } else {
                Keys::new(&options.workspace)
            },
            is_local,
            log: Log::default(),
            connections: AtomicU64::new(0),
            changed: Notify::new(),
            saving: Mutex::new(()),
            stopping: watch::Sender::new(false),
            faults: RwLock::new(Arc::new(options.faults.clone())),
            origin: (test.clone(), live.clone()),
            test: RwLock::new(test),
            live: RwLock::new(live),
            limit: options.rate.map(|rate| Mutex::new(Limit::new(rate))),
            clock: Stopwatch::start(),
            options,
        })
    }

    /// A mode's store, to be read.
    pub(crate) fn read(&self, mode: Mode) -> RwLockReadGuard<'_, Store> {
        let store = self.lock(mode).read();
        store.unwrap_or_else(PoisonError::into_inner)
    }

    /// A mode's store, to be changed.
    pub(crate) fn write(&self, mode: Mode) -> RwLockWriteGuard<'_, Store> {
        let store = self.lock(mode).write();
        let store = store.unwrap_or_else(PoisonError::into_inner);
        // The saving task can't read before the caller drops the lock.
        self.changed.notify_one();
        store
    }

    /// A copy of both stores, at one moment.
    pub(crate) fn state(&self) -> State {
        let (test, live) = (self.read(Mode::Test), self.read(Mode::Live));
        State {
            test: test.dump(),
            live: live.dump(),
        }
    }

    /// The present faults.
    pub(crate) fn faults(&self) -> Arc<Faults> {
        let faults = self.faults.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&faults)
    }

    /// Replaces the faults.
    pub(crate) fn set_faults(&self, faults: Faults) {
        let mut now = self.faults.write().unwrap_or_else(PoisonError::into_inner);
        *now = Arc::new(faults);
    }

    /// Goes back to the state and the faults of the start and forgets the requests.
    pub(crate) fn reset(&self) {
        let (test, live) = self.origin.clone();
        *self.write(Mode::Test) = test;
        *self.write(Mode::Live) = live;
        self.set_faults(self.options.faults.clone());
        self.log.clear();
    }

    /// Lets a request pass the rate limit, or says how long it should have waited.
    pub(crate) fn admit(&self) -> Result<(), Duration> {
        let Some(limit) = &self.limit else {
            return Ok(());
        };
        let mut limit = limit.lock().unwrap_or_else(PoisonError::into_inner);
        limit.take(self.clock.elapsed())
    }

    fn lock(&self, mode: Mode) -> &RwLock<Store> {
        match mode {
            Mode::Test => &self.test,
            Mode::Live => &self.live,
        }
    }
}
