//! What can go wrong with a call: which call, at which address, what came back, and what to try.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use miette::Diagnostic;
use reqwest::Method;
use thiserror::Error;
use url::Url;

use crate::model::Unreadable;

/// The longest answer that is read, in bytes, decompressed. A page of a hundred users has a hundredth of it.
pub(crate) const LONGEST: usize = 16 * 1024 * 1024;

/// One of the API's calls, as messages name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The HTTP method.
    pub method: Method,
    /// The path, with its ids.
    pub path: String,
    /// The server's address, where it is known.
    pub server: Option<Arc<str>>,
}

impl Call {
    /// A call with this method.
    pub fn new(method: Method, path: impl Into<String>) -> Self {
        Self {
            method,
            path: path.into(),
            server: None,
        }
    }

    /// The same call, of this server.
    #[must_use]
    pub fn to(self, server: &Url) -> Self {
        let server = server.as_str().trim_end_matches('/');
        Self {
            server: Some(server.into()),
            ..self
        }
    }

    /// Whether it changes nothing.
    pub(crate) fn reads(&self) -> bool {
        self.method == Method::GET || self.path.ends_with("/find")
    }

    /// A `GET` of this path.
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path)
    }

    /// A `PUT` to this path.
    pub fn put(path: impl Into<String>) -> Self {
        Self::new(Method::PUT, path)
    }

    /// A `POST` to this path.
    pub fn post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path)
    }
}

/// What to do about a call that was refused.
fn refused_help(call: &Call, status: u16) -> &'static str {
    match status {
        402 => {
            "The server understood the call and did not carry it out, which usually means a limit of the workspace's plan (tenants, roles, nesting). Check the plan in the Userfront dashboard; nothing in the manifest is wrong."
        }
        _ if call.reads() => {
            "The server does not accept the request. Check --api-url; if it is right, this may be a bug in ufsync: -vv shows the requests."
        }
        _ => "The server did not accept the values; correct them in the manifest and run again.",
    }
}

/// What to do about a server that failed.
fn server_help(status: u16) -> &'static str {
    match status {
        501 | 505..=599 => {
            "The server does not carry out this call, and running again does not change that. Check --api-url, and report the call and this message to the operator of the server."
        }
        _ => "Run again later: every step is safe to repeat.",
    }
}

/// What to do where nothing was found. A path that names no record is always there, if it is the API's.
fn not_found_help(call: &Call) -> &'static str {
    let is_collection = ["find", "users", "tenants", "roles", "invite"]
        .iter()
        .any(|name| call.path.rsplit('/').next() == Some(name));
    if is_collection && !call.path.starts_with("/v0/tenants/") {
        "The server has no such call: check the path of --api-url, which is written without /v0 and what follows it."
    } else {
        "The record may have been deleted since it was read: plan again. If the new plan has the same change, the server lists a record that it does not find: look at it in the Userfront dashboard. If nothing is found at all, check the path of --api-url."
    }
}

/// How to take back what reached another user.
fn other_record_help(call: &Call, found: &str, wrote: &str) -> String {
    if call.method == Method::DELETE {
        return format!(
            "User {found} may have been deleted. Look for the user in the Userfront dashboard; an export or a snapshot from before has what the record held."
        );
    }
    format!(
        "Look at user {found} in the Userfront dashboard, and set back what was written: {wrote}. `ufsync plan` shows it where the manifest has that user; a snapshot from before has what the record held."
    )
}

/// What the server asked for, where it did.
fn asks(wait: Option<Duration>) -> String {
    wait.map_or_else(String::new, |wait| {
        format!("; the server asks to wait {} s", wait.as_secs_f64().ceil())
    })
}

impl ApiError {
    /// Where the call was about one record, and says only of that record that it can't be had: which record that is.
    ///
    /// # Errors
    /// The same error, where it says more.
    pub(crate) fn unreadable(self, id: String, name: Option<String>) -> Result<Unreadable, Self> {
        let reason = match self {
            Self::UnreadableRecord { record, .. } => return Ok(*record),
            Self::Forbidden { .. } => "the server does not let the key read it (403)",
            Self::NotFound { .. } | Self::PerhapsNotFound { .. } => {
                "a list has it, and read alone it is not found (404)"
            }
            error => return Err(error),
        };
        Ok(Unreadable {
            id: Some(id),
            name,
            reason: reason.to_owned(),
        })
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = self.server.as_deref().unwrap_or_default();
        write!(f, "{} {server}{}", self.method, self.path)
    }
}

/// Why a client ends before all calls were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum EndReason {
    /// It was asked to.
    Stopped,
    /// Its time is over.
    Deadline,
    /// The server no longer answers.
    NoAnswer,
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Stopped => "the run was stopped",
            Self::Deadline => "the deadline has passed",
            Self::NoAnswer => "the server no longer answers",
        })
    }
}

/// What to do about a call that was given up.
fn given_up_help(call: &Call) -> &'static str {
    if call.reads() {
        "It changes nothing. Run again, with a later --deadline where that was the reason."
    } else {
        "Plan again: the new plan shows whether it was carried out."
    }
}

/// Why the client can't be made.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum ClientError {
    /// Not an address.
    #[error("`{url}` is not an address of an API: {reason}")]
    #[diagnostic(
        code(ufsync::api::bad_url),
        help("Write https:// and a host, as in https://api.userfront.com.")
    )]
    BadUrl {
        /// As written.
        url: String,
        /// What is wrong.
        reason: String,
    },
    /// Plain HTTP to somewhere else than this machine.
    #[error("`{url}` is not HTTPS: the key would travel in the open")]
    #[diagnostic(
        code(ufsync::api::plain_http),
        help(
            "Write https://. Plain http:// is accepted only for loopback addresses, where the emulator listens."
        )
    )]
    PlainHttp {
        /// As written.
        url: String,
    },
    /// TLS could not be set up.
    #[error("the HTTP client can't be set up: {reason}")]
    #[diagnostic(
        code(ufsync::api::setup),
        help("Check SSL_CERT_FILE and the system's certificates.")
    )]
    Setup {
        /// What the TLS library says.
        reason: String,
    },
}

/// Why a call failed for good. Neither the key nor a body is part of any message.
#[derive(Clone, Debug, PartialEq, Error, Diagnostic)]
#[non_exhaustive]
#[expect(missing_docs, reason = "fields whose names say it all")]
pub enum ApiError {
    /// No answer.
    #[error("{call}: no answer, tried {attempts}×: {reason}")]
    #[diagnostic(
        code(ufsync::api::unreachable),
        help("Check the network, HTTPS_PROXY, and that the host and port of --api-url are right.")
    )]
    Unreachable {
        call: Call,
        /// How often it was sent.
        attempts: u32,
        /// What went wrong the last time.
        reason: String,
    },
    /// No secure connection, so that nothing was sent.
    #[error("{call}: no secure connection: {reason}")]
    #[diagnostic(
        code(ufsync::api::untrusted),
        help(
            "Check --api-url and this machine's clock. Where a company's proxy or its own authority signs the certificate, name the authority's file in SSL_CERT_FILE."
        )
    )]
    Untrusted {
        call: Call,
        /// What is wrong with the certificate.
        reason: String,
    },
    /// The other side does not speak TLS, so that nothing was sent.
    #[error("{call}: no secure connection: this port does not speak TLS")]
    #[diagnostic(
        code(ufsync::api::not_tls),
        help(
            "Check the port of --api-url, and HTTPS_PROXY. An emulator on this machine is reached with http://."
        )
    )]
    NotTls { call: Call },
    /// An answer that is longer than any should be. It is not asked for again.
    #[error("{call}: the answer is too long: more than {} MiB, or than its values are worth", LONGEST / 1024 / 1024)]
    #[diagnostic(
        code(ufsync::api::too_long),
        help(
            "It was not read to its end, and not asked for again. Check --api-url; if it is right, a record holds far more `data` than usual, or the server's pages are too large."
        )
    )]
    TooLong { call: Call },
    /// A creation or an invitation whose answer was lost: it may have happened.
    #[error("{call}: the answer was lost, so it may have been carried out: {reason}")]
    #[diagnostic(
        code(ufsync::api::answer_lost),
        help(
            "It was not sent again, so as not to do it twice. Run again: what exists by then is found."
        )
    )]
    AnswerLost {
        call: Call,
        reason: String,
        /// Whether the server may still be at it: then it is not sent again in this run.
        late: bool,
    },
    /// 401.
    #[error("{call}: the server does not accept the key (401)")]
    #[diagnostic(
        code(ufsync::api::unauthorized),
        help("The key may have been revoked, or belong to another environment.")
    )]
    Unauthorized { call: Call },
    /// 403.
    #[error("{call}: the key may not do this (403): {message}")]
    #[diagnostic(
        code(ufsync::api::forbidden),
        help("Use an admin key: a readonly key may read and search.")
    )]
    Forbidden { call: Call, message: String },
    /// 404.
    #[error("{call}: not found (404): {message}")]
    #[diagnostic(code(ufsync::api::not_found), help("{}", not_found_help(call)))]
    NotFound { call: Call, message: String },
    /// 404, and nothing shows that the API itself says so: a proxy may have answered.
    #[error("{call}: 404 without the API's own error: {message}")]
    #[diagnostic(
        code(ufsync::api::perhaps_not_found),
        help(
            "The record may exist: this is not how the API says that a record is missing, and a search does not settle it. Check the path of --api-url, and what is between this machine and the server. If both are right, the next run gets the same answer: report the call and this message to the operator of the server."
        )
    )]
    PerhapsNotFound { call: Call, message: String },
    /// Another 4xx.
    #[error("{call}: refused ({status}): {message}")]
    #[diagnostic(code(ufsync::api::refused), help("{}", refused_help(call, *status)))]
    Refused {
        call: Call,
        status: u16,
        message: String,
    },
    /// 429 to the end.
    #[error("{call}: still too many requests, tried {attempts}×{}", asks(*retry_after))]
    #[diagnostic(
        code(ufsync::api::rate_limited),
        help("Run again later. --max-rate leaves room for others who use the same limit.")
    )]
    RateLimited {
        call: Call,
        /// How often it was sent.
        attempts: u32,
        /// What the server asked to wait for, where it said.
        retry_after: Option<Duration>,
    },
    /// 5xx to the end.
    #[error("{call}: the server failed ({status}), tried {attempts}×: {message}{}", asks(*retry_after))]
    #[diagnostic(
        code(ufsync::api::server),
        help("{}", server_help(*status))
    )]
    Server {
        call: Call,
        status: u16,
        /// How often it was sent.
        attempts: u32,
        message: String,
        /// What the server asked to wait for, where it said.
        retry_after: Option<Duration>,
    },
    /// An answer that is not what the call promises.
    #[error("{call}: the answer can't be understood: {reason}")]
    #[diagnostic(
        code(ufsync::api::bad_answer),
        help(
            "The server, or something between it and ufsync, contradicts the call or itself; running again helps only if that was a disturbance. -vv shows the requests. Check --api-url, and report the call and this message to the operator of the server."
        )
    )]
    BadAnswer {
        call: Call,
        /// What is wrong with it.
        reason: String,
    },
    /// A write that was answered with the record of another user, who may have got it.
    #[error(
        "{call}: it answered with the record of user {found}, not of user {asked}, and may have changed that user"
    )]
    #[diagnostic(
        code(ufsync::api::other_record),
        help("{}", other_record_help(call, found, wrote))
    )]
    OtherRecord {
        call: Call,
        /// The user who was meant.
        asked: Box<str>,
        /// The user of the answer.
        found: Box<str>,
        /// What was written: the names of the fields.
        wrote: Box<str>,
    },
    /// The record that was asked for, with a field whose meaning is not known.
    #[error("{call}: the record can't be read: {record}")]
    #[diagnostic(
        code(ufsync::api::unreadable_record),
        help("Look at the record in the Userfront dashboard, or with `ufsync api`.")
    )]
    UnreadableRecord {
        call: Call,
        /// Which record, and what is wrong with it.
        record: Box<Unreadable>,
    },
    /// It was not sent, because the client ended before.
    #[error("{call}: not sent: {why}")]
    #[diagnostic(
        code(ufsync::api::ended),
        help("Run again, with a later --deadline where that was the reason.")
    )]
    Ended {
        call: Call,
        /// Why it ended.
        why: EndReason,
    },
    /// It was sent, and its answer is no longer waited for.
    #[error("{call}: no answer yet, given up: {why}")]
    #[diagnostic(code(ufsync::api::given_up), help("{}", given_up_help(call)))]
    GivenUp {
        call: Call,
        /// Why it is given up.
        why: EndReason,
    },
    /// Records kept moving while they were read.
    #[error("{call}: records kept being deleted while they were read")]
    #[diagnostic(
        code(ufsync::api::unstable),
        help("Run again when fewer users are being deleted.")
    )]
    Unstable { call: Call },
}
