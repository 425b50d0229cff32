//! The whole flow, for the program, its tests, and programs that embed the library: plan, check a saved plan, carry a plan out,
//! take it back, rehearse it; pull live changes into a manifest, edit it, say who has what and why.
//!
//! A comparison may need more than was read: the other holders of a role that is revoked, or the number of users. Then
//! that is read, and compared again. This loop is what the module adds to those that it uses.

mod access;
mod apply;
pub mod edit;
mod error;
mod explain;
mod plan;
mod pull;
mod read;
mod readable;
mod recheck;
mod rechecked;
#[cfg(feature = "emulator")]
mod rehearse;
mod settle;
mod take_back;
mod undo;

pub use crate::apply::event::Event;
pub use crate::apply::executor::ExecuteOptions;
pub use crate::apply::outcome;
pub use crate::pull::Gone;
pub use crate::pull::pulled::NotPulled;
pub use crate::session::access::{access, access_since};
pub(crate) use crate::session::apply::check;
pub use crate::session::apply::{ApplyOptions, apply};
pub use crate::session::error::SessionError;
pub use crate::session::explain::explain;
pub(crate) use crate::session::plan::plan_from;
pub use crate::session::plan::{Planned, compare, plan};
pub use crate::session::pull::{Pull, PullOptions};
pub use crate::session::read::read;
pub(crate) use crate::session::readable::readable;
pub(crate) use crate::session::recheck::confirm;
pub use crate::session::recheck::recheck;
pub use crate::session::rechecked::{RecheckMode, Rechecked};
#[cfg(feature = "emulator")]
pub use crate::session::rehearse::{Rehearsal, rehearse};
pub use crate::session::undo::{undo, undo_ahead};
