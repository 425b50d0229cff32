//! The calls about roles, in the workspace and in a tenant. In: a caller, ids and a body. Out: lists
//! of roles, or the record of the user whose roles were set. Main function: [`set_in_tenant`].

use super::users::shown;
use crate::emulator::auth::{Admin, Reader};
use crate::emulator::body::{Answer, Json, Params, json};
use crate::emulator::clock;
use crate::emulator::fields::{self, UserKey};
use crate::emulator::invites::Invite;
use crate::emulator::record::role_list;
use std::sync::Arc;

pub(super) async fn list_of_workspace(reader: Reader) -> Answer {
    let store = reader.read();
    json(&role_list(&store, &store.home))
}

pub(super) async fn list_of_tenant(reader: Reader, Params(id): Params<String>) -> Answer {
    let store = reader.read();
    json(&role_list(&store, store.tenant(&id)?))
}

pub(super) async fn set_in_workspace(
    admin: Admin,
    Params(user): Params<String>,
    Json(mut body): Json,
) -> Answer {
    let key = UserKey::parse(&user)?;
    let roles = fields::roles(&mut body)?;
    let mut store = admin.write();
    let home = Arc::clone(&store.home.id);
    let id = store.set_roles(&home, key, &roles)?;
    shown(&store, id)
}

pub(super) async fn set_in_tenant(
    admin: Admin,
    Params((tenant, user)): Params<(String, String)>,
    Json(mut body): Json,
) -> Answer {
    let key = UserKey::parse(&user)?;
    let roles = fields::roles(&mut body)?;
    let mut store = admin.write();
    let id = store.set_roles(&tenant, key, &roles)?;
    shown(&store, id)
}

pub(super) async fn invite_to_workspace(admin: Admin, Json(mut body): Json) -> Answer {
    let invite = Invite::take(&mut body, true)?;
    let mut store = admin.write();
    let home = Arc::clone(&store.home.id);
    let id = store.invite(invite, Some(&home), clock::now())?;
    shown(&store, id)
}

pub(super) async fn invite_to_tenant(
    admin: Admin,
    Params(tenant): Params<String>,
    Json(mut body): Json,
) -> Answer {
    let invite = Invite::take(&mut body, true)?;
    let mut store = admin.write();
    let id = store.invite(invite, Some(&tenant), clock::now())?;
    shown(&store, id)
}
