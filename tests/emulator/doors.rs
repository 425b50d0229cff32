//! Who comes in: no page of another origin, no other name, and nobody at all where an emulator is private.

use super::support::{HOME, Server};
use serde_json::Value;
use ufsync::emulator::{Keys, Options, State};

#[tokio::test]
async fn no_page_and_no_other_name_comes_in() {
    let server = Server::new().await;
    let own = server.running.url().to_owned();
    let host = own.strip_prefix("http://").unwrap().to_owned();
    let with = async |name: &'static str, value: &str| {
        let reset = server.request("POST", "/_emulator/reset");
        let users = server.request("GET", "/v0/users/1");
        let mut statuses = Vec::new();
        for request in [reset, users] {
            statuses.push(
                request
                    .header(name, value)
                    .send()
                    .await
                    .unwrap()
                    .status()
                    .as_u16(),
            );
        }
        statuses
    };
    server.user("jane@example.com").await;
    assert_eq!(with("origin", "https://evil.example").await, [403, 403]);
    assert_eq!(with("origin", "null").await, [403, 403]);
    assert_eq!(with("host", "evil.example").await, [403, 403]);
    let state = server
        .ok("GET", "/_emulator/state?mode=test", Value::Null)
        .await;
    assert_eq!(
        state["users"].as_array().unwrap().len(),
        1,
        "nothing was reset"
    );
    assert_eq!(
        with("host", &host.replace("127.0.0.1", "localhost")).await,
        [200, 401]
    );
    assert_eq!(with("origin", &own).await[0], 200);
}

#[tokio::test]
async fn a_private_emulator_has_keys_of_its_own_and_no_calls_about_itself() {
    let options = Options {
        private: true,
        ..Options::default()
    };
    let server = Server::start(options, State::default()).await;
    let known = Keys::new(HOME);
    let keys = server.running.keys();
    assert_ne!(keys, known);
    assert!(keys.test_admin.len() > known.test_admin.len() + 20);
    let another = Server::start(
        Options {
            private: true,
            ..Options::default()
        },
        State::default(),
    )
    .await;
    assert_ne!(keys, another.running.keys());
    let http = reqwest::Client::new();
    for path in [
        "/_emulator/state",
        "/_emulator/requests",
        "/_emulator/faults",
    ] {
        let answer = http
            .get(format!("{}{path}", server.running.url()))
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status().as_u16(), 404, "{path}");
    }
    let find = format!("{}/v0/users/find", server.running.url());
    let by_known = http
        .post(&find)
        .bearer_auth(&known.test_admin)
        .json(&serde_json::json!({}));
    assert_eq!(by_known.send().await.unwrap().status().as_u16(), 401);
}
