//! Who is told what a client waits for, and when. In: what each call waits for. Out: a call of an [`Observer`] once a
//! second has passed without a sign of the server. Main types: [`Waiting`], [`Observer`].

use std::fmt;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use crate::api::error::Call;

/// A wait of more than this says what is waited for.
const LONG: Duration = Duration::from_secs(1);
/// The same is not said again for so long.
const SAID: Duration = Duration::from_secs(10);

/// What a call waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "fields whose names say it all")]
pub enum Waiting {
    /// For its turn.
    Turn,
    /// For the server's answer.
    Answer(Call),
    /// To be sent again, because it failed.
    Again { call: Call, reason: String },
    /// For the end of the time that the server asked everybody to wait.
    Asked { call: Call, wait: Duration },
}

impl Waiting {
    /// Whether it is the same reason to wait, for another call perhaps.
    fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Asked { wait, .. }, Self::Asked { wait: other, .. }) => wait == other,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl fmt::Display for Waiting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Turn => f.write_str("Waiting for a call's turn"),
            Self::Answer(call) => write!(f, "Waiting for an answer: {call}"),
            Self::Again { call, reason } => write!(f, "Trying again: {call}: {reason}"),
            Self::Asked { call, wait } => write!(
                f,
                "Waiting {} s, as the server asks: {call}",
                wait.as_secs_f64().ceil()
            ),
        }
    }
}

type Hear = dyn Fn(&Waiting) + Send + Sync;

/// A function that is told what a client waits for, once that takes more than a second. It is not told of every call:
/// while the server answers others, and where the same was told within ten seconds, nothing is said.
#[derive(Clone)]
pub struct Observer(Arc<Hear>);

impl Observer {
    /// Calls this function.
    pub fn new(hear: impl Fn(&Waiting) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hear))
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Observer")
    }
}

/// What one call waits for at the moment.
#[derive(Debug)]
pub(crate) struct Now(Mutex<Waiting>);

impl Now {
    /// From now on it waits for this.
    pub(crate) fn is(&self, waiting: Waiting) {
        *lock(&self.0) = waiting;
    }
}

/// When the server gave a sign the last time, and what was said since.
#[derive(Debug)]
pub(crate) struct Watch {
    observer: Option<Observer>,
    sign: Mutex<Instant>,
    said: Mutex<Vec<(Waiting, Instant)>>,
}

impl Watch {
    pub(crate) fn new(observer: Option<Observer>) -> Self {
        Self {
            observer,
            sign: Mutex::new(Instant::now()),
            said: Mutex::default(),
        }
    }

    /// The server has dealt with a call.
    pub(crate) fn sign(&self) {
        *lock(&self.sign) = Instant::now();
    }

    /// Carries out a call, which tells what it waits for, and passes that on where it takes long.
    pub(crate) async fn over<T>(&self, call: impl AsyncFnOnce(&Now) -> T) -> T {
        let now = Now(Mutex::new(Waiting::Turn));
        let Some(observer) = &self.observer else {
            return call(&now).await;
        };
        let mut call = pin!(call(&now));
        let mut next = Instant::now() + LONG;
        loop {
            tokio::select! {
                biased;
                result = &mut call => return result,
                () = sleep_until(next) => {}
            }
            let time = Instant::now();
            next = time + LONG;
            let quiet_until = *lock(&self.sign) + LONG;
            if quiet_until > time {
                next = quiet_until;
                continue;
            }
            let waiting = lock(&now.0).clone();
            if waiting != Waiting::Turn && self.is_news(&waiting, time) {
                (observer.0)(&waiting);
            }
        }
    }

    /// Whether it was not said within the last seconds; it counts as said then.
    fn is_news(&self, waiting: &Waiting, time: Instant) -> bool {
        let mut said = lock(&self.said);
        said.retain(|(_, when)| *when + SAID > time);
        let is_news = !said.iter().any(|(other, _)| other.is_like(waiting));
        if is_news {
            said.push((waiting.clone(), time));
        }
        is_news
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
