//! One mode of a workspace in memory. In: changes that [`fields`](super::fields) has read. Out:
//! records by id, address, name or role. Main type: [`Store`].
//!
//! The operations are beside it: [`users`](super::users), [`tenants`](super::tenants),
//! [`grants`](super::grants), [`invites`](super::invites), [`find`](super::find).

use super::ids;
use super::options::{Mode, Options};
use super::state::Invitation;
use super::switches::{EmailCase, Switches};
use super::table::UserTable;
use super::tenants::Tenant;
use super::time::Millis;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use uuid::Uuid;

/// The roles of a workspace whose state names none.
const ROLES: [&str; 4] = ["admin", "member", "owner", "viewer"];

/// The name of a workspace whose state gives none.
const WORKSPACE_NAME: &str = "Demo";

/// Users, tenants and roles of one mode, with an index for each question that must not cost a scan.
#[derive(Clone, Debug)]
pub(super) struct Store {
    pub(super) mode: Mode,
    pub(super) switches: Switches,
    pub(super) page_size: usize,
    /// The workspace itself: the scope above the tenants.
    pub(super) home: Tenant,
    pub(super) tenants: BTreeMap<Arc<str>, Tenant>,
    pub(super) users: UserTable,
    /// User ids by address, in lower case.
    pub(super) emails: HashMap<Box<str>, u64>,
    pub(super) usernames: HashMap<Box<str>, u64>,
    pub(super) uuids: HashMap<Uuid, u64>,
    pub(super) invitations: Vec<Invitation>,
    pub(super) next_user: u64,
    pub(super) next_tenant: u64,
    /// Every role name once, shared by the records that hold it.
    names: BTreeSet<Arc<str>>,
}

impl Store {
    /// A workspace with its default roles and nobody in it.
    pub(super) fn new(mode: Mode, options: &Options, now: Millis) -> Self {
        let mut store = Self {
            mode,
            switches: options.switches,
            page_size: options.page_size.max(1),
            home: Tenant::new(options.workspace.as_str().into(), WORKSPACE_NAME, now),
            tenants: BTreeMap::new(),
            users: UserTable::default(),
            emails: HashMap::new(),
            usernames: HashMap::new(),
            uuids: HashMap::new(),
            invitations: Vec::new(),
            next_user: 1,
            next_tenant: 1,
            names: BTreeSet::new(),
        };
        store.home.roles = ROLES.iter().map(|name| store.names.intern(name)).collect();
        store
    }

    /// The tenant with this id, or the workspace itself.
    pub(super) fn scope(&self, id: &str) -> Option<&Tenant> {
        if *self.home.id == *id {
            return Some(&self.home);
        }
        self.tenants.get(id)
    }

    /// The same, to be changed.
    pub(super) fn scope_mut(&mut self, id: &str) -> Option<&mut Tenant> {
        if *self.home.id == *id {
            return Some(&mut self.home);
        }
        self.tenants.get_mut(id)
    }

    /// Whether somebody gave the workspace a name, an image or data.
    pub(super) fn home_is_described(&self) -> bool {
        *self.home.name != *WORKSPACE_NAME || self.home.image.is_some() || self.home.data.is_some()
    }

    /// The one copy of a role's name.
    pub(super) fn role_name(&mut self, name: &str) -> Arc<str> {
        self.names.intern(name)
    }

    /// The one copy of each of these names, each once.
    pub(super) fn role_names(&mut self, names: &[String]) -> Vec<Arc<str>> {
        let mut distinct = Vec::with_capacity(names.len());
        for name in names {
            let name = self.role_name(name);
            if !distinct.contains(&name) {
                distinct.push(name);
            }
        }
        distinct
    }

    /// The next user's id and uuid.
    pub(super) fn next_user(&mut self) -> (u64, Uuid) {
        let id = self.next_user;
        self.next_user += 1;
        (id, self.free_uuid(id))
    }

    /// The uuid of the user with this id, avoiding those in use.
    pub(super) fn free_uuid(&self, id: u64) -> Uuid {
        let mut attempt = 0;
        loop {
            let uuid = ids::user_uuid(self.mode, id, attempt);
            if !self.uuids.contains_key(&uuid) {
                return uuid;
            }
            attempt += 1;
        }
    }

    /// The next tenant's id, avoiding those in use.
    pub(super) fn next_tenant(&mut self) -> Arc<str> {
        loop {
            let id = ids::tenant_id(self.mode, self.next_tenant);
            self.next_tenant = self.next_tenant.wrapping_add(1);
            if self.scope(&id).is_none() {
                return id.into();
            }
        }
    }

    /// An address in the form in which this server stores it.
    pub(super) fn stored_email(&self, email: String) -> Box<str> {
        match self.switches.email_case {
            EmailCase::Keep => email.into(),
            EmailCase::Lower => email.to_lowercase().into(),
        }
    }
}

/// Sharing one copy of each text.
trait Intern {
    fn intern(&mut self, text: &str) -> Arc<str>;
}

impl Intern for BTreeSet<Arc<str>> {
    fn intern(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.get(text) {
            return Arc::clone(known);
        }
        let new: Arc<str> = text.into();
        self.insert(Arc::clone(&new));
        new
    }
}
