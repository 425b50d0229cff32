//! Roles, and the scopes in which users hold them.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{RoleName, TenantId};

/// The roles that one user holds in one scope.
pub type RoleSet = BTreeSet<RoleName>;

/// Where a role is held: the workspace itself, or one tenant. The tenant is named by its id, by a manifest's handle, or by
/// what a plan knows of it.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum Scope<T = TenantId> {
    /// The workspace: the role applies to the whole application.
    Workspace,
    /// One tenant.
    Tenant(T),
}

impl<T> Scope<T> {
    /// The same scope, the tenant borrowed.
    pub fn as_ref(&self) -> Scope<&T> {
        match self {
            Self::Workspace => Scope::Workspace,
            Self::Tenant(tenant) => Scope::Tenant(tenant),
        }
    }

    /// The same scope, the tenant named otherwise.
    pub fn map<U>(self, name: impl FnOnce(T) -> U) -> Scope<U> {
        match self {
            Self::Workspace => Scope::Workspace,
            Self::Tenant(tenant) => Scope::Tenant(name(tenant)),
        }
    }

    /// The same scope, where its tenant has the other name.
    pub fn and_then<U>(self, name: impl FnOnce(T) -> Option<U>) -> Option<Scope<U>> {
        match self {
            Self::Workspace => Some(Scope::Workspace),
            Self::Tenant(tenant) => name(tenant).map(Scope::Tenant),
        }
    }

    /// The tenant, where it is one.
    pub fn tenant(&self) -> Option<&T> {
        match self {
            Self::Workspace => None,
            Self::Tenant(tenant) => Some(tenant),
        }
    }
}
