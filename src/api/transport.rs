//! Requests over HTTPS: one connection pool, one key, and the retries that [`retry`] decides on.
#![expect(
    clippy::disallowed_methods,
    reason = "this is where the client waits and reads the clock"
)]

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::{SignedDuration, Timestamp};
use reqwest::header::{AUTHORIZATION, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Response, StatusCode, redirect};
use serde_json::{Map, Value};
use tokio::time::{Instant, sleep};
use url::Url;

use super::address::{base, is_loopback};
use super::error::{ApiError, ClientError};
use super::gate::Gate;
use super::key::Key;
use super::quota::Quota;
use super::request::Request;
use super::retry::{self, AttemptError, Repeat, Tries, Verdict};
use super::settings::{Settings, Usage};
use super::tls::{is_tls, tls};
use super::wire::{ErrorJson, ReadError};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// No answer of this API is near this size; a larger one is not read to its end.
const MAX_ANSWER: usize = 64 * 1024 * 1024;
/// How much of a server's message is repeated in ours, in characters.
const MAX_MESSAGE: usize = 300;

/// What one attempt ended in.
enum Attempt<T> {
    Done(T),
    /// For good.
    Failed(ApiError),
    /// Perhaps only for now.
    Retryable(AttemptError, String, Option<StatusCode>),
}

#[derive(Debug)]
pub(super) struct Transport {
    http: reqwest::Client,
    base: Url,
    key: Key,
    requests: AtomicU64,
    micros: AtomicU64,
    /// How far the server's clock was ahead of this machine's at the last answer.
    ahead: Mutex<Option<SignedDuration>>,
    gate: Gate,
    parallel: usize,
    first_wait: Duration,
}

tokio::task_local! {
    /// How many requests were sent for what is being counted.
    static SENT: Cell<u64>;
}

/// What comes of some calls, and what they took: requests, with repeats, and time, with waits.
pub(crate) async fn measured<T>(calls: impl Future<Output = T>) -> (T, Usage) {
    let started = Instant::now();
    let counted = async {
        let result = calls.await;
        (result, SENT.with(Cell::get))
    };
    let (result, requests) = SENT.scope(Cell::new(0), counted).await;
    let time = started.elapsed();
    (result, Usage { requests, time })
}

impl Transport {
    pub(super) fn new(settings: Settings) -> Result<Self, ClientError> {
        let base = base(&settings.url)?;
        let gate = Gate::new(&settings);
        let loopback = is_loopback(&base);
        let setup = |reason: String| ClientError::Setup { reason };
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", settings.key.expose()))
            .map_err(|_| setup("the key has characters that a header can't carry".into()))?;
        authorization.set_sensitive(true);
        let tls = tls(base.scheme() == "https").map_err(|error| setup(error.to_string()))?;
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("ufsync/", env!("CARGO_PKG_VERSION")))
            .default_headers(HeaderMap::from_iter([(AUTHORIZATION, authorization)]))
            .https_only(!loopback)
            // A redirect would carry the key to an address that was not configured.
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(settings.timeout)
            .pool_max_idle_per_host(settings.parallel)
            .tls_backend_preconfigured(tls);
        if loopback {
            builder = builder.no_proxy();
        }
        let http = builder.build().map_err(|error| setup(chain(&error)))?;
        Ok(Self {
            http,
            base,
            key: settings.key,
            requests: AtomicU64::new(0),
            micros: AtomicU64::new(0),
            ahead: Mutex::new(None),
            gate,
            parallel: settings.parallel.max(1),
            first_wait: settings.first_wait,
        })
    }

    pub(super) fn key(&self) -> &Key {
        &self.key
    }

    pub(super) fn base(&self) -> &Url {
        &self.base
    }

    pub(super) fn parallel(&self) -> usize {
        self.parallel
    }

    pub(super) fn skew(&self) -> Option<Duration> {
        Some(self.ahead()?.unsigned_abs())
    }

    fn ahead(&self) -> Option<SignedDuration> {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The time by the server's clock, to a second or two; none where no answer had a `Date`.
    pub(super) fn server_time(&self) -> Option<Timestamp> {
        Timestamp::now().checked_add(self.ahead()?).ok()
    }

    /// Notes how far the clocks are apart, if the answer has a `Date`.
    fn note_time(&self, response: &Response) {
        let date = response.headers().get(DATE);
        let server = date.and_then(|date| httpdate::parse_http_date(date.to_str().ok()?).ok());
        if let Some(server) = server.and_then(|server| Timestamp::try_from(server).ok()) {
            let ahead = server.duration_since(Timestamp::now());
            *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some(ahead);
        }
    }

    pub(super) fn usage(&self) -> Usage {
        Usage {
            requests: self.requests.load(Ordering::Relaxed),
            time: Duration::from_micros(self.micros.load(Ordering::Relaxed)),
        }
    }

    /// Sends a request until it is answered for good, and reads the answer.
    pub(super) async fn send<T>(
        &self,
        request: Request,
        read: impl Fn(&str) -> Result<T, ReadError>,
    ) -> Result<T, ApiError> {
        let mut tries = Tries::new(self.first_wait);
        let mut since = None;
        loop {
            let Some(pass) = self.gate.enter(since).await else {
                return Err(ApiError::RateLimited {
                    call: request.call(),
                    attempts: tries.count(),
                    retry_after: None,
                });
            };
            let (outcome, quota) = self.attempt(&request, &read).await;
            let (failure, reason, status) = match outcome {
                Attempt::Retryable(failure, reason, status) => (failure, reason, status),
                Attempt::Done(value) => {
                    self.gate.accepted(&pass, quota);
                    return Ok(value);
                }
                Attempt::Failed(error) => {
                    self.gate.accepted(&pass, quota);
                    return Err(error);
                }
            };
            let since = *since.get_or_insert(self.gate.now());
            let progress = self.gate.progress();
            let verdict = tries.decide(failure, request.repeat, progress, fastrand::f64());
            let asked = failure.asked();
            let wait = match verdict {
                Verdict::Again(wait) => wait,
                Verdict::Stop => asked.unwrap_or_default(),
            };
            // If the server asks one call to wait, all wait. One that it refused waits with them.
            match failure {
                AttemptError::TooMany(_) => self.gate.refused(&pass, wait),
                _ => self.gate.failed(asked.unwrap_or_default()),
            }
            drop(pass);
            let until = self.gate.now() + wait.as_secs_f64();
            if verdict == Verdict::Stop || self.gate.is_too_late(until, Some(since)) {
                return Err(give_up(&request, failure, reason, status, tries.count()));
            }
            tracing::info!(call = %request.call(), attempt = tries.count(), ?wait, reason, "trying again");
            if !matches!(failure, AttemptError::TooMany(_)) {
                sleep(wait).await;
            }
        }
    }

    async fn attempt<T>(
        &self,
        request: &Request,
        read: &impl Fn(&str) -> Result<T, ReadError>,
    ) -> (Attempt<T>, Option<Quota>) {
        let mut url = self.base.clone();
        url.set_path(&format!(
            "{}{}",
            self.base.path().trim_end_matches('/'),
            request.path
        ));
        let mut builder = self.http.request(request.method.clone(), url);
        if let Some(body) = &request.body {
            builder = builder.json(body);
        }
        let started = Instant::now();
        let sent = builder.send().await;
        let outcome = match sent {
            Ok(response) => {
                let quota = quota(&response);
                let pause = retry_after(&response).or(quota.and_then(Quota::pause));
                (self.judge(request, response, pause, read).await, quota)
            }
            // Another attempt meets the same certificate.
            Err(error) if error.is_connect() && is_tls(&error) => {
                let call = request.call();
                let reason = chain(&error);
                (Attempt::Failed(ApiError::Untrusted { call, reason }), None)
            }
            Err(error) => {
                let failure = if error.is_connect() {
                    AttemptError::NotSent
                } else if error.is_timeout() {
                    AttemptError::TimedOut
                } else {
                    AttemptError::Lost
                };
                (Attempt::Retryable(failure, chain(&error), None), None)
            }
        };
        let took = started.elapsed();
        self.requests.fetch_add(1, Ordering::Relaxed);
        // Outside of a count there is nothing to add to.
        SENT.try_with(|sent| sent.set(sent.get() + 1))
            .unwrap_or_default();
        self.micros.fetch_add(
            u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            Ordering::Relaxed,
        );
        tracing::debug!(call = %request.call(), ?took, "request");
        outcome
    }

    async fn judge<T>(
        &self,
        request: &Request,
        response: Response,
        pause: Option<Duration>,
        read: &impl Fn(&str) -> Result<T, ReadError>,
    ) -> Attempt<T> {
        self.note_time(&response);
        let status = response.status();
        let body = match body(response).await {
            Ok(body) => body,
            Err(reason) => return Attempt::Retryable(AttemptError::Lost, reason, Some(status)),
        };
        let call = request.call();
        if status.is_success() {
            let body: &[u8] = if body.is_empty() { b"null" } else { &body };
            if is_html(body) {
                let reason =
                    "it is a web page (HTML), which a proxy or a login page sends, not the API"
                        .to_owned();
                return Attempt::Retryable(AttemptError::Page, reason, Some(status));
            }
            // Checked as text once, rather than string by string.
            let text = std::str::from_utf8(body).map_err(|_| ReadError::NotJson);
            return match text.and_then(read) {
                Ok(value) => Attempt::Done(value),
                Err(ReadError::Wrong(reason)) => {
                    let reason = reason.replace(self.key.expose(), "[key]");
                    Attempt::Failed(ApiError::BadAnswer { call, reason })
                }
                // Not JSON, or cut off: a broken connection. The call may have been carried out.
                Err(ReadError::NotJson) => Attempt::Retryable(
                    AttemptError::Lost,
                    "it is not JSON, or was cut off".to_owned(),
                    Some(status),
                ),
            };
        }
        let message = self.message(&body, status);
        match status.as_u16() {
            401 => Attempt::Failed(ApiError::Unauthorized { call }),
            403 => Attempt::Failed(ApiError::Forbidden { call, message }),
            404 => Attempt::Failed(match said(&body) {
                Said::ByTheApi => ApiError::NotFound { call, message },
                Said::Unknown => ApiError::PerhapsNotFound { call, message },
                Said::ByAnother => ApiError::BadAnswer {
                    call,
                    reason: "it is a 404 that does not come from the API; check --api-url"
                        .to_owned(),
                },
            }),
            // The server did not wait for the request, or does not accept it this early.
            408 | 425 => Attempt::Retryable(AttemptError::Server(pause), message, Some(status)),
            429 => Attempt::Retryable(AttemptError::TooMany(pause), message, Some(status)),
            500 | 502 | 503 | 504 => {
                Attempt::Retryable(AttemptError::Server(pause), message, Some(status))
            }
            501 | 505..=599 => Attempt::Failed(ApiError::Server {
                call,
                status: status.as_u16(),
                attempts: 1,
                message,
            }),
            400..=499 => Attempt::Failed(ApiError::Refused {
                call,
                status: status.as_u16(),
                message,
            }),
            other => Attempt::Failed(ApiError::BadAnswer {
                call,
                reason: format!(
                    "status {other} is not followed, because it would carry the key elsewhere"
                ),
            }),
        }
    }

    /// The server's own words, shortened, without control characters and without the key, whatever it sent back.
    fn message(&self, body: &[u8], status: StatusCode) -> String {
        let said = serde_json::from_slice::<ErrorJson>(body)
            .ok()
            .and_then(|error| error.message);
        let said =
            said.unwrap_or_else(|| status.canonical_reason().unwrap_or("no message").to_owned());
        // Without control characters first, since they could hide the key from the search and then vanish.
        let said: String = said.chars().filter(|c| !c.is_control()).collect();
        let said = said.replace(self.key.expose(), "[key]");
        said.chars().take(MAX_MESSAGE).collect()
    }
}

/// Who sent a 404. A proxy's page must not pass for "this user is gone".
enum Said {
    /// Its body is an error as the API writes them, with `statusCode`.
    ByTheApi,
    /// Its body is empty, or an object that could be a gateway's as well.
    Unknown,
    /// Its body is something else.
    ByAnother,
}

fn said(body: &[u8]) -> Said {
    if body.is_empty() {
        return Said::Unknown;
    }
    match serde_json::from_slice::<Map<String, Value>>(body) {
        Ok(error) if error.get("statusCode").and_then(Value::as_u64) == Some(404) => Said::ByTheApi,
        Ok(_) => Said::Unknown,
        Err(_) => Said::ByAnother,
    }
}

/// Whether a body is a web page.
fn is_html(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

fn give_up(
    request: &Request,
    failure: AttemptError,
    reason: String,
    status: Option<StatusCode>,
    attempts: u32,
) -> ApiError {
    let call = request.call();
    let code = status.map_or(0, |status| status.as_u16());
    match failure {
        AttemptError::Lost
        | AttemptError::Page
        | AttemptError::TimedOut
        | AttemptError::Server(_)
            if request.repeat == Repeat::Unsafe =>
        {
            let late = failure == AttemptError::TimedOut;
            ApiError::AnswerLost { call, reason, late }
        }
        AttemptError::TooMany(retry_after) => ApiError::RateLimited {
            call,
            attempts,
            retry_after,
        },
        AttemptError::Server(_) => ApiError::Server {
            call,
            status: code,
            attempts,
            message: reason,
        },
        AttemptError::Page => ApiError::BadAnswer { call, reason },
        AttemptError::Lost if status.is_some() => ApiError::BadAnswer { call, reason },
        AttemptError::NotSent | AttemptError::Lost | AttemptError::TimedOut => {
            ApiError::Unreachable {
                call,
                attempts,
                reason,
            }
        }
    }
}

fn retry_after(response: &Response) -> Option<Duration> {
    let header = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    retry::retry_after(header, since_1970())
}

fn quota(response: &Response) -> Option<Quota> {
    let header = |name: &str| response.headers().get(name)?.to_str().ok();
    Quota::read(header, since_1970())
}

fn since_1970() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

async fn body(mut response: Response) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| chain(&error))? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_ANSWER {
            return Err(format!("the answer is longer than {MAX_ANSWER} bytes"));
        }
    }
    Ok(body)
}

/// An error and its causes in one line. The address is left out: the call names it.
fn chain(error: &reqwest::Error) -> String {
    let mut words = if error.is_timeout() {
        "timed out".to_owned()
    } else {
        String::new()
    };
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if !words.is_empty() {
            words.push_str(": ");
        }
        words.push_str(&error.to_string());
        cause = error.source();
    }
    if words.is_empty() {
        "the connection broke".to_owned()
    } else {
        words
    }
}
