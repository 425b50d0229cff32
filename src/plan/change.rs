//! The plan as data.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::{BrokenGuard, Danger, Selected, Warning};
use crate::model::{
    Email, Handle, Invite, Mode, Place, RoleName, RoleSet, TenantFields, TenantId, UserFields,
    UserId,
};

/// What an apply will do, step by step, in an order that is safe.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The workspace that the plan is for.
    pub workspace: TenantId,
    /// Which of its two sets of data the plan is for.
    pub mode: Mode,
    /// How large the manifest is.
    pub size: Size,
    /// The steps; a step's id is its index.
    pub steps: Vec<Step>,
    /// Roles that pass from some people to others.
    pub handovers: Vec<Handover>,
    /// What a reviewer should look at twice.
    pub warnings: Vec<Warning>,
    /// Deletions and creations that may be one person with a new address. A plan with any of them is not applied.
    pub suspects: Vec<Suspect>,
    /// What was chosen of the steps; nothing where all of them are here.
    pub selection: Option<Selected>,
    /// The guards that the plan breaks. It is not applied unless each is lifted by its own number.
    pub broken_guards: Vec<BrokenGuard>,
}

/// Somebody who is removed and somebody who is created, who may be one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// The address that goes.
    pub removed: Email,
    /// The address that comes.
    pub created: Email,
    /// Where the new one is written.
    pub place: Option<Place>,
    /// What the two have in common, in words.
    pub in_common: Vec<String>,
}

/// How large a manifest is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Size {
    /// The number of files.
    pub files: usize,
    /// The number of user entries.
    pub users: usize,
    /// The number of tenant entries.
    pub tenants: usize,
}

/// The index of a step in its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StepId(pub usize);

/// The index of a handover in its plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HandoverId(pub usize);

/// A role that some lose and others get in one scope. Who loses it does so only once everybody who gets it has it:
/// if one of these grants fails, the steps that wait for the handover are held back.
#[derive(Clone, Debug)]
pub struct Handover {
    /// The scope, as a message names it: the workspace, or a tenant's handle.
    pub scope: Arc<str>,
    /// The role.
    pub role: RoleName,
    /// The steps that grant it.
    pub grants: Vec<StepId>,
}

/// One call to the server.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its index in the plan.
    pub id: StepId,
    /// What it is about.
    pub address: Address,
    /// What it does.
    pub action: Action,
    /// The steps that have to succeed before: the creation of the user and of the tenant.
    pub depends_on: Vec<StepId>,
    /// The handovers whose grants have to succeed before.
    pub waits_for: Vec<HandoverId>,
    /// Where the manifest asks for it.
    pub why: Vec<Why>,
    /// Why it deserves a second look.
    pub dangers: Vec<Danger>,
}

/// A reason for a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// Where it is written.
    pub place: Option<Place>,
    /// What is written there, beyond the record's own entry: `group support`, `members of acme`, `prune`.
    pub text: Option<Arc<str>>,
}

/// When a step happens. A later stage starts when all steps of the earlier ones are settled, except that
/// tenants, users and grants flow as their dependencies allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// Tenants are created and updated.
    Tenants,
    /// Users are created, invited and updated.
    Users,
    /// Roles are granted.
    Grants,
    /// Roles are only taken away, and people locked whom the manifest names.
    Revocations,
    /// Users are deleted or locked.
    UserDeletions,
    /// Tenants are deleted.
    TenantDeletions,
}

/// What a step does. Every variant is one call.
#[derive(Clone, Debug)]
pub enum Action {
    /// Creates a tenant.
    CreateTenant {
        /// What is sent.
        fields: TenantFields,
        /// Other tenants that have the name: names are not unique, and these are not the one that is created.
        namesakes: BTreeSet<TenantId>,
        /// What is shown: every field that changes.
        changes: Vec<FieldChange>,
    },
    /// Sets some of a tenant's fields.
    UpdateTenant {
        /// The record.
        id: TenantId,
        /// What is sent.
        fields: TenantFields,
        /// What is shown: every field that changes.
        changes: Vec<FieldChange>,
    },
    /// Deletes a tenant, and with it everybody's roles in it.
    DeleteTenant {
        /// The record.
        id: TenantId,
        /// Its name, for the report.
        name: Arc<str>,
    },
    /// Creates a user without a message.
    CreateUser {
        /// What is sent.
        fields: UserFields,
        /// What is shown: every field that changes.
        changes: Vec<FieldChange>,
    },
    /// Creates a user and sends them a message.
    InviteUser {
        /// What is sent.
        fields: UserFields,
        /// What the message says.
        invite: Invite,
        /// What is shown: every field that changes.
        changes: Vec<FieldChange>,
    },
    /// Sets some of a user's fields.
    UpdateUser {
        /// The record.
        id: UserId,
        /// What is sent.
        fields: UserFields,
        /// What is shown: every field that changes.
        changes: Vec<FieldChange>,
    },
    /// Deletes a user.
    DeleteUser {
        /// The record.
        id: UserId,
        /// When they were last active, in the server's spelling.
        last_active_at: Option<Arc<str>>,
    },
    /// Keeps a user from logging in, because nothing mentions them any more.
    LockUser {
        /// The record.
        id: UserId,
        /// When they were last active, in the server's spelling.
        last_active_at: Option<Arc<str>>,
    },
    /// Replaces the roles of a user in a scope.
    SetRoles {
        /// Whose roles.
        user: UserTarget,
        /// Where.
        scope: RoleScope,
        /// The roles held now.
        before: RoleSet,
        /// The roles held then.
        after: RoleSet,
        /// For each of these, what grants it.
        granted_by: BTreeMap<RoleName, Vec<Why>>,
    },
}

impl Action {
    /// The fields of a record that it changes; none for roles and deletions.
    pub fn changes(&self) -> &[FieldChange] {
        match self {
            Self::CreateTenant { changes, .. }
            | Self::UpdateTenant { changes, .. }
            | Self::CreateUser { changes, .. }
            | Self::InviteUser { changes, .. }
            | Self::UpdateUser { changes, .. } => changes,
            Self::DeleteTenant { .. }
            | Self::DeleteUser { .. }
            | Self::LockUser { .. }
            | Self::SetRoles { .. } => &[],
        }
    }

    /// The records that it is about, as far as they exist already.
    pub fn records(&self) -> (Option<UserId>, Option<&TenantId>) {
        match self {
            Self::CreateTenant { .. } | Self::CreateUser { .. } | Self::InviteUser { .. } => {
                (None, None)
            }
            Self::UpdateTenant { id, .. } | Self::DeleteTenant { id, .. } => (None, Some(id)),
            Self::UpdateUser { id, .. }
            | Self::DeleteUser { id, .. }
            | Self::LockUser { id, .. } => (Some(*id), None),
            Self::SetRoles { user, scope, .. } => {
                let user = match user {
                    UserTarget::Live(id) => Some(*id),
                    UserTarget::CreatedBy(_) => None,
                };
                let tenant = match scope {
                    RoleScope::Tenant(TenantTarget::Live(id)) => Some(id),
                    RoleScope::Workspace | RoleScope::Tenant(TenantTarget::CreatedBy(_)) => None,
                };
                (user, tenant)
            }
        }
    }

    /// The call that it is, as the API's reference names it.
    pub fn call(&self) -> &'static str {
        match self {
            Self::CreateTenant { .. } => "POST /v0/tenants",
            Self::UpdateTenant { .. } => "PUT /v0/tenants/:tenantId",
            Self::DeleteTenant { .. } => "DELETE /v0/tenants/:tenantId",
            Self::CreateUser { .. } | Self::UpdateUser { .. } | Self::LockUser { .. } => {
                "POST /v0/users/createOrUpdate"
            }
            Self::InviteUser { .. } => "POST /v0/users/invite",
            Self::DeleteUser { .. } => "DELETE /v0/users/:userId",
            Self::SetRoles {
                scope: RoleScope::Workspace,
                ..
            } => "PUT /v0/users/:userId/roles",
            Self::SetRoles {
                scope: RoleScope::Tenant(_),
                ..
            } => "PUT /v0/tenants/:tenantId/users/:userId/roles",
        }
    }

    /// When it happens.
    pub fn stage(&self) -> Stage {
        match self {
            Self::CreateTenant { .. } | Self::UpdateTenant { .. } => Stage::Tenants,
            // Locking somebody takes away all that they hold.
            Self::UpdateUser { fields, .. } if fields.locked == Some(true) => Stage::Revocations,
            Self::CreateUser { .. } | Self::InviteUser { .. } | Self::UpdateUser { .. } => {
                Stage::Users
            }
            Self::SetRoles { before, after, .. } if after.is_subset(before) => Stage::Revocations,
            Self::SetRoles { .. } => Stage::Grants,
            Self::DeleteUser { .. } | Self::LockUser { .. } => Stage::UserDeletions,
            Self::DeleteTenant { .. } => Stage::TenantDeletions,
        }
    }
}

/// A user that exists, or that an earlier step creates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum UserTarget {
    /// The record with this number.
    Live(UserId),
    /// The record that this step creates.
    CreatedBy(StepId),
}

/// A tenant that exists, or that an earlier step creates.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TenantTarget {
    /// The record with this id.
    Live(TenantId),
    /// The record that this step creates.
    CreatedBy(StepId),
}

/// The scope of a role step.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoleScope {
    /// The workspace itself.
    Workspace,
    /// One tenant.
    Tenant(TenantTarget),
}

/// One field that a step changes; `None` is a field without a value.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldChange {
    /// The field, or `data.` and a key of the data.
    pub field: String,
    /// The value on the server.
    pub before: Option<Value>,
    /// The value that it gets.
    pub after: Option<Value>,
    /// Where the manifest says so; a value that is removed may have no place of its own.
    pub place: Option<Place>,
}

/// What a step is about, in the words of the command line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Address {
    /// `tenants/acme`
    Tenant(Handle),
    /// `tenants/id:a5h281k8`: a tenant that the manifest has no handle for
    TenantById(TenantId),
    /// `users/jane@example.com`
    User(Person),
    /// `users/jane@example.com/roles`
    WorkspaceRoles(Person),
    /// `users/jane@example.com/tenants/acme`
    TenantRoles(Person, Handle),
}

/// A user, by address, or by number where there is no address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Person {
    /// By address.
    Email(Email),
    /// By number.
    Id(UserId),
}

impl Address {
    /// The address of the person that it is about, if it is about one who has an address.
    pub fn email(&self) -> Option<&Email> {
        match self {
            Self::User(person) | Self::WorkspaceRoles(person) | Self::TenantRoles(person, _) => {
                match person {
                    Person::Email(email) => Some(email),
                    Person::Id(_) => None,
                }
            }
            Self::Tenant(_) | Self::TenantById(_) => None,
        }
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Email(email) => email.fmt(f),
            Self::Id(id) => write!(f, "id:{id}"),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tenant(handle) => write!(f, "tenants/{handle}"),
            Self::TenantById(id) => write!(f, "tenants/id:{id}"),
            Self::User(person) => write!(f, "users/{person}"),
            Self::WorkspaceRoles(person) => write!(f, "users/{person}/roles"),
            Self::TenantRoles(person, handle) => write!(f, "users/{person}/tenants/{handle}"),
        }
    }
}
