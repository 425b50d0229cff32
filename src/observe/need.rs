//! What has to be read.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{Desired, Email, RoleName, RoleSet, ScopeRef, TenantId};

/// What a plan or an export needs of the live state.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an independent question"
)]
pub struct Need {
    /// The users' records, with the roles that they hold in the workspace.
    pub users: bool,
    /// The tenants' records.
    pub tenants: bool,
    /// The roles that users hold in tenants.
    pub tenant_roles: bool,
    /// The lists of role names.
    pub role_lists: bool,
    /// Tenants to be read by their ids, where the server does not list them.
    pub pins: Vec<TenantId>,
    /// Addresses that are looked up where a scan does not find them.
    pub emails: BTreeSet<Email>,
    /// Names of tenants that are looked up where a scan does not find them.
    pub names: BTreeSet<Arc<str>>,
    /// Role names to look for, where users' records do not tell the roles held in tenants.
    pub roles: RoleSet,
}

impl Need {
    /// Everything, as an export needs it.
    pub fn everything() -> Self {
        Self {
            users: true,
            tenants: true,
            tenant_roles: true,
            role_lists: true,
            ..Self::default()
        }
    }

    /// What a plan for this manifest needs.
    pub fn of(desired: &Desired) -> Self {
        let scopes: BTreeSet<&ScopeRef> = desired
            .users
            .values()
            .flat_map(|user| user.grants.iter().map(|(scope, _)| scope))
            .collect();
        let roles: RoleSet = desired
            .users
            .values()
            .flat_map(|user| &user.grants)
            .flat_map(|(_, grant)| grant.role_set())
            .collect();
        let vocabulary: BTreeSet<RoleName> = desired.vocabulary.clone().unwrap_or_default();
        let tenant_roles = scopes
            .iter()
            .any(|scope| matches!(scope, ScopeRef::Tenant(_)));
        // The roles that somebody to be deleted holds may be on their way to somebody else.
        let deletes = desired
            .users
            .values()
            .any(|user| user.presence == crate::model::Presence::Absent);
        let prune = &desired.prune;
        let prunes_members = !prune.members.is_empty();
        Self {
            users: !desired.users.is_empty() || prune.users.is_some() || prunes_members,
            tenants: !desired.tenants.is_empty() || prune.tenants.is_some(),
            tenant_roles: tenant_roles || deletes || prune.users.is_some() || prunes_members,
            role_lists: desired.vocabulary.is_none() && !roles.is_empty(),
            pins: desired
                .tenants
                .values()
                .filter_map(|tenant| tenant.pin.as_ref())
                .map(|pin| pin.value.clone())
                .collect(),
            emails: desired
                .users
                .values()
                .flat_map(|user| std::iter::once(&user.email).chain(&user.renamed_from))
                .map(|email| email.value.clone())
                .collect(),
            names: desired
                .tenants
                .values()
                .flat_map(|tenant| tenant.name.iter().chain(&tenant.renamed_from))
                .map(|name| Arc::clone(&name.value))
                .collect(),
            roles: roles.union(&vocabulary).cloned().collect(),
        }
    }
}
