//! No more connections than calls at once. In: the client's wish for another connection. Out: the connection, later or
//! never where one that is open comes free. Main type: [`Connections`].
//!
//! A connection goes back to the pool a moment after its answer is read, and by then the next call may have begun. That
//! call looks for a connection, finds none, and opens another, while it goes on looking. So, where as many are open as
//! there can be calls, the opening waits.
//!
//! How many are open can't be known: a server may close one that nobody uses. So another is opened all the same once it is
//! some time since a call was answered, whose connection would have come free by then. Where that happens again and again,
//! the server closes each without a word, and the time becomes shorter.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use reqwest::header::CONNECTION;
use reqwest::{Response, Version};
use tokio::task;
use tokio::time::{Instant, sleep_until};
use tower_layer::Layer;
use tower_service::Service;

/// How long after its answer a connection may take to come free.
const PATIENCE: Duration = Duration::from_millis(500);
/// After so many waits in vain, one is as good as none.
const MOST_IN_VAIN: u32 = 12;

/// How many connections seem to be open, and how many may be.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    open: Arc<AtomicUsize>,
    most: usize,
    answered_at: Arc<Mutex<Instant>>,
    /// How many waits were in vain, each of which halves the next, less those that were not.
    in_vain: Arc<AtomicU32>,
}

impl Connections {
    pub(super) fn new(most: usize) -> Self {
        Self {
            open: Arc::default(),
            most: most.max(1),
            answered_at: Arc::new(Mutex::new(Instant::now())),
            in_vain: Arc::default(),
        }
    }

    /// A call ended without a whole answer, and its connection with it.
    pub(super) fn lost(&self) {
        let less = |open: usize| open.checked_sub(1);
        self.open
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, less)
            .unwrap_or_default();
    }

    fn answered_at(&self) -> MutexGuard<'_, Instant> {
        self.answered_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Learns from an answer whether its connection stays open.
    pub(super) fn answered(&self, response: &Response) {
        *self.answered_at() = Instant::now();
        let closes = |header: &str| header.eq_ignore_ascii_case("close");
        let header = response.headers().get(CONNECTION);
        match response.version() {
            // All calls share one, and the pool takes care that it is one.
            Version::HTTP_2 => self.open.store(0, Ordering::Relaxed),
            Version::HTTP_11 if !header.is_some_and(|it| it.to_str().is_ok_and(closes)) => {}
            _ => self.lost(),
        }
    }

    /// Whether there may be another, which is counted then.
    fn take(&self) -> bool {
        let more = |open: usize| (open < self.most).then_some(open + 1);
        self.open
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more)
            .is_ok()
    }

    /// Waits until there may be another. No, where the call that wished for it has found an open one.
    async fn are_due(&self) -> bool {
        if self.take() {
            return true;
        }
        // A call that has found one hands its wish to a task that completes it for others.
        let caller = task::try_id();
        let until = *self.answered_at() + self.patience();
        if until <= Instant::now() {
            return true;
        }
        let mut patience = pin!(sleep_until(until));
        let is_due = poll_fn(|cx| {
            if task::try_id() == caller {
                patience.as_mut().poll(cx).map(|()| true)
            } else {
                Poll::Ready(false)
            }
        })
        .await;
        let learn = |waits: u32| Some(if is_due { waits + 1 } else { waits / 2 }.min(MOST_IN_VAIN));
        self.in_vain
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, learn)
            .unwrap_or_default();
        is_due
    }

    fn patience(&self) -> Duration {
        PATIENCE / (1 << self.in_vain.load(Ordering::Relaxed).min(MOST_IN_VAIN))
    }
}

impl<S> Layer<S> for Connections {
    type Service = Limited<S>;

    fn layer(&self, connector: S) -> Limited<S> {
        Limited {
            connector,
            connections: self.clone(),
        }
    }
}

/// What opens connections, kept from opening too many.
#[derive(Clone, Debug)]
pub(super) struct Limited<S> {
    connector: S,
    connections: Connections,
}

impl<R, S> Service<R> for Limited<S>
where
    S: Service<R, Error: From<&'static str>, Future: Send + 'static>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.connector.poll_ready(cx)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let connecting = self.connector.call(request);
        let connections = self.connections.clone();
        Box::pin(async move {
            if connections.are_due().await {
                connecting.await
            } else {
                Err("another connection came free".into())
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::poll;

    #[tokio::test]
    async fn as_many_as_calls_are_opened_at_once() {
        let connections = Connections::new(2);
        assert!(connections.are_due().await);
        assert!(connections.are_due().await);
        let mut third = pin!(connections.are_due());
        assert_eq!(poll!(&mut third), Poll::Pending);
        connections.lost();
        assert!(connections.are_due().await, "in the place of the lost one");
        assert_eq!(poll!(&mut third), Poll::Pending);
    }

    #[tokio::test]
    async fn what_its_call_no_longer_wishes_for_is_not_opened() {
        let connections = Connections::new(1);
        assert!(connections.are_due().await);
        let mut second = Box::pin(async move { connections.are_due().await });
        assert_eq!(poll!(&mut second), Poll::Pending);
        assert!(!tokio::spawn(second).await.unwrap());
    }

    #[tokio::test]
    async fn where_none_ever_comes_free_waiting_ends() {
        let connections = Connections::new(1);
        let since = Instant::now();
        for _ in 0..100 {
            assert!(connections.are_due().await);
            *connections.answered_at() = Instant::now();
        }
        let waited = since.elapsed();
        assert!(waited < 4 * PATIENCE, "{waited:?}");
    }

    #[tokio::test]
    async fn another_is_opened_when_none_comes_free() {
        let connections = Connections::new(1);
        assert!(connections.are_due().await);
        assert!(connections.are_due().await);
    }
}
