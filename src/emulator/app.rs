//! What all requests share. In: [`Options`] and a [`Seed`]. Out: the two stores, the log and the
//! limit. Main type: [`App`].

use super::clock::{self, Stopwatch};
use super::error::StateError;
use super::faults::Faults;
use super::generate::Generated;
use super::limit::Limit;
use super::log::Log;
use super::options::{Keys, Mode, Options};
use super::server::Seed;
use super::store::Store;
use serde::Serialize;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// The emulator behind the socket.
#[derive(Debug)]
pub(super) struct App {
    pub(super) options: Options,
    pub(super) keys: Keys,
    pub(super) log: Log,
    /// How many connections were accepted.
    pub(super) connections: AtomicU64,
    /// Told after every change, for the saving task.
    pub(super) changed: Notify,
    /// Held while the state file is written, so that an older state never replaces a newer one.
    pub(super) saving: Mutex<()>,
    /// Whether the emulator is being stopped, for the requests that are held.
    pub(super) stopping: watch::Sender<bool>,
    faults: RwLock<Arc<Faults>>,
    test: RwLock<Store>,
    live: RwLock<Store>,
    limit: Option<Mutex<Limit>>,
    clock: Stopwatch,
    origin: Origin,
}

/// What a reset goes back to.
#[derive(Debug)]
enum Origin {
    /// Made up again, since it may be too large to keep twice.
    Generated(Generated),
    /// Kept, in the compact form.
    Kept(Box<(Store, Store)>),
}

/// Both stores in the form of [`State`](super::State), without a copy.
#[derive(Serialize)]
pub(super) struct Both<'a> {
    test: &'a Store,
    live: &'a Store,
}

impl App {
    /// A running emulator's inside, loaded.
    pub(super) fn new(options: Options, seed: Seed) -> Result<Self, StateError> {
        let generated = match &seed {
            Seed::State(_) => None,
            Seed::Generated(generated) => Some(generated.clone()),
        };
        let (test, live) = load(&options, seed)?;
        let origin = match generated {
            Some(generated) => Origin::Generated(generated),
            None => Origin::Kept(Box::new((test.clone(), live.clone()))),
        };
        Ok(Self {
            keys: Keys::new(&options.workspace),
            log: Log::default(),
            connections: AtomicU64::new(0),
            changed: Notify::new(),
            saving: Mutex::new(()),
            stopping: watch::Sender::new(false),
            faults: RwLock::new(Arc::new(options.faults.clone())),
            test: RwLock::new(test),
            live: RwLock::new(live),
            limit: options.rate.map(|rate| Mutex::new(Limit::new(rate))),
            clock: Stopwatch::start(),
            origin,
            options,
        })
    }

    /// A mode's store, to be read.
    pub(super) fn read(&self, mode: Mode) -> RwLockReadGuard<'_, Store> {
        let store = self.lock(mode).read();
        store.unwrap_or_else(PoisonError::into_inner)
    }

    /// A mode's store, to be changed.
    pub(super) fn write(&self, mode: Mode) -> RwLockWriteGuard<'_, Store> {
        let store = self.lock(mode).write();
        let store = store.unwrap_or_else(PoisonError::into_inner);
        // The saving task can't read before the caller lets go of the lock.
        self.changed.notify_one();
        store
    }

    /// What goes wrong now.
    pub(super) fn faults(&self) -> Arc<Faults> {
        let faults = self.faults.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&faults)
    }

    /// What goes wrong from now on.
    pub(super) fn set_faults(&self, faults: Faults) {
        let mut now = self.faults.write().unwrap_or_else(PoisonError::into_inner);
        *now = Arc::new(faults);
    }

    /// Both stores at once.
    pub(super) fn read_both<T>(&self, read: impl FnOnce(Both<'_>) -> T) -> T {
        let (test, live) = (self.read(Mode::Test), self.read(Mode::Live));
        read(Both {
            test: &test,
            live: &live,
        })
    }

    /// Goes back to the state and the faults of the start and forgets the requests.
    pub(super) fn reset(&self) -> Result<(), StateError> {
        let (test, live) = match &self.origin {
            Origin::Generated(it) => load(&self.options, Seed::Generated(it.clone()))?,
            Origin::Kept(kept) => (**kept).clone(),
        };
        *self.write(Mode::Test) = test;
        *self.write(Mode::Live) = live;
        self.set_faults(self.options.faults.clone());
        self.log.clear();
        Ok(())
    }

    /// Lets a request pass the rate limit, or says how long it should have waited.
    pub(super) fn admit(&self) -> Result<(), Duration> {
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

fn load(options: &Options, seed: Seed) -> Result<(Store, Store), StateError> {
    let now = clock::now();
    let mut test = Store::new(Mode::Test, options, now);
    let mut live = Store::new(Mode::Live, options, now);
    match seed {
        Seed::State(state) => {
            test.load(state.test, now)?;
            live.load(state.live, now)?;
        }
        Seed::Generated(generated) => test.load_generated(&generated, now)?,
    }
    Ok((test, live))
}
