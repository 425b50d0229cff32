//! The calls that show and set the faults while the emulator runs. In: `{"faults": {"reset": 2.5},
//! "seed": 7, "timeoutMs": 60000}`. Out: the same, as it is now. Main functions: [`show`], [`set`].

use super::app::App;
use super::body::{Answer, Json, json};
use super::error::ApiError;
use super::faults::{FaultShare, Faults};
use super::fields::Body;
use super::percent::Percent;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// The faults as the calls write them.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    faults: BTreeMap<&'a str, Percent>,
    seed: u64,
    timeout_ms: u64,
}

/// The faults of now.
pub(super) async fn show(State(app): State<Arc<App>>) -> Answer {
    let faults = app.faults();
    let shares = faults.shares().iter();
    json(&Shown {
        faults: shares.map(|(kind, it)| (kind.name(), *it)).collect(),
        seed: faults.seed,
        timeout_ms: u64::try_from(faults.timeout.as_millis()).unwrap_or(u64::MAX),
    })
}

/// Puts other faults in their place; a seed or a timeout that is left out stays as it is.
pub(super) async fn set(State(app): State<Arc<App>>, Json(body): Json) -> Answer {
    let faults = take(body, &app.faults())?;
    app.set_faults(faults);
    show(State(app)).await
}

fn take(mut body: Body, now: &Faults) -> Result<Faults, ApiError> {
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
    let shares = shares.iter().map(|(kind, percent)| share(kind, percent));
    let faults = Faults::new(shares.collect::<Result<Vec<_>, _>>()?);
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

/// A percentage must be a number here; what it may be is for [`FaultShare`] to say.
fn share(kind: &str, percent: &Value) -> Result<FaultShare, ApiError> {
    let share = FaultShare::new(kind, &percent.to_string());
    share.map_err(|error| ApiError::bad_request(error.to_string()))
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
