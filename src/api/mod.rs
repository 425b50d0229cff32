//! The Userfront API: a typed client for all of its calls.
//!
//! [`directory`] says what can be asked, in two traits: code that plans can only ever hold the reading one.
//! [`Client`] asks over HTTPS. `wire` is the only place that knows the API's names; `retry` and `page` hold the
//! verdicts, pure, that `transport` acts on; `pace` and `rate` those on when to call, which `gate` waits for;
//! `connections` keeps the pool from opening more than there are calls.

mod address;
mod answers;
mod client;
mod connections;
pub mod directory;
mod endpoints;
mod error;
mod gate;
mod key;
mod loose;
mod pace;
mod page;
mod quota;
mod rate;
mod request;
mod retry;
mod settings;
mod transport;
pub mod wire;

pub use client::{Client, Verb};
pub use directory::{Directory, ReadDirectory};
pub use error::{ApiError, Call, ClientError};
pub use key::{Key, KeyError, Level};
pub use page::Page;
pub(crate) use page::{Scan, judge};
pub use settings::{Settings, Usage};
