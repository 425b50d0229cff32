//! The calls about the emulator itself, under `/_emulator`: never delayed, limited, made to fail or
//! asked for a key. In: the app. Out: its state, its log, its invitations, its faults, or a fresh
//! start. Main function: [`router`].

use super::app::App;
use super::body::{Answer, json};
use super::error::ApiError;
use super::fault_calls;
use super::options::Mode;
use super::routes::wrong_method;
use super::state::Invitation;
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::routing::{get, post};
use serde_json::json;
use std::sync::Arc;

/// The control routes.
pub(super) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/_emulator/state", get(state))
        .route("/_emulator/requests", get(requests))
        .route("/_emulator/invitations", get(invitations))
        .route("/_emulator/reset", post(reset))
        .route(
            "/_emulator/faults",
            get(fault_calls::show).put(fault_calls::set),
        )
        .method_not_allowed_fallback(wrong_method)
}

/// One mode's state, or both.
async fn state(State(app): State<Arc<App>>, uri: Uri) -> Answer {
    match mode(&uri)? {
        Some(mode) => json(&*app.read(mode)),
        None => app.read_both(|both| json(&both)),
    }
}

/// The API requests in the order of their arrival.
async fn requests(State(app): State<Arc<App>>) -> Answer {
    json(&app.log.records())
}

/// One mode's invitations, or both modes'.
async fn invitations(State(app): State<Arc<App>>, uri: Uri) -> Answer {
    let of = |mode| -> Vec<Invitation> { app.read(mode).invitations.clone() };
    match mode(&uri)? {
        Some(mode) => json(&of(mode)),
        None => json(&json!({"test": of(Mode::Test), "live": of(Mode::Live)})),
    }
}

/// Back to the state of the start.
async fn reset(State(app): State<Arc<App>>) -> Answer {
    app.reset()
        .map_err(|error| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    json(&json!({"message": "OK"}))
}

/// The `mode` in a query.
fn mode(uri: &Uri) -> Result<Option<Mode>, ApiError> {
    let query = uri.query().unwrap_or_default();
    let mode = query.split('&').find_map(|pair| pair.strip_prefix("mode="));
    match mode {
        None => Ok(None),
        Some("test") => Ok(Some(Mode::Test)),
        Some("live") => Ok(Some(Mode::Live)),
        Some(_) => Err(ApiError::bad_request("mode must be test or live")),
    }
}
