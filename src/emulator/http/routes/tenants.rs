//! The calls about tenants. In: a caller, a tenant's id and a body. Out: tenant records. Main
//! function: [`find`], the one listing of tenants.

use crate::emulator::data::fields::TenantChange;
use crate::emulator::data::record::TenantView;
use crate::emulator::data::store::Store;
use crate::emulator::data::time;
use crate::emulator::http::auth::{Admin, Reader};
use crate::emulator::http::body::{Answer, Json, Params, json};
use crate::emulator::http::error::ApiError;
use crate::emulator::search::parse::{Search, TENANTS};
use crate::emulator::switches::TenantsFind;
use serde_json::json;

pub(crate) async fn create(admin: Admin, body: Json) -> Answer {
    let home = admin.read().home.id.clone();
    create_below(admin, Params(home), body).await
}

pub(crate) async fn create_below(
    admin: Admin,
    Params(parent): Params<String>,
    Json(mut body): Json,
) -> Answer {
    let change = TenantChange::take(&mut body)?;
    let mut store = admin.write();
    let id = store.create_tenant(&parent, change, time::now())?;
    shown(&store, &id)
}

pub(crate) async fn read(reader: Reader, Params(id): Params<String>) -> Answer {
    shown(&reader.read(), &id)
}

pub(crate) async fn update(
    admin: Admin,
    Params(id): Params<String>,
    Json(mut body): Json,
) -> Answer {
    let change = TenantChange::take(&mut body)?;
    let mut store = admin.write();
    store.update_tenant(&id, change, time::now())?;
    shown(&store, &id)
}

pub(crate) async fn delete(admin: Admin, Params(id): Params<String>) -> Answer {
    admin.write().delete_tenant(&id)?;
    json(&json!({"message": "OK"}))
}

pub(crate) async fn find(
    reader: Reader,
    Params(id): Params<String>,
    Json(mut body): Json,
) -> Answer {
    let store = reader.read();
    if store.switches.tenants_find == TenantsFind::Off {
        return Err(ApiError::not_found("Not Found"));
    }
    let search = Search::take(&mut body, &TENANTS.with(&store.switches), time::now())?;
    json(&store.find_tenants(&id, &search)?)
}

/// The record of a tenant.
fn shown(store: &Store, id: &str) -> Answer {
    let tenant = store.tenant(id)?;
    json(&TenantView { store, tenant })
}
