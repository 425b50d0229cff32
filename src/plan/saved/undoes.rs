//! What an undo file says of a run that may have ended in the middle: what it was to do, and what is known of how far it came. Main
//! type: [`Undoes`].

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Handle, LiveUser, RoleSet, Scope, TenantId, UserUuid};
use crate::plan::{Address, Change, Step, StepId, Target};

/// What a run was to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Undoes {
    /// When the run began, by the server's clock. An older record was not created by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", extend("format" = "date-time"))]
    pub(crate) since: Option<Timestamp>,
    /// Its steps.
    steps: Vec<Step>,
    /// The steps that it did not do for sure.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    not_done: BTreeSet<StepId>,
    /// What its manifest calls tenants.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    handles: BTreeMap<TenantId, Handle>,
    /// The users that it created, as far as that was known when this was written.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) users: BTreeMap<Address, UserUuid>,
    /// The tenants that it created.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) tenants: BTreeMap<Address, TenantId>,
}

impl Undoes {
    /// A run that is about to begin.
    pub(crate) fn ahead(
        steps: &[Step],
        handles: &BTreeMap<TenantId, Handle>,
        since: Option<Timestamp>,
    ) -> Self {
        let steps = steps.iter().cloned().map(|step| Step {
            waits_for: Vec::new(),
            ..step
        });
        Self {
            since,
            // All that matters is which of them were done.
            steps: steps.collect(),
            not_done: BTreeSet::new(),
            handles: handles.clone(),
            users: BTreeMap::new(),
            tenants: BTreeMap::new(),
        }
    }

    /// The same, where it is known what did not happen and what was created.
    pub(crate) fn knowing(
        self,
        not_done: BTreeSet<StepId>,
        users: &BTreeMap<StepId, UserUuid>,
        tenants: &BTreeMap<StepId, TenantId>,
    ) -> Self {
        Self {
            not_done,
            users: self.by_address(users),
            tenants: self.by_address(tenants),
            ..self
        }
    }

    fn by_address<T: Clone>(&self, created: &BTreeMap<StepId, T>) -> BTreeMap<Address, T> {
        let steps = self.steps.iter();
        let created =
            steps.filter_map(|step| Some((step.address.clone(), created.get(&step.id)?.clone())));
        created.collect()
    }

    /// The steps of the run.
    pub(crate) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// What its manifest calls tenants.
    pub(crate) fn handles(&self) -> &BTreeMap<TenantId, Handle> {
        &self.handles
    }

    /// Whether the run did not do a step for sure.
    pub(crate) fn is_out(&self, step: StepId) -> bool {
        self.not_done.contains(&step)
    }

    /// The creations that may have been carried out.
    pub(crate) fn creations(&self) -> impl Iterator<Item = &Step> {
        let steps = self.steps.iter();
        steps.filter(|step| step.change.creates() && !self.not_done.contains(&step.id))
    }

    /// The roles that the run was to give a user in a tenant that it created.
    pub(crate) fn roles_in(&self, tenant: StepId, user: &LiveUser) -> RoleSet {
        let is_user = |target: &Target<UserUuid>| match target {
            Target::Existing(id) => user.uuid.is(id),
            Target::CreatedBy(step) => {
                let step = self.steps.get(step.0);
                step.and_then(|step| step.address.person()?.email().cloned()) == user.email()
            }
        };
        let given = self.steps.iter().filter_map(|step| match &step.change {
            Change::Roles {
                user, scope, after, ..
            } if is_user(user) && scope.tenant()?.created_by() == Some(tenant) => Some(after),
            _ => None,
        });
        given.flatten().cloned().collect()
    }

    /// Whether the run created a tenant whose id was not written.
    pub(crate) fn lacks_a_tenant(&self) -> bool {
        let mut tenants = self
            .creations()
            .filter(|step| matches!(step.change, Change::Tenant { .. }));
        tenants.any(|step| !self.tenants.contains_key(&step.address))
    }

    /// The roles that the run was to give a user that it created.
    pub(crate) fn roles_of(
        &self,
        user: StepId,
        tenants: &BTreeMap<StepId, TenantId>,
    ) -> BTreeMap<Scope, RoleSet> {
        let mut roles: BTreeMap<Scope, RoleSet> = BTreeMap::new();
        for step in &self.steps {
            if let Change::Roles {
                user: target,
                scope,
                after,
                ..
            } = &step.change
                && target.created_by() == Some(user)
                && let Some(scope) = scope
                    .as_ref()
                    .and_then(|tenant| tenant.resolve(|step| tenants.get(&step).cloned()))
            {
                roles
                    .entry(scope)
                    .or_default()
                    .extend(after.iter().cloned());
            }
        }
        roles
    }
}
