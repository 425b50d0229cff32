//! What a restricted file may grant, as far as a plan has to know: a list in it must not take what it may not give.

use std::collections::BTreeSet;

use crate::model::{Handle, RoleName, Scope};

/// What a file may grant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileRights {
    /// Its name, from the folder of the restrictions.
    pub file: String,
    /// The tenants in which it may grant roles.
    pub tenants: BTreeSet<Handle>,
    /// The roles that it may grant there.
    pub roles: BTreeSet<RoleName>,
    /// The roles that it may grant in the workspace.
    pub workspace_roles: BTreeSet<RoleName>,
}

impl FileRights {
    /// Whether it may grant a role in a scope; a tenant without a handle is none of its own.
    pub fn may_grant(&self, scope: &Scope<Option<&Handle>>, role: &RoleName) -> bool {
        match scope {
            Scope::Workspace => self.workspace_roles.contains(role),
            Scope::Tenant(handle) => {
                handle.is_some_and(|handle| self.tenants.contains(handle))
                    && self.roles.contains(role)
            }
        }
    }
}
