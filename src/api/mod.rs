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
mod dated;
mod error;
mod gate;
mod key;
mod loose;
mod order;
mod pace;
mod page;
mod query;
mod quota;
mod rate;
mod reader;
mod request;
mod retry;
mod scan;
mod settings;
mod tls;
mod transport;
mod waiting;
mod wire;
mod wire_tenant;

pub use client::Client;
pub use dated::Dated;
pub use error::{ApiError, Call, ClientError};
pub use key::{Key, KeyError, Level};
pub use page::Page;
pub use query::{EmailTest, Filter, Query};
pub use reader::Reader;
pub use request::{Body, UserKey};
pub use reqwest::Method;
pub use scan::{Found, tenants as search_tenants, users as search_users};
pub use settings::{Settings, Usage};
pub(crate) use transport::measured;
pub use waiting::{Observer, Waiting};
pub use wire_tenant::TenantRecord;
