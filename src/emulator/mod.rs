//! An emulator of the Userfront server-to-server API. In: [`Options`] and a [`Seed`] (a [`State`],
//! or a workspace to be made up). Out: an HTTP server on a socket, and its [`State`] when asked.
//! Main type: [`Running`].
//!
//! It stands in for the real server in tests and in people's CI, so it follows the reference and
//! turns what the reference leaves open into [`Switches`]. It knows nothing of this crate's client:
//! a mistake that both shared would hide.
//!
//! ```text
//! socket ─▶ gate (log, latency, faults, rate) ─▶ routes (key level, body) ─▶ Store ─▶ record (JSON)
//! ```
//!
//! `Store` and everything it uses (`users`, `tenants`, `grants`, `search`, `page`, `limit`) is pure: no
//! socket, no clock, times are passed in. So is `faults`, which decides what goes wrong; `strike` does
//! it. `gate` is the one place that every API request passes. The control routes under `/_emulator` go
//! around it.

mod app;
mod auth;
mod body;
mod clock;
mod connection;
mod control;
mod error;
mod fault;
mod fault_calls;
mod faults;
mod fields;
mod find;
mod gate;
mod generate;
mod grants;
mod ids;
mod invites;
mod limit;
mod load;
mod log;
mod observer;
mod options;
mod page;
mod percent;
mod record;
mod retry_after;
mod routes;
mod save;
mod search;
mod search_parse;
mod server;
mod state;
mod store;
mod strike;
mod switches;
mod table;
mod tenants;
mod time;
mod users;

pub use self::error::{EmulatorError, StateError};
pub use self::fault::FaultKind;
pub use self::faults::{FaultError, FaultShare, Faults};
pub use self::generate::Generated;
pub use self::log::RequestRecord;
pub use self::observer::{Observed, Observer};
pub use self::options::{Keys, Mode, Options};
pub use self::percent::Percent;
pub use self::server::{Running, Seed};
pub use self::state::{Invitation, ModeState, State, TenantState, UserState};
pub use self::switches::{
    DataUpdate, DeleteAbsent, EmailCase, ExistingEmail, PastEnd, RetryAfter, SearchCase, Switches,
    TenantsFind, UnknownRoles, UserAuthorization,
};
