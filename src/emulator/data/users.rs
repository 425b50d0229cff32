//! Users: create, read, update, delete. In: a [`Store`] and checked changes. Out: the id of the user,
//! or a refusal that has changed nothing.

use crate::emulator::data::fields::{Patch, UserChange, UserKey};
use crate::emulator::data::store::{Store, User};
use crate::emulator::data::time::Millis;
use crate::emulator::http::error::ApiError;
use crate::emulator::switches::{DataUpdate, DeleteAbsent, ExistingEmail, UpdateMissing};
use serde_json::Map;
use std::collections::BTreeMap;

impl Store {
    /// The user that a call names.
    pub(crate) fn user(&self, key: UserKey) -> Result<&User, ApiError> {
        let id = match key {
            UserKey::Id(id) => Some(id),
            UserKey::Uuid(uuid) => self.uuids.get(&uuid).copied(),
        };
        id.and_then(|id| self.users.get(&id))
            .ok_or_else(ApiError::no_user)
    }

    /// The id of the user who has this address.
    pub(crate) fn email_holder(&self, email: &str) -> Option<u64> {
        self.emails.get(&email.to_lowercase()).copied()
    }

    /// Adds a user, who must have an address.
    pub(crate) fn create_user(&mut self, change: UserChange, now: Millis) -> Result<u64, ApiError> {
        if change.email.is_none() {
            return Err(ApiError::bad_request("email is required"));
        }
        let change = self.stored(change);
        self.check_unique(&change, None)?;
        let (id, number, uuid) = self.next_user();
        let mut user = User {
            id,
            uuid,
            email: None,
            username: self.switches.username(number),
            name: self.switches.no_name(),
            image: self.switches.avatar(number),
            phone_number: None,
            data: Map::new(),
            roles: BTreeMap::new(),
            locked: false,
            confirmed: false,
            last_active: None,
            created: now,
            updated: now,
        };
        self.change(&mut user, change, DataUpdate::Replace);
        self.insert_user(user);
        Ok(id)
    }

    /// Sets what is given and leaves the rest.
    pub(crate) fn update_user(
        &mut self,
        key: UserKey,
        change: UserChange,
        now: Millis,
    ) -> Result<u64, ApiError> {
        let mut user = self.user(key)?.clone();
        let id = user.id;
        let change = self.stored(change);
        self.check_unique(&change, Some(id))?;
        self.change(&mut user, change, self.switches.data);
        user.updated = now;
        self.insert_user(user);
        Ok(id)
    }

    /// Which user `createOrUpdate` updates; none where it creates one.
    pub(crate) fn updated_by(&self, key: Option<UserKey>, change: &UserChange) -> Option<UserKey> {
        let creates = self.switches.update_missing == UpdateMissing::Create;
        let key = key.filter(|key| !creates || self.user(*key).is_ok());
        if key.is_some() || self.switches.existing_email == ExistingEmail::Refuse {
            return key;
        }
        let holder = change.email.as_deref().and_then(|it| self.email_holder(it));
        holder.map(UserKey::Id)
    }

    /// Removes a user.
    pub(crate) fn delete_user(&mut self, key: UserKey) -> Result<(), ApiError> {
        match self.user(key).map(|user| user.id) {
            Ok(id) => {
                self.remove_user(id);
                Ok(())
            }
            Err(refusal) => self.absent(refusal),
        }
    }

    /// Notes that a user was active now.
    pub(crate) fn mark_active(&mut self, key: UserKey, now: Millis) -> Result<u64, ApiError> {
        let id = self.user(key)?.id;
        if let Some(user) = self.users.get_mut(&id) {
            user.last_active = Some(now);
            user.updated = now;
        }
        Ok(id)
    }

    /// The answer to deleting what is not there.
    pub(crate) fn absent(&self, refusal: ApiError) -> Result<(), ApiError> {
        match self.switches.delete_absent {
            DeleteAbsent::NotFound => Err(refusal),
            DeleteAbsent::Ok => Ok(()),
        }
    }

    /// Refuses an address or a username that another user has.
    pub(crate) fn check_unique(
        &self,
        change: &UserChange,
        own: Option<u64>,
    ) -> Result<(), ApiError> {
        let email = change.email.as_deref().and_then(|it| self.email_holder(it));
        if email.is_some() && email != own {
            return Err(ApiError::bad_request("email is already in use"));
        }
        if let Patch::Set(name) = &change.username {
            let holder = self.usernames.get(name).copied();
            if holder.is_some() && holder != own {
                return Err(ApiError::bad_request("username is already in use"));
            }
        }
        Ok(())
    }

    /// Puts a record read earlier in the place of the present one, as a server does that writes whole
    /// records; a deleted user stays deleted. The present record, to be put back if the write fails.
    pub(crate) fn overwrite(&mut self, mut earlier: User) -> Result<User, ApiError> {
        let Some(present) = self.users.get(&earlier.id).cloned() else {
            return Err(ApiError::no_user());
        };
        let unique = UserChange {
            email: earlier.email.clone(),
            username: earlier.username.clone().map_or(Patch::Keep, Patch::Set),
            ..UserChange::default()
        };
        self.check_unique(&unique, Some(earlier.id))?;
        earlier.roles.retain(|scope, _| self.scope(scope).is_some());
        self.insert_user(earlier);
        Ok(present)
    }

    /// Adds a user or replaces the record with its id, whose address and username no other user may have.
    pub(crate) fn insert_user(&mut self, user: User) {
        self.remove_user(user.id);
        self.uuids.insert(user.uuid, user.id);
        if let Some(email) = &user.email {
            self.emails.insert(email.to_lowercase(), user.id);
        }
        if let Some(username) = &user.username {
            self.usernames.insert(username.clone(), user.id);
        }
        self.users.insert(user.id, user);
    }

    fn remove_user(&mut self, id: u64) {
        let Some(user) = self.users.remove(&id) else {
            return;
        };
        self.uuids.remove(&user.uuid);
        if let Some(email) = &user.email {
            self.emails.remove(&email.to_lowercase());
        }
        if let Some(username) = &user.username {
            self.usernames.remove(username);
        }
    }

    /// A change with its values as they are stored.
    fn stored(&self, change: UserChange) -> UserChange {
        let switches = self.switches;
        UserChange {
            email: change
                .email
                .map(|email| self.stored_email(switches.stored_name(email))),
            username: change.username.map(|text| switches.stored_name(text)),
            name: change.name.map(|text| switches.stored(text)),
            image: change.image.map(|text| switches.stored(text)),
            phone_number: change.phone_number.map(|text| switches.stored_phone(text)),
            ..change
        }
    }

    fn change(&self, user: &mut User, change: UserChange, update: DataUpdate) {
        let UserChange {
            email,
            username,
            name,
            image,
            phone_number,
            locked,
            data,
        } = change;
        if let Some(email) = email {
            user.email = Some(email);
        }
        let switches = self.switches;
        username.write_or(&mut user.username, || switches.username(user.id));
        name.write_or(&mut user.name, || switches.no_name());
        image.write_or(&mut user.image, || switches.avatar(user.id));
        phone_number.write(&mut user.phone_number);
        user.locked = locked.unwrap_or(user.locked);
        data.write_data(&mut user.data, update);
    }
}
