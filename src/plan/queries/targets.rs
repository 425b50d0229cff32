//! What the steps of a plan call a user and a scope that a manifest names: by id where the record exists, else by the step that
//! creates it. In: a plan. Out: targets, for questions to the simulator.

use std::collections::BTreeMap;

use crate::model::{Email, LiveUser, Scope, TenantId, UserUuid};
use crate::plan::review::effects::PlanScope;
use crate::plan::{Address, Person, Plan, StepId, Target, TenantRef};

/// The creations of a plan, by address.
pub(crate) struct Targets<'p> {
    created: BTreeMap<&'p Address, StepId>,
}

impl<'p> Targets<'p> {
    pub(crate) fn of(plan: &'p Plan) -> Self {
        let created = plan.steps.iter().filter(|step| step.change.creates());
        Self {
            created: created.map(|step| (&step.address, step.id)).collect(),
        }
    }

    /// The user; none where they neither exist nor are created.
    pub(crate) fn user(&self, email: &Email, live: Option<&LiveUser>) -> Option<Target<UserUuid>> {
        if let Some(user) = live {
            return Some(Target::Existing(user.uuid.clone()));
        }
        let address = Address::User(Person::Email(email.clone()));
        self.created.get(&address).copied().map(Target::CreatedBy)
    }

    /// The scope; none where the tenant neither exists nor is created.
    pub(crate) fn scope(
        &self,
        scope: &Scope<TenantRef>,
        live: Option<&TenantId>,
    ) -> Option<PlanScope> {
        match (scope, live) {
            (Scope::Workspace, _) => Some(Scope::Workspace),
            (Scope::Tenant(_), Some(id)) => Some(Scope::Tenant(Target::Existing(id.clone()))),
            (Scope::Tenant(TenantRef::Id(_)), None) => None,
            (Scope::Tenant(TenantRef::Handle(handle)), None) => {
                let created = self.created.get(&Address::Tenant(handle.clone()));
                created
                    .copied()
                    .map(|step| Scope::Tenant(Target::CreatedBy(step)))
            }
        }
    }
}
