//! One step of a plan, and what it waits for.

use std::sync::Arc;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Email, Place, RoleName, RoleSet};
use crate::plan::{Address, Change, Danger, Drift, Reason, StepId, Why};

/// One step: one change, one call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// Its index in the plan.
    pub id: StepId,
    /// What it is about: `tenants/acme`, `users/jane@example.com`, `users/jane@example.com/roles` for the roles in the
    /// workspace, `users/jane@example.com/tenants/acme` for those in a tenant.
    pub address: Address,
    /// What it does.
    pub change: Change,
    /// What the records that it is about were called when the plan was made.
    #[serde(default, skip_serializing_if = "Called::is_empty")]
    pub called: Called,
    /// The steps that have to succeed before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<StepId>,
    /// The handovers whose grants have to succeed before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits_for: Vec<HandoverId>,
    /// Where the manifest asks for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<Why>,
    /// Why it needs review.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dangers: Vec<Danger>,
    /// When the first of the roles that it gives ends. From then on it is not carried out: plan again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub ends: Option<Timestamp>,
    /// With `--base`: its fields and roles that the manifest before this change asks for as well, because somebody changed the
    /// server by hand. Roles begin with `+` or `-`; `created` and `deleted` are the whole record.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub drift: Vec<Drift>,
}

/// What records were called when a plan was made. The plan fits only while they are still called so.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Called {
    /// The e-mail of the user, where the user exists and has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<Email>,
    /// The name of the tenant, where the tenant exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub tenant: Option<Arc<str>>,
}

impl Called {
    fn is_empty(&self) -> bool {
        let Self { user, tenant } = self;
        user.is_none() && tenant.is_none()
    }
}

/// The index of a handover in its plan.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[schemars(inline)]
pub struct HandoverId(pub usize);

/// A role that some users lose and others get in one scope. The first lose it only once all of the others have it: if one of
/// these grants fails, the steps that wait for the handover are held back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Handover {
    /// The workspace, or a tenant's handle.
    #[schemars(with = "String")]
    pub scope: Arc<str>,
    /// The role.
    pub role: RoleName,
    /// The steps that grant it.
    pub grants: Vec<StepId>,
}

impl Step {
    /// Whether it is there because no entry mentions what it removes.
    pub(crate) fn is_pruned(&self) -> bool {
        let mut reasons = self.why.iter();
        reasons.any(|why| why.reason == Reason::Prune)
    }

    /// Where the manifest asks for it.
    pub(crate) fn place(&self) -> Option<Place> {
        self.why.iter().find_map(|why| why.place.clone())
    }

    /// Makes two steps of a change of roles: this one, which keeps its id, leads to the roles in between, and the one that is returned
    /// from there on.
    pub(crate) fn halve(&mut self, between: &RoleSet, next: StepId) -> Self {
        let mut second = Self {
            id: next,
            ..self.clone()
        };
        second.depends_on.push(self.id);
        if let (Change::Roles { after, .. }, Change::Roles { before, .. }) =
            (&mut self.change, &mut second.change)
        {
            after.clone_from(between);
            before.clone_from(between);
        }
        second
    }

    /// A step that nothing precedes; its id is given when the plan is put in order.
    pub(crate) fn new(address: Address, change: Change, called: Called, why: Vec<Why>) -> Self {
        Self {
            id: StepId(0),
            address,
            change,
            called,
            depends_on: Vec::new(),
            waits_for: Vec::new(),
            why,
            dangers: Vec::new(),
            ends: None,
            drift: Vec::new(),
        }
    }
}

/// The same steps, each with its index as its id.
pub(crate) fn numbered(mut steps: Vec<Step>) -> Vec<Step> {
    for (index, step) in steps.iter_mut().enumerate() {
        step.id = StepId(index);
    }
    steps
}
