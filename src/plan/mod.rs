//! [`Desired`](crate::model::Desired) and [`Live`](crate::model::Live) → [`Plan`]: what would change, as data.
//!
//! Pure. The plan holds every call that an apply will make, in order, with what it changes and why; the executor
//! makes no choice of its own.

mod change;
mod conflict;
mod cost;
mod danger;
mod diff;
mod draft;
mod explain;
mod fields;
pub mod file;
mod guard;
mod matching;
mod measure;
mod movement;
mod order;
mod prune;
mod rename;
mod retain;
mod roles;
mod select;
mod undo;
mod warning;

pub use change::{
    Action, Address, FieldChange, Handover, HandoverId, Person, Plan, RoleScope, Size, Stage, Step,
    StepId, Suspect, TenantTarget, UserTarget, Why,
};
pub use conflict::Conflict;
pub use cost::{Cost, Pace, cost};
pub use danger::Danger;
pub use diff::diff;
pub use draft::Policy;
pub use explain::{Explanation, Next, Removal, RoleExplanation, ScopeExplanation, explain};
pub use guard::{BrokenGuard, GuardName};
pub use measure::{Rest, rest};
pub use select::{Pattern, Selected, Selection};
pub use undo::{Done, undo};
pub use warning::{Warning, WarningKind};
