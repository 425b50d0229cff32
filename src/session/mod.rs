//! The whole flow, for the program, its tests, and programs that embed the library: plan, check a saved plan, carry a plan out,
//! take it back, rehearse it.
//!
//! A comparison may need more than was read: who else holds a role that is taken away, or how many users there are. Then
//! it is read, and compared again. That loop is what this room adds to the rooms that it uses.

mod apply;
mod error;
mod plan;
mod recheck;
#[cfg(feature = "emulator")]
mod rehearse;
mod settle;
mod undo;

pub use apply::{ApplyOptions, apply, check};
pub use error::SessionError;
pub use plan::{Planned, compare, plan, plan_from};
pub use recheck::{Rechecked, recheck};
#[cfg(feature = "emulator")]
pub use rehearse::{Rehearsal, rehearse, state};
pub use undo::undo;
