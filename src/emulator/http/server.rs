//! The socket. In: [`Options`], a [`State`] and an address. Out: a server until it is stopped or
//! dropped. Main type: [`Running`].

use crate::emulator::data::state::State;
use crate::emulator::faults::draw::Faults;
use crate::emulator::http::app::App;
use crate::emulator::http::connection::{Line, Listener};
use crate::emulator::http::error::EmulatorError;
use crate::emulator::http::gate::gate;
use crate::emulator::http::log::RequestRecord;
use crate::emulator::http::origin_check::door;
use crate::emulator::http::save;
use crate::emulator::http::{control, routes};
use crate::emulator::options::{Keys, Options};
use axum::Router;
use axum::middleware::from_fn_with_state;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;

/// How long requests may take to end when the emulator is stopped.
const GRACE: Duration = Duration::from_secs(3);

/// Answers smaller than this many bytes are not worth compressing.
const SMALL: u16 = 1024;

/// An emulator that listens. Dropping it ends it too, without saving its state.
#[derive(Debug)]
pub struct Running {
    url: String,
    app: Arc<App>,
    /// Dropping it is the signal to stop.
    stop: oneshot::Sender<()>,
    serving: JoinHandle<std::io::Result<()>>,
    saving: Option<Saving>,
}

/// The saving task, which ends with its owner.
#[derive(Debug)]
struct Saving(JoinHandle<()>);

impl Drop for Saving {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Running {
    /// Listens on an address (port 0 picks a free one) and serves on the current runtime.
    pub async fn start(
        options: Options,
        state: State,
        address: SocketAddr,
    ) -> Result<Self, EmulatorError> {
        let app = Arc::new(App::new(options, state, address.ip().is_loopback())?);
        let bind = |source| EmulatorError::Bind { address, source };
        let listener = TcpListener::bind(address).await.map_err(bind)?;
        let url = format!("http://{}", listener.local_addr().map_err(bind)?);
        let (stop, stopped) = oneshot::channel();
        let service = router(&app).into_make_service_with_connect_info::<Line>();
        let held = Arc::clone(&app);
        let listener = Listener {
            socket: listener,
            app: Arc::clone(&app),
        };
        let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
            drop(stopped.await);
            held.stopping.send_replace(true);
        });
        let serving = tokio::spawn(serving.into_future());
        let saving = app.options.state_file.as_deref().map(|path| {
            let task = save::keep_saving(Arc::clone(&app), path.into());
            Saving(tokio::spawn(task))
        });
        Ok(Self {
            url,
            app,
            stop,
            serving,
            saving,
        })
    }

    /// Such as `http://127.0.0.1:4100`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The keys that it accepts.
    pub fn keys(&self) -> Keys {
        self.app.keys.clone()
    }

    /// A copy of everything it knows.
    pub fn state(&self) -> State {
        self.app.state()
    }

    /// The last 100,000 API requests in the order of their arrival.
    pub fn requests(&self) -> Vec<RequestRecord> {
        self.app.log.records()
    }

    /// How many connections it has accepted, those that have ended too.
    pub fn connections(&self) -> u64 {
        self.app.connections.load(Ordering::Relaxed)
    }

    /// The present faults.
    pub fn faults(&self) -> Faults {
        (*self.app.faults()).clone()
    }

    /// Replaces the faults, for the requests that arrive later.
    pub fn set_faults(&self, faults: Faults) {
        self.app.set_faults(faults);
    }

    /// Waits for the requests in flight, for some seconds at most, and saves the state.
    pub async fn stop(self) -> Result<(), EmulatorError> {
        let Self {
            app,
            stop,
            mut serving,
            saving,
            ..
        } = self;
        drop(stop);
        let ended = tokio::time::timeout(GRACE, &mut serving).await;
        serving.abort();
        if let Ok(Ok(Err(error))) = ended {
            return Err(EmulatorError::Serve(error));
        }
        drop(saving);
        match &app.options.state_file {
            Some(path) => save::save(&app, path),
            None => Ok(()),
        }
    }
}

fn router(app: &Arc<App>) -> Router {
    let small = SizeAbove::new(SMALL);
    let compression = CompressionLayer::new().quality(CompressionLevel::Fastest);
    let compression = compression.compress_when(small);
    // The gate has to see the very bytes that a fault is to cut.
    let api = routes::router()
        .layer(compression.clone())
        .layer(from_fn_with_state(Arc::clone(app), gate));
    let all = if app.options.private {
        api
    } else {
        api.merge(control::router().layer(compression))
    };
    all.layer(from_fn_with_state(Arc::clone(app), door))
        .with_state(Arc::clone(app))
}
