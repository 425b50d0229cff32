//! Ctrl-C and SIGTERM: the first ends a run in good order, the second at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Runtime;

use crate::cli::exit::Exit;

/// Whether the run is to end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on.
    pub(crate) fn listen(runtime: &Runtime, say: impl Fn(&str) + Send + 'static) -> Self {
        let interrupt = Self::default();
        let flag = Arc::clone(&interrupt.0);
        runtime.spawn(async move {
            let Some(mut signals) = Signals::listen() else {
                return;
            };
            loop {
                signals.next().await;
                if flag.swap(true, Ordering::SeqCst) {
                    end_at_once();
                }
                say(
                    "Finishing the calls that are under way, and starting no other. Once more to stop at once."
                );
            }
        });
        interrupt
    }

    /// Whether a signal asked to end the run.
    pub(crate) fn is_asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

#[expect(
    clippy::exit,
    reason = "a second signal means that the user does not want to wait for calls that hang"
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

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
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

    async fn next(&mut self) {
        self.0.recv().await;
    }
}
