//! The one place that every API request passes. In: a request. Out: its response, later or refused
//! where the options say so, and noted in the log. Main function: [`gate`].
#![expect(
    clippy::disallowed_methods,
    reason = "the emulator's latency is a wait"
)]

use super::app::App;
use super::clock;
use super::error::ApiError;
use super::log::Entry;
use super::switches::RetryAfter;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// Counts a request, limits it, delays it, has it answered and keeps a record of it.
pub(super) async fn gate(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let arrived = clock::now();
    let order = app.log.arrive();
    let method = request.method().clone();
    let path = request.uri().path().into();
    let admitted = app.admit();
    if !app.options.latency.is_zero() {
        tokio::time::sleep(app.options.latency).await;
    }
    let response = match admitted {
        Ok(()) => next.run(request).await,
        Err(wait) => ApiError::too_many(retry_after(&app, wait)).into_response(),
    };
    app.log.keep(Entry {
        order,
        method,
        path,
        status: response.status(),
        arrived,
    });
    response
}

/// The header that says how long to wait, in whole seconds, as the switch says.
fn retry_after(app: &App, wait: Duration) -> Option<HeaderValue> {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    match app.options.switches.retry_after {
        RetryAfter::None => None,
        RetryAfter::Seconds => Some(seconds.into()),
        RetryAfter::Date => {
            let now = Duration::from_millis(clock::now().unsigned_abs());
            // A date has no parts of a second: one more, so that it is never too early.
            let date = UNIX_EPOCH + now + Duration::from_secs(seconds + 1);
            HeaderValue::try_from(httpdate::fmt_http_date(date)).ok()
        }
    }
}
