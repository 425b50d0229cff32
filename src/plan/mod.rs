//! [`Desired`](crate::model::Desired) and [`Live`](crate::model::Live) → [`Plan`]: what would change, as data.
//!
//! Pure. A pipeline of functions from values to values: match the entries with records, work out the changes, put them in
//! an order that is safe, and review them. The plan holds every call that an apply will make, with what it changes and why;
//! the executor makes no choice of its own.

pub mod address;
pub mod change;
pub mod cost;
pub mod danger;
pub mod diff;
pub(crate) mod draft;
pub mod drift;
pub mod edit;
mod error;
mod matching;
mod missing;
pub(crate) mod order;
#[expect(
    clippy::module_inception,
    reason = "the plan is the main type of the room"
)]
mod plan;
mod policy;
pub(crate) mod queries;
pub(crate) mod review;
pub mod saved;
pub mod step;
pub mod warning;
pub mod why;

pub use crate::plan::address::Address;
pub(crate) use crate::plan::address::{Person, TenantRef};
pub use crate::plan::change::Change;
pub(crate) use crate::plan::change::{Stage, StepId, Target};
pub(crate) use crate::plan::cost::{Cost, Pace, cost};
pub(crate) use crate::plan::danger::Danger;
pub(crate) use crate::plan::diff::{Drafted, diff, unjudged};
pub use crate::plan::draft::blocked::Blocked;
pub(crate) use crate::plan::draft::blocked::is_code;
pub use crate::plan::draft::rename::{LikelyRename, likely_renames};
pub(crate) use crate::plan::drift::Drift;
pub use crate::plan::edit::Edit;
pub(crate) use crate::plan::edit::{FieldChange, Loss, Removal};
pub use crate::plan::error::PlanError;
pub use crate::plan::missing::Missing;
pub use crate::plan::order::select;
pub(crate) use crate::plan::order::select::{Pattern, Selected, Selection};
pub(crate) use crate::plan::plan::Size;
pub use crate::plan::plan::{Limits, Plan};
pub use crate::plan::policy::Policy;
pub use crate::plan::queries::drift::mark_drift;
pub(crate) use crate::plan::queries::expired::{Ending, endings};
pub use crate::plan::queries::explain;
pub(crate) use crate::plan::queries::explain::{
    Explanation, Next, RoleExplanation, ScopeExplanation,
};
pub(crate) use crate::plan::queries::pending::{PendingRole, pending};
pub(crate) use crate::plan::queries::unmanaged::Unmanaged;
pub(crate) use crate::plan::queries::unmanaged::{Unmentioned, handles, matched};
pub use crate::plan::review::guards;
pub(crate) use crate::plan::review::guards::{Acceptance, BrokenGuard};
pub(crate) use crate::plan::review::keep_holders::HolderCheck;
pub use crate::plan::review::rules::BrokenRule;
pub(crate) use crate::plan::review::rules::wanted;
pub(crate) use crate::plan::saved::created::{CreatedRecord, CreatedRecords};
pub(crate) use crate::plan::saved::digest::same_steps;
pub(crate) use crate::plan::saved::document::{
    ActionKind, Kind, ManifestInfo, PlanFile, Source, Summary, manifest_hash, schema,
};
pub(crate) use crate::plan::saved::over::ended;
pub(crate) use crate::plan::saved::recheck::{Recheck, recheck};
pub(crate) use crate::plan::saved::touched::{All, Touched, touched};
pub(crate) use crate::plan::saved::undo::{Done, as_way_back, undo};
pub(crate) use crate::plan::saved::undoes::Undoes;
pub(crate) use crate::plan::saved::unfinished::{WayBack, way_back};
pub(crate) use crate::plan::saved::verdict::{Stale, StaleValue};
pub use crate::plan::step::Step;
pub(crate) use crate::plan::step::{Called, Handover, HandoverId};
pub(crate) use crate::plan::warning::{Warning, WarningKind};
pub(crate) use crate::plan::why::{Reason, Why};
