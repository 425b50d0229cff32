//! Roles and the scopes in which people hold them.

use std::collections::BTreeSet;

use super::{RoleName, TenantId};

/// The roles that one person holds in one scope.
pub type RoleSet = BTreeSet<RoleName>;

/// Where a role is held: the workspace itself, or one tenant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// The workspace: the role applies to the whole application.
    Workspace,
    /// One tenant.
    Tenant(TenantId),
}
