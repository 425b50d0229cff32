//! What has to be read.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::model::{Desired, Email, Presence, RoleSet, ScopeRef, TenantId, UserId};

/// How many records of one kind are needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reach {
    /// None.
    #[default]
    Nothing,
    /// Those that are named.
    Named,
    /// Those that are named, or all of them where that takes fewer calls.
    Cheapest,
    /// All of them.
    Everything,
}

/// What a plan or an export needs of the live state.
#[derive(Clone, Debug, Default)]
pub struct Need {
    /// The users' records, with the roles that they hold in the workspace.
    pub users: Reach,
    /// The tenants' records.
    pub tenants: Reach,
    /// The roles that users hold in tenants.
    pub tenant_roles: bool,
    /// The lists of role names.
    pub role_lists: bool,
    /// Whether it matters what somebody holds in tenants that are not named.
    pub every_grant: bool,
    /// Tenants to be read by their ids, where a list does not have them.
    pub pins: Vec<TenantId>,
    /// Users to be read by their numbers, where their addresses do not find them.
    pub user_ids: BTreeSet<UserId>,
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
            users: Reach::Everything,
            tenants: Reach::Everything,
            tenant_roles: true,
            role_lists: true,
            ..Self::default()
        }
    }

    /// What a plan for this manifest needs.
    pub fn of(desired: &Desired) -> Self {
        let grants = || desired.users.values().flat_map(|user| &user.grants);
        let roles: RoleSet = grants().flat_map(|(_, grant)| grant.role_set()).collect();
        // Whoever removes something has to know what else there is: for the guards, and for roles that pass on.
        let absent_users = desired
            .users
            .values()
            .any(|user| user.presence == Presence::Absent);
        let absent_tenants = desired
            .tenants
            .values()
            .any(|tenant| tenant.presence == Presence::Absent);
        let prune = &desired.prune;
        let prunes = prune.users.is_some() || prune.tenants.is_some() || !prune.members.is_empty();
        let locks = desired
            .users
            .values()
            .any(|user| user.locked.as_ref().is_some_and(|locked| locked.value));
        let removes = absent_users || absent_tenants || prunes || locks;
        let names = desired
            .tenants
            .values()
            .flat_map(|tenant| tenant.name.iter().chain(&tenant.renamed_from));
        let emails = desired
            .users
            .values()
            .flat_map(|user| std::iter::once(&user.email).chain(&user.renamed_from));
        Self {
            users: reach(!desired.users.is_empty(), removes),
            tenants: reach(!desired.tenants.is_empty(), removes),
            tenant_roles: removes
                || grants().any(|(scope, _)| matches!(scope, ScopeRef::Tenant(_))),
            role_lists: desired.vocabulary.is_none() && !roles.is_empty(),
            pins: desired
                .tenants
                .values()
                .filter_map(|tenant| tenant.pin.as_ref())
                .map(|pin| pin.value.clone())
                .collect(),
            emails: emails.map(|email| email.value.clone()).collect(),
            names: names.map(|name| Arc::clone(&name.value)).collect(),
            roles: roles
                .into_iter()
                .chain(desired.vocabulary.clone().unwrap_or_default())
                .collect(),
            ..Self::default()
        }
    }
}

fn reach(named: bool, everything: bool) -> Reach {
    match (named, everything) {
        (_, true) => Reach::Everything,
        (true, false) => Reach::Cheapest,
        (false, false) => Reach::Nothing,
    }
}
