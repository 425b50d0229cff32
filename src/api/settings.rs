//! What a client is made from, and what it has used.

use std::time::Duration;

use super::Key;

/// How a server is reached.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The API's address: HTTPS, or plain HTTP on loopback.
    pub url: String,
    /// The key.
    pub key: Key,
    /// How long one attempt of a call may take.
    pub timeout: Duration,
}

/// What has been asked so far.
#[derive(Clone, Copy, Debug, Default)]
pub struct Usage {
    /// The requests sent, repeated ones included.
    pub requests: u64,
    /// The time they took, added up.
    pub time: Duration,
}

impl Usage {
    /// The mean time of one request.
    pub fn mean(&self) -> Duration {
        self.time / u32::try_from(self.requests.max(1)).unwrap_or(u32::MAX)
    }
}
