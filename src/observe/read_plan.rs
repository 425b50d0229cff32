//! What has to be read.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::api::EmailTest;
use crate::model::{
    Desired, Email, Presence, RoleSet, Scope, TenantEntry, TenantId, UserEntry, UserField, UserId,
    UserPin, UserUuid, is_one_address,
};
use crate::observe::email_pattern::alike;

/// How many records of one kind are needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReadScope {
    /// None.
    #[default]
    Nothing,
    /// Those that are named.
    Named,
    /// Those that are named or searched for, or all of them where that takes fewer calls.
    Cheapest,
    /// All of them.
    Everything,
}

/// What a plan or an export needs of the live state.
#[derive(Clone, Debug, Default)]
pub struct ReadPlan {
    /// The users' records, with the roles that they hold in the workspace.
    pub users: ReadScope,
    /// The tenants' records.
    pub tenants: ReadScope,
    /// The roles that users hold in tenants.
    pub tenant_roles: bool,
    /// The lists of role names.
    pub role_lists: bool,
    /// Whether it matters which roles users hold in tenants that are not named.
    pub every_grant: bool,
    /// Tenants to be read by their ids, where a list does not have them.
    pub pins: Vec<TenantId>,
    /// Users to be read by their numbers, where their addresses do not find them.
    pub user_ids: BTreeSet<UserId>,
    /// Users to be read by their uuids, where their addresses do not find them.
    pub uuids: BTreeSet<UserUuid>,
    /// What is common to the addresses of those who are needed although nothing names them.
    pub alike: Vec<(EmailTest, String)>,
    /// Addresses that are looked up where a scan does not find them.
    pub emails: BTreeSet<Email>,
    /// Names of tenants that are looked up where a scan does not find them.
    pub names: BTreeSet<Arc<str>>,
    /// The addresses, of now and of before, of users whose roles in tenants are managed.
    pub in_tenants: BTreeSet<Email>,
    /// Role names to look for, where users' records do not contain the roles held in tenants.
    pub roles: RoleSet,
}

impl ReadPlan {
    /// Everything, as an export needs it.
    pub fn everything() -> Self {
        let lists = Self {
            role_lists: true,
            ..Self::default()
        };
        lists.of_everything()
    }

    /// The same, of all users and tenants.
    #[must_use]
    pub fn of_everything(self) -> Self {
        Self {
            users: ReadScope::Everything,
            tenants: ReadScope::Everything,
            tenant_roles: true,
            ..self
        }
    }

    /// What a plan for this manifest needs.
    pub fn of(desired: &Desired) -> Self {
        let users = || desired.users.values();
        let grants = || users().flat_map(|user| &user.grants);
        let roles: RoleSet = grants().flat_map(|(_, grant)| grant.role_set()).collect();
        let prune = &desired.prune;
        let patterns = || prune.users.iter().flat_map(|users| &users.patterns);
        let alike: Option<BTreeSet<_>> = patterns().map(|it| alike(&it.value)).collect();
        let absent_tenants = desired
            .tenants
            .values()
            .any(|tenant| tenant.presence == Presence::Absent);
        // Any user may hold a role in a tenant that is deleted, or may lose it there; and any user may be pruned
        // by patterns that say nothing about an address.
        let below = |tenant: &TenantEntry| tenant.parent.is_some();
        let tree = desired.tenants.values().any(below);
        let everywhere = users().any(|user| user.everywhere.is_some());
        let everything = absent_tenants
            || prune.tenants.is_some()
            || !prune.members.is_empty()
            || alike.is_none();
        let locks = |user: &UserEntry| user.fields.is_set(UserField::Locked);
        let removes = prune.users.is_some()
            || users().any(|user| user.presence == Presence::Absent || locks(user));
        let (emails, alike): (Vec<_>, Vec<_>) = alike
            .unwrap_or_default()
            .into_iter()
            .partition(|(test, _)| *test == EmailTest::Is);
        let emails = emails.into_iter().map(|(_, email)| Email::new(email));
        // A guard for an address that does not exist may be misspelt.
        let protect = desired.guards.protect.iter();
        let protected = protect.filter(|pattern| is_one_address(&pattern.value));
        let protected = protected.map(|pattern| Email::new(Arc::clone(&pattern.value)));
        let protected: Vec<Email> = protected.collect();
        let names = desired.tenants.values().flat_map(|tenant| {
            let before = tenant.renamed_from.as_ref().map(|name| &name.value);
            tenant.name().into_iter().chain(before)
        });
        let written = users()
            .flat_map(|user| std::iter::once(&user.email).chain(&user.renamed_from))
            .map(|email| email.value.clone());
        let pins = || users().filter_map(|user| Some(&user.pin.as_ref()?.value));
        Self {
            users: reach(
                !desired.users.is_empty() || removes || !protected.is_empty(),
                everything,
            ),
            // How many tenants there are is part of what a guard says of removals.
            tenants: reach(!desired.tenants.is_empty() || removes, everything || tree),
            tenant_roles: everything
                || removes
                || everywhere
                || grants().any(|(scope, _)| matches!(scope, Scope::Tenant(_))),
            // A role of a guard that no list has may be misspelt.
            role_lists: desired.vocabulary.is_none()
                && (!roles.is_empty() || desired.guards.keep_holders.is_some()),
            // A user who is deleted loses all roles.
            every_grant: removes || everywhere,
            pins: desired
                .tenants
                .values()
                .filter_map(|tenant| tenant.pin.as_ref())
                .map(|pin| pin.value.clone())
                .collect(),
            user_ids: pins()
                .filter_map(|pin| match pin {
                    UserPin::Id(id) => Some(*id),
                    UserPin::Uuid(_) => None,
                })
                .collect(),
            uuids: pins()
                .filter_map(|pin| match pin {
                    UserPin::Id(_) => None,
                    UserPin::Uuid(uuid) => Some(uuid.clone()),
                })
                .collect(),
            emails: written.chain(emails).chain(protected).collect(),
            in_tenants: users()
                .filter(|user| {
                    let mut grants = user.grants.iter();
                    grants.any(|(scope, _)| *scope != Scope::Workspace)
                })
                .flat_map(|user| std::iter::once(&user.email).chain(&user.renamed_from))
                .map(|email| email.value.clone())
                .collect(),
            alike: alike.into_iter().collect(),
            names: names.cloned().collect(),
            roles: roles
                .into_iter()
                .chain(desired.vocabulary.clone().unwrap_or_default())
                .collect(),
        }
    }
}

fn reach(some: bool, everything: bool) -> ReadScope {
    match (some, everything) {
        (_, true) => ReadScope::Everything,
        (true, false) => ReadScope::Cheapest,
        (false, false) => ReadScope::Nothing,
    }
}
