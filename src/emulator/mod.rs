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

pub(crate) mod data;
pub mod faults;
pub(crate) mod http;
mod options;
pub(crate) mod search;
pub mod switches;

pub use crate::emulator::data::mode::Mode;
pub use crate::emulator::data::state::{Invitation, ModeState, State, TenantState, UserState};
pub(crate) use crate::emulator::faults::draw::{FaultError, FaultShare, Faults};
pub use crate::emulator::http::error::{EmulatorError, StateError};
pub use crate::emulator::http::log::RequestRecord;
pub use crate::emulator::http::observer::{Observed, Observer};
pub use crate::emulator::http::server::Running;
pub use crate::emulator::options::{Keys, Options};
pub(crate) use crate::emulator::switches::Switches;
