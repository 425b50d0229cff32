//! What must hold for all access.

use std::sync::Arc;

use crate::model::{AddressPatterns, Handle, Origin, RoleName, Scope};

/// A rule for all access.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Where it is written.
    pub origin: Origin,
    /// Where it holds.
    pub scope: RuleScope,
    /// What it says.
    pub says: RuleSays,
}

/// Where a rule holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleScope {
    /// In the workspace and in every tenant of the manifest, in each by itself.
    Each,
    /// In the workspace.
    Workspace,
    /// In every tenant of the manifest.
    Tenants,
    /// In one tenant.
    Tenant(Handle),
}

/// What a rule says.
#[derive(Clone, Debug)]
pub enum RuleSays {
    /// Who may hold a role.
    OnlyUsers {
        /// The role.
        role: RoleName,
        /// The addresses.
        patterns: AddressPatterns,
        /// As they are written.
        written: Vec<Arc<str>>,
    },
    /// Roles of which a user may hold one at most.
    NotTogether(Vec<RoleName>),
    /// How many may hold a role.
    Holders {
        /// The role.
        role: RoleName,
        /// So many at least.
        at_least: Option<u64>,
        /// So many at most.
        at_most: Option<u64>,
    },
}

impl Rule {
    /// Whether it holds in a scope.
    pub fn is_for(&self, scope: &Scope<Handle>) -> bool {
        match (&self.scope, scope) {
            (RuleScope::Each, _)
            | (RuleScope::Workspace, Scope::Workspace)
            | (RuleScope::Tenants, Scope::Tenant(_)) => true,
            (RuleScope::Tenant(one), Scope::Tenant(other)) => one == other,
            _ => false,
        }
    }

    /// The roles that it is about.
    pub fn roles(&self) -> &[RoleName] {
        match &self.says {
            RuleSays::OnlyUsers { role, .. } | RuleSays::Holders { role, .. } => {
                std::slice::from_ref(role)
            }
            RuleSays::NotTogether(roles) => roles,
        }
    }
}
