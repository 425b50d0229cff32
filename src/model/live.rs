//! What the server holds, reduced to what a plan and an export need.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Email, Held, LiveData, Mode, RoleName, RoleSet, Scope, TenantId, UserId, UserUuid};

/// A workspace as it was read.
#[derive(Clone, Debug)]
pub struct Live {
    /// The workspace that the key belongs to.
    pub workspace: TenantId,
    /// Which of its two sets of data was read.
    pub mode: Mode,
    /// The tenants, by id.
    pub tenants: BTreeMap<TenantId, LiveTenant>,
    /// The users, by id.
    pub users: BTreeMap<UserId, LiveUser>,
    /// The role names that the workspace and the tenants list; empty where they were not asked for.
    pub roles: BTreeSet<RoleName>,
    /// Where only the records that matter were read: how many there are altogether.
    pub totals: Option<Totals>,
    /// Tenants that may exist and were not shown: a name among them can't be excluded.
    pub hidden: Hidden,
}

/// How many records there are on the server, whether they were read or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Totals {
    /// The users.
    pub users: usize,
    /// The tenants.
    pub tenants: usize,
}

impl Live {
    /// How many records there are on the server.
    pub fn totals(&self) -> Totals {
        self.totals.unwrap_or(Totals {
            users: self.users.len(),
            tenants: self.tenants.len(),
        })
    }
}

/// How many tenants the server keeps to itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Hidden {
    /// None: all were read.
    #[default]
    Nothing,
    /// So many, by the server's own count.
    Some(usize),
    /// Nobody can say.
    Unknown,
}

/// A tenant as the server holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveTenant {
    /// The server's identifier.
    pub id: TenantId,
    /// The name, which need not be unique.
    pub name: Arc<str>,
    /// The address of an image.
    pub image: Option<Arc<str>>,
    /// Free-form data, without keys that are `null`.
    pub data: LiveData,
    /// The role names that the tenant lists.
    pub roles: BTreeSet<RoleName>,
    /// The tenant above it, where the record tells.
    pub parent: Option<TenantId>,
}

/// A user as the server holds them.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveUser {
    /// The server's number.
    pub id: UserId,
    /// The server's second identifier, where it was told.
    pub uuid: Option<UserUuid>,
    /// The e-mail address, where there is one.
    pub email: Option<Email>,
    /// The full name.
    pub name: Option<Arc<str>>,
    /// The name to log in with.
    pub username: Option<Arc<str>>,
    /// The address of an image.
    pub image: Option<Arc<str>>,
    /// The telephone number.
    pub phone_number: Option<Arc<str>>,
    /// Whether the user is kept from logging in.
    pub locked: bool,
    /// Free-form data, without keys that are `null`.
    pub data: LiveData,
    /// When the user was last active, in the server's spelling (RFC 3339).
    pub last_active_at: Option<Arc<str>>,
    /// Whether the record tells which roles are held; one that does not must not be read as holding none.
    pub grants_told: bool,
    /// The roles held, by scope; a scope without roles is left out.
    pub grants: Held,
    /// The names of the tenants in which roles are held, as the user's record tells them.
    pub tenant_names: BTreeMap<TenantId, Arc<str>>,
}

impl LiveUser {
    /// The roles held in one scope, where the record is sure to tell: it may leave out tenants.
    pub fn told_roles(&self, scope: &Scope) -> Option<RoleSet> {
        let told = self.grants.get(scope).cloned();
        told.or_else(|| (self.grants_told && *scope == Scope::Workspace).then(RoleSet::new))
    }

    /// The roles held in one scope; none where there is no record of any.
    pub fn roles(&self, scope: &Scope) -> RoleSet {
        self.grants.get(scope).cloned().unwrap_or_default()
    }
}
