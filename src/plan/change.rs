//! A change as `before → after`. What is shown, saved, sent, checked and taken back are functions of it.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::model::{
    Data, Invite, LiveData, RoleName, RoleSet, Scope, TenantField, TenantId, UserField, UserUuid,
};
use crate::plan::{Edit, Removal, Why};

/// The index of a step in its plan.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[schemars(inline)]
pub struct StepId(pub usize);

/// A record that exists, or one that a step creates.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Target<Id> {
    /// The record with this id.
    Existing(Id),
    /// The record that this step creates; in a creation, the step itself.
    CreatedBy(StepId),
}

impl<Id> Target<Id> {
    /// The id, where the record exists.
    pub fn existing(&self) -> Option<&Id> {
        match self {
            Self::Existing(id) => Some(id),
            Self::CreatedBy(_) => None,
        }
    }

    /// The id, also of what a step has created by now.
    pub(crate) fn resolve(&self, created: impl FnOnce(StepId) -> Option<Id>) -> Option<Id>
    where
        Id: Clone,
    {
        match self {
            Self::Existing(id) => Some(id.clone()),
            Self::CreatedBy(step) => created(*step),
        }
    }

    /// The step that creates it, where one does.
    pub fn created_by(&self) -> Option<StepId> {
        match self {
            Self::Existing(_) => None,
            Self::CreatedBy(step) => Some(*step),
        }
    }
}

/// What a step does. Each is one call; one that writes `data`, which a server may replace as a whole, reads the record right
/// before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "camelCase")]
#[non_exhaustive]
pub enum Change {
    /// A tenant's record changes.
    Tenant {
        /// Which.
        target: Target<TenantId>,
        /// How.
        edit: Edit<TenantField>,
        /// For a creation and a deletion: the tenant above it, where that is not the workspace.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        parent: Option<Target<TenantId>>,
        /// For a creation: tenants that have the name already, and are not the one that is created.
        #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
        namesakes: BTreeSet<TenantId>,
    },
    /// A user's record changes.
    User {
        /// Which.
        target: Target<UserUuid>,
        /// How.
        edit: Edit<UserField>,
        /// For a creation: the message that is sent.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        invite: Option<Invite>,
    },
    /// The roles of a user in one scope are replaced.
    #[serde(rename_all = "camelCase")]
    Roles {
        /// Whose roles.
        user: Target<UserUuid>,
        /// Where.
        scope: Scope<Target<TenantId>>,
        /// The roles held now.
        before: RoleSet,
        /// The roles held then.
        after: RoleSet,
        /// How many tenants are below this one: by default a role counts in them too.
        #[serde(default, skip_serializing_if = "is_zero")]
        below: usize,
        /// The roles that the user holds, or is to hold, in the tenants above: a server may repeat them here.
        #[serde(default, skip_serializing_if = "RoleSet::is_empty")]
        above: RoleSet,
        /// The roles that the record shows here and that may be held only in a tenant above: whether the user holds them here is
        /// not known.
        #[serde(default, skip_serializing_if = "RoleSet::is_empty")]
        either: RoleSet,
        /// For each of these, what grants it.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        granted_by: BTreeMap<RoleName, Vec<Why>>,
    },
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde asks for a reference"
)]
fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// When a step happens. A later stage starts when all steps of the earlier ones are settled, except that
/// tenants, users and grants flow as their dependencies allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Stage {
    /// Tenants are created and updated.
    Tenants,
    /// Users are created, invited and updated.
    Users,
    Grants,
    /// Roles are only taken away, and users locked.
    Revocations,
    UserDeletions,
    TenantDeletions,
}

impl Change {
    /// The body of the call; `data` is the data that the record holds now, where the change writes data.
    pub fn body(&self, data: &LiveData) -> Data {
        match self {
            Self::Tenant { edit, .. } => edit.body(data),
            Self::User { edit, invite, .. } => {
                let mut body = edit.body(data);
                if let Some(invite) = invite {
                    body.insert("options".to_owned(), json!(invite));
                }
                body
            }
            Self::Roles { after, .. } => Data::from_iter([("roles".to_owned(), json!(after))]),
        }
    }

    /// Whether the record is read right before it is written.
    pub fn reads_first(&self) -> bool {
        match self {
            Self::Tenant { edit, .. } => edit.writes_data(),
            Self::User { edit, .. } => edit.writes_data(),
            Self::Roles { .. } => false,
        }
    }

    /// The call that it is, as the API's reference names it.
    pub fn call(&self) -> &'static str {
        match self {
            Self::Tenant { edit, parent, .. } => match edit {
                Edit::Create { .. } if parent.is_some() => "POST /v0/tenants/:tenantId/tenants",
                Edit::Create { .. } => "POST /v0/tenants",
                Edit::Update { .. } => "PUT /v0/tenants/:tenantId",
                Edit::Delete { .. } => "DELETE /v0/tenants/:tenantId",
            },
            Self::User { edit, invite, .. } => match (edit, invite) {
                (Edit::Create { .. }, None) => "POST /v0/users/createOrUpdate",
                (Edit::Create { .. }, Some(_)) => "POST /v0/users/invite",
                (Edit::Update { .. }, _) => "PUT /v0/users/:userId",
                (Edit::Delete { .. }, _) => "DELETE /v0/users/:userId",
            },
            Self::Roles {
                scope: Scope::Workspace,
                ..
            } => "PUT /v0/users/:userId/roles",
            Self::Roles {
                scope: Scope::Tenant(_),
                ..
            } => "PUT /v0/tenants/:tenantId/users/:userId/roles",
        }
    }

    /// The calls that it takes, in order.
    pub fn calls(&self) -> impl Iterator<Item = &'static str> {
        let read = match self {
            Self::Tenant { .. } => "GET /v0/tenants/:tenantId",
            Self::User { .. } | Self::Roles { .. } => "GET /v0/users/:userId",
        };
        self.reads_first()
            .then_some(read)
            .into_iter()
            .chain([self.call()])
    }

    /// The user that it is about.
    pub fn user(&self) -> Option<&Target<UserUuid>> {
        match self {
            Self::User { target, .. } => Some(target),
            Self::Roles { user, .. } => Some(user),
            Self::Tenant { .. } => None,
        }
    }

    /// The tenant that it is about.
    pub fn tenant(&self) -> Option<&Target<TenantId>> {
        match self {
            Self::Tenant { target, .. } => Some(target),
            Self::Roles { scope, .. } => scope.tenant(),
            Self::User { .. } => None,
        }
    }

    /// The tenant above one that it creates or deletes, where that is not the workspace.
    pub fn parent(&self) -> Option<&Target<TenantId>> {
        match self {
            Self::Tenant { parent, .. } => parent.as_ref(),
            Self::User { .. } | Self::Roles { .. } => None,
        }
    }

    /// What goes with a record that it removes.
    pub fn removal(&self) -> Option<&Removal> {
        match self {
            Self::Tenant { edit, .. } => edit.removal(),
            Self::User { edit, .. } => edit.removal(),
            Self::Roles { .. } => None,
        }
    }

    /// Whether it creates a record.
    pub fn creates(&self) -> bool {
        matches!(
            self,
            Self::Tenant {
                edit: Edit::Create { .. },
                ..
            } | Self::User {
                edit: Edit::Create { .. },
                ..
            }
        )
    }

    /// Whether it deletes a record.
    pub fn deletes(&self) -> bool {
        self.deleted_user().is_some() || self.deleted_tenant().is_some()
    }

    /// The user who can no longer log in afterwards.
    pub fn locked_out(&self) -> Option<&UserUuid> {
        match self {
            Self::User { target, edit, .. } => {
                let locks = edit.after(UserField::Locked) == Some(Value::Bool(true));
                let is_out = matches!(edit, Edit::Delete { .. }) || locks;
                target.existing().filter(|_| is_out)
            }
            Self::Tenant { .. } | Self::Roles { .. } => None,
        }
    }

    /// The user who can log in again afterwards.
    pub fn unlocked(&self) -> Option<&UserUuid> {
        match self {
            Self::User {
                target,
                edit: edit @ Edit::Update { .. },
                ..
            } => {
                let locked = edit.after(UserField::Locked)?;
                target.existing().filter(|_| locked != Value::Bool(true))
            }
            Self::User { .. } | Self::Tenant { .. } | Self::Roles { .. } => None,
        }
    }

    /// The tenant that it deletes.
    pub fn deleted_tenant(&self) -> Option<&TenantId> {
        match self {
            Self::Tenant {
                target,
                edit: Edit::Delete { .. },
                ..
            } => target.existing(),
            _ => None,
        }
    }

    /// The user that it deletes.
    pub fn deleted_user(&self) -> Option<&UserUuid> {
        match self {
            Self::User {
                target,
                edit: Edit::Delete { .. },
                ..
            } => target.existing(),
            _ => None,
        }
    }

    /// The e-mail that a user who exists gets.
    pub fn new_email(&self) -> Option<Value> {
        match self {
            Self::User {
                edit: edit @ Edit::Update { .. },
                ..
            } => edit.after(UserField::Email),
            _ => None,
        }
    }

    /// When it happens.
    pub(crate) fn stage(&self) -> Stage {
        match self {
            Self::Tenant {
                edit: Edit::Delete { .. },
                ..
            } => Stage::TenantDeletions,
            Self::Tenant { .. } => Stage::Tenants,
            Self::User {
                edit: Edit::Delete { .. },
                ..
            } => Stage::UserDeletions,
            // Locking a user takes away all that they hold.
            Self::User { .. } if self.locked_out().is_some() => Stage::Revocations,
            Self::User { .. } => Stage::Users,
            Self::Roles { before, after, .. } if after.is_subset(before) => Stage::Revocations,
            Self::Roles { .. } => Stage::Grants,
        }
    }

    /// Names other steps, as `renumber` says, where it refers to the records that they create.
    pub(crate) fn retarget(&mut self, renumber: &impl Fn(StepId) -> Option<StepId>) {
        fn renew<Id>(target: &mut Target<Id>, renumber: &impl Fn(StepId) -> Option<StepId>) {
            if let Target::CreatedBy(id) = target {
                *id = renumber(*id).unwrap_or(*id);
            }
        }
        match self {
            Self::Tenant { target, parent, .. } => {
                renew(target, renumber);
                if let Some(parent) = parent {
                    renew(parent, renumber);
                }
            }
            Self::User { target, .. } => renew(target, renumber),
            Self::Roles { user, scope, .. } => {
                renew(user, renumber);
                if let Scope::Tenant(tenant) = scope {
                    renew(tenant, renumber);
                }
            }
        }
    }
}
