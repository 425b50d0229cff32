//! The API calls. In: a caller, path parameters and a body. Out: a record, or a refusal. Main
//! function: [`router`], the table of all calls.

mod roles;
mod tenants;
mod users;

use crate::emulator::http::app::App;
use crate::emulator::http::error::ApiError;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use std::sync::Arc;

/// Every call of the reference, the listing of tenants, and the calls below a tenant.
pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/v0/users", get(users::list).post(users::create))
        .route("/v0/users/find", post(users::find))
        .route("/v0/users/invite", post(users::invite))
        .route("/v0/users/createOrUpdate", post(users::create_or_update))
        .route(
            "/v0/users/{userId}",
            get(users::read).put(users::update).delete(users::delete),
        )
        .route("/v0/users/{userId}/active", post(users::mark_active))
        // The reference's overview lists the two calls that set roles as POST, its details as PUT.
        .route(
            "/v0/users/{userId}/roles",
            put(roles::set_in_workspace).post(roles::set_in_workspace),
        )
        .route("/v0/roles", get(roles::list_of_workspace))
        .route("/v0/roles/invite", post(roles::invite_to_workspace))
        .route("/v0/tenants", post(tenants::create))
        .route(
            "/v0/tenants/{tenantId}",
            get(tenants::read)
                .put(tenants::update)
                .delete(tenants::delete),
        )
        .route(
            "/v0/tenants/{tenantId}/tenants",
            post(tenants::create_below),
        )
        .route("/v0/tenants/{tenantId}/tenants/find", post(tenants::find))
        .route("/v0/tenants/{tenantId}/users", get(users::list_below))
        .route("/v0/tenants/{tenantId}/users/find", post(users::find_below))
        .route(
            "/v0/tenants/{tenantId}/users/invite",
            post(users::invite_below),
        )
        .route(
            "/v0/tenants/{tenantId}/users/createOrUpdate",
            post(users::create_or_update_below),
        )
        .route(
            "/v0/tenants/{tenantId}/users/{userId}",
            get(users::read_below)
                .put(users::update_below)
                .delete(users::delete_below),
        )
        .route("/v0/tenants/{tenantId}/roles", get(roles::list_of_tenant))
        .route(
            "/v0/tenants/{tenantId}/roles/invite",
            post(roles::invite_to_tenant),
        )
        .route(
            "/v0/tenants/{tenantId}/users/{userId}/roles",
            put(roles::set_in_tenant).post(roles::set_in_tenant),
        )
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
}

async fn unknown() -> ApiError {
    ApiError::not_found("Not Found")
}

/// Answers a call whose path exists; the header `Allow` is added on the way out.
pub(crate) async fn wrong_method() -> ApiError {
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
}
