//! What was asked against what the server holds: a server may normalise a value, ignore it, or refuse it without a word.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::{StreamExt as _, stream};
use serde_json::{Value, json};

use super::outcome::{Unkept, UnkeptField};
use crate::api::ReadDirectory;
use crate::api::directory::UserKey;
use crate::model::{
    Data, Field, LiveData, LiveTenant, LiveUser, RoleSet, Scope, TenantFields, TenantId,
    UserFields, UserId,
};
use crate::plan::{Action, RoleScope, Step, StepId};

/// A record that a step wrote, and has to be looked at again.
#[derive(Clone, Debug)]
pub(super) enum Written {
    User(UserId),
    Tenant(TenantId),
}

/// What a call answered, as far as it can be compared.
#[derive(Debug)]
pub(super) enum Told {
    User(Box<LiveUser>),
    Tenant(Box<LiveTenant>),
    Roles(RoleSet),
}

/// Reads again what differed or was not told, once, and says what is still not what was asked.
pub(super) async fn verify(
    directory: &impl ReadDirectory,
    doubtful: Vec<(&Step, Written, Option<TenantId>)>,
    parallel: usize,
) -> Vec<Unkept> {
    let looks = stream::iter(doubtful).map(|(step, written, tenant)| async move {
        let told = match written {
            Written::User(id) => directory
                .user(&UserKey::Id(id))
                .await
                .map(|user| told_of(step, user, tenant.as_ref())),
            Written::Tenant(id) => directory
                .tenant(&id)
                .await
                .map(|record| Some(Told::Tenant(Box::new(record.tenant)))),
        };
        // What can't be read can't be compared; the change itself was answered with success.
        let fields = differences(&step.action, &told.ok().flatten()?);
        (!fields.is_empty()).then_some(Unkept {
            step: step.id,
            fields,
        })
    });
    let found: BTreeMap<StepId, Unkept> = looks
        .buffer_unordered(parallel.max(1))
        .filter_map(|unkept| async { unkept.map(|unkept| (unkept.step, unkept)) })
        .collect()
        .await;
    found.into_values().collect()
}

/// The part of a user's record that a step is about. Nothing of roles in a scope that the record leaves out.
fn told_of(step: &Step, user: LiveUser, tenant: Option<&TenantId>) -> Option<Told> {
    let Action::SetRoles { scope, .. } = &step.action else {
        return Some(Told::User(Box::new(user)));
    };
    let scope = match (scope, tenant) {
        (RoleScope::Workspace, _) => Scope::Workspace,
        (RoleScope::Tenant(_), Some(id)) => Scope::Tenant(id.clone()),
        (RoleScope::Tenant(_), None) => return None,
    };
    user.told_roles(&scope).map(Told::Roles)
}

/// The fields in which a record is not what an action asked.
pub(super) fn differences(action: &Action, told: &Told) -> Vec<UnkeptField> {
    let mut found = Differences::default();
    match (action, told) {
        (
            Action::CreateTenant { fields, .. } | Action::UpdateTenant { fields, .. },
            Told::Tenant(tenant),
        ) => found.tenant(fields, tenant),
        (
            Action::CreateUser { fields, .. }
            | Action::InviteUser { fields, .. }
            | Action::UpdateUser { fields, .. },
            Told::User(user),
        ) => found.user(fields, user),
        (Action::LockUser { .. }, Told::User(user)) => {
            found.compare("locked", json!(true), json!(user.locked));
        }
        (Action::SetRoles { after, .. }, Told::Roles(held)) => {
            found.compare("roles", json!(after), json!(held));
        }
        _ => {}
    }
    found.0
}

#[derive(Default)]
struct Differences(Vec<UnkeptField>);

impl Differences {
    fn compare(&mut self, field: &str, asked: Value, holds: Value) {
        if !crate::model::same(Some(&asked), Some(&holds)) {
            self.0.push(UnkeptField {
                field: field.to_owned(),
                asked,
                holds,
            });
        }
    }

    /// Empty text and no value are the same.
    fn text(&mut self, field: &str, asked: &Field<Arc<str>>, holds: Option<&Arc<str>>) {
        let json = |text: Option<&Arc<str>>| json!(text.filter(|text| !text.is_empty()));
        match asked {
            Field::Unmanaged => {}
            Field::Clear => self.compare(field, Value::Null, json(holds)),
            Field::Set(text) => self.compare(field, json(Some(text)), json(holds)),
        }
    }

    fn data(&mut self, asked: Option<&Data>, holds: &LiveData) {
        for (key, value) in asked.into_iter().flatten() {
            let holds = holds.get(key).cloned().unwrap_or(Value::Null);
            self.compare(&format!("data.{key}"), value.clone(), holds);
        }
    }

    fn tenant(&mut self, fields: &TenantFields, tenant: &LiveTenant) {
        let TenantFields { name, image, data } = fields;
        if let Some(name) = name {
            self.compare("name", json!(name), json!(tenant.name));
        }
        self.text("image", image, tenant.image.as_ref());
        self.data(data.as_ref(), &tenant.data);
    }

    fn user(&mut self, fields: &UserFields, user: &LiveUser) {
        let UserFields {
            email,
            name,
            username,
            image,
            phone_number,
            locked,
            data,
        } = fields;
        // The case of an address does not matter, and a server may change it.
        if let Some(email) = email
            && user.email.as_ref() != Some(email)
        {
            self.compare("email", json!(email), json!(user.email));
        }
        self.text("name", name, user.name.as_ref());
        self.text("username", username, user.username.as_ref());
        self.text("image", image, user.image.as_ref());
        self.text("phoneNumber", phone_number, user.phone_number.as_ref());
        if let Some(locked) = locked {
            self.compare("locked", json!(locked), json!(user.locked));
        }
        self.data(data.as_ref(), &user.data);
    }
}
