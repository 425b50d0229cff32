//! Addresses and usernames that pass on from user to user, also in a circle.

use serde_json::Value;
use ufsync::emulator::{ModeState, Options};

use crate::support::{Program, Server};

const ONE: &str = "00000001-0000-4000-8000-000000000001";
const TWO: &str = "00000002-0000-4000-8000-000000000002";

fn two_users() -> Server {
    let state = format!(
        r#"{{"users": [
          {{"userUuid": "{ONE}", "email": "a@example.com", "username": "one", "name": "A"}},
          {{"userUuid": "{TWO}", "email": "b@example.com", "username": "two", "name": "B"}}]}}"#
    );
    let state: ModeState = serde_json::from_str(&state).unwrap();
    Server::start(Options::default(), state)
}

/// What the two users have: address and username.
fn have(server: &Server) -> Vec<String> {
    let users = server.store().users.into_iter();
    users
        .map(|user| format!("{} {}", user.email.unwrap(), user.username.unwrap()))
        .collect()
}

const SWAP: &str = "version: 1
mode: test
workspace: demo1234
users:
  a@example.com: {username: two, name: Anna}
  b@example.com: {username: one}
";

#[test]
fn usernames_are_swapped_in_one_run() {
    let server = two_users();
    let program = Program::with(&server);
    program.write("ufsync.yaml", SWAP);
    program
        .run(&["apply", "--yes", "--undo", "undo.json"])
        .exits(0)
        .says("temporary, so that the username can be passed on")
        .done();
    assert_eq!(have(&server), ["a@example.com two", "b@example.com one"]);
    program
        .run(&["plan", "--detailed-exitcode"])
        .exits(0)
        .done();
    program.accept_saved("undo.json", &[]).exits(0).done();
    assert_eq!(have(&server), ["a@example.com one", "b@example.com two"]);
    assert_eq!(server.store().users[0].name.as_deref(), Some("A"));
}

/// The two users, and a plan for this manifest that was saved.
fn saved_swap(manifest: &str, options: &[&str]) -> (Server, Program) {
    let server = two_users();
    let program = Program::with(&server);
    program.write("ufsync.yaml", manifest);
    program
        .run(&[&["plan", "--out", "plan.json"], options].concat())
        .exits(0)
        .done();
    (server, program)
}

#[test]
fn a_saved_swap_goes_on_from_wherever_it_ended() {
    let manifests = [
        (SWAP, &[][..]),
        (
            "version: 1
mode: test
workspace: demo1234
users:
  a@example.com: {userUuid: 00000002-0000-4000-8000-000000000002}
  b@example.com: {userUuid: 00000001-0000-4000-8000-000000000001}
",
            &["--allow-temporary-address"],
        ),
    ];
    for (manifest, options) in manifests {
        let writes = {
            let (server, program) = saved_swap(manifest, options);
            program.accept_saved("plan.json", &[]).exits(0).done();
            program.accept_saved("plan.json", &[]).exits(0).done();
            server.writes()
        };
        assert_eq!(writes, 3, "a plan that was applied does nothing");
        for done in 0..writes {
            let (server, program) = saved_swap(manifest, options);
            let plan: Value = serde_json::from_str(&program.read("plan.json")).unwrap();
            for step in plan["steps"].as_array().unwrap().iter().take(done) {
                let changes = step["change"]["edit"]["changes"].as_array().unwrap();
                let body = changes.iter().map(|change| {
                    (
                        change["field"].as_str().unwrap().to_owned(),
                        change["after"].clone(),
                    )
                });
                let body: serde_json::Map<String, Value> = body.collect();
                let user = step["change"]["target"]["existing"].as_str().unwrap();
                let body = Value::Object(body).to_string();
                program
                    .run(&["api", "PUT", &format!("/v0/users/{user}"), "--data", &body])
                    .exits(0)
                    .done();
            }
            program.accept_saved("plan.json", &[]).exits(0).done();
            assert_eq!(server.writes(), writes, "after {done} writes");
            program
                .run(&[&["plan", "--detailed-exitcode"], options].concat())
                .exits(0)
                .done();
        }
    }
}

#[test]
fn whoever_has_the_username_is_found_among_many() {
    let users = (0..1000).map(|number| {
        format!(r#"{{"email": "u{number}@example.com", "username": "n{number}", "name": "N {number}", "roles": {{"demo1234": ["member"]}}}}"#)
    });
    let users: Vec<String> = users.collect();
    let state = format!(r#"{{"roles": ["member"], "users": [{}]}}"#, users.join(","));
    let state: ModeState = serde_json::from_str(&state).unwrap();
    let server = Server::start(Options::default(), state);
    let program = Program::with(&server);
    program.write(
        "ufsync.yaml",
        "{version: 1, mode: test, users: {new@example.com: {username: n700}, edited@example.com: {name: N 600, roles: [member]}}}",
    );
    let before = server.running.requests().len();
    program
        .run(&["plan"])
        .exits(3)
        .says("the username `n700` belongs to u700@example.com")
        .says("renamedFrom: u700@example.com")
        .says("u600@example.com has no entry and edited@example.com is created")
        .done();
    let requests = server.running.requests().len() - before;
    assert!(requests <= 6, "{requests} requests");
}

#[test]
fn addresses_are_swapped_only_where_that_is_allowed() {
    let server = two_users();
    let program = Program::with(&server);
    program.write(
        "ufsync.yaml",
        &format!("version: 1\nmode: test\nusers:\n  a@example.com: {{userUuid: {TWO}}}\n  b@example.com: {{userUuid: {ONE}}}\n"),
    );
    program
        .run(&["apply", "--yes"])
        .exits(5)
        .says("--allow-temporary-address")
        .done();
    assert_eq!(server.writes(), 0);
    program
        .run(&["apply", "--yes", "--allow-temporary-address"])
        .exits(0)
        .says("@temporary.invalid")
        .done();
    assert_eq!(have(&server), ["b@example.com one", "a@example.com two"]);
}
