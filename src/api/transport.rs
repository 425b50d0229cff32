//! Requests over HTTPS: one connection pool, one key, and the retries that [`retry`] decides on.
#![expect(
    clippy::disallowed_methods,
    reason = "this is where the client waits and reads the clock"
)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Response, StatusCode, redirect};
use tokio::time::{Instant, sleep, timeout_at};
use url::Url;

use crate::api::address::{base, is_loopback};
use crate::api::answer;
use crate::api::answer::{BodyError, Said, chain, said};
use crate::api::error::{ApiError, Call, ClientError};
use crate::api::give_up::Failed;
use crate::api::key::Key;
use crate::api::pacing::ending::Ending;
use crate::api::pacing::gate::{Entry, Gate};
use crate::api::pacing::quota::Quota;
use crate::api::pacing::rate::Seconds;
use crate::api::pacing::retry;
use crate::api::pacing::retry::{AttemptError, Repeat, Tries, Verdict};
use crate::api::pacing::waiting::{Now, Waiting, Watch};
use crate::api::request::Request;
use crate::api::server_clock::ServerClock;
use crate::api::settings::Settings;
use crate::api::tls;
use crate::api::tls::{Trouble, tls};
use crate::api::usage::{Counter, Usage};
use crate::api::wire::ReadError;

/// What one attempt ended in.
enum Attempt<T> {
    Done(T),
    /// For good.
    Failed(ApiError),
    /// Perhaps only for now.
    Retryable(Failed),
}

impl<T> Attempt<T> {
    fn retryable(failure: AttemptError, reason: String, status: Option<StatusCode>) -> Self {
        Self::Retryable(Failed {
            failure,
            reason,
            status,
        })
    }
}

#[derive(Debug)]
pub(crate) struct Transport {
    http: reqwest::Client,
    base: Url,
    key: Key,
    counter: Counter,
    clock: ServerClock,
    gate: Gate,
    ending: Ending,
    parallel: usize,
    timeout: Duration,
    tries: Tries,
    watch: Watch,
}

impl Transport {
    pub(crate) fn new(settings: Settings) -> Result<Self, ClientError> {
        let base = base(&settings.url)?;
        let gate = Gate::new(&settings);
        let tries = Tries::new(&settings);
        let ending = Ending::new(&settings);
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
            .connect_timeout(settings.connect_timeout)
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
            counter: Counter::default(),
            clock: ServerClock::new(),
            gate,
            ending,
            parallel: settings.parallel.max(1),
            timeout: settings.timeout,
            tries,
            watch: Watch::new(settings.observer),
        })
    }

    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    pub(crate) fn base(&self) -> &Url {
        &self.base
    }

    pub(crate) fn parallel(&self) -> usize {
        self.parallel
    }

    pub(crate) fn skew(&self) -> Option<Duration> {
        self.clock.skew()
    }

    /// What the server's clock shows at the least, to a second or less; none where no answer had a `Date`.
    pub(crate) fn server_time(&self) -> Option<Timestamp> {
        self.clock.time()
    }

    /// The gate's time.
    pub(crate) fn now(&self) -> Seconds {
        self.gate.now()
    }

    pub(crate) fn usage(&self) -> Usage {
        self.counter.usage()
    }

    pub(crate) fn ending(&self) -> &Ending {
        &self.ending
    }

    /// What messages call a request.
    fn call(&self, request: &Request) -> Call {
        request.call().to(&self.base)
    }

    /// Sends a request until it is answered for good, and reads the answer.
    pub(crate) async fn send<T>(
        &self,
        request: Request,
        read: impl Fn(&str) -> Result<T, ReadError>,
    ) -> Result<T, ApiError> {
        let call = self.call(&request);
        let answer = self.send_in_time(request.by(None), read).await?;
        // Only a request that has a time can come too late.
        answer.ok_or(ApiError::RateLimited {
            call,
            attempts: 0,
            retry_after: None,
        })
    }

    /// The same, for a request that may have a time after which it is not sent: nothing where it was not.
    pub(crate) async fn send_in_time<T>(
        &self,
        request: Request,
        read: impl Fn(&str) -> Result<T, ReadError>,
    ) -> Result<Option<T>, ApiError> {
        let sending = async |now: &Now| self.send_until_done(request, read, now).await;
        Box::pin(self.watch.over(sending)).await
    }

    async fn send_until_done<T>(
        &self,
        request: Request,
        read: impl Fn(&str) -> Result<T, ReadError>,
        now: &Now,
    ) -> Result<Option<T>, ApiError> {
        let mut tries = self.tries;
        let mut since = None;
        let mut last: Option<Failed> = None;
        let call = self.call(&request);
        loop {
            let entry = tokio::select! {
                biased;
                why = self.ending.closed(&request) => {
                    let ended = || ApiError::Ended { call: call.clone(), why };
                    return Err(last.map_or_else(ended, |last| {
                        last.give_up(&request, call.clone(), tries.count())
                    }));
                }
                entry = self.gate.enter(since, request.by) => entry,
            };
            let pass = match entry {
                Entry::Pass(pass) => pass,
                Entry::Late => return Ok(None),
                Entry::Impatient => {
                    return Err(ApiError::RateLimited {
                        call,
                        attempts: tries.count(),
                        retry_after: None,
                    });
                }
            };
            now.is(Waiting::Answer(call.clone()));
            let (outcome, quota) = tokio::select! {
                answered = self.attempt(&request, &read) => answered,
                why = self.ending.given_up() => return Err(ApiError::GivenUp { call, why }),
            };
            let failed = match outcome {
                Attempt::Retryable(failed) => failed,
                Attempt::Done(value) => {
                    self.gate.accepted(&pass, quota);
                    self.watch.sign();
                    return Ok(Some(value));
                }
                Attempt::Failed(error) => {
                    self.gate.accepted(&pass, quota);
                    self.watch.sign();
                    return Err(error);
                }
            };
            let failure = failed.failure;
            let since = *since.get_or_insert(self.gate.now());
            let progress = self.gate.progress();
            let verdict = tries.decide(failure, request.repeat, progress, fastrand::f64());
            let asked = failure.asked();
            let wait = match verdict {
                Verdict::Again(wait) => wait,
                Verdict::Stop => asked.unwrap_or_default(),
            };
            let reason = failed.reason.clone();
            now.is(match asked {
                Some(wait) => Waiting::Asked {
                    call: call.clone(),
                    wait,
                },
                None => Waiting::Again {
                    call: call.clone(),
                    reason: reason.clone(),
                },
            });
            let until = self.gate.now() + wait.as_secs_f64();
            let too_late = self.gate.is_too_late(until, Some(since), asked.is_some());
            // If the server asks one call to wait, all wait, and where that is too long, all give up. One that it refused
            // waits with them.
            match failure {
                AttemptError::TooMany(_) | AttemptError::Busy(_) => self.gate.refused(&pass, wait),
                _ => self.gate.failed(asked.unwrap_or_default()),
            }
            drop(pass);
            if verdict == Verdict::Stop || too_late {
                return Err(failed.give_up(&request, call, tries.count()));
            }
            tracing::info!(%call, attempt = tries.count(), ?wait, reason, "trying again");
            last = Some(failed);
            if !failure.is_limit() {
                tokio::select! {
                    () = sleep(wait) => {}
                    // The next turn of the loop says what that means.
                    _ = self.ending.closed(&request) => {}
                }
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
        self.counter.sends(request);
        let started = Instant::now();
        let until = started + self.timeout;
        let sent = timeout_at(until, builder.send()).await;
        let outcome = match sent {
            Err(_) => {
                self.ending.unanswered();
                (self.too_slow(AttemptError::TimedOut, None), None)
            }
            Ok(Ok(response)) => {
                self.ending.answered();
                let quota = quota(&response);
                let pause = retry_after(&response).or(quota.and_then(Quota::pause));
                let judged = self.judge(request, response, pause, read, until);
                (judged.await, quota)
            }
            Ok(Err(error)) => (self.unanswered(request, &error), None),
        };
        let took = started.elapsed();
        self.counter.took(took);
        tracing::debug!(call = %request.call(), ?took, "request");
        outcome
    }

    fn too_slow<T>(&self, failure: AttemptError, status: Option<StatusCode>) -> Attempt<T> {
        let reason = format!("no whole answer within {} s", self.timeout.as_secs_f64());
        Attempt::retryable(failure, reason, status)
    }

    /// What comes of an attempt without any answer.
    fn unanswered<T>(&self, request: &Request, error: &reqwest::Error) -> Attempt<T> {
        let reason = chain(error);
        let trouble = error.is_connect().then(|| tls::trouble(error)).flatten();
        match trouble {
            // Another attempt meets the same certificate, and the same server.
            Some(Trouble::Untrusted) => {
                let call = self.call(request);
                return Attempt::Failed(ApiError::Untrusted { call, reason });
            }
            Some(Trouble::Plain) => {
                let call = self.call(request);
                return Attempt::Failed(ApiError::NotTls { call });
            }
            None => self.ending.unanswered(),
        }
        let failure = if error.is_connect() {
            AttemptError::NotSent
        } else if error.is_timeout() {
            AttemptError::TimedOut
        } else {
            AttemptError::Lost
        };
        Attempt::retryable(failure, reason, None)
    }

    async fn judge<T>(
        &self,
        request: &Request,
        response: Response,
        pause: Option<Duration>,
        read: &impl Fn(&str) -> Result<T, ReadError>,
        until: Instant,
    ) -> Attempt<T> {
        self.clock.note(response.headers());
        let status = response.status();
        let call = self.call(request);
        let body = match answer::body(response, until).await {
            Ok(body) => body,
            Err(BodyError::Slow) => return self.too_slow(AttemptError::Slow, Some(status)),
            Err(BodyError::Lost(reason)) => {
                return Attempt::retryable(AttemptError::Lost, reason, Some(status));
            }
            // It may have been carried out, which a look shows.
            Err(BodyError::TooLong) if request.repeat == Repeat::Unsafe => {
                return Attempt::Failed(ApiError::AnswerLost {
                    call,
                    reason: "the answer is too long".to_owned(),
                    late: false,
                });
            }
            Err(BodyError::TooLong) => return Attempt::Failed(ApiError::TooLong { call }),
        };
        if status.is_success() {
            let body: &[u8] = if body.is_empty() { b"null" } else { &body };
            if answer::is_html(body) {
                let reason =
                    "it is a web page (HTML), which a proxy or a login page sends, not the API"
                        .to_owned();
                return Attempt::retryable(AttemptError::Page, reason, Some(status));
            }
            // Checked as text once, rather than string by string.
            let text = std::str::from_utf8(body).map_err(|_| ReadError::NotJson);
            return match text.and_then(read) {
                Ok(value) => Attempt::Done(value),
                Err(ReadError::Wrong(reason)) => {
                    let reason = reason.replace(self.key.expose(), "[key]");
                    Attempt::Failed(ApiError::BadAnswer { call, reason })
                }
                Err(ReadError::Unreadable(record)) => {
                    Attempt::Failed(ApiError::UnreadableRecord { call, record })
                }
                // Not JSON, or cut off: a broken connection. The call may have been carried out.
                Err(ReadError::NotJson) => Attempt::retryable(
                    AttemptError::Lost,
                    "it is not JSON, or was cut off".to_owned(),
                    Some(status),
                ),
            };
        }
        let message = answer::message(&body, status, self.key.expose());
        match status.as_u16() {
            401 => Attempt::Failed(ApiError::Unauthorized { call }),
            403 => Attempt::Failed(ApiError::Forbidden { call, message }),
            404 => Attempt::Failed(match said(&body) {
                Said::ByTheApi => ApiError::NotFound { call, message },
                Said::Unknown => ApiError::PerhapsNotFound { call, message },
                Said::ByAnother => ApiError::BadAnswer {
                    call,
                    reason:
                        "it is a 404 that does not come from the API; check the path of --api-url"
                            .to_owned(),
                },
            }),
            // The server did not wait for the request, or does not accept it this early.
            408 | 425 => Attempt::retryable(AttemptError::Server(pause), message, Some(status)),
            // Seen under many calls at once, for a call that passed a moment later.
            400 if request.repeat == Repeat::Safe && message == TRANSIENT => {
                Attempt::retryable(AttemptError::Problem, message, Some(status))
            }
            429 => Attempt::retryable(AttemptError::TooMany(pause), message, Some(status)),
            503 if self.gate.is_burst() => {
                Attempt::retryable(AttemptError::Busy(pause), message, Some(status))
            }
            500 | 502 | 503 | 504 => {
                Attempt::retryable(AttemptError::Server(pause), message, Some(status))
            }
            501 | 505..=599 => Attempt::Failed(ApiError::Server {
                call,
                status: status.as_u16(),
                attempts: 1,
                message,
                retry_after: None,
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
}

/// What the server says of a call that it may accept the next time (see "Errors" in the reference).
const TRANSIENT: &str = "Problem with request";

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
