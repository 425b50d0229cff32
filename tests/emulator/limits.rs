//! Rate, latency, the log, the state file, starting and stopping.

use super::support::{HOME, Server, answer};
use reqwest::Client;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::time::Duration;
use ufsync::emulator::switches::{RetryAfter, Switches};
use ufsync::emulator::{EmulatorError, Options, Running, State, StateError};

#[tokio::test]
async fn over_the_rate_is_429_with_the_header_of_the_switch() {
    for retry_after in [RetryAfter::Seconds, RetryAfter::Date, RetryAfter::None] {
        let switches = Switches {
            retry_after,
            ..Switches::default()
        };
        let options = Options {
            rate: Some(1),
            switches,
            ..Options::default()
        };
        let server = Server::start(options, State::default()).await;
        let key = server.running.keys().test_admin;
        let roles = async || {
            server
                .request("GET", "/v0/roles")
                .bearer_auth(&key)
                .send()
                .await
                .unwrap()
        };
        assert_eq!(roles().await.status(), 200);
        let response = roles().await;
        let header = response
            .headers()
            .get("retry-after")
            .map(|it| it.to_str().unwrap().to_owned());
        assert_eq!(answer(response).await.0, 429);
        match (retry_after, header) {
            (RetryAfter::Seconds, Some(seconds)) => assert_eq!(seconds, "1"),
            (RetryAfter::Date, Some(date)) => assert!(httpdate::parse_http_date(&date).is_ok()),
            (RetryAfter::None, None) => {}
            (switch, header) => panic!("{switch:?}: {header:?}"),
        }
        // The control routes are not limited.
        for _ in 0..5 {
            let state = server
                .request("GET", "/_emulator/state")
                .send()
                .await
                .unwrap();
            assert_eq!(state.status(), 200);
        }
        tokio::time::sleep(Duration::from_millis(1100)).await;
        assert_eq!(roles().await.status(), 200);
    }
}

#[tokio::test]
async fn latency_is_shared() {
    let options = Options {
        latency: Duration::from_millis(500),
        ..Options::default()
    };
    let server = Server::start(options, State::default()).await;
    let calls = (0..20).map(|_| server.ok("GET", "/v0/roles", Value::Null));
    let all = futures_util::future::join_all(calls);
    tokio::time::timeout(Duration::from_millis(100), all)
        .await
        .unwrap_err();
    // One after the other they would take twice as long as is allowed; together they take a thirtieth of it.
    let calls = (0..60).map(|_| server.ok("GET", "/v0/roles", Value::Null));
    let all = futures_util::future::join_all(calls);
    tokio::time::timeout(Duration::from_secs(15), all)
        .await
        .unwrap();
}

#[tokio::test]
async fn the_log_and_the_reset() {
    let seed = json!({"users": [{"email": "jane@example.com"}]});
    let server = Server::seeded(Options::default(), seed).await;
    server.user("bob@example.com").await;
    server
        .refused(404, "GET", "/v0/users/9?x=y", Value::Null)
        .await;
    let (_, log) = answer(
        server
            .request("GET", "/_emulator/requests")
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(log[0]["method"], "POST");
    assert_eq!(
        (&log[1]["path"], &log[1]["status"], &log[1]["order"]),
        (&json!("/v0/users/9"), &json!(404), &json!(2))
    );
    assert!(log[0]["time"].is_string());
    assert_eq!(server.running.requests().len(), 2);
    let reset = server
        .request("POST", "/_emulator/reset")
        .send()
        .await
        .unwrap();
    assert_eq!(reset.status(), 200);
    assert_eq!(server.running.requests(), []);
    assert_eq!(server.running.state().test.users.len(), 1);
    assert_eq!(
        server.user("bob@example.com").await["userId"],
        2,
        "ids start again too"
    );
}

#[tokio::test]
async fn the_state_goes_out_and_in() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("state.json");
    let options = Options {
        state_file: Some(file.clone()),
        ..Options::default()
    };
    let server = Server::start(options.clone(), State::generate(HOME, 50, 3, 1)).await;
    server
        .ok(
            "PUT",
            &format!("/v0/tenants/{HOME}"),
            json!({"name": "Home"}),
        )
        .await;
    server.ok("DELETE", "/v0/users/50", Value::Null).await;
    server
        .ok(
            "POST",
            "/v0/roles/invite",
            json!({"email": "x@example.com", "roles": ["dean"]}),
        )
        .await;
    // The number of the one who was deleted.
    server.ok("DELETE", "/v0/users/50", Value::Null).await;
    let mut waited = 0;
    while !file.exists() && waited < 50 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        waited += 1;
    }
    assert!(file.exists(), "saved while it runs");
    let before = server.running.state();
    let (_, shown) = answer(
        server
            .request("GET", "/_emulator/state")
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(shown, serde_json::to_value(&before).unwrap());
    let (_, shown) = answer(
        server
            .request("GET", "/_emulator/state?mode=test")
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!(shown, serde_json::to_value(&before.test).unwrap());
    // Idle connections don't hold it up.
    let stopped = tokio::time::timeout(Duration::from_secs(2), server.running.stop());
    stopped.await.unwrap().unwrap();

    let text = std::fs::read_to_string(&file).unwrap();
    let saved: State = serde_json::from_str(&text).unwrap();
    assert_eq!(saved, before);
    let server = Server::start(options, saved).await;
    assert_eq!(server.running.state(), before);
    assert_eq!(
        server.user("x@example.com").await["userId"],
        50,
        "the number of somebody who was deleted"
    );
    let home = server
        .ok("GET", &format!("/v0/tenants/{HOME}"), Value::Null)
        .await;
    assert_eq!(
        (&home["name"], &home["roles"][9]["name"]),
        (&json!("Home"), &json!("dean"))
    );
}

#[tokio::test]
async fn generated_workspaces_are_the_same_every_time() {
    let one = State::generate(HOME, 300, 10, 42);
    assert_eq!(one, State::generate(HOME, 300, 10, 42));
    assert_ne!(one, State::generate(HOME, 300, 10, 43));
    assert_eq!((one.test.users.len(), one.test.tenants.len()), (300, 10));
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    let running = Running::start(Options::default(), one.clone(), address)
        .await
        .unwrap();
    let (loaded, generated) = (running.state().test.users, one.test.users);
    assert_eq!(loaded, generated);
}

#[tokio::test]
async fn a_state_that_contradicts_itself_is_refused() {
    let table = [
        (
            json!([{"userId": 3}, {"userId": 3}]),
            StateError::SameUserId(3),
        ),
        (
            json!([{"email": "a@b.co"}, {"email": "A@b.co"}]),
            StateError::SameEmail("A@b.co".into()),
        ),
        (
            json!([{"email": "a"}]),
            StateError::InvalidEmail("a".into()),
        ),
        (
            json!([{"userUuid": "x"}]),
            StateError::InvalidUuid("x".into()),
        ),
        (
            json!([{"createdAt": "x"}]),
            StateError::InvalidTime("x".into()),
        ),
        (
            json!([{"roles": {"none": ["x"]}}]),
            StateError::UnknownTenant {
                user: 1,
                tenant: "none".into(),
            },
        ),
    ];
    let address = SocketAddr::from(([127, 0, 0, 1], 0));
    for (users, expected) in table {
        let state: State = serde_json::from_value(json!({"test": {"users": users}})).unwrap();
        let error = Running::start(Options::default(), state, address)
            .await
            .unwrap_err();
        assert!(
            matches!(&error, EmulatorError::State(it) if *it == expected),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn answers_are_compressed_and_http2_works() {
    let server = Server::start(Options::default(), State::generate(HOME, 200, 3, 1)).await;
    let key = server.running.keys().test_readonly;
    let plain = Client::builder().no_proxy().no_gzip().build().unwrap();
    let url = format!("{}/v0/users/find", server.running.url());
    let request = plain
        .post(&url)
        .bearer_auth(&key)
        .header("accept-encoding", "gzip");
    let response = request.send().await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let two = Client::builder()
        .no_proxy()
        .http2_prior_knowledge()
        .build()
        .unwrap();
    let response = two.post(&url).bearer_auth(&key).send().await.unwrap();
    assert_eq!(response.version(), reqwest::Version::HTTP_2);
    assert_eq!(answer(response).await.1["totalCount"], 200);
    server.running.stop().await.unwrap();
}

#[tokio::test]
async fn the_same_calls_give_the_same_ids() {
    let mut seen = Vec::new();
    for _ in 0..2 {
        let server = Server::new().await;
        let tenant = server.tenant("Acme").await;
        seen.push((
            tenant,
            server.user("jane@example.com").await["userUuid"].clone(),
        ));
    }
    assert_eq!(seen[0], seen[1]);
}
