//! The calls about users. In: a caller, a user's id and a body. Out: user records. Main function:
//! [`shown`], which every call that ends with a user answers.

use crate::emulator::auth::{Admin, Reader};
use crate::emulator::body::{Answer, Json, Params, json};
use crate::emulator::clock;
use crate::emulator::error::ApiError;
use crate::emulator::fields::{UserChange, UserKey};
use crate::emulator::invites::Invite;
use crate::emulator::record::UserView;
use crate::emulator::search_parse::{Search, USERS};
use crate::emulator::store::Store;
use serde_json::json;

pub(super) async fn create(admin: Admin, Json(mut body): Json) -> Answer {
    let change = UserChange::take(&mut body)?;
    let mut store = admin.write();
    let id = store.create_user(change, clock::now())?;
    shown(&store, id)
}

pub(super) async fn read(reader: Reader, Params(id): Params<String>) -> Answer {
    let store = reader.read();
    let user = store.user(UserKey::parse(&id)?)?;
    shown(&store, user.id)
}

pub(super) async fn update(
    admin: Admin,
    Params(id): Params<String>,
    Json(mut body): Json,
) -> Answer {
    let key = UserKey::parse(&id)?;
    let change = UserChange::take(&mut body)?;
    let mut store = admin.write();
    let id = store.update_user(key, change, clock::now())?;
    shown(&store, id)
}

pub(super) async fn delete(admin: Admin, Params(id): Params<String>) -> Answer {
    admin.write().delete_user(UserKey::parse(&id)?)?;
    json(&json!({"message": "OK"}))
}

pub(super) async fn find(reader: Reader, Json(mut body): Json) -> Answer {
    let store = reader.read();
    let schema = USERS.comparing(store.switches.search_case);
    let search = Search::take(&mut body, &schema, clock::now())?;
    json(&store.find_users(&search)?)
}

pub(super) async fn invite(admin: Admin, Json(mut body): Json) -> Answer {
    let invite = Invite::take(&mut body, false)?;
    let mut store = admin.write();
    let id = store.invite(invite, None, clock::now())?;
    shown(&store, id)
}

pub(super) async fn create_or_update(admin: Admin, Json(mut body): Json) -> Answer {
    let key = UserKey::take(&mut body)?;
    let change = UserChange::take(&mut body)?;
    let mut store = admin.write();
    let id = store.create_or_update_user(key, change, clock::now())?;
    shown(&store, id)
}

pub(super) async fn mark_active(admin: Admin, Params(id): Params<String>) -> Answer {
    let key = UserKey::parse(&id)?;
    let mut store = admin.write();
    let id = store.mark_active(key, clock::now())?;
    shown(&store, id)
}

/// The record of a user.
pub(super) fn shown(store: &Store, id: u64) -> Answer {
    let user = store.users.get(id);
    let user = user.ok_or_else(|| ApiError::not_found("User not found"))?;
    json(&UserView { store, user })
}
