//! One mode of a workspace in memory. In: changes that [`fields`](crate::emulator::data::fields) has read. Out:
//! records by id, address, name or role. Main type: [`Store`].
//!
//! The operations are beside it: [`users`](crate::emulator::data::users), [`tenants`](crate::emulator::data::tenants),
//! [`grants`](crate::emulator::data::grants), [`invites`](crate::emulator::data::invites), [`find`](crate::emulator::search::find).

use crate::emulator::data::mode::Mode;
use crate::emulator::data::state::Invitation;
use crate::emulator::data::time::Millis;
use crate::emulator::options::Options;
use crate::emulator::switches::{EmailCase, Ids, Switches};
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
pub(crate) struct Store {
    pub(crate) mode: Mode,
    pub(crate) switches: Switches,
    pub(crate) page_size: usize,
    /// The workspace itself: the scope above the tenants.
    pub(crate) home: Tenant,
    pub(crate) tenants: BTreeMap<String, Tenant>,
    pub(crate) users: BTreeMap<u64, User>,
    /// User ids by address, in lower case.
    pub(crate) emails: HashMap<String, u64>,
    pub(crate) usernames: HashMap<String, u64>,
    pub(crate) uuids: HashMap<Uuid, u64>,
    pub(crate) invitations: Vec<Invitation>,
    pub(crate) next_user: u64,
    pub(crate) next_tenant: u64,
}

/// A user as kept.
#[derive(Clone, Debug)]
pub(crate) struct User {
    pub(crate) id: u64,
    pub(crate) uuid: Uuid,
    pub(crate) email: Option<String>,
    pub(crate) username: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) image: Option<String>,
    pub(crate) phone_number: Option<String>,
    pub(crate) data: Map<String, Value>,
    /// Role names by scope; no list is empty, and none has a name twice.
    pub(crate) roles: BTreeMap<String, Vec<String>>,
    pub(crate) locked: bool,
    pub(crate) confirmed: bool,
    pub(crate) last_active: Option<Millis>,
    pub(crate) created: Millis,
    pub(crate) updated: Millis,
}

/// A tenant as kept, or the workspace, which is a tenant too.
#[derive(Clone, Debug)]
pub(crate) struct Tenant {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) image: Option<String>,
    pub(crate) data: Map<String, Value>,
    /// The tenant above it, where that is not the workspace.
    pub(crate) parent: Option<String>,
    /// A tenant's own role names, beyond the workspace's.
    pub(crate) roles: Vec<String>,
    pub(crate) created: Millis,
    pub(crate) updated: Millis,
}

impl Tenant {
    /// A tenant with only a name.
    pub(crate) fn new(id: &str, name: &str, now: Millis) -> Self {
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
    pub(crate) fn new(mode: Mode, options: &Options, now: Millis) -> Self {
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
    pub(crate) fn scope(&self, id: &str) -> Option<&Tenant> {
        if self.home.id == id {
            return Some(&self.home);
        }
        self.tenants.get(id)
    }

    /// The same, to be changed.
    pub(crate) fn scope_mut(&mut self, id: &str) -> Option<&mut Tenant> {
        if self.home.id == id {
            return Some(&mut self.home);
        }
        self.tenants.get_mut(id)
    }

    /// The tenants right below one, or below the workspace.
    pub(crate) fn children(&self, id: &str) -> impl Iterator<Item = &Tenant> {
        let above = Some(id).filter(|id| *id != self.home.id);
        let tenants = self.tenants.values();
        tenants.filter(move |tenant| tenant.parent.as_deref() == above)
    }

    /// The tenants above one, from the nearest up, without the workspace.
    pub(crate) fn ancestors<'a>(&'a self, tenant: &'a Tenant) -> impl Iterator<Item = &'a Tenant> {
        let above = |tenant: &&'a Tenant| self.tenants.get(tenant.parent.as_deref()?);
        std::iter::successors(Some(tenant), above).skip(1)
    }

    /// All tenants below one.
    pub(crate) fn descendants<'a>(&'a self, id: &'a str) -> impl Iterator<Item = &'a Tenant> {
        let is_below = move |tenant: &&Tenant| self.ancestors(tenant).any(|above| above.id == id);
        self.tenants.values().filter(is_below)
    }

    /// Whether the workspace was given a name, an image or data.
    pub(crate) fn home_is_described(&self) -> bool {
        let home = &self.home;
        home.name != WORKSPACE_NAME || home.image.is_some() || !home.data.is_empty()
    }

    /// The next user's id, how many users there were with it, and the uuid.
    pub(crate) fn next_user(&mut self) -> (u64, u64, Uuid) {
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
    pub(crate) fn free_uuid(&self, id: u64) -> Uuid {
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
    pub(crate) fn next_tenant(&mut self) -> String {
        loop {
            let id = self.mode.tenant_id(self.next_tenant);
            self.next_tenant = self.next_tenant.wrapping_add(1);
            if self.scope(&id).is_none() {
                return id;
            }
        }
    }

    /// An address in the form in which this server stores it.
    pub(crate) fn stored_email(&self, email: String) -> String {
        match self.switches.email_case {
            EmailCase::Keep => email,
            EmailCase::Lower => email.to_lowercase(),
        }
    }
}
