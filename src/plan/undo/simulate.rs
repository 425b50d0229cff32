//! The live state after some steps of a plan.

use super::Done;
use crate::model::{
    Data, Field, Held, Live, LiveData, LiveTenant, LiveUser, Scope, TenantFields, TenantId,
    UserFields, UserId,
};
use crate::plan::{Action, Plan, RoleScope, TenantTarget, UserTarget};

/// The live state once the steps that were done are done.
pub(super) fn after(plan: &Plan, live: &Live, done: Done<'_>) -> Live {
    let mut live = live.clone();
    for step in plan.steps.iter().filter(|step| done.did(step.id)) {
        match &step.action {
            Action::CreateTenant { fields, .. } => {
                if let Some(id) = done.tenants.get(&step.id) {
                    let tenant = new_tenant(id.clone(), fields);
                    live.tenants.insert(id.clone(), tenant);
                }
            }
            Action::UpdateTenant { id, fields, .. } => {
                if let Some(tenant) = live.tenants.get_mut(id) {
                    write_tenant(tenant, fields);
                }
            }
            Action::DeleteTenant { id, .. } => {
                live.tenants.remove(id);
                let scope = Scope::Tenant(id.clone());
                for user in live.users.values_mut() {
                    user.grants.edit().remove(&scope);
                }
            }
            Action::CreateUser { fields, .. } | Action::InviteUser { fields, .. } => {
                if let Some(id) = done.users.get(&step.id) {
                    live.users.insert(*id, new_user(*id, fields));
                }
            }
            Action::UpdateUser { id, fields, .. } => {
                if let Some(user) = live.users.get_mut(id) {
                    write_user(user, fields);
                }
            }
            Action::DeleteUser { id, .. } => drop(live.users.remove(id)),
            Action::LockUser { id, .. } => {
                if let Some(user) = live.users.get_mut(id) {
                    user.locked = true;
                }
            }
            Action::SetRoles {
                user, scope, after, ..
            } => {
                let (Some(user), Some(scope)) = (user_id(*user, done), live_scope(scope, done))
                else {
                    continue;
                };
                if let Some(user) = live.users.get_mut(&user) {
                    if after.is_empty() {
                        user.grants.edit().remove(&scope);
                    } else {
                        user.grants.edit().insert(scope, after.clone());
                    }
                }
            }
        }
    }
    live
}

/// The user that a step was about.
pub(super) fn user_id(user: UserTarget, done: Done<'_>) -> Option<UserId> {
    match user {
        UserTarget::Live(id) => Some(id),
        UserTarget::CreatedBy(step) => done.users.get(&step).copied(),
    }
}

/// The scope that a step was about.
pub(super) fn live_scope(scope: &RoleScope, done: Done<'_>) -> Option<Scope> {
    match scope {
        RoleScope::Workspace => Some(Scope::Workspace),
        RoleScope::Tenant(TenantTarget::Live(id)) => Some(Scope::Tenant(id.clone())),
        RoleScope::Tenant(TenantTarget::CreatedBy(step)) => {
            done.tenants.get(step).cloned().map(Scope::Tenant)
        }
    }
}

fn new_tenant(id: TenantId, fields: &TenantFields) -> LiveTenant {
    let mut tenant = LiveTenant {
        id,
        name: fields.name.clone().unwrap_or_else(|| "".into()),
        image: None,
        data: LiveData::default(),
        roles: std::collections::BTreeSet::new(),
        parent: None,
    };
    write_tenant(&mut tenant, fields);
    tenant
}

fn new_user(id: UserId, fields: &UserFields) -> LiveUser {
    let mut user = LiveUser {
        id,
        uuid: None,
        email: None,
        name: None,
        username: None,
        image: None,
        phone_number: None,
        locked: false,
        data: LiveData::default(),
        last_active_at: None,
        grants_told: true,
        grants: Held::default(),
        tenant_names: std::collections::BTreeMap::new(),
    };
    write_user(&mut user, fields);
    user
}

fn write<T: Clone>(value: &mut Option<T>, field: &Field<T>) {
    match field {
        Field::Unmanaged => {}
        Field::Clear => *value = None,
        Field::Set(new) => *value = Some(new.clone()),
    }
}

fn write_data(data: &mut LiveData, sent: Option<&Data>) {
    if let Some(sent) = sent {
        *data = sent.into();
    }
}

fn write_tenant(tenant: &mut LiveTenant, fields: &TenantFields) {
    let TenantFields { name, image, data } = fields;
    if let Some(name) = name {
        tenant.name = name.clone();
    }
    write(&mut tenant.image, image);
    write_data(&mut tenant.data, data.as_ref());
}

fn write_user(user: &mut LiveUser, fields: &UserFields) {
    let UserFields {
        email,
        name,
        username,
        image,
        phone_number,
        locked,
        data,
    } = fields;
    if let Some(email) = email {
        user.email = Some(email.clone());
    }
    write(&mut user.name, name);
    write(&mut user.username, username);
    write(&mut user.image, image);
    write(&mut user.phone_number, phone_number);
    user.locked = locked.unwrap_or(user.locked);
    write_data(&mut user.data, data.as_ref());
}
