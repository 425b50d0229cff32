//! The step that takes back another.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::Done;
use super::simulate::{live_scope, user_id};
use crate::model::{
    Data, Email, Field, Handle, Live, LiveData, LiveTenant, LiveUser, RoleSet, Scope, TenantFields,
    TenantId, UserFields, UserId,
};
use crate::plan::{
    Action, Address, FieldChange, Person, RoleScope, Step, StepId, TenantTarget, UserTarget,
    Warning, WarningKind,
};

/// Steps that take back others, while they are made.
pub(super) struct Inverse<'l> {
    before: &'l Live,
    after: &'l Live,
    done: Done<'l>,
    pub(super) steps: Vec<Step>,
    pub(super) warnings: Vec<Warning>,
    /// Users and tenants that are made anew, by their ids of before.
    users: BTreeMap<UserId, StepId>,
    tenants: BTreeMap<TenantId, (StepId, Handle)>,
    /// What people held before and after, in scopes that steps were about.
    roles: BTreeMap<(UserId, Scope), (RoleSet, Address)>,
}

impl<'l> Inverse<'l> {
    pub(super) fn new(before: &'l Live, after: &'l Live, done: Done<'l>) -> Self {
        Self {
            before,
            after,
            done,
            steps: Vec::new(),
            warnings: Vec::new(),
            users: BTreeMap::new(),
            tenants: BTreeMap::new(),
            roles: BTreeMap::new(),
        }
    }

    fn push(&mut self, address: Address, action: Action, depends_on: Vec<StepId>) -> StepId {
        let id = StepId(self.steps.len());
        self.steps.push(Step {
            id,
            address,
            action,
            depends_on,
            waits_for: Vec::new(),
            why: Vec::new(),
            dangers: Vec::new(),
        });
        id
    }

    fn update_user(&mut self, address: Address, id: UserId, changes: Vec<FieldChange>) {
        let data = self.after.users.get(&id).map(|user| &user.data);
        let action = Action::UpdateUser {
            id,
            fields: user_fields(&changes, data),
            changes,
        };
        self.push(address, action, Vec::new());
    }

    fn lost(&mut self, address: &Address, what: &str) {
        self.warnings.push(Warning {
            kind: WarningKind::NotRestored,
            message: format!("{address}: {what}"),
            place: None,
        });
    }

    /// Takes back one step. Steps come in reverse, so that roles end as they were before the first.
    pub(super) fn step(&mut self, step: &Step) {
        let address = step.address.clone();
        match &step.action {
            Action::CreateTenant { fields, .. } => {
                if let Some(id) = self.done.tenants.get(&step.id) {
                    let name = fields.name.clone().unwrap_or_else(|| Arc::from(""));
                    let id = id.clone();
                    self.push(address, Action::DeleteTenant { id, name }, Vec::new());
                }
            }
            Action::UpdateTenant { id, changes, .. } => {
                let changes = swapped(changes);
                let data = self.after.tenants.get(id).map(|tenant| &tenant.data);
                let fields = tenant_fields(&changes, data);
                let id = id.clone();
                let action = Action::UpdateTenant {
                    id,
                    fields,
                    changes,
                };
                self.push(address, action, Vec::new());
            }
            Action::DeleteTenant { id, .. } => {
                let Some(tenant) = self.before.tenants.get(id) else {
                    return;
                };
                let handle = match &address {
                    Address::Tenant(handle) => handle.clone(),
                    _ => Handle::new(id.as_str()),
                };
                let action = tenant_anew(tenant, self.after);
                let created = self.push(address.clone(), action, Vec::new());
                self.tenants.insert(id.clone(), (created, handle));
                self.lost(&address, "the tenant is made anew, with another id");
            }
            Action::CreateUser { .. } | Action::InviteUser { .. } => {
                if let Some(id) = self.done.users.get(&step.id).copied() {
                    let action = Action::DeleteUser {
                        id,
                        last_active_at: None,
                    };
                    self.push(address.clone(), action, Vec::new());
                }
                if matches!(step.action, Action::InviteUser { .. }) {
                    self.lost(&address, "the invitation was sent");
                }
            }
            Action::UpdateUser { id, changes, .. } => {
                self.update_user(address, *id, swapped(changes));
            }
            Action::DeleteUser { id, .. } => {
                let Some(user) = self.before.users.get(id) else {
                    return;
                };
                let created = self.push(address.clone(), user_anew(user), Vec::new());
                self.users.insert(*id, created);
                self.lost(
                    &address,
                    "the user is made anew, with another id and without the password",
                );
            }
            Action::LockUser { id, .. } => {
                let changes = vec![FieldChange {
                    field: "locked".to_owned(),
                    before: Some(Value::Bool(true)),
                    after: Some(Value::Bool(false)),
                    place: None,
                }];
                self.update_user(address, *id, changes);
            }
            Action::SetRoles {
                user,
                scope,
                before,
                ..
            } => {
                // Whoever was created is deleted, and a tenant that was created takes its roles along.
                if let (UserTarget::Live(id), Some(live)) = (user, live_scope(scope, self.done))
                    && !matches!(scope, RoleScope::Tenant(TenantTarget::CreatedBy(_)))
                    && user_id(*user, self.done).is_some()
                {
                    self.roles.insert((*id, live), (before.clone(), address));
                }
            }
        }
    }

    /// Gives back the roles that steps took, and those that went with deleted users and tenants.
    pub(super) fn restore_grants(&mut self) {
        let before = self.before;
        for user in before.users.values() {
            for (scope, held) in &user.grants {
                let anew = self.users.contains_key(&user.id)
                    || matches!(scope, Scope::Tenant(id) if self.tenants.contains_key(id));
                let known = self.roles.contains_key(&(user.id, scope.clone()));
                if anew && !known {
                    let address = self.address_of(user, scope);
                    let key = (user.id, scope.clone());
                    self.roles.insert(key, (held.clone(), address));
                }
            }
        }
        for ((id, scope), (wanted, address)) in std::mem::take(&mut self.roles) {
            self.give_back(id, &scope, wanted, address);
        }
    }

    fn give_back(&mut self, id: UserId, scope: &Scope, wanted: RoleSet, address: Address) {
        let mut depends_on = Vec::new();
        let user = match self.users.get(&id) {
            Some(step) => {
                depends_on.push(*step);
                UserTarget::CreatedBy(*step)
            }
            None => UserTarget::Live(id),
        };
        let mut anew = !depends_on.is_empty();
        let target = match scope {
            Scope::Workspace => RoleScope::Workspace,
            Scope::Tenant(tenant) => match self.tenants.get(tenant) {
                Some((step, _)) => {
                    depends_on.push(*step);
                    anew = true;
                    RoleScope::Tenant(TenantTarget::CreatedBy(*step))
                }
                None => RoleScope::Tenant(TenantTarget::Live(tenant.clone())),
            },
        };
        let held = self.after.users.get(&id).filter(|_| !anew);
        let held = held.map(|user| user.roles(scope)).unwrap_or_default();
        if held == wanted {
            return;
        }
        let action = Action::SetRoles {
            user,
            scope: target,
            before: held,
            after: wanted,
            granted_by: BTreeMap::new(),
        };
        self.push(address, action, depends_on);
    }

    fn address_of(&self, user: &LiveUser, scope: &Scope) -> Address {
        let person = match &user.email {
            Some(email) => Person::Email(email.clone()),
            None => Person::Id(user.id),
        };
        match scope {
            Scope::Workspace => Address::WorkspaceRoles(person),
            Scope::Tenant(id) => {
                let anew = self.tenants.get(id).map(|(_, handle)| handle.clone());
                let handle = anew.unwrap_or_else(|| Handle::new(id.as_str()));
                Address::TenantRoles(person, handle)
            }
        }
    }
}

fn swapped(changes: &[FieldChange]) -> Vec<FieldChange> {
    let swap = |change: &FieldChange| FieldChange {
        field: change.field.clone(),
        before: change.after.clone(),
        after: change.before.clone(),
        place: None,
    };
    changes.iter().map(swap).collect()
}

/// A value as a field that is sent.
fn text(value: Option<&Value>) -> Field<Arc<str>> {
    match value.and_then(Value::as_str) {
        Some(text) => Field::Set(Arc::from(text)),
        None => Field::Clear,
    }
}

/// The whole data that is sent: as it is now, with the changed keys as they were; `null` removes a key.
fn data(changes: &[FieldChange], now: Option<&LiveData>) -> Option<Data> {
    let mut whole = now.map(LiveData::to_map).unwrap_or_default();
    let mut changed = false;
    for change in changes {
        if let Some(key) = change.field.strip_prefix("data.") {
            changed = true;
            let value = change.after.clone().unwrap_or(Value::Null);
            whole.insert(key.to_owned(), value);
        }
    }
    changed.then_some(whole)
}

fn tenant_fields(changes: &[FieldChange], now: Option<&LiveData>) -> TenantFields {
    let mut fields = TenantFields {
        data: data(changes, now),
        ..TenantFields::default()
    };
    for change in changes {
        let after = change.after.as_ref();
        match change.field.as_str() {
            "name" => fields.name = after.and_then(Value::as_str).map(Arc::from),
            "image" => fields.image = text(after),
            _ => {}
        }
    }
    fields
}

fn user_fields(changes: &[FieldChange], now: Option<&LiveData>) -> UserFields {
    let mut fields = UserFields {
        data: data(changes, now),
        ..UserFields::default()
    };
    for change in changes {
        let after = change.after.as_ref();
        match change.field.as_str() {
            "email" => fields.email = after.and_then(Value::as_str).map(Email::new),
            "name" => fields.name = text(after),
            "username" => fields.username = text(after),
            "image" => fields.image = text(after),
            "phoneNumber" => fields.phone_number = text(after),
            "locked" => fields.locked = after.and_then(Value::as_bool),
            _ => {}
        }
    }
    fields
}

/// All that a record held, as the changes of a creation.
fn whole(fields: Vec<(&str, Value)>, data: &LiveData) -> Vec<FieldChange> {
    let change = |field: String, value: Value| FieldChange {
        field,
        before: None,
        after: Some(value),
        place: None,
    };
    let data = data
        .iter()
        .map(|(key, value)| change(format!("data.{key}"), value.clone()));
    let fields = fields
        .into_iter()
        .filter(|(_, value)| !value.is_null() && *value != Value::Bool(false));
    fields
        .map(|(field, value)| change(field.to_owned(), value))
        .chain(data)
        .collect()
}

fn tenant_anew(tenant: &LiveTenant, after: &Live) -> Action {
    // Others of the name are not the one that is made anew.
    let namesakes = after
        .tenants
        .values()
        .filter(|other| other.name == tenant.name);
    let namesakes = namesakes.map(|other| other.id.clone()).collect();
    let fields = vec![
        ("name", Value::from(&*tenant.name)),
        ("image", tenant.image.as_deref().into()),
    ];
    let changes = whole(fields, &tenant.data);
    Action::CreateTenant {
        fields: tenant_fields(&changes, None),
        namesakes,
        changes,
    }
}

fn user_anew(user: &LiveUser) -> Action {
    let fields = vec![
        ("email", user.email.as_ref().map(Email::as_str).into()),
        ("name", user.name.as_deref().into()),
        ("username", user.username.as_deref().into()),
        ("image", user.image.as_deref().into()),
        ("phoneNumber", user.phone_number.as_deref().into()),
        ("locked", user.locked.into()),
    ];
    let changes = whole(fields, &user.data);
    let fields = user_fields(&changes, None);
    // An address that the step is named by is no change to show.
    let shown = changes.into_iter().filter(|change| change.field != "email");
    Action::CreateUser {
        fields,
        changes: shown.collect(),
    }
}
