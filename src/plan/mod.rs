//! [`Desired`](crate::model::Desired) and [`Live`](crate::model::Live) → [`Plan`]: what would change, as data.
//!
//! Pure. A pipeline of functions from values to values: match the entries with records, work out the changes, put them in
//! an order that is safe, and review them. The plan holds every call that an apply will make, with what it changes and why;
//! the executor makes no choice of its own.

mod address;
mod blocked;
mod cause;
mod change;
mod compare;
mod cost;
mod danger;
mod diff;
mod digest;
mod document;
mod edit;
mod ending;
mod error;
mod explain;
mod guard;
mod hold;
mod keep;
mod known;
mod made;
mod matching;
mod missing;
mod movement;
mod order;
mod over;
#[expect(
    clippy::module_inception,
    reason = "the plan is the main type of the room"
)]
mod plan;
mod policy;
mod prune;
mod recheck;
mod records;
mod rederive;
mod rename;
mod retain;
mod review;
mod roles;
mod rules;
mod select;
mod sensitive;
mod sound;
mod step;
mod touched;
mod undo;
mod unique;
mod unmanaged;
mod verdict;
mod warning;
mod why;

pub use address::{Address, Person};
pub use blocked::Blocked;
pub use cause::mark_drift;
pub use change::{Change, Stage, StepId, Target};
pub use cost::{Cost, Pace, cost};
pub use danger::Danger;
pub use diff::{Drafted, diff, unjudged};
pub use digest::same_steps;
pub use document::{
    ActionKind, Kind, ManifestInfo, PlanCost, PlanFile, PlanFileError, Source, Summary,
    manifest_hash, schema,
};
pub use edit::{Edit, FieldChange, Loss, Removal};
pub use ending::{Ending, endings};
pub use error::PlanError;
pub use explain::{Explanation, Next, RoleExplanation, ScopeExplanation, UserRemoval, explain};
pub use guard::{Acceptance, BrokenGuard, GuardName};
pub use made::{Made, MadeRecord};
pub use missing::Missing;
pub use over::ended;
pub use plan::{Keep, Limits, Plan, Size};
pub use policy::Policy;
pub use recheck::{Recheck, recheck};
pub use rename::{LikelyRename, likely_renames};
pub use rules::{BrokenRule, wanted};
pub use select::{Pattern, Selected, Selection};
pub use step::{Called, Handover, HandoverId, Step};
pub use touched::{All, Touched, touched};
pub use undo::{Done, Undo, undo, without_reasons};
pub use unmanaged::{Unmanaged, Unmentioned, handles, matched};
pub use verdict::{Stale, StaleValue};
pub use warning::{Warning, WarningKind};
pub use why::Why;
