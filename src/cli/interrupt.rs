//! Ctrl-C and SIGTERM: the first ends a run in good order, the second at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::runtime::Runtime;

use super::exit::Exit;

/// Whether the run is to end.
#[derive(Clone, Debug, Default)]
pub(super) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Listens from now on.
    pub(super) fn listen(runtime: &Runtime) -> Self {
        let interrupt = Self::default();
        let flag = Arc::clone(&interrupt.0);
        runtime.spawn(async move {
            while signal().await {
                if flag.swap(true, Ordering::SeqCst) {
                    end_at_once();
                }
                anstream::eprintln!(
                    "Finishing the calls that are under way, and starting no other. Once more to stop at once."
                );
            }
        });
        interrupt
    }

    /// Whether somebody asked to end the run.
    pub(super) fn is_asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

#[expect(
    clippy::exit,
    reason = "whoever asks twice does not want to wait for calls that hang"
)]
fn end_at_once() {
    std::process::exit(Exit::Interrupted.code().into());
}

/// Waits for a signal; false where none can be waited for.
async fn signal() -> bool {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut interrupt), Ok(mut terminate)) = (
            signal(SignalKind::interrupt()),
            signal(SignalKind::terminate()),
        ) else {
            return false;
        };
        tokio::select! {
            _ = interrupt.recv() => true,
            _ = terminate.recv() => true,
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await.is_ok()
}
