//! The calls about users. In: a caller, a user's id and a body. Out: user records. Main function:
//! [`shown`], which every call that ends with a user answers.

use crate::emulator::data::fields::{Body, UserChange, UserKey};
use crate::emulator::data::invites::Invite;
use crate::emulator::data::record::UserView;
use crate::emulator::data::store::Store;
use crate::emulator::data::time;
use crate::emulator::http::auth::{Admin, Reader};
use crate::emulator::http::body::{Answer, Json, Params, json};
use crate::emulator::http::error::ApiError;
use crate::emulator::search::parse::{Search, USERS};
use serde_json::json;

pub(crate) async fn create(admin: Admin, Json(mut body): Json) -> Answer {
    let change = UserChange::take(&mut body)?;
    let mut store = admin.write();
    let id = store.create_user(change, time::now())?;
    shown(&store, id)
}

pub(crate) async fn read(reader: Reader, Params(id): Params<String>) -> Answer {
    let store = reader.read();
    let user = store.user(UserKey::parse(&id)?)?;
    shown(&store, user.id)
}

pub(crate) async fn update(
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

pub(crate) async fn delete(admin: Admin, Params(id): Params<String>) -> Answer {
    let key = admin.user_key(&id)?;
    admin.write().delete_user(key)?;
    json(&json!({"message": "OK"}))
}

pub(crate) async fn find(reader: Reader, Json(body): Json) -> Answer {
    found(&reader, None, body)
}

pub(crate) async fn list(reader: Reader) -> Answer {
    found(&reader, None, Body::new())
}

/// A page of users; below a tenant, of those who hold a role in it.
fn found(reader: &Reader, below: Option<&str>, mut body: Body) -> Answer {
    let store = reader.read();
    let schema = USERS.with(&store.switches);
    let search = Search::take(&mut body, &schema, time::now())?;
    if let Some(tenant) = below {
        store.tenant(tenant)?;
    }
    json(&store.find_users(below, &search)?)
}

pub(crate) async fn list_below(reader: Reader, Params(tenant): Params<String>) -> Answer {
    found(&reader, Some(&tenant), Body::new())
}

pub(crate) async fn find_below(
    reader: Reader,
    Params(tenant): Params<String>,
    Json(body): Json,
) -> Answer {
    found(&reader, Some(&tenant), body)
}

/// The user of a call below a tenant, who holds a role in it.
fn member(store: &Store, tenant: &str, key: UserKey) -> Result<UserKey, ApiError> {
    store.tenant(tenant)?;
    let user = store.user(key)?;
    if user.roles.contains_key(tenant) {
        Ok(key)
    } else {
        Err(ApiError::no_user())
    }
}

pub(crate) async fn read_below(
    reader: Reader,
    Params((tenant, id)): Params<(String, String)>,
) -> Answer {
    let store = reader.read();
    let key = member(&store, &tenant, UserKey::parse(&id)?)?;
    shown(&store, store.user(key)?.id)
}

pub(crate) async fn update_below(
    admin: Admin,
    Params((tenant, id)): Params<(String, String)>,
    Json(mut body): Json,
) -> Answer {
    let key = member(&admin.read(), &tenant, admin.user_key(&id)?)?;
    let change = UserChange::take(&mut body)?;
    update_one(&admin, key, change).await
}

pub(crate) async fn delete_below(
    admin: Admin,
    Params((tenant, id)): Params<(String, String)>,
) -> Answer {
    let key = member(&admin.read(), &tenant, admin.user_key(&id)?)?;
    admin.write().delete_user(key)?;
    json(&json!({"message": "OK"}))
}

pub(crate) async fn invite_below(
    admin: Admin,
    Params(tenant): Params<String>,
    body: Json,
) -> Answer {
    admin.read().tenant(&tenant)?;
    invite(admin, body).await
}

pub(crate) async fn create_or_update_below(
    admin: Admin,
    Params(tenant): Params<String>,
    body: Json,
) -> Answer {
    admin.read().tenant(&tenant)?;
    create_or_update(admin, body).await
}

pub(crate) async fn invite(admin: Admin, Json(mut body): Json) -> Answer {
    let invite = Invite::take(&mut body, false)?;
    let mut store = admin.write();
    let id = store.invite(invite, None, time::now())?;
    shown(&store, id)
}

pub(crate) async fn create_or_update(admin: Admin, Json(mut body): Json) -> Answer {
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

pub(crate) async fn mark_active(admin: Admin, Params(id): Params<String>) -> Answer {
    let key = admin.user_key(&id)?;
    let mut store = admin.write();
    let id = store.mark_active(key, time::now())?;
    shown(&store, id)
}

/// The record of a user.
pub(crate) fn shown(store: &Store, id: u64) -> Answer {
    let user = store.user(UserKey::Id(id))?;
    json(&UserView { store, user })
}
