//! The calls of the API as requests: verb, path, body, and whether sending one twice is harmless.
//!
//! The numbers are those of the reference's order; whether a call may be repeated follows from what it does.

use serde_json::json;

use super::directory::{Query, UserKey};
use super::request::Request;
use super::retry::Repeat;
use super::wire;
use crate::model::{Invite, RoleSet, TenantFields, TenantId, UserFields};

/// 1. A second one would be refused or make a second record.
pub(super) fn create_user(fields: &UserFields) -> Request {
    Request::post("/v0/users", wire::user_body(fields)).repeat(Repeat::Unsafe)
}

/// 2.
pub(super) fn read_user(user: &UserKey) -> Request {
    Request::get(format!("/v0/users/{user}"))
}

/// 3.
pub(super) fn update_user(user: &UserKey, fields: &UserFields) -> Request {
    Request::put(format!("/v0/users/{user}"), wire::user_body(fields))
}

/// 4.
pub(super) fn delete_user(user: &UserKey) -> Request {
    Request::delete(format!("/v0/users/{user}"))
}

/// 5. A search, although it is a POST.
pub(super) fn find_users(query: &Query) -> Request {
    Request::post("/v0/users/find", wire::query_body(query))
}

/// 6. A second one would send a second message.
pub(super) fn invite_user(fields: &UserFields, invite: &Invite) -> Request {
    Request::post("/v0/users/invite", wire::invite_body(fields, None, invite))
        .repeat(Repeat::Unsafe)
}

/// 7. An update may be repeated, a creation may not.
pub(super) fn create_or_update_user(user: Option<&UserKey>, fields: &UserFields) -> Request {
    let mut body = wire::user_body(fields);
    match user {
        Some(UserKey::Id(id)) => body.insert("userId".into(), json!(id)),
        Some(UserKey::Uuid(uuid)) => body.insert("userUuid".into(), json!(uuid)),
        None => None,
    };
    let repeat = if user.is_some() {
        Repeat::Safe
    } else {
        Repeat::Unsafe
    };
    Request::post("/v0/users/createOrUpdate", body).repeat(repeat)
}

/// 8.
pub(super) fn mark_active(user: &UserKey) -> Request {
    Request::post(format!("/v0/users/{user}/active"), json!({}))
}

/// 9. Names are not unique: a second one makes a second tenant.
pub(super) fn create_tenant(fields: &TenantFields) -> Request {
    Request::post("/v0/tenants", wire::tenant_body(fields)).repeat(Repeat::Unsafe)
}

/// 10.
pub(super) fn read_tenant(tenant: &TenantId) -> Request {
    Request::get(format!("/v0/tenants/{tenant}"))
}

/// 11.
pub(super) fn update_tenant(tenant: &TenantId, fields: &TenantFields) -> Request {
    Request::put(format!("/v0/tenants/{tenant}"), wire::tenant_body(fields))
}

/// 12.
pub(super) fn delete_tenant(tenant: &TenantId) -> Request {
    Request::delete(format!("/v0/tenants/{tenant}"))
}

/// 13.
pub(super) fn list_roles() -> Request {
    Request::get("/v0/roles".into())
}

/// 14. The reference's overview says POST, its details PUT: PUT is right.
pub(super) fn set_roles(user: &UserKey, roles: &RoleSet) -> Request {
    Request::put(format!("/v0/users/{user}/roles"), json!({ "roles": roles }))
}

/// 15. A second one would send a second message.
pub(super) fn invite_to_roles(fields: &UserFields, roles: &RoleSet, invite: &Invite) -> Request {
    Request::post(
        "/v0/roles/invite",
        wire::invite_body(fields, Some(roles), invite),
    )
    .repeat(Repeat::Unsafe)
}

/// 16.
pub(super) fn list_tenant_roles(tenant: &TenantId) -> Request {
    Request::get(format!("/v0/tenants/{tenant}/roles"))
}

/// 17. The reference's overview says POST, its details PUT: PUT is right.
pub(super) fn set_tenant_roles(tenant: &TenantId, user: &UserKey, roles: &RoleSet) -> Request {
    Request::put(
        format!("/v0/tenants/{tenant}/users/{user}/roles"),
        json!({ "roles": roles }),
    )
}

/// 18. A second one would send a second message.
pub(super) fn invite_to_tenant_roles(
    tenant: &TenantId,
    fields: &UserFields,
    roles: &RoleSet,
    invite: &Invite,
) -> Request {
    Request::post(
        format!("/v0/tenants/{tenant}/roles/invite"),
        wire::invite_body(fields, Some(roles), invite),
    )
    .repeat(Repeat::Unsafe)
}

/// Beyond the reference.
pub(super) fn find_tenants(parent: &TenantId, query: &Query) -> Request {
    Request::post(
        format!("/v0/tenants/{parent}/tenants/find"),
        wire::query_body(query),
    )
}
