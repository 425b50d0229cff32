//! What a request carries, and what an answer does. In: a request's body or path, or a record. Out:
//! a JSON object or path parameters, or a response; a refusal is always in Userfront's own form.
//! Main types: [`Json`] and [`Params`].

use crate::emulator::data::fields::Body;
use crate::emulator::http::error::ApiError;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The largest body that is read.
const LIMIT: usize = 1024 * 1024;

/// How much more of a body that is too large is taken and thrown away: a caller who is still sending
/// would otherwise see a broken connection instead of the answer.
const DRAIN: usize = 32 * LIMIT;

/// The JSON object in a request's body, whatever its content type; an absent body reads as `{}`.
pub(crate) struct Json(pub(crate) Body);

impl<S: Sync> FromRequest<S> for Json {
    type Rejection = ApiError;

    async fn from_request(request: Request, _state: &S) -> Result<Self, ApiError> {
        let mut chunks = request.into_body().into_data_stream();
        let mut bytes = Vec::new();
        let mut seen = 0_usize;
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| ApiError::bad_request("The body broke off"))?;
            seen += chunk.len();
            if seen > DRAIN {
                break;
            }
            if seen <= LIMIT {
                bytes.extend_from_slice(&chunk);
            }
        }
        if seen > LIMIT {
            let message = "The body is larger than 1 MiB";
            return Err(ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, message));
        }
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self(Body::new()));
        }
        let body = serde_json::from_slice(&bytes);
        body.map(Self).map_err(|error| {
            ApiError::bad_request(format!("The body is not a JSON object: {error}"))
        })
    }
}

/// The parameters in a request's path.
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let path = Path::from_request_parts(parts, state).await;
        path.map(|Path(params)| Self(params))
            .map_err(|_| ApiError::bad_request("The path is not valid"))
    }
}

/// What a handler answers.
pub(crate) type Answer = Result<Response, ApiError>;

/// An answer 200 with this in it.
pub(crate) fn json(record: &impl Serialize) -> Answer {
    let body = serde_json::to_vec(record)
        .map_err(|error| ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    let content_type = HeaderValue::from_static("application/json; charset=utf-8");
    Ok(([(CONTENT_TYPE, content_type)], body).into_response())
}
