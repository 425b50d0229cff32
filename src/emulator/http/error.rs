//! What goes wrong. In: a refused request, or an emulator that can't start or end. Out: Userfront's
//! error body, or an error for the caller. Main types: [`ApiError`] and [`EmulatorError`].

use crate::emulator::data::time;
use crate::emulator::switches::RetryAfter;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

/// A request that is refused, with the status and the message of the answer.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    message: String,
    retry_after: Option<HeaderValue>,
}

impl ApiError {
    /// An answer with this status.
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
            retry_after: None,
        }
    }

    /// 400: the request itself is wrong.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// 404: it is not there.
    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// 404: no user has that id.
    pub(crate) fn no_user() -> Self {
        Self::not_found("User not found")
    }

    /// 404: no tenant has that id.
    pub(crate) fn no_tenant() -> Self {
        Self::not_found("Tenant not found")
    }

    /// 429, with how long to wait in the form that the switch asks for.
    pub(crate) fn too_many(form: RetryAfter, wait: Duration) -> Self {
        Self {
            retry_after: retry_after(form, wait),
            ..Self::new(StatusCode::TOO_MANY_REQUESTS, "Too Many Requests")
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = json!({
            "statusCode": self.status.as_u16(),
            "message": self.message,
            "error": {"type": "bad_request_error"},
        });
        let mut response = (self.status, body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(wait) = self.retry_after {
            headers.insert(RETRY_AFTER, wait);
        }
        response
    }
}

fn retry_after(form: RetryAfter, wait: Duration) -> Option<HeaderValue> {
    let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
    match form {
        RetryAfter::None => None,
        RetryAfter::Seconds => Some(seconds.into()),
        RetryAfter::Date => {
            let now = Duration::from_millis(time::now().unsigned_abs());
            // A date has no parts of a second: one more, so that it is never too early.
            let date = UNIX_EPOCH + now + Duration::from_secs(seconds + 1);
            HeaderValue::try_from(httpdate::fmt_http_date(date)).ok()
        }
    }
}

/// An emulator that can't start, or can't end cleanly.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "fields whose names say it all")]
pub enum EmulatorError {
    /// The address is taken or not this machine's.
    #[error("the emulator can't listen on {address}")]
    Bind {
        /// What was asked for.
        address: SocketAddr,
        source: std::io::Error,
    },
    /// The state that it was to start from contradicts itself.
    #[error("the emulator can't start from this state")]
    State(#[from] StateError),
    /// The state file can't be written.
    #[error("the emulator can't save its state in {}", path.display())]
    Save {
        path: PathBuf,
        source: std::io::Error,
    },
    /// The task that serves the requests failed.
    #[error("the emulator stopped serving")]
    Serve(#[source] std::io::Error),
}

/// A state that contradicts itself.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StateError {
    /// Two users with one id.
    #[error("two users have userId {0}")]
    SameUserId(u64),
    /// An id that JSON numbers can't hold exactly.
    #[error("userId {0} is over 9007199254740991")]
    LargeUserId(u64),
    /// Two users with one uuid.
    #[error("two users have userUuid {0}")]
    SameUuid(String),
    /// A uuid that is none.
    #[error("userUuid {0:?} is not a UUID")]
    InvalidUuid(String),
    /// Two users with one address.
    #[error("two users have the e-mail {0:?}, compared without case")]
    SameEmail(String),
    /// An address that is none.
    #[error("{0:?} is not an e-mail address")]
    InvalidEmail(String),
    /// Two users with one username.
    #[error("two users have the username {0:?}")]
    SameUsername(String),
    /// Two tenants with one id.
    #[error("two tenants have tenantId {0:?}")]
    SameTenant(String),
    /// A tenant below one that is not in the state, or below itself.
    #[error("tenant {0:?} is below a tenant that the state does not have, or below itself")]
    UnknownParent(String),
    /// Roles in a tenant that is not in the state.
    #[error("user {user} has roles in tenant {tenant:?}, which the state does not have")]
    UnknownTenant {
        /// The user's id.
        user: u64,
        /// The tenant's.
        tenant: String,
    },
    /// A time that is none.
    #[error("{0:?} is not an RFC 3339 time")]
    InvalidTime(String),
}
