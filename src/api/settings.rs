//! What a client is made from, and what it has used.

use std::time::Duration;

use super::key::Key;

/// How a server is reached. Made by [`Settings::new`]; each field may be set afterwards.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The API's address: HTTPS, or plain HTTP on loopback.
    pub url: String,
    /// The key.
    pub key: Key,
    /// How long one attempt of a call may take.
    pub timeout: Duration,
    /// How long to wait after the first failure of a call, give or take; each further wait is twice as long.
    pub first_wait: Duration,
    /// How long a call is tried again after it failed for the first time, and how long the client goes on while the
    /// server accepts nothing at all. Waiting for a turn is no failure, so a run may take as long as it needs.
    pub patience: Duration,
    /// How many calls may be in flight; 0 counts as 1.
    pub parallel: usize,
    /// How many calls may start in a second; none leaves it to what the server accepts.
    pub max_rate: Option<f64>,
}

impl Settings {
    /// The settings for a server and a key that fit most: 30 seconds for an attempt, waits from a quarter of a second on,
    /// 5 minutes without any progress, 16 calls in flight, and as fast as the server allows.
    pub fn new(url: String, key: Key) -> Self {
        Self {
            url,
            key,
            timeout: Duration::from_secs(30),
            first_wait: Duration::from_millis(250),
            patience: Duration::from_mins(5),
            parallel: 16,
            max_rate: None,
        }
    }
}

/// What has been asked so far.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Usage {
    /// The requests sent, repeated ones included.
    pub requests: u64,
    /// The time they took; of the whole client, that of each request added up.
    pub time: Duration,
}

impl Usage {
    /// The mean time of one request.
    pub fn mean(&self) -> Duration {
        self.time / u32::try_from(self.requests.max(1)).unwrap_or(u32::MAX)
    }
}
