//! Users: create, read, update, delete. In: a [`Store`] and checked changes. Out: the id of the user,
//! or a refusal that has changed nothing. Main type: [`User`].

use super::error::ApiError;
use super::fields::{Patch, UserChange, UserKey};
use super::grants::Grant;
use super::store::Store;
use super::switches::{DataUpdate, DeleteAbsent, ExistingEmail};
use super::time::Millis;
use serde_json::{Map, Value};
use uuid::Uuid;

/// A user as kept: there may be a million, so what is absent takes no room, and `data` stays text.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) id: u64,
    pub(super) uuid: Uuid,
    pub(super) email: Option<Box<str>>,
    pub(super) username: Option<Box<str>>,
    pub(super) name: Option<Box<str>>,
    pub(super) image: Option<Box<str>>,
    pub(super) phone_number: Option<Box<str>>,
    /// A JSON object; none is the empty one.
    pub(super) data: Option<Box<str>>,
    /// Ordered by scope, none of them empty.
    pub(super) grants: Box<[Grant]>,
    pub(super) locked: bool,
    pub(super) confirmed: bool,
    pub(super) last_active: Option<Millis>,
    pub(super) created: Millis,
    pub(super) updated: Millis,
}

impl Store {
    /// The id of the user whom a call means.
    pub(super) fn user_id(&self, key: UserKey) -> Option<u64> {
        match key {
            UserKey::Id(id) => self.users.get(id).map(|user| user.id),
            UserKey::Uuid(uuid) => self.uuids.get(&uuid).copied(),
        }
    }

    /// The user whom a call means.
    pub(super) fn user(&self, key: UserKey) -> Result<&User, ApiError> {
        let id = self.user_id(key);
        id.and_then(|id| self.users.get(id)).ok_or_else(no_user)
    }

    /// The id of the user who has this address.
    pub(super) fn email_holder(&self, email: &str) -> Option<u64> {
        self.emails.get(email.to_lowercase().as_str()).copied()
    }

    /// Adds a user, who must have an address.
    pub(super) fn create_user(&mut self, change: UserChange, now: Millis) -> Result<u64, ApiError> {
        if change.email.is_none() {
            return Err(ApiError::bad_request("email is required"));
        }
        self.check_unique(&change, None)?;
        let (id, uuid) = self.next_user();
        let mut user = User {
            id,
            uuid,
            email: None,
            username: None,
            name: None,
            image: None,
            phone_number: None,
            data: None,
            grants: Box::default(),
            locked: false,
            confirmed: false,
            last_active: None,
            created: now,
            updated: now,
        };
        self.apply(&mut user, change, DataUpdate::Replace);
        self.uuids.insert(uuid, id);
        self.users.push(user);
        Ok(id)
    }

    /// Sets what is given and leaves the rest.
    pub(super) fn update_user(
        &mut self,
        key: UserKey,
        change: UserChange,
        now: Millis,
    ) -> Result<u64, ApiError> {
        let mut user = self.user(key)?.clone();
        let id = user.id;
        self.check_unique(&change, Some(id))?;
        self.apply(&mut user, change, self.switches.data);
        user.updated = now;
        if let Some(place) = self.users.get_mut(id) {
            *place = user;
        }
        Ok(id)
    }

    /// Updates the user who is named by id, or creates one.
    pub(super) fn create_or_update_user(
        &mut self,
        key: Option<UserKey>,
        change: UserChange,
        now: Millis,
    ) -> Result<u64, ApiError> {
        if let Some(key) = key {
            return self.update_user(key, change, now);
        }
        let holder = change.email.as_deref().and_then(|it| self.email_holder(it));
        match (holder, self.switches.existing_email) {
            (Some(id), ExistingEmail::Update) => self.update_user(UserKey::Id(id), change, now),
            _ => self.create_user(change, now),
        }
    }

    /// Removes a user with all grants.
    pub(super) fn delete_user(&mut self, key: UserKey) -> Result<(), ApiError> {
        let Some(user) = self.user_id(key).and_then(|id| self.users.remove(id)) else {
            return self.absent(no_user());
        };
        self.uuids.remove(&user.uuid);
        if let Some(email) = &user.email {
            self.emails.remove(email.to_lowercase().as_str());
        }
        if let Some(username) = &user.username {
            self.usernames.remove(username);
        }
        for grant in &user.grants {
            if let Some(scope) = self.scope_mut(&grant.scope) {
                scope.members.remove(&user.id);
            }
        }
        Ok(())
    }

    /// Notes that a user was active now.
    pub(super) fn mark_active(&mut self, key: UserKey, now: Millis) -> Result<u64, ApiError> {
        let id = self.user(key)?.id;
        if let Some(user) = self.users.get_mut(id) {
            user.last_active = Some(now);
            user.updated = now;
        }
        Ok(id)
    }

    /// The answer to deleting what is gone.
    pub(super) fn absent(&self, refusal: ApiError) -> Result<(), ApiError> {
        match self.switches.delete_absent {
            DeleteAbsent::NotFound => Err(refusal),
            DeleteAbsent::Ok => Ok(()),
        }
    }

    /// Refuses an address or a username that somebody else has.
    pub(super) fn check_unique(
        &self,
        change: &UserChange,
        own: Option<u64>,
    ) -> Result<(), ApiError> {
        let email = change.email.as_deref().and_then(|it| self.email_holder(it));
        if email.is_some() && email != own {
            return Err(ApiError::bad_request("email is already in use"));
        }
        if let Patch::Set(name) = &change.username {
            let holder = self.usernames.get(name.as_str()).copied();
            if holder.is_some() && holder != own {
                return Err(ApiError::bad_request("username is already in use"));
            }
        }
        Ok(())
    }

    /// Writes a change into a record and into the indexes.
    fn apply(&mut self, user: &mut User, change: UserChange, update: DataUpdate) {
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
            if let Some(old) = &user.email {
                self.emails.remove(old.to_lowercase().as_str());
            }
            self.emails.insert(email.to_lowercase().into(), user.id);
            user.email = Some(self.stored_email(email));
        }
        if username != Patch::Keep {
            if let Some(old) = &user.username {
                self.usernames.remove(old);
            }
            if let Patch::Set(new) = &username {
                self.usernames.insert(new.as_str().into(), user.id);
            }
            set(&mut user.username, username);
        }
        set(&mut user.name, name);
        set(&mut user.image, image);
        set(&mut user.phone_number, phone_number);
        user.locked = locked.unwrap_or(user.locked);
        set_data(&mut user.data, data, update);
    }
}

/// Nobody has that id.
fn no_user() -> ApiError {
    ApiError::not_found("User not found")
}

/// Writes a text that may be cleared.
pub(super) fn set(place: &mut Option<Box<str>>, patch: Patch<String>) {
    match patch {
        Patch::Keep => {}
        Patch::Clear => *place = None,
        Patch::Set(text) => *place = Some(text.into()),
    }
}

/// Writes `data` as the switch says.
pub(super) fn set_data(
    place: &mut Option<Box<str>>,
    patch: Patch<Map<String, Value>>,
    update: DataUpdate,
) {
    *place = match (patch, update) {
        (Patch::Keep, _) => return,
        (Patch::Clear, _) => None,
        (Patch::Set(data), DataUpdate::Replace) => pack(data),
        (Patch::Set(data), DataUpdate::Merge) => {
            let mut merged = unpack(place.as_deref());
            for (key, value) in data {
                if value.is_null() {
                    merged.remove(&key);
                } else {
                    merged.insert(key, value);
                }
            }
            pack(merged)
        }
    };
}

/// `data` as kept.
pub(super) fn pack(data: Map<String, Value>) -> Option<Box<str>> {
    if data.is_empty() {
        return None;
    }
    Some(Value::Object(data).to_string().into())
}

/// `data` as an object.
pub(super) fn unpack(packed: Option<&str>) -> Map<String, Value> {
    packed
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default()
}
