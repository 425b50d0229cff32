//! What the server holds, reduced to what a plan and an export need, and how much of it is known.

mod data;
mod held;
mod holding;
mod inherited;
mod known;
pub(crate) mod records;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

pub use crate::model::live::data::{Data, LiveData};
pub use crate::model::live::held::Held;
pub(crate) use crate::model::live::holding::Holding;
pub use crate::model::live::holding::Inheritance;
pub(crate) use crate::model::live::known::Count;
pub use crate::model::live::known::Known;
pub(crate) use crate::model::live::records::{LiveTenant, LiveUser};

use crate::model::{Mode, RoleName, RoleSet, Scope, TenantId, UserField, UserUuid};

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
    /// Where records do: the roles whose direct holders are known, because a search was made for them.
    pub direct_known: BTreeSet<(TenantId, RoleName)>,
    /// How many users the server says there are. It decides which way of reading more is cheaper, and nothing else.
    pub claimed_users: usize,
}

/// How many levels of tenants, or of groups in groups, are followed.
pub(crate) const MOST_LEVELS: usize = 100;

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
            direct_known: BTreeSet::new(),
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
pub struct EnoughUsers {
    /// How many who can log in.
    pub holders: usize,
    /// How many who can log in and have confirmed who they are.
    pub confirmed: usize,
}

impl EnoughUsers {
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

impl Unreadable {
    /// A user who is in a list, and of whom not all is known that has to be.
    pub(crate) fn user(user: &LiveUser, reason: impl Into<String>) -> Self {
        Self {
            id: Some(user.uuid.to_string()),
            name: user.email().map(|email| email.to_string()),
            reason: reason.into(),
        }
    }
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
