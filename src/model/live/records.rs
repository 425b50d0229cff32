//! Tenants and users as the server holds them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::live::held::Held;
use crate::model::live::holding::Holding;
use crate::model::{
    Email, Record, RoleName, RoleSet, Scope, TenantField, TenantId, UserField, UserId, UserUuid,
};

/// A tenant as the server holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveTenant {
    /// The server's identifier.
    pub id: TenantId,
    /// Its fields and data.
    pub record: Record<TenantField>,
    /// The role names that the tenant lists.
    pub roles: BTreeSet<RoleName>,
    /// The tenant above it, where the record has it.
    pub parent: Option<TenantId>,
    /// How many tenants are right below it, where the record says.
    pub children: Option<usize>,
}

impl LiveTenant {
    /// A tenant of which only the record is known.
    pub(crate) fn new(id: TenantId, record: Record<TenantField>) -> Self {
        Self {
            id,
            record,
            roles: BTreeSet::new(),
            parent: None,
            children: None,
        }
    }

    /// The name, where it has one that was read.
    pub fn called(&self) -> Option<Arc<str>> {
        self.record.text(TenantField::Name).cloned()
    }

    /// The name, which need not be unique; empty where it has none.
    pub fn name(&self) -> &str {
        self.record
            .text(TenantField::Name)
            .map_or("", |name| &**name)
    }
}

/// A user as the server holds them.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveUser {
    /// What identifies the user.
    pub uuid: UserUuid,
    /// The server's number.
    pub id: UserId,
    /// Their fields and data.
    pub record: Record<UserField>,
    /// When the user was last active, in the server's spelling (RFC 3339).
    pub last_active_at: Option<Arc<str>>,
    /// Whether the user has confirmed an address; a user who never did may not be able to log in. A record that says nothing
    /// of it is taken for confirmed.
    pub confirmed: bool,
    /// Whether the record says which roles are held; one that does not must not be read as holding none.
    pub grants_told: bool,
    /// The roles that the record shows, by scope; a scope without roles is left out.
    pub shown: Held,
    /// Of these, the roles that are held in the scope itself.
    pub grants: Held,
    /// Of these, the roles that may be held in the scope itself, or only in a tenant above.
    pub inherited: Held,
    /// The names of the tenants in which roles are held, as the user's record has them.
    pub tenant_names: BTreeMap<TenantId, Arc<str>>,
}

impl LiveUser {
    /// A user who holds no role, and of whom only the record is known.
    pub(crate) fn new(uuid: UserUuid, record: Record<UserField>) -> Self {
        Self {
            uuid,
            // A plan identifies users by their UUID.
            id: UserId(0),
            record,
            last_active_at: None,
            confirmed: false,
            grants_told: true,
            shown: Held::default(),
            grants: Held::default(),
            inherited: Held::default(),
            tenant_names: BTreeMap::new(),
        }
    }

    /// What is known of a role in a scope; none where the record does not show it.
    pub fn holding(&self, scope: &Scope, role: &RoleName) -> Option<Holding> {
        let has = |held: &Held| held.get(scope).is_some_and(|roles| roles.contains(role));
        if has(&self.grants) {
            Some(Holding::Held)
        } else if has(&self.inherited) {
            Some(Holding::Either)
        } else {
            has(&self.shown).then_some(Holding::Repeated)
        }
    }

    /// The roles that may be held in one scope, or only in a tenant above.
    pub fn either(&self, scope: &Scope) -> RoleSet {
        self.inherited.get(scope).cloned().unwrap_or_default()
    }

    /// The roles held in one scope, and of those that may be held only above the ones that do not stay there.
    pub(crate) fn held_unless(&self, scope: &Scope, stays: &RoleSet) -> RoleSet {
        let mut held = self.roles(scope);
        held.extend(self.either(scope).difference(stays).cloned());
        held
    }

    /// The roles that are or may be held, by scope.
    pub fn possible(&self) -> Held {
        let mut possible = self.grants.clone();
        for (scope, roles) in &self.inherited {
            let held = possible.edit().entry(scope.clone()).or_default();
            held.extend(roles.iter().cloned());
        }
        possible
    }

    /// Adds a role that a search found.
    pub(crate) fn add_role(&mut self, scope: &Scope, role: &RoleName) {
        for held in [&mut self.shown, &mut self.grants] {
            let held = held.edit().entry(scope.clone()).or_default();
            held.insert(role.clone());
        }
    }

    /// Sets the roles that the user holds in one scope.
    pub(crate) fn set_roles(&mut self, scope: &Scope, roles: &RoleSet) {
        if self.inherited.contains_key(scope) {
            self.inherited.edit().remove(scope);
        }
        for held in [&mut self.shown, &mut self.grants] {
            if roles.is_empty() {
                held.edit().remove(scope);
            } else {
                held.edit().insert(scope.clone(), roles.clone());
            }
        }
    }

    /// The e-mail address, where there is one.
    pub fn email(&self) -> Option<Email> {
        self.record
            .text(UserField::Email)
            .map(|email| Email::new(Arc::clone(email)))
    }

    /// The UUID, where the server gave one; none where the number identifies the user.
    pub fn own_uuid(&self) -> Option<&UserUuid> {
        Some(&self.uuid).filter(|uuid| uuid.stand_in() != Some(self.id))
    }

    /// Whether the user can't log in.
    pub fn locked(&self) -> bool {
        self.record.get(UserField::Locked).is_some()
    }

    /// The roles held in one scope, where the record is sure to have them: it may leave out tenants.
    pub fn told_roles(&self, scope: &Scope) -> Option<RoleSet> {
        let told = self.grants.get(scope).cloned();
        told.or_else(|| (self.grants_told && *scope == Scope::Workspace).then(RoleSet::new))
    }

    /// The roles held in one scope; none where there is no record of any.
    pub fn roles(&self, scope: &Scope) -> RoleSet {
        self.grants.get(scope).cloned().unwrap_or_default()
    }
}
