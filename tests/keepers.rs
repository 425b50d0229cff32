//! A saved plan that takes away a role looks again at who else holds it.

use serde_json::json;
use ufsync::emulator::{ModeState, Options, UserState};

use crate::support::{Program, Server};

fn admin(id: u64, email: &str) -> UserState {
    UserState {
        user_id: id,
        email: Some(email.to_owned()),
        roles: [("demo1234".to_owned(), vec!["admin".to_owned()])].into(),
        ..UserState::default()
    }
}

#[test]
fn the_last_admin_stays_although_no_record_of_the_plan_changed() {
    let state = ModeState {
        users: vec![
            admin(1, "ann@example.com"),
            admin(2, "ben@example.com"),
            UserState {
                roles: [].into(),
                ..admin(3, "cleo@example.com")
            },
        ],
        ..ModeState::default()
    };
    let server = Server::start(Options::default(), state);
    let program = Program::with(&server);
    program.write(
        "ufsync.yaml",
        "version: 1\nusers: {ann@example.com: {roles: [member]}}\n",
    );
    program.run(&["plan", "--out", "plan.json"]).exits(0).done();
    let set = |id: u64, roles: &[&str]| {
        let body = json!({ "roles": roles }).to_string();
        let path = format!("/v0/users/{id}/roles");
        program
            .run(&["api", "PUT", &path, "--data", &body])
            .exits(0)
            .done();
    };
    set(2, &[]);
    let writes = server.writes();
    program
        .run(&["apply", "plan.json", "--yes"])
        .exits(3)
        .says("guard keepHolders: leaves 0 of 1 holders of \"admin\" in the workspace")
        .done();
    assert_eq!(server.writes(), writes);
    set(3, &["admin"]);
    program
        .run(&["apply", "plan.json", "--yes"])
        .exits(0)
        .says("Applied: 1 call.")
        .done();
}
