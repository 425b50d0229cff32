//! What a client is made from.

use std::time::{Duration, Instant};

use crate::api::key::Key;
use crate::api::pacing::waiting::Observer;

/// How a server is reached. Made by [`Settings::new`]; each field may be set afterwards.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// The API's address: HTTPS, or plain HTTP on loopback.
    pub url: String,
    /// The key.
    pub key: Key,
    /// How long one attempt of a call may take, from the connection to the last byte of the answer.
    pub timeout: Duration,
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How often a call is sent at the most; 0 counts as 1. Where no connection was ever made it is at most four times.
    pub tries: u32,
    /// How long to wait after the first failure of a call, give or take; each further wait is twice as long.
    pub first_wait: Duration,
    /// How long a call is tried again after it failed for the first time, and how long the client goes on while the
    /// server accepts nothing at all. Waiting for a turn is no failure, so a run may take as long as it needs.
    pub patience: Duration,
    /// How long the client waits where the server asks it to (`Retry-After`), all in all for a call. Where it asks for
    /// more, the call fails at once.
    pub longest_pause: Duration,
    /// How many calls may be in flight; 0 counts as 1.
    pub parallel: usize,
    /// How many calls may start in a second; none leaves it to what the server accepts.
    pub max_rate: Option<f64>,
    /// From this time on no call is sent, and those under way are given up.
    pub deadline: Option<Instant>,
    /// While a plan is carried out: how long the server may answer nothing, before ten attempts in a row without an answer end the
    /// client.
    pub longest_silence: Duration,
    /// Who is told what is waited for, where that takes more than a second.
    pub observer: Option<Observer>,
}

impl Settings {
    /// The settings for a server and a key that fit most: 60 seconds for a whole answer, 5 for a connection, 8 tries with
    /// waits from a quarter of a second on, 5 minutes without any progress (10 seconds without any answer while a plan is carried
    /// out), 15 where the server asks for them, 16 calls in flight, and as fast as the server allows.
    pub fn new(url: String, key: Key) -> Self {
        Self {
            url,
            key,
            timeout: Duration::from_mins(1),
            connect_timeout: Duration::from_secs(5),
            tries: 8,
            first_wait: Duration::from_millis(250),
            patience: Duration::from_mins(5),
            longest_pause: Duration::from_mins(15),
            parallel: 16,
            max_rate: None,
            deadline: None,
            longest_silence: Duration::from_secs(10),
            observer: None,
        }
    }
}
