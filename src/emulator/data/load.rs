//! Between a file and a store. In: a [`ModeState`] or a [`Store`]. Out: the store, or the state
//! again. Main functions: [`Store::load`] and [`Store::dump`].

use crate::emulator::data::fields::is_email;
use crate::emulator::data::state::{ModeState, TenantState, UserState};
use crate::emulator::data::store::{Store, Tenant, User};
use crate::emulator::data::time::{Millis, Stamp, parse};
use crate::emulator::http::error::StateError;
use std::collections::BTreeMap;
use uuid::Uuid;

/// The highest number that JSON readers agree on.
const LARGEST_ID: u64 = (1 << 53) - 1;

impl Store {
    /// Fills an empty store from a state.
    pub(crate) fn load(&mut self, state: ModeState, now: Millis) -> Result<(), StateError> {
        let ModeState {
            roles,
            tenants,
            mut users,
            invitations,
            next_user_id,
            next_tenant,
        } = state;
        if !roles.is_empty() {
            self.home.roles = distinct(roles);
        }
        self.next_tenant = next_tenant.max(1);
        // Given ids first, so that an assigned one can't take their place.
        let (named, nameless): (Vec<_>, Vec<_>) =
            tenants.into_iter().partition(|it| !it.tenant_id.is_empty());
        for tenant in named.into_iter().chain(nameless) {
            self.load_tenant(tenant, now)?;
        }
        self.check_parents()?;
        if next_user_id > LARGEST_ID {
            return Err(StateError::LargeUserId(next_user_id));
        }
        let highest = users.iter().map(|user| user.user_id).max().unwrap_or(0);
        let mut next = (highest.saturating_add(1)).max(next_user_id);
        for user in users.iter_mut().filter(|user| user.user_id == 0) {
            user.user_id = next;
            next = next.saturating_add(1);
        }
        users.sort_by_key(|user| user.user_id);
        for user in users {
            self.load_user(user, now)?;
        }
        self.next_user = next;
        self.invitations = invitations;
        Ok(())
    }

    fn load_tenant(&mut self, state: TenantState, now: Millis) -> Result<(), StateError> {
        let TenantState {
            tenant_id,
            name,
            image,
            data,
            parent,
            roles,
            created_at,
            updated_at,
        } = state;
        let id = if tenant_id.is_empty() {
            self.next_tenant()
        } else {
            tenant_id
        };
        if self.tenants.contains_key(&id) {
            return Err(StateError::SameTenant(id));
        }
        let created = time(created_at)?.unwrap_or(now);
        let mut tenant = Tenant {
            name,
            image,
            data,
            parent: Some(parent).filter(|it| !it.is_empty() && *it != self.home.id),
            roles: distinct(roles),
            created,
            updated: time(updated_at)?.unwrap_or(created),
            id,
        };
        if tenant.id == self.home.id {
            tenant.roles = std::mem::take(&mut self.home.roles);
            self.home = tenant;
        } else {
            self.tenants.insert(tenant.id.clone(), tenant);
        }
        Ok(())
    }

    /// Refuses tenants below one that is not there, and tenants that are below themselves.
    fn check_parents(&self) -> Result<(), StateError> {
        for tenant in self.tenants.values() {
            let is_wrong = |parent: &String| {
                !self.tenants.contains_key(parent)
                    || self
                        .ancestors(tenant)
                        .take(self.tenants.len())
                        .any(|it| it.id == tenant.id)
            };
            if tenant.parent.as_ref().is_some_and(is_wrong) {
                return Err(StateError::UnknownParent(tenant.id.clone()));
            }
        }
        Ok(())
    }

    /// Adds a user whose id is set.
    fn load_user(&mut self, state: UserState, now: Millis) -> Result<(), StateError> {
        let UserState {
            user_id: id,
            user_uuid,
            email,
            username,
            name,
            image,
            phone_number,
            locked,
            is_confirmed,
            data,
            roles,
            last_active_at,
            created_at,
            updated_at,
        } = state;
        if id > LARGEST_ID {
            return Err(StateError::LargeUserId(id));
        }
        if self.users.contains_key(&id) {
            return Err(StateError::SameUserId(id));
        }
        let uuid = if user_uuid.is_empty() {
            self.free_uuid(id)
        } else if let Ok(uuid) = Uuid::try_parse(&user_uuid) {
            uuid
        } else {
            return Err(StateError::InvalidUuid(user_uuid));
        };
        if self.uuids.contains_key(&uuid) {
            return Err(StateError::SameUuid(user_uuid));
        }
        if let Some(email) = &email {
            if !is_email(email) {
                return Err(StateError::InvalidEmail(email.clone()));
            }
            if self.email_holder(email).is_some() {
                return Err(StateError::SameEmail(email.clone()));
            }
        }
        if let Some(name) = username
            .as_ref()
            .filter(|it| self.usernames.contains_key(*it))
        {
            return Err(StateError::SameUsername(name.clone()));
        }
        let created = time(created_at)?.unwrap_or(now);
        self.insert_user(User {
            id,
            uuid,
            email: email.map(|email| self.stored_email(email)),
            username,
            name,
            image,
            phone_number,
            data,
            roles: BTreeMap::new(),
            locked,
            confirmed: is_confirmed,
            last_active: time(last_active_at)?,
            created,
            updated: time(updated_at)?.unwrap_or(created),
        });
        for (scope, roles) in roles {
            // A file may name roles that no list has: they are added to it, whatever the switch says.
            let Some(tenant) = self.scope(&scope) else {
                return Err(StateError::UnknownTenant {
                    user: id,
                    tenant: scope,
                });
            };
            let roles = distinct(roles);
            self.add_to_list(&scope, self.unlisted(tenant, &roles));
            self.add_roles(&scope, id, &roles);
        }
        Ok(())
    }

    /// The whole store as a state.
    pub(crate) fn dump(&self) -> ModeState {
        // The workspace itself is part of it where it has more than its usual name.
        let home = self.home_is_described().then(|| TenantState {
            roles: Vec::new(),
            ..tenant_state(&self.home)
        });
        let tenants = self.tenants.values().map(tenant_state);
        ModeState {
            roles: self.home.roles.clone(),
            tenants: home.into_iter().chain(tenants).collect(),
            users: self.users.values().cloned().map(user_state).collect(),
            invitations: self.invitations.clone(),
            next_user_id: self.next_user,
            next_tenant: self.next_tenant,
        }
    }
}

fn tenant_state(tenant: &Tenant) -> TenantState {
    let Tenant {
        id,
        name,
        image,
        data,
        parent,
        roles,
        created,
        updated,
    } = tenant.clone();
    TenantState {
        tenant_id: id,
        name,
        image,
        data,
        parent: parent.unwrap_or_default(),
        roles,
        created_at: Some(Stamp(created).to_string()),
        updated_at: Some(Stamp(updated).to_string()),
    }
}

fn user_state(user: User) -> UserState {
    UserState {
        user_id: user.id,
        user_uuid: user.uuid.to_string(),
        email: user.email,
        username: user.username,
        name: user.name,
        image: user.image,
        phone_number: user.phone_number,
        locked: user.locked,
        is_confirmed: user.confirmed,
        data: user.data,
        roles: user.roles,
        last_active_at: user.last_active.map(|time| Stamp(time).to_string()),
        created_at: Some(Stamp(user.created).to_string()),
        updated_at: Some(Stamp(user.updated).to_string()),
    }
}

/// Each name once, in the order in which they first occur.
fn distinct(names: Vec<String>) -> Vec<String> {
    let mut distinct = Vec::with_capacity(names.len());
    for name in names {
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    distinct
}

fn time(text: Option<String>) -> Result<Option<Millis>, StateError> {
    match text {
        None => Ok(None),
        Some(text) => match parse(&text) {
            None => Err(StateError::InvalidTime(text)),
            moment => Ok(moment),
        },
    }
}
