//! What a fault does to a call. In: its kind, and the call that is still to be carried out. Out: what
//! the client gets instead. Main function: [`strike`].

use crate::emulator::faults::draw::FaultKind;
use crate::emulator::http::app::App;
use crate::emulator::http::connection::Cut;
use crate::emulator::http::error::ApiError;
use crate::emulator::switches::RetryAfter;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream::{self, StreamExt as _};
use std::io;
use std::time::Duration;

/// What a proxy says whose server is gone.
const PAGE: &str = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n\
    <center><h1>502 Bad Gateway</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n";

/// What the client gets.
pub(crate) enum Struck {
    Answer(Response),
    /// None: the connection ends.
    Nothing(Cut),
}

/// Carries a call out or not, and answers it or not.
pub(crate) async fn strike(
    app: &App,
    kind: FaultKind,
    call: impl Future<Output = Response>,
) -> Struck {
    match kind {
        FaultKind::ServerError => refuse(StatusCode::INTERNAL_SERVER_ERROR),
        FaultKind::ServerErrorAfterCommit => {
            drop(call.await);
            refuse(StatusCode::INTERNAL_SERVER_ERROR)
        }
        FaultKind::Unavailable => refuse(StatusCode::SERVICE_UNAVAILABLE),
        FaultKind::TooMany => too_many(app.options.switches.retry_after),
        FaultKind::TooManyBare => too_many(RetryAfter::None),
        FaultKind::Html502 => page(),
        FaultKind::Html502AfterCommit => {
            drop(call.await);
            page()
        }
        FaultKind::Transient => answer(StatusCode::BAD_REQUEST, "Problem with request"),
        FaultKind::PaymentRequired => refuse(StatusCode::PAYMENT_REQUIRED),
        FaultKind::Reset => Struck::Nothing(Cut::Reset),
        FaultKind::ResetAfterCommit => {
            drop(call.await);
            Struck::Nothing(Cut::Reset)
        }
        FaultKind::Timeout => hold(app).await,
        FaultKind::TimeoutAfterCommit => {
            drop(call.await);
            hold(app).await
        }
        FaultKind::Truncate => truncate(call.await).await,
    }
}

/// An error in Userfront's form.
fn refuse(status: StatusCode) -> Struck {
    answer(status, status.canonical_reason().unwrap_or_default())
}

fn answer(status: StatusCode, message: &str) -> Struck {
    Struck::Answer(ApiError::new(status, message).into_response())
}

fn too_many(form: RetryAfter) -> Struck {
    Struck::Answer(ApiError::too_many(form, Duration::from_secs(1)).into_response())
}

fn page() -> Struck {
    let html = HeaderValue::from_static("text/html");
    Struck::Answer((StatusCode::BAD_GATEWAY, [(CONTENT_TYPE, html)], PAGE).into_response())
}

/// Says nothing for as long as faults are to last, or until the emulator is stopped.
async fn hold(app: &App) -> Struck {
    let time = app.faults().timeout;
    let mut stopping = app.stopping.subscribe();
    drop(tokio::time::timeout(time, stopping.wait_for(|stopping| *stopping)).await);
    Struck::Nothing(Cut::Close)
}

/// Announces the whole body and breaks off after half of it.
async fn truncate(response: Response) -> Struck {
    let (mut head, body) = response.into_parts();
    let mut half = match to_bytes(body, usize::MAX).await {
        Ok(whole) if !whole.is_empty() => whole,
        // Of nothing there is no half.
        _ => return Struck::Nothing(Cut::Close),
    };
    head.headers.insert(CONTENT_LENGTH, half.len().into());
    half.truncate(half.len() / 2);
    let start = stream::iter([Ok::<Bytes, io::Error>(half)]);
    let end = stream::once(async {
        // What came before is on its way only once the connection has had its turn.
        tokio::task::yield_now().await;
        Err(io::ErrorKind::ConnectionAborted.into())
    });
    let body = Body::from_stream(start.chain(end));
    Struck::Answer(Response::from_parts(head, body))
}
