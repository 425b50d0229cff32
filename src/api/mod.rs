//! The Userfront API: a typed client for its calls.
//!
//! [`Reader`] has the calls that read, [`Client`] those that write. A client is also a reader; code that plans only holds
//! `&Reader`. Each call is one method: its method, path, body, how the answer is read, and whether it may be repeated.
//!
//! `wire` is the only place that knows the names of the API's fields; `retry` and `page` hold the decisions, pure, that
//! `transport` and `scan` act on; `pace` and `rate` those on when to call, which `gate` waits for.

mod address;
mod answer;
mod client;
mod creation_time;
pub mod error;
mod give_up;
pub mod key;
mod lenient;
pub(crate) mod pacing;
mod page;
pub mod query;
mod reader;
mod request;
mod scan;
mod server_clock;
pub mod settings;
mod sort_order;
mod tls;
mod transport;
mod usage;
mod wire;
mod wire_tenant;

pub use crate::api::client::Client;
pub(crate) use crate::api::client::Sent;
pub use crate::api::creation_time::Dated;
pub use crate::api::error::ApiError;
pub(crate) use crate::api::error::{Call, ClientError, EndReason};
pub use crate::api::key::Key;
pub(crate) use crate::api::key::{KeyError, Level};
pub(crate) use crate::api::pacing::rate::Seconds;
pub use crate::api::pacing::waiting::{Observer, Waiting};
pub use crate::api::page::Page;
pub(crate) use crate::api::query::{BATCH, EmailTest};
pub use crate::api::query::{Filter, Query};
pub use crate::api::reader::Reader;
pub use crate::api::request::{Body, UserKey};
pub(crate) use crate::api::scan::{Found, tenants as search_tenants, users as search_users};
pub use crate::api::settings::Settings;
pub(crate) use crate::api::usage::{Usage, measured};
pub use reqwest::Method;
