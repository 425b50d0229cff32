//! Between a file and a store. In: a [`ModeState`], a generated workspace or a [`Store`]. Out: the
//! store, or the state again. Main functions: [`Store::load`] and [`Store::dump`].

use super::error::StateError;
use super::fields::is_email;
use super::generate::Generated;
use super::state::{ModeState, TenantState, UserState};
use super::store::Store;
use super::tenants::Tenant;
use super::time::{Millis, Stamp, parse};
use super::users::{User, pack, unpack};
use serde::ser::{Serialize, SerializeStruct as _, Serializer};
use std::sync::Arc;
use uuid::Uuid;

/// The highest number that JSON readers agree on.
const LARGEST_ID: u64 = (1 << 53) - 1;

impl Store {
    /// Fills an empty store from a state.
    pub(super) fn load(&mut self, state: ModeState, now: Millis) -> Result<(), StateError> {
        let ModeState {
            roles,
            tenants,
            mut users,
            invitations,
            next_user_id,
            next_tenant,
        } = state;
        if !roles.is_empty() {
            self.home.roles = self.role_names(&roles);
        }
        self.next_tenant = next_tenant.max(1);
        // Given ids first, so that an assigned one can't take their place.
        let (named, nameless): (Vec<_>, Vec<_>) =
            tenants.into_iter().partition(|it| !it.tenant_id.is_empty());
        for tenant in named.into_iter().chain(nameless) {
            self.load_tenant(tenant, now)?;
        }
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

    /// Fills an empty store with a workspace that is made up as it goes.
    pub(super) fn load_generated(
        &mut self,
        generated: &Generated,
        now: Millis,
    ) -> Result<(), StateError> {
        for tenant in generated.tenants() {
            self.load_tenant(tenant, now)?;
        }
        for user in generated.users() {
            self.load_user(user, now)?;
        }
        self.next_user = self.users.last_id() + 1;
        Ok(())
    }

    fn load_tenant(&mut self, state: TenantState, now: Millis) -> Result<(), StateError> {
        let TenantState {
            tenant_id,
            name,
            image,
            data,
            roles,
            created_at,
            updated_at,
        } = state;
        let id: Arc<str> = if tenant_id.is_empty() {
            self.next_tenant()
        } else {
            tenant_id.as_str().into()
        };
        if self.tenants.contains_key(&id) {
            return Err(StateError::SameTenant(tenant_id));
        }
        let created = time(created_at)?.unwrap_or(now);
        let mut tenant = Tenant {
            image: image.map(Into::into),
            data: pack(data),
            roles: self.role_names(&roles),
            updated: time(updated_at)?.unwrap_or(created),
            ..Tenant::new(Arc::clone(&id), &name, created)
        };
        if id == self.home.id {
            tenant.roles = std::mem::take(&mut self.home.roles);
            self.home = tenant;
        } else {
            self.tenants.insert(id, tenant);
        }
        Ok(())
    }

    /// Adds a user whose id is set and higher than all before.
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
        if id <= self.users.last_id() {
            return Err(StateError::SameUserId(id));
        }
        let uuid = if user_uuid.is_empty() {
            self.free_uuid(id)
        } else if let Ok(uuid) = Uuid::try_parse(&user_uuid) {
            uuid
        } else {
            return Err(StateError::InvalidUuid(user_uuid));
        };
        if self.uuids.insert(uuid, id).is_some() {
            return Err(StateError::SameUuid(user_uuid));
        }
        if let Some(email) = &email {
            if !is_email(email) {
                return Err(StateError::InvalidEmail(email.clone()));
            }
            if self
                .emails
                .insert(email.to_lowercase().into(), id)
                .is_some()
            {
                return Err(StateError::SameEmail(email.clone()));
            }
        }
        if let Some(name) = &username
            && self.usernames.insert(name.as_str().into(), id).is_some()
        {
            return Err(StateError::SameUsername(name.clone()));
        }
        let created = time(created_at)?.unwrap_or(now);
        self.users.push(User {
            id,
            uuid,
            email: email.map(|email| self.stored_email(email)),
            username: username.map(Into::into),
            name: name.map(Into::into),
            image: image.map(Into::into),
            phone_number: phone_number.map(Into::into),
            data: pack(data),
            grants: Box::default(),
            locked,
            confirmed: is_confirmed,
            last_active: time(last_active_at)?,
            created,
            updated: time(updated_at)?.unwrap_or(created),
        });
        for (scope, roles) in roles {
            self.load_grant(id, scope, &roles)?;
        }
        Ok(())
    }

    /// A file may name roles that no list has: they are added to it, whatever the switch says.
    fn load_grant(&mut self, user: u64, scope: String, roles: &[String]) -> Result<(), StateError> {
        if self.scope(&scope).is_none() {
            return Err(StateError::UnknownTenant {
                user,
                tenant: scope,
            });
        }
        for role in roles {
            let tenant = self.scope(&scope);
            let known = tenant.is_some_and(|it| self.roles_of(it).any(|name| **name == **role));
            let name = self.role_name(role);
            if let (false, Some(tenant)) = (known, self.scope_mut(&scope)) {
                tenant.roles.push(name);
            }
        }
        self.add_roles(&scope, user, roles);
        Ok(())
    }

    /// The whole store as a state.
    pub(super) fn dump(&self) -> ModeState {
        ModeState {
            roles: self.role_list(),
            tenants: self.tenant_states().collect(),
            users: self.users.iter().map(user_state).collect(),
            invitations: self.invitations.clone(),
            next_user_id: self.next_user,
            next_tenant: self.next_tenant,
        }
    }

    fn role_list(&self) -> Vec<String> {
        self.home.roles.iter().map(ToString::to_string).collect()
    }

    /// The tenants, after the workspace itself where it has more than its usual name.
    fn tenant_states(&self) -> impl Iterator<Item = TenantState> {
        let home = self.home_is_described().then(|| TenantState {
            roles: Vec::new(),
            ..tenant_state(&self.home)
        });
        home.into_iter()
            .chain(self.tenants.values().map(tenant_state))
    }
}

/// Writes the form of [`ModeState`] record by record, so that a large store is not copied first.
impl Serialize for Store {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut state = serializer.serialize_struct("ModeState", 6)?;
        state.serialize_field("roles", &self.role_list())?;
        state.serialize_field("tenants", &self.tenant_states().collect::<Vec<_>>())?;
        state.serialize_field("users", &Users(self))?;
        state.serialize_field("invitations", &self.invitations)?;
        state.serialize_field("nextUserId", &self.next_user)?;
        state.serialize_field("nextTenant", &self.next_tenant)?;
        state.end()
    }
}

struct Users<'a>(&'a Store);

impl Serialize for Users<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.users.iter().map(user_state))
    }
}

fn tenant_state(tenant: &Tenant) -> TenantState {
    TenantState {
        tenant_id: tenant.id.to_string(),
        name: tenant.name.to_string(),
        image: text(tenant.image.as_deref()),
        data: unpack(tenant.data.as_deref()),
        roles: tenant.roles.iter().map(ToString::to_string).collect(),
        created_at: Some(Stamp(tenant.created).to_string()),
        updated_at: Some(Stamp(tenant.updated).to_string()),
    }
}

fn user_state(user: &User) -> UserState {
    let roles = user.grants.iter().map(|grant| {
        let roles = grant.roles.iter().map(ToString::to_string).collect();
        (grant.scope.to_string(), roles)
    });
    UserState {
        user_id: user.id,
        user_uuid: user.uuid.to_string(),
        email: text(user.email.as_deref()),
        username: text(user.username.as_deref()),
        name: text(user.name.as_deref()),
        image: text(user.image.as_deref()),
        phone_number: text(user.phone_number.as_deref()),
        locked: user.locked,
        is_confirmed: user.confirmed,
        data: unpack(user.data.as_deref()),
        roles: roles.collect(),
        last_active_at: user.last_active.map(|time| Stamp(time).to_string()),
        created_at: Some(Stamp(user.created).to_string()),
        updated_at: Some(Stamp(user.updated).to_string()),
    }
}

fn text(kept: Option<&str>) -> Option<String> {
    kept.map(str::to_owned)
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
