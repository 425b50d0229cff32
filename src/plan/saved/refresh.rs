//! A saved plan and the live state → the same plan, with everything worked out again that can be: what its steps are called, what
//! they depend on, and what they remove. What a file says of these is not believed.

use std::collections::BTreeMap;

use crate::model::{
    Email, Handle, Live, LiveTenant, LiveUser, RecordField, Scope, TenantId, UserField, UserUuid,
};
use crate::plan::{Address, Change, Edit, Person, Plan, Step, StepId, Target, TenantRef};

/// Works out again what steps are called and depend on.
pub(crate) fn rederived(plan: &Plan, live: &Live) -> Plan {
    let mut plan = plan.clone();
    let names = Names::of(&plan, live);
    let addresses: Vec<Address> = plan.steps.iter().map(|step| names.address(step)).collect();
    let mut last: BTreeMap<(Target<UserUuid>, Scope<Target<TenantId>>), StepId> = BTreeMap::new();
    for (step, address) in plan.steps.iter_mut().zip(addresses) {
        step.address = address;
        if let Some(id) = step.change.tenant().and_then(Target::existing) {
            let called = &mut step.called.tenant;
            *called = called
                .take()
                .or_else(|| live.tenants.get(id).and_then(LiveTenant::called));
        }
        // Roles of one user in one scope that change in two steps change one after the other.
        if let Change::Roles { user, scope, .. } = &step.change
            && let Some(first) = last.insert((user.clone(), scope.clone()), step.id)
            && !step.depends_on.contains(&first)
        {
            step.depends_on.push(first);
        }
    }
    plan
}

/// What users and tenants are called.
struct Names<'p> {
    plan: &'p Plan,
    live: &'p Live,
    /// The addresses that the plan gives to users who exist.
    new: BTreeMap<UserUuid, Email>,
    /// The addresses of users who are created.
    users: BTreeMap<StepId, Email>,
    /// The handles of tenants that are created.
    tenants: BTreeMap<StepId, Handle>,
}

impl<'p> Names<'p> {
    fn of(plan: &'p Plan, live: &'p Live) -> Self {
        let mut names = Self {
            plan,
            live,
            new: BTreeMap::new(),
            users: BTreeMap::new(),
            tenants: BTreeMap::new(),
        };
        for step in &plan.steps {
            match &step.change {
                Change::User {
                    edit: Edit::Create { record },
                    ..
                } => {
                    let email = record.text(UserField::Email).cloned().map(Email::new);
                    names.users.extend(email.map(|email| (step.id, email)));
                }
                Change::User {
                    target: Target::Existing(id),
                    ..
                } => {
                    let email = step.change.new_email();
                    let email = email.as_ref().and_then(|email| email.as_str());
                    let email = email.map(|email| (id.clone(), Email::new(email)));
                    names.new.extend(email);
                }
                Change::Tenant {
                    edit: Edit::Create { .. },
                    ..
                } => {
                    let handle = step.address.handle().cloned();
                    names.tenants.extend(handle.map(|handle| (step.id, handle)));
                }
                _ => {}
            }
        }
        names
    }

    fn address(&self, step: &Step) -> Address {
        match &step.change {
            Change::Tenant { target, .. } => match (target, step.address.handle()) {
                (Target::Existing(id), Some(handle)) => match self.plan.handles.get(id) {
                    Some(known) if known == handle => step.address.clone(),
                    Some(known) => Address::Tenant(known.clone()),
                    None => Address::TenantById(id.clone()),
                },
                (Target::Existing(id), None) => Address::TenantById(id.clone()),
                (Target::CreatedBy(_), _) => step.address.clone(),
            },
            Change::User { target, .. } => Address::User(self.person(step, target)),
            Change::Roles { user, scope, .. } => {
                let scope = scope.as_ref().map(|tenant| self.tenant(step, tenant));
                Address::roles(self.person(step, user), scope)
            }
        }
    }

    /// The user of a step: as the step says, where that is one of the names of the user whom it changes.
    fn person(&self, step: &Step, user: &Target<UserUuid>) -> Person {
        let written = step.address.person().cloned();
        match user {
            Target::CreatedBy(creator) => match (self.users.get(creator), written) {
                (Some(email), Some(Person::Email(written))) if *email == written => {
                    Person::Email(written)
                }
                (Some(email), _) => Person::Email(email.clone()),
                (None, written) => written.unwrap_or_else(|| Person::Email(Email::new(""))),
            },
            Target::Existing(id) => {
                let now = self.live.users.get(id).and_then(LiveUser::email);
                let new = self.new.get(id).cloned();
                let known = [now, new, step.called.user.clone()];
                let is_known = written.as_ref().is_some_and(|written| match written {
                    Person::Id(written) => written == id,
                    Person::Email(email) => {
                        known.iter().flatten().any(|known| known == email)
                            || email.as_str() == Person::Id(id.clone()).to_string()
                    }
                });
                let mut known = known.into_iter().flatten();
                match written {
                    Some(written) if is_known => written,
                    _ => known
                        .next()
                        .map_or_else(|| Person::Id(id.clone()), Person::Email),
                }
            }
        }
    }

    fn tenant(&self, step: &Step, tenant: &Target<TenantId>) -> TenantRef {
        match tenant {
            Target::Existing(id) => TenantRef::of(id, self.plan.handles.get(id)),
            Target::CreatedBy(creator) => {
                let known = self.tenants.get(creator).or_else(|| step.address.handle());
                TenantRef::Handle(known.cloned().unwrap_or_else(|| Handle::new("")))
            }
        }
    }
}

/// Works out again what a change finds there: the record that it deletes, and the keys that it keeps.
pub(crate) fn renew_record(change: &mut Change, live: &Live) {
    match change {
        Change::Tenant {
            target: Target::Existing(id),
            edit,
            ..
        } => {
            if let Some(tenant) = live.tenants.get(id) {
                renew(edit, &tenant.record);
            }
        }
        Change::User {
            target: Target::Existing(id),
            edit,
            ..
        } => {
            if let Some(user) = live.users.get(id) {
                renew(edit, &user.record);
            }
        }
        Change::Tenant { .. } | Change::User { .. } | Change::Roles { .. } => {}
    }
}

fn renew<F: RecordField>(edit: &mut Edit<F>, now: &crate::model::Record<F>) {
    match edit {
        Edit::Create { .. } => {}
        Edit::Update {
            changes, removal, ..
        } => *edit = Edit::update(now, std::mem::take(changes), removal.take()),
        Edit::Delete { record, .. } => record.clone_from(now),
    }
}
