//! The calls about the emulator itself, under `/_emulator`: never delayed, limited, made to fail or
//! asked for a key. In: the app. Out: its state, its log, its invitations, its faults, or a fresh
//! start. Main function: [`router`].

use crate::emulator::data::fields::Body;
use crate::emulator::data::mode::Mode;
use crate::emulator::data::state::Invitation;
use crate::emulator::faults::draw::{FaultKind, FaultShare, Faults};
use crate::emulator::http::app::App;
use crate::emulator::http::body::{Answer, Json, json};
use crate::emulator::http::error::ApiError;
use crate::emulator::http::routes::wrong_method;
use axum::Router;
use axum::extract::State;
use axum::http::Uri;
use axum::routing::{get, post};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The control routes.
pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route("/_emulator/state", get(state))
        .route("/_emulator/requests", get(requests))
        .route("/_emulator/invitations", get(invitations))
        .route("/_emulator/reset", post(reset))
        .route("/_emulator/faults", get(show_faults).put(set_faults))
        .method_not_allowed_fallback(wrong_method)
}

/// One mode's state, or both.
async fn state(State(app): State<Arc<App>>, uri: Uri) -> Answer {
    match mode(&uri)? {
        Some(mode) => json(&app.read(mode).dump()),
        None => json(&app.state()),
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
    app.reset();
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

/// The faults as the calls write them, as in `{"faults": {"reset": 2.5}, "seed": 7, "timeoutMs": 60000}`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct FaultsBody {
    faults: BTreeMap<FaultKind, f64>,
    seed: u64,
    timeout_ms: u64,
}

/// The present faults.
async fn show_faults(State(app): State<Arc<App>>) -> Answer {
    let faults = app.faults();
    json(&FaultsBody {
        faults: faults.shares(),
        seed: faults.seed,
        timeout_ms: u64::try_from(faults.timeout.as_millis()).unwrap_or(u64::MAX),
    })
}

/// Replaces the faults; a seed or a timeout that is left out stays as it is.
async fn set_faults(State(app): State<Arc<App>>, Json(body): Json) -> Answer {
    let faults = take_faults(body, &app.faults())?;
    app.set_faults(faults);
    show_faults(State(app)).await
}

fn take_faults(mut body: Body, now: &Faults) -> Result<Faults, ApiError> {
    let shares = match body.remove("faults") {
        Some(Value::Object(shares)) => shares,
        Some(_) => {
            return Err(ApiError::bad_request(
                r#"faults must be an object, as in {"faults": {"reset": 2.5}}"#,
            ));
        }
        None => {
            return Err(ApiError::bad_request(
                r#"faults is missing: write {"faults": {"reset": 2.5}}, or {"faults": {}} for none"#,
            ));
        }
    };
    // A percentage must be a number here, which a text in quotes is not.
    let shares = shares
        .iter()
        .map(|(kind, percent)| FaultShare::new(kind, &percent.to_string()));
    let faults = shares.collect::<Result<Vec<_>, _>>().and_then(Faults::new);
    let faults = faults.map_err(|error| ApiError::bad_request(error.to_string()))?;
    let seed = number(&mut body, "seed")?;
    let timeout = number(&mut body, "timeoutMs")?;
    if let Some(unknown) = body.keys().next() {
        let message = format!("{unknown:?} is not known; there are faults, seed and timeoutMs");
        return Err(ApiError::bad_request(message));
    }
    Ok(faults
        .seeded(seed.unwrap_or(now.seed))
        .lasting(timeout.map_or(now.timeout, Duration::from_millis)))
}

fn number(body: &mut Body, name: &str) -> Result<Option<u64>, ApiError> {
    match body.remove(name) {
        None => Ok(None),
        Some(value) => value.as_u64().map(Some).ok_or_else(|| {
            let message =
                format!("{name} must be a whole number that is not negative, and is {value}");
            ApiError::bad_request(message)
        }),
    }
}
