//! One mode of a workspace in memory. In: changes that [`fields`](super::fields) has read. Out:
//! records by id, address, name or role. Main type: [`Store`].
//!
//! The operations are beside it: [`users`](super::users), [`tenants`](super::tenants),
//! [`grants`](super::grants), [`invites`](super::invites), [`find`](super::find).

use super::mode::Mode;
use super::options::Options;
use super::state::Invitation;
use super::switches::{EmailCase, Ids, Switches};
use super::time::Millis;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// The roles of a workspace whose state names none.
const ROLES: [&str; 9] = [
    "admin",
    "author",
    "contributor",
    "editor",
    "member",
    "owner",
    "subscriber",
    "support",
    "viewer",
];

/// The name of a workspace whose state gives none.
const WORKSPACE_NAME: &str = "Demo";

/// Users, tenants and roles of one mode, with an index for what must be unique.
#[derive(Clone, Debug)]
pub(super) struct Store {
    pub(super) mode: Mode,
    pub(super) switches: Switches,
    pub(super) page_size: usize,
    /// The workspace itself: the scope above the tenants.
    pub(super) home: Tenant,
    pub(super) tenants: BTreeMap<String, Tenant>,
    pub(super) users: BTreeMap<u64, User>,
    /// User ids by address, in lower case.
    pub(super) emails: HashMap<String, u64>,
    pub(super) usernames: HashMap<String, u64>,
    pub(super) uuids: HashMap<Uuid, u64>,
    pub(super) invitations: Vec<Invitation>,
    pub(super) next_user: u64,
    pub(super) next_tenant: u64,
}

/// A user as kept.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) uuid: Uuid,
    pub(super) email: Option<String>,
    pub(super) username: Option<String>,
    pub(super) name: Option<String>,
    pub(super) image: Option<String>,
    pub(super) phone_number: Option<String>,
    pub(super) data: Map<String, Value>,
    /// Role names by scope; no list is empty, and none has a name twice.
    pub(super) roles: BTreeMap<String, Vec<String>>,
    pub(super) locked: bool,
    pub(super) confirmed: bool,
    pub(super) last_active: Option<Millis>,
    pub(super) created: Millis,
    pub(super) updated: Millis,
}

/// A tenant as kept, or the workspace, which is a tenant too.
#[derive(Clone, Debug)]
pub(super) struct Tenant {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) image: Option<String>,
    pub(super) data: Map<String, Value>,
    /// The tenant above it, where that is not the workspace.
    pub(super) parent: Option<String>,
    /// A tenant's own role names, beyond the workspace's.
    pub(super) roles: Vec<String>,
    pub(super) created: Millis,
    pub(super) updated: Millis,
}

impl Tenant {
    /// A tenant with only a name.
    pub(super) fn new(id: &str, name: &str, now: Millis) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            image: None,
            data: Map::new(),
            parent: None,
            roles: Vec::new(),
            created: now,
            updated: now,
        }
    }
}

impl Store {
    /// A workspace with its default roles and without users.
    pub(super) fn new(mode: Mode, options: &Options, now: Millis) -> Self {
        Self {
            mode,
            switches: options.switches,
            page_size: options.page_size.max(1),
            home: Tenant {
                roles: ROLES.map(str::to_owned).into(),
                ..Tenant::new(&options.workspace, WORKSPACE_NAME, now)
            },
            tenants: BTreeMap::new(),
            users: BTreeMap::new(),
            emails: HashMap::new(),
            usernames: HashMap::new(),
            uuids: HashMap::new(),
            invitations: Vec::new(),
            next_user: 1,
            next_tenant: 1,
        }
    }

    /// The tenant with this id, or the workspace itself.
    pub(super) fn scope(&self, id: &str) -> Option<&Tenant> {
        if self.home.id == id {
            return Some(&self.home);
        }
        self.tenants.get(id)
    }

    /// The same, to be changed.
    pub(super) fn scope_mut(&mut self, id: &str) -> Option<&mut Tenant> {
        if self.home.id == id {
            return Some(&mut self.home);
        }
        self.tenants.get_mut(id)
    }

    /// The tenants right below one, or below the workspace.
    pub(super) fn children(&self, id: &str) -> impl Iterator<Item = &Tenant> {
        let above = Some(id).filter(|id| *id != self.home.id);
        let tenants = self.tenants.values();
        tenants.filter(move |tenant| tenant.parent.as_deref() == above)
    }

    /// The tenants above one, from the nearest up, without the workspace.
    pub(super) fn ancestors<'a>(&'a self, tenant: &'a Tenant) -> impl Iterator<Item = &'a Tenant> {
        let above = |tenant: &&'a Tenant| self.tenants.get(tenant.parent.as_deref()?);
        std::iter::successors(Some(tenant), above).skip(1)
    }

    /// All tenants below one.
    pub(super) fn descendants<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Tenant> {
        let is_below = move |tenant: &&Tenant| self.ancestors(tenant).any(|above| above.id == id);
        self.tenants.values().filter(is_below)
    }

    /// Whether the workspace was given a name, an image or data.
    pub(super) fn home_is_described(&self) -> bool {
        let home = &self.home;
        home.name != WORKSPACE_NAME || home.image.is_some() || !home.data.is_empty()
    }

    /// The next user's id, how many users there were with it, and the uuid.
    pub(super) fn next_user(&mut self) -> (u64, u64, Uuid) {
        let number = self.next_user;
        self.next_user += 1;
        let id = match self.switches.ids {
            Ids::Fresh => number,
            Ids::Again => self
                .users
                .keys()
                .next_back()
                .map_or(1, |highest| highest + 1),
        };
        (id, number, self.free_uuid(number))
    }

    /// The uuid of the user with this id, avoiding those in use.
    pub(super) fn free_uuid(&self, id: u64) -> Uuid {
        let mut attempt = 0;
        loop {
            let uuid = self.mode.user_uuid(id, attempt);
            if !self.uuids.contains_key(&uuid) {
                return uuid;
            }
            attempt += 1;
        }
    }

    /// The next tenant's id, avoiding those in use.
    pub(super) fn next_tenant(&mut self) -> String {
        loop {
            let id = self.mode.tenant_id(self.next_tenant);
            self.next_tenant = self.next_tenant.wrapping_add(1);
            if self.scope(&id).is_none() {
                return id;
            }
        }
    }

    /// An address in the form in which this server stores it.
    pub(super) fn stored_email(&self, email: String) -> String {
        match self.switches.email_case {
            EmailCase::Keep => email,
            EmailCase::Lower => email.to_lowercase(),
        }
    }
}
