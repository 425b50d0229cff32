//! What the server holds, reduced to what a plan and an export need, and how much of it is known.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{
    Email, Held, Mode, Record, RoleName, RoleSet, Scope, TenantField, TenantId, UserField, UserId,
    UserUuid,
};

/// A workspace, as far as it was read.
#[derive(Clone, Debug)]
pub struct Live {
    /// The workspace that the key belongs to.
    pub workspace: TenantId,
    /// Which of its two sets of data was read.
    pub mode: Mode,
    /// The tenants.
    pub tenants: Known<TenantId, LiveTenant>,
    /// The users.
    pub users: Known<UserUuid, LiveUser>,
    /// The role names that the workspace and the tenants list; empty where they were not asked for.
    pub roles: BTreeSet<RoleName>,
    /// Whether it is known which tenants are below others, where not all tenants were read: because there are none.
    pub is_flat: bool,
    /// Tenants that may exist and were not shown: a name among them can't be excluded.
    pub hidden: Hidden,
    /// Records of users that can't be read.
    pub unreadable_users: Vec<Unreadable>,
    /// Records of tenants that can't be read.
    pub unreadable_tenants: Vec<Unreadable>,
    /// The roles of which all holders were searched for, where not all users were read.
    pub searched: BTreeSet<(Scope, RoleName)>,
    /// The names and usernames by which users were searched for, where not all users were read.
    pub alike: BTreeSet<(UserField, Arc<str>)>,
    /// Whether records repeat the roles of a tenant in the tenants below it.
    pub inheritance: Inheritance,
    /// Where records do: roles that are shown above too, and that a search found to be held in the tenant itself.
    pub direct: BTreeSet<(UserUuid, TenantId, RoleName)>,
    /// How many users the server says there are. It decides which way of reading more is cheaper, and nothing else.
    pub claimed_users: usize,
}

/// Whether the records of a server repeat the roles of a tenant in the tenants below it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Inheritance {
    /// The records prove nothing, and no search was tried.
    #[default]
    Unasked,
    /// Neither records nor searches prove anything.
    Unproven,
    /// They don't: a record shows a role above, and not below.
    NotRepeated,
    /// They do: a search for a role below leaves out a user whose record shows it there.
    Repeated,
}

impl Inheritance {
    /// Whether it is known.
    pub fn is_proven(self) -> bool {
        matches!(self, Self::NotRepeated | Self::Repeated)
    }
}

/// What is known of a role that a record shows in a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Holding {
    /// The user holds it in the scope itself.
    Held,
    /// It is held in a tenant above, and the record only repeats it.
    Repeated,
    /// It is held in a tenant above, and may be held in the scope itself too.
    Either,
}

/// No tenant has more above it, except where a server tells of a circle.
const MOST_LEVELS: usize = 1000;

/// How many there are of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Count {
    /// So many.
    Exactly(usize),
    /// So many were seen, and there may be more.
    AtLeast(usize),
}

impl Count {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Exactly(a), Self::Exactly(b)) => Self::Exactly(a + b),
            (a, b) => Self::AtLeast(a.at_least() + b.at_least()),
        }
    }

    /// Without so many of them.
    #[must_use]
    pub fn less(self, count: usize) -> Self {
        match self {
            Self::Exactly(all) => Self::Exactly(all.saturating_sub(count)),
            Self::AtLeast(all) => Self::AtLeast(all.saturating_sub(count)),
        }
    }

    /// The number that is certain.
    pub fn at_least(self) -> usize {
        match self {
            Self::Exactly(count) | Self::AtLeast(count) => count,
        }
    }

    /// The whole number, where it is known.
    pub fn exactly(self) -> Option<usize> {
        match self {
            Self::Exactly(count) => Some(count),
            Self::AtLeast(_) => None,
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(count) => count.fmt(f),
            Self::AtLeast(count) => write!(f, "at least {count}"),
        }
    }
}

/// Records that were read, and whether they are all there are. It has no length on purpose: how many records were read says
/// nothing of how many there are, for which there is [`total`](Known::total).
#[derive(Clone, Debug)]
pub struct Known<K, T> {
    records: BTreeMap<K, T>,
    complete: bool,
}

impl<K: Ord, T> Known<K, T> {
    /// All records that there are.
    pub fn all(records: BTreeMap<K, T>) -> Self {
        Self {
            records,
            complete: true,
        }
    }

    /// Some records; there may be others.
    pub fn some(records: BTreeMap<K, T>) -> Self {
        Self {
            records,
            complete: false,
        }
    }

    /// Whether all records were read.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// How many records there are. Only records that were read are counted, never what a server says of their number.
    pub fn total(&self) -> Count {
        if self.complete {
            Count::Exactly(self.records.len())
        } else {
            Count::AtLeast(self.records.len())
        }
    }

    /// The record with this id, where it was read.
    pub fn get(&self, id: &K) -> Option<&T> {
        self.records.get(id)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, id: &K) -> Option<&mut T> {
        self.records.get_mut(id)
    }

    /// Whether the record with this id was read.
    pub fn contains(&self, id: &K) -> bool {
        self.records.contains_key(id)
    }

    /// The records that were read.
    pub fn found(&self) -> impl Iterator<Item = &T> {
        self.records.values()
    }

    /// The same, to be changed.
    pub fn found_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.records.values_mut()
    }

    /// The records that were read, by id.
    pub fn records(&self) -> &BTreeMap<K, T> {
        &self.records
    }

    /// Adds a record, in place of one with its id.
    pub fn insert(&mut self, id: K, record: T) {
        self.records.insert(id, record);
    }

    /// Adds a record, unless there is one with its id.
    pub fn entry(&mut self, id: K) -> std::collections::btree_map::Entry<'_, K, T> {
        self.records.entry(id)
    }

    /// Takes a record out.
    pub fn remove(&mut self, id: &K) -> Option<T> {
        self.records.remove(id)
    }
}

impl Live {
    /// A workspace in which there is nothing.
    pub fn empty(workspace: TenantId, mode: Mode) -> Self {
        Self {
            workspace,
            mode,
            tenants: Known::all(BTreeMap::new()),
            users: Known::all(BTreeMap::new()),
            roles: BTreeSet::new(),
            is_flat: true,
            hidden: Hidden::Nothing,
            unreadable_users: Vec::new(),
            unreadable_tenants: Vec::new(),
            searched: BTreeSet::new(),
            alike: BTreeSet::new(),
            inheritance: Inheritance::Unasked,
            direct: BTreeSet::new(),
            claimed_users: 0,
        }
    }

    /// Whether all users and tenants that the server shows are known.
    pub fn is_whole(&self) -> bool {
        self.users.is_complete() && self.tenants.is_complete()
    }

    /// The tenant above one; nothing where that is the workspace.
    pub fn above(&self, tenant: &LiveTenant) -> Option<TenantId> {
        let parent = tenant.parent.clone();
        parent.filter(|parent| *parent != self.workspace)
    }

    /// The tenants above one, from the nearest up, as far as they were read; each once, also where the server tells of a circle.
    pub fn ancestors<'l>(&'l self, tenant: &'l LiveTenant) -> impl Iterator<Item = &'l LiveTenant> {
        let above = |tenant: &&'l LiveTenant| self.tenants.get(tenant.parent.as_ref()?);
        let all = std::iter::successors(Some(tenant), above).skip(1);
        all.take_while(|above| above.id != tenant.id)
            .take(MOST_LEVELS)
    }

    /// The roles that a user holds in the tenants above one.
    pub fn roles_above(&self, user: &LiveUser, tenant: &TenantId) -> RoleSet {
        let above = self
            .tenants
            .get(tenant)
            .into_iter()
            .flat_map(|tenant| self.ancestors(tenant));
        above
            .flat_map(|above| user.roles(&Scope::Tenant(above.id.clone())))
            .collect()
    }

    /// Whether it is known which tenants are below others.
    pub fn knows_levels(&self) -> bool {
        self.is_flat || self.tenants.is_complete()
    }

    /// How many users hold each of these roles and can log in. A user holds a role where the user's own record, or a search
    /// for the role, says so.
    pub fn holders<'k>(
        &self,
        roles: impl IntoIterator<Item = &'k (Scope, RoleName)>,
    ) -> BTreeMap<&'k (Scope, RoleName), Holders> {
        let told = self.users.is_complete() && self.users.found().all(|user| user.grants_told);
        let nobody = |key: &(Scope, RoleName)| Holders {
            confirmed: 0,
            unconfirmed: 0,
            are_all: told || self.searched.contains(key),
        };
        let mut counts: BTreeMap<&(Scope, RoleName), Holders> =
            roles.into_iter().map(|role| (role, nobody(role))).collect();
        let mut by_scope: BTreeMap<&Scope, Vec<&'k (Scope, RoleName)>> = BTreeMap::new();
        for key in counts.keys() {
            by_scope.entry(&key.0).or_default().push(key);
        }
        for user in self.users.found().filter(|user| !user.locked()) {
            for (scope, held) in &user.grants {
                for key in by_scope.get(scope).into_iter().flatten() {
                    if held.contains(&key.1)
                        && let Some(holders) = counts.get_mut(key)
                    {
                        if user.confirmed {
                            holders.confirmed += 1;
                        } else {
                            holders.unconfirmed += 1;
                        }
                    }
                }
            }
        }
        counts
    }
}

/// How many holders of a role are enough to know that more are not needed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Enough {
    /// How many who can log in.
    pub holders: usize,
    /// How many who can log in and have confirmed who they are.
    pub confirmed: usize,
}

impl Enough {
    /// What is enough for both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            holders: self.holders.max(other.holders),
            confirmed: self.confirmed.max(other.confirmed),
        }
    }
}

/// The users who hold a role and can log in, as far as they are known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holders {
    /// How many have confirmed who they are.
    pub confirmed: usize,
    /// How many never did: nobody knows whether they can log in.
    pub unconfirmed: usize,
    /// Whether these are all.
    pub are_all: bool,
}

impl Holders {
    /// All of them together.
    pub fn count(self) -> Count {
        let count = self.confirmed + self.unconfirmed;
        if self.are_all {
            Count::Exactly(count)
        } else {
            Count::AtLeast(count)
        }
    }
}

/// A record that can't be read. What it holds is not known, and neither is what it does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Its id, in whatever form it has one.
    pub id: Option<String>,
    /// A user's address, a tenant's name.
    pub name: Option<String>,
    /// What is wrong with it.
    pub reason: String,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { id, name, reason } = self;
        let named = [name, id].into_iter().flatten().map(String::as_str);
        let named: Vec<&str> = named.collect();
        let named = if named.is_empty() {
            "without an id".to_owned()
        } else {
            named.join(", ")
        };
        write!(f, "{named}: {reason}")
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
    pub(crate) fn set_roles(&mut self, scope: Scope, roles: &RoleSet) {
        if self.inherited.contains_key(&scope) {
            self.inherited.edit().remove(&scope);
        }
        for held in [&mut self.shown, &mut self.grants] {
            if roles.is_empty() {
                held.edit().remove(&scope);
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
