//! A run that may have ended in the middle → the way back from what it did. In: what the run was to do, and the live state with the
//! records that it created. Out: an [`Undo`]. Main type: [`Undoes`].
//!
//! A run that was killed leaves only what was written before its first call. Which steps were done is seen from the live state, by the
//! same comparison that says what is left of a saved plan.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Handle, Live, LiveUser, RoleSet, Scope, TenantId, UserPin, UserUuid};
use crate::plan::draft::unknown;
use crate::plan::saved::recheck::Check;
use crate::plan::saved::refresh::rederived;
use crate::plan::saved::undo::{Done, Undo, undo};
use crate::plan::saved::verdict::{Stale, Verdict};
use crate::plan::{Address, Change, CreatedRecords, Missing, Person, Plan, Step, StepId, Target};

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

/// What there is to take back, or the steps whose records were changed since.
pub(crate) enum WayBack {
    Undo(Box<Undo>),
    Stale(Vec<Stale>),
}

impl Undoes {
    /// A run that is about to begin.
    pub(crate) fn ahead(plan: &Plan, since: Option<Timestamp>) -> Self {
        let steps = plan.steps.iter().cloned().map(|step| Step {
            waits_for: Vec::new(),
            ..step
        });
        Self {
            since,
            // All that matters is which of them were done.
            steps: steps.collect(),
            not_done: BTreeSet::new(),
            handles: plan.handles.clone(),
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

    /// The plan of the run, as far as its undo file has it.
    pub(crate) fn plan(&self, undo: &Plan) -> Plan {
        Plan {
            steps: self.steps.clone(),
            handles: self.handles.clone(),
            undoes: None,
            ..undo.without_steps()
        }
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

    /// The roles that the run was to give a user whom it created.
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

    /// The way back from what is done. `created` are the records that the run created.
    ///
    /// # Errors
    /// What has to be read first.
    pub(crate) fn way_back(
        &self,
        undo_file: &Plan,
        live: &Live,
        created: &CreatedRecords,
    ) -> Result<WayBack, Missing> {
        let plan = &rederived(&self.plan(undo_file), live);
        let unknown = unknown::unknown_losses(&plan.steps, live)
            .and(unknown::unknown_levels_of(&plan.steps, live));
        if !unknown.is_nothing() {
            return Err(unknown);
        }
        let mut check = Check::of(plan, live, created);
        let (mut steps, mut stale) = (Vec::new(), Vec::new());
        for step in &plan.steps {
            let verdict = check.step(step);
            // What is about a created record goes with it.
            let is_about_created = step.change.user().and_then(Target::created_by).is_some()
                || step.change.tenant().and_then(Target::created_by).is_some();
            let is_out = self.not_done.contains(&step.id);
            steps.push(!is_out && matches!(verdict, Verdict::Done));
            match verdict {
                Verdict::Stale(changes) if !is_out && !is_about_created => stale.push(Stale {
                    address: step.address.clone(),
                    changes,
                }),
                _ => {}
            }
        }
        if !stale.is_empty() {
            return Ok(WayBack::Stale(stale));
        }
        let done = Done {
            steps: &steps,
            users: &check.users,
            tenants: &check.tenants,
        };
        Ok(WayBack::Undo(Box::new(undo(plan, live, done))))
    }
}

impl Undo {
    /// The same, where an earlier attempt to take the run back has created some of what the run had deleted.
    pub(crate) fn going_on(mut self, created: &CreatedRecords) -> Self {
        for entry in self.desired.users.values_mut().filter(|it| it.is_new) {
            let address = Address::User(Person::Email(entry.email.value.clone()));
            if let Some((id, _)) = created.user_at(&address) {
                entry.pin = Some(UserPin::Uuid(id.clone()).into());
                entry.is_new = false;
            }
        }
        for entry in self.desired.tenants.values_mut().filter(|it| it.is_new) {
            let address = Address::Tenant(entry.handle.value.clone());
            if let Some((id, _)) = created.tenant_at(&address) {
                entry.pin = Some(id.clone().into());
                entry.is_new = false;
            }
        }
        self
    }
}
