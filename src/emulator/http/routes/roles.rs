//! The calls about roles, in the workspace and in a tenant. In: a caller, ids and a body. Out: lists
//! of roles, or the record of the user whose roles were set. Main function: [`set_in_tenant`].

use crate::emulator::data::fields;
use crate::emulator::data::fields::Body;
use crate::emulator::data::invites::Invite;
use crate::emulator::data::record::role_list;
use crate::emulator::data::store::Store;
use crate::emulator::data::time;
use crate::emulator::http::auth::{Admin, Reader};
use crate::emulator::http::body::{Answer, Json, Params, json};
use crate::emulator::http::routes::users::shown;

pub(crate) async fn list_of_workspace(reader: Reader) -> Answer {
    let store = reader.read();
    json(&role_list(&store, &store.home))
}

pub(crate) async fn list_of_tenant(reader: Reader, Params(id): Params<String>) -> Answer {
    let store = reader.read();
    json(&role_list(&store, store.tenant(&id)?))
}

pub(crate) async fn set_in_workspace(
    admin: Admin,
    Params(user): Params<String>,
    Json(mut body): Json,
) -> Answer {
    let home = admin.read().home.id.clone();
    set(&admin, &home, &user, &mut body).await
}

pub(crate) async fn set_in_tenant(
    admin: Admin,
    Params((tenant, user)): Params<(String, String)>,
    Json(mut body): Json,
) -> Answer {
    set(&admin, &tenant, &user, &mut body).await
}

/// Replaces a user's roles in a scope.
async fn set(admin: &Admin, scope: &str, user: &str, body: &mut Body) -> Answer {
    let key = admin.user_key(user)?;
    let roles = fields::roles(body)?;
    let set = |store: &mut Store| store.set_roles(scope, key, roles);
    let (store, id) = admin.write_user(key, set).await?;
    shown(&store, id)
}

pub(crate) async fn invite_to_workspace(admin: Admin, Json(mut body): Json) -> Answer {
    let invite = Invite::take(&mut body, true)?;
    let mut store = admin.write();
    let home = store.home.id.clone();
    let id = store.invite(invite, Some(&home), time::now())?;
    shown(&store, id)
}

pub(crate) async fn invite_to_tenant(
    admin: Admin,
    Params(tenant): Params<String>,
    Json(mut body): Json,
) -> Answer {
    let invite = Invite::take(&mut body, true)?;
    let mut store = admin.write();
    let id = store.invite(invite, Some(&tenant), time::now())?;
    shown(&store, id)
}
