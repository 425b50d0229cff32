//! An emulator of the Userfront server-to-server API. In: [`Options`] and a [`State`]. Out: an HTTP
//! server on a socket, and its [`State`] when asked. Main type: [`Running`].
//!
//! It replaces the real server in tests and in users' CI, so it follows the reference and turns what
//! the reference leaves open into [`Switches`]. It shares no code with this crate's client: a mistake
//! in shared code would not show.
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
mod connection;
mod control;
mod door;
mod error;
mod faults;
mod fields;
mod find;
mod gate;
mod generate;
mod grants;
mod invites;
mod limit;
mod load;
mod log;
mod mode;
mod observer;
mod options;
mod page;
mod record;
mod routes;
mod save;
mod search;
mod search_parse;
mod server;
mod state;
mod stock;
mod store;
mod strike;
mod switches;
mod tenants;
mod time;
mod users;

pub use self::error::{EmulatorError, StateError};
pub use self::faults::{FaultError, FaultKind, FaultShare, Faults};
pub use self::log::RequestRecord;
pub use self::mode::Mode;
pub use self::observer::{Observed, Observer};
pub use self::options::{Keys, Options};
pub use self::server::Running;
pub use self::state::{Invitation, ModeState, State, TenantState, UserState};
pub use self::switches::{
    DataUpdate, DeleteAbsent, EmailCase, EmptyAnswers, ExistingEmail, Ids, Nesting, NewRecords,
    Normalise, PageZero, PastEnd, RetryAfter, RoleLists, SearchCase, SearchOrder, Switches,
    TenantsFind, UnknownRoles, UpdateMissing, Updates, UserAuthorization, UuidPaths,
};
