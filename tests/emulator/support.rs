//! An emulator on a free port and a client for it, which checks the form of every refusal.

use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use std::net::SocketAddr;
use ufsync::emulator::switches::Switches;
use ufsync::emulator::{Options, Running, State};

pub(crate) const HOME: &str = "demo1234";

pub(crate) struct Server {
    pub(crate) running: Running,
    pub(crate) http: Client,
}

impl Server {
    pub(crate) async fn new() -> Self {
        Self::start(Options::default(), State::default()).await
    }

    pub(crate) async fn with(switches: Switches) -> Self {
        let options = Options {
            switches,
            ..Options::default()
        };
        Self::start(options, State::default()).await
    }

    /// From the JSON of a test mode's state.
    pub(crate) async fn seeded(options: Options, test: Value) -> Self {
        let state = serde_json::from_value(json!({"test": test})).unwrap();
        Self::start(options, state).await
    }

    pub(crate) async fn start(options: Options, state: State) -> Self {
        drop(rustls::crypto::ring::default_provider().install_default());
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let running = Running::start(options, state, address).await.unwrap();
        let http = Client::builder().no_proxy().build().unwrap();
        Self { running, http }
    }

    /// A request without a key.
    pub(crate) fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method: Method = method.parse().unwrap();
        let url = format!("{}{path}", self.running.url());
        self.http.request(method, url)
    }

    /// A call with a key: its status and its JSON.
    pub(crate) async fn with_key(
        &self,
        key: &str,
        method: &str,
        path: &str,
        body: Value,
    ) -> (u16, Value) {
        let mut request = self.request(method, path).bearer_auth(key);
        if method != "GET" && method != "DELETE" {
            request = request.json(&body);
        }
        answer(request.send().await.unwrap()).await
    }

    /// A call with the test mode's admin key.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        let key = self.running.keys().test_admin;
        self.with_key(&key, method, path, body).await
    }

    /// The same, which must succeed.
    pub(crate) async fn ok(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.call(method, path, body).await;
        assert_eq!(status, 200, "{method} {path}: {answer}");
        answer
    }

    /// The same, which must be refused with this status; the message.
    pub(crate) async fn refused(
        &self,
        status: u16,
        method: &str,
        path: &str,
        body: Value,
    ) -> String {
        let (got, answer) = self.call(method, path, body).await;
        assert_eq!(got, status, "{method} {path}: {answer}");
        answer["message"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn user(&self, email: &str) -> Value {
        self.ok("POST", "/v0/users", json!({"email": email})).await
    }

    pub(crate) async fn tenant(&self, name: &str) -> String {
        let tenant = self.ok("POST", "/v0/tenants", json!({"name": name})).await;
        tenant["tenantId"].as_str().unwrap().to_owned()
    }
}

/// A status and a body; a refusal must have Userfront's form.
pub(crate) async fn answer(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    let body: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text:?}"));
    if status >= 400 {
        assert_eq!(body["statusCode"], status, "{body}");
        assert!(!body["message"].as_str().unwrap().is_empty(), "{body}");
        assert_eq!(body["error"]["type"], "bad_request_error", "{body}");
    }
    (status, body)
}
