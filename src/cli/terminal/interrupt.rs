//! Ctrl-C and SIGTERM. In: the signals, from the start of the program on. Out: a run that ends in good order; everything else ends
//! at once, because it changes nothing on the server. Main type: [`Interrupt`].

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tracing::Level;

use crate::cli::exit::Exit;
use crate::cli::terminal::log;

/// Who sends SIGTERM may send SIGKILL after 10 s.
const LONGEST_END: Duration = Duration::from_millis(4_500);

/// What ends a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// SIGTERM, which leaves only seconds.
    #[cfg_attr(windows, expect(dead_code, reason = "it is not there on Windows"))]
    Terminate,
}

type End = dyn Fn(Signal) + Send;

/// Whether a signal came, and what ends the run that is under way.
#[derive(Clone, Default)]
pub(crate) struct Interrupt(Arc<Shared>);

#[derive(Default)]
struct Shared {
    is_asked: AtomicBool,
    end: Mutex<Option<Box<End>>>,
}

impl Shared {
    fn end(&self) -> MutexGuard<'_, Option<Box<End>>> {
        self.end.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A run that a signal ends in good order, as long as this is there.
pub(crate) struct InGoodOrder(Interrupt);

impl InGoodOrder {
    /// Whether a signal asked to end the run.
    pub(crate) fn is_asked(&self) -> bool {
        self.0.0.is_asked.load(Ordering::SeqCst)
    }
}

impl Drop for InGoodOrder {
    fn drop(&mut self) {
        *self.0.0.end() = None;
    }
}

impl Interrupt {
    /// Listens from now on. Where that is not possible, signals end the program as they do without it.
    pub(crate) fn listen(&self) {
        let Ok(runtime) = Builder::new_current_thread().enable_all().build() else {
            return;
        };
        let signals = {
            let _entered = runtime.enter();
            Signals::listen()
        };
        let Some(signals) = signals else {
            return;
        };
        let shared = Arc::clone(&self.0);
        // A thread of its own: the program may wait for an answer, a lock or a file meanwhile.
        std::thread::spawn(move || wait(&runtime, signals, &shared));
    }

    /// The first signal ends a run in this way, from now on; a second one ends the program at once.
    pub(crate) fn in_good_order(&self, end: impl Fn(Signal) + Send + 'static) -> InGoodOrder {
        *self.0.end() = Some(Box::new(end));
        InGoodOrder(self.clone())
    }
}

fn wait(runtime: &Runtime, mut signals: Signals, shared: &Shared) {
    runtime.block_on(async {
        let first = signals.next().await;
        shared.is_asked.store(true, Ordering::SeqCst);
        if let Some(end) = &*shared.end() {
            end(first);
        } else {
            log::say(Level::ERROR, "Interrupted.");
            end_at_once();
        }
        let second = signals.next();
        if first == Signal::Terminate {
            drop(tokio::time::timeout(LONGEST_END, second).await);
        } else {
            second.await;
        }
        end_at_once();
    });
}

#[expect(
    clippy::exit,
    reason = "the main thread may wait for something that never comes"
)]
fn end_at_once() {
    std::process::exit(Exit::Interrupted.code().into());
}

/// The signals that ask a program to end.
#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Nothing where they can't be waited for.
    fn listen() -> Option<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Some(Self {
            interrupt: signal(SignalKind::interrupt()).ok()?,
            terminate: signal(SignalKind::terminate()).ok()?,
        })
    }

    async fn next(&mut self) -> Signal {
        tokio::select! {
            _ = self.interrupt.recv() => Signal::Interrupt,
            _ = self.terminate.recv() => Signal::Terminate,
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    /// Nothing where it can't be waited for.
    fn listen() -> Option<Self> {
        tokio::signal::windows::ctrl_c().ok().map(Self)
    }

    async fn next(&mut self) -> Signal {
        self.0.recv().await;
        Signal::Interrupt
    }
}
