//! [`Desired`](crate::model::Desired) and [`Live`](crate::model::Live) → [`Plan`]: what would change, as data.
//!
//! Pure. A pipeline of functions from values to values: match the entries with records, work out the changes, put them in
//! an order that is safe, and review them. The plan holds every call that an apply will make, with what it changes and why;
//! the executor makes no choice of its own.

mod address;
mod change;
mod cost;
mod danger;
mod diff;
pub(crate) mod draft;
mod drift;
mod edit;
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
pub(crate) mod saved;
mod step;
mod warning;
mod why;

pub use crate::plan::address::TenantRef;
pub use crate::plan::address::{Address, Person};
pub(crate) use crate::plan::change::Stage;
pub use crate::plan::change::{Change, StepId, Target};
pub use crate::plan::cost::{Cost, Pace, cost};
pub use crate::plan::danger::Danger;
pub(crate) use crate::plan::diff::unjudged;
pub use crate::plan::diff::{Drafted, diff};
pub use crate::plan::draft::blocked::Blocked;
pub use crate::plan::draft::rename::LikelyRename;
pub use crate::plan::draft::rename::likely_renames;
pub use crate::plan::drift::Drift;
pub use crate::plan::edit::Loss;
pub use crate::plan::edit::{Edit, FieldChange, Removal};
pub use crate::plan::error::PlanError;
pub use crate::plan::missing::Missing;
pub use crate::plan::order::select::Pattern;
pub use crate::plan::order::select::{Selected, Selection};
pub(crate) use crate::plan::plan::Keep;
pub use crate::plan::plan::Size;
pub use crate::plan::plan::{Limits, Plan};
pub use crate::plan::policy::Policy;
pub use crate::plan::queries::drift::mark_drift;
pub use crate::plan::queries::expired::{Ending, endings};
pub use crate::plan::queries::explain::explain;
pub use crate::plan::queries::explain::{Explanation, Next, RoleExplanation, ScopeExplanation};
pub(crate) use crate::plan::queries::pending::{PendingRole, pending};
pub use crate::plan::queries::unmanaged::Unmanaged;
pub(crate) use crate::plan::queries::unmanaged::{Unmentioned, handles, matched};
pub use crate::plan::review::guards::BrokenGuard;
pub use crate::plan::review::guards::{Acceptance, GuardName};
pub use crate::plan::review::rules::BrokenRule;
pub use crate::plan::review::rules::wanted;
pub use crate::plan::saved::created::{Made, MadeRecord};
pub use crate::plan::saved::digest::same_steps;
pub use crate::plan::saved::document::Summary;
pub use crate::plan::saved::document::{
    ActionKind, Kind, ManifestInfo, PlanFile, PlanFileError, Source, manifest_hash, schema,
};
pub use crate::plan::saved::over::ended;
pub use crate::plan::saved::recheck::{Recheck, recheck};
pub(crate) use crate::plan::saved::touched::{All, Touched, touched};
pub(crate) use crate::plan::saved::undo::without_reasons;
pub use crate::plan::saved::undo::{Done, Undo, undo};
pub use crate::plan::saved::verdict::{Stale, StaleValue};
pub use crate::plan::step::{Called, Handover};
pub use crate::plan::step::{HandoverId, Step};
pub use crate::plan::warning::Warning;
pub use crate::plan::warning::WarningKind;
pub use crate::plan::why::Reason;
pub use crate::plan::why::Why;
