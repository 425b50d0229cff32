//! The calls about users. In: a caller, a user's id and a body. Out: user records. Main function:
//! [`shown`], which every call that ends with a user answers.

use crate::emulator::auth::{Admin, Reader};
use crate::emulator::body::{Answer, Json, Params, json};
use crate::emulator::fields::{UserChange, UserKey};
use crate::emulator::invites::Invite;
use crate::emulator::record::UserView;
use crate::emulator::search_parse::{Search, USERS};
use crate::emulator::store::Store;
use crate::emulator::time;
use serde_json::json;

pub(super) async fn create(admin: Admin, Json(mut body): Json) -> Answer {
    let change = UserChange::take(&mut body)?;
    let mut store = admin.write();
    let id = store.create_user(change, time::now())?;
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
    let key = admin.user_key(&id)?;
    let change = UserChange::take(&mut body)?;
    update_one(&admin, key, change).await
}

/// Updates a user and answers with the record.
async fn update_one(admin: &Admin, key: UserKey, change: UserChange) -> Answer {
    let update = |store: &mut Store| store.update_user(key, change, time::now());
    let (store, id) = admin.write_user(key, update).await?;
    shown(&store, id)
}

pub(super) async fn delete(admin: Admin, Params(id): Params<String>) -> Answer {
    let key = admin.user_key(&id)?;
    admin.write().delete_user(key)?;
    json(&json!({"message": "OK"}))
}

pub(super) async fn find(reader: Reader, Json(mut body): Json) -> Answer {
    let store = reader.read();
    let schema = USERS.comparing(store.switches.search_case);
    let search = Search::take(&mut body, &schema, time::now())?;
    json(&store.find_users(&search)?)
}

pub(super) async fn invite(admin: Admin, Json(mut body): Json) -> Answer {
    let invite = Invite::take(&mut body, false)?;
    let mut store = admin.write();
    let id = store.invite(invite, None, time::now())?;
    shown(&store, id)
}

pub(super) async fn create_or_update(admin: Admin, Json(mut body): Json) -> Answer {
    let key = UserKey::take(&mut body)?;
    let change = UserChange::take(&mut body)?;
    let existing = admin.read().updated_by(key, &change);
    if let Some(key) = existing {
        return update_one(&admin, key, change).await;
    }
    let mut store = admin.write();
    let id = store.create_user(change, time::now())?;
    shown(&store, id)
}

pub(super) async fn mark_active(admin: Admin, Params(id): Params<String>) -> Answer {
    let key = admin.user_key(&id)?;
    let mut store = admin.write();
    let id = store.mark_active(key, time::now())?;
    shown(&store, id)
}

/// The record of a user.
pub(super) fn shown(store: &Store, id: u64) -> Answer {
    let user = store.user(UserKey::Id(id))?;
    json(&UserView { store, user })
}
