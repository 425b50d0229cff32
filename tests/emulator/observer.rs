//! The look at the store after each change.

use super::support::{HOME, Server};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use ufsync::emulator::faults::draw::Faults;
use ufsync::emulator::{Mode, ModeState, Observed, Observer, Options, State};

/// An emulator, and what its observer kept of each look.
async fn observed<T: Send + 'static>(
    faults: &[&str],
    keep: impl Fn(Observed<'_>) -> T + Send + Sync + 'static,
) -> (Server, Arc<Mutex<Vec<T>>>) {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let list = Arc::clone(&kept);
    let options = Options {
        faults: Faults::parse(faults).unwrap(),
        observer: Some(Observer::new(move |look| {
            list.lock().unwrap().push(keep(look));
        })),
        ..Options::default()
    };
    (Server::start(options, State::default()).await, kept)
}

#[tokio::test]
async fn it_sees_every_state_once_and_in_order() {
    let (server, seen) = observed(&[], |look| (look.order, look.state.users.len())).await;
    let emails: Vec<String> = (0..30).map(|n| format!("u{n}@example.com")).collect();
    futures_util::future::join_all(emails.iter().map(|email| server.user(email))).await;
    server.ok("GET", "/v0/roles", Value::Null).await;
    server.ok("DELETE", "/v0/users/1", Value::Null).await;
    let seen = seen.lock().unwrap();
    let counts: Vec<usize> = seen.iter().map(|look| look.1).collect();
    assert_eq!(counts, (1..=30).chain([29]).collect::<Vec<_>>());
    let orders: BTreeSet<u64> = seen.iter().map(|look| look.0).collect();
    assert_eq!(
        orders,
        (1..=30).chain([32]).collect(),
        "reading is not observed"
    );
}

#[tokio::test]
async fn it_is_told_the_mode_and_not_of_what_was_never_done() {
    let (server, seen) = observed(&[], |look| (look.mode, look.state.users.len())).await;
    let create = async |key: &str| {
        let request = server.request("POST", "/v0/users").bearer_auth(key);
        let request = request.json(&json!({"email": "jane@example.com"}));
        request.send().await.unwrap().status().as_u16()
    };
    let keys = server.running.keys();
    let mut expected = Vec::new();
    for (fault, key, status, seen_too) in [
        ("500=100", &keys.test_admin, 500, None),
        (
            "500-after-commit=100",
            &keys.test_admin,
            500,
            Some((Mode::Test, 1)),
        ),
        ("500=0", &keys.live_admin, 200, Some((Mode::Live, 1))),
        ("500=0", &keys.test_admin, 400, Some((Mode::Test, 1))),
        ("500=0", &keys.test_readonly, 403, None),
    ] {
        server.running.set_faults(Faults::parse([fault]).unwrap());
        assert_eq!(create(key).await, status, "{fault}");
        expected.extend(seen_too);
    }
    assert_eq!(*seen.lock().unwrap(), expected);
}

/// The scopes that have an admin.
fn with_admin(state: &ModeState) -> BTreeSet<String> {
    let grants = state.users.iter().flat_map(|user| &user.roles);
    let admins = grants.filter(|(_, roles)| roles.iter().any(|role| role == "admin"));
    admins.map(|(scope, _)| scope.clone()).collect()
}

#[tokio::test]
async fn a_moment_without_an_admin_is_caught() {
    let (server, seen) = observed(&[], |look| with_admin(look.state)).await;
    server.user("jane@example.com").await;
    server.user("bob@example.com").await;
    let set = async |user: u64, roles: Value| {
        let path = format!("/v0/users/{user}/roles");
        server.ok("PUT", &path, json!({"roles": roles})).await;
    };
    let orphaned = || {
        let seen = seen.lock().unwrap();
        let mut moments = seen.windows(2);
        moments.any(|two| !two[0].is_subset(&two[1]))
    };
    set(1, json!(["admin"])).await;
    set(2, json!(["admin"])).await;
    set(1, json!([])).await;
    assert!(!orphaned(), "granted before it was revoked");
    set(2, json!(["admin"])).await;
    set(2, json!([])).await;
    set(1, json!(["admin"])).await;
    assert!(orphaned(), "nobody held it for a moment");
    assert_eq!(
        with_admin(&server.running.state().test),
        BTreeSet::from([HOME.to_owned()])
    );
}
