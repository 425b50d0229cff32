//! The one place that every API request passes. In: a request. Out: its response, later, refused,
//! garbled or missing where the options say so, and noted in the log. Main function: [`gate`].
#![expect(
    clippy::disallowed_methods,
    reason = "the emulator's latency is a wait"
)]

use crate::emulator::faults::fault_effect::{Struck, strike};
use crate::emulator::http::app::App;
use crate::emulator::http::connection::Line;
use crate::emulator::http::error::ApiError;
use crate::emulator::http::log::{Order, Visit};
use crate::emulator::switches::EmptyAnswers;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;

/// Counts a request, limits it, delays it, has it answered or lost, and keeps a record of it.
pub(crate) async fn gate(
    State(app): State<Arc<App>>,
    ConnectInfo(line): ConnectInfo<Line>,
    mut request: Request,
    next: Next,
) -> Response {
    let visit = Visit::begin(&app.log, request.method(), request.uri());
    let order = visit.order();
    request.extensions_mut().insert(Order(order));
    let fault = app.faults().draw(order);
    if !app.options.latency.is_zero() {
        tokio::time::sleep(app.options.latency).await;
    }
    let call = carry_out(&app, request, next);
    let struck = match fault {
        None => Struck::Answer(call.await),
        Some(kind) => {
            visit.suffers(kind);
            strike(&app, kind, call).await
        }
    };
    match struck {
        Struck::Answer(response) => {
            visit.answered(response.status());
            response
        }
        Struck::Nothing(cut) => {
            line.cut(cut);
            // It never leaves: a line that is cut carries nothing.
            Response::default()
        }
    }
}

/// What the server itself makes of a call.
async fn carry_out(app: &App, request: Request, next: Next) -> Response {
    let writes = matches!(*request.method(), Method::PUT | Method::DELETE);
    match app.admit() {
        Ok(()) => {
            let response = next.run(request).await;
            let is_empty = app.options.switches.empty_answers == EmptyAnswers::On;
            if writes && is_empty && response.status().is_success() {
                return StatusCode::NO_CONTENT.into_response();
            }
            response
        }
        Err(wait) => {
            let form = app.options.switches.retry_after;
            ApiError::too_many(form, wait).into_response()
        }
    }
}
