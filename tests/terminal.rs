//! What the program asks at a terminal, and what it does with the answer.
#![cfg(unix)]

use rexpect::session::{PtySession, spawn_command};
use serde_json::json;
use ufsync::emulator::{ModeState, Options};

use crate::support::{Program, Server};

const MANIFEST: &str = "version: 1
users: {new@example.com: {name: Nora}, other@example.com: {name: Olaf}}
";

/// An apply that has shown its plan and asks.
fn asked() -> (Server, Program, PtySession) {
    let server = Server::start(Options::default(), ModeState::default());
    let program = Program::with(&server);
    program.write("ufsync.yaml", MANIFEST);
    let mut session = spawn_command(program.command(&["apply"]), Some(60_000)).unwrap();
    session.exp_string("new@example.com").unwrap();
    session.exp_string("[y/N]").unwrap();
    (server, program, session)
}

/// What it said to the end, checked to have ended with this code.
fn ends(mut session: PtySession, code: i32) -> String {
    let said = session.exp_eof().unwrap();
    let status = format!("{:?}", session.process().wait().unwrap());
    assert!(status.ends_with(&format!(", {code})")), "{status}: {said}");
    said
}

#[test]
fn yes_carries_it_out() {
    let (server, _program, mut session) = asked();
    session.send_line("yes").unwrap();
    ends(session, 0);
    assert_eq!(server.store().users.len(), 2);
}

#[test]
fn no_changes_nothing_and_is_an_error() {
    for answer in ["no", "", "nein"] {
        let (server, _program, mut session) = asked();
        session.send_line(answer).unwrap();
        ends(session, 1);
        assert_eq!(server.writes(), 0);
    }
}

#[test]
fn what_changed_while_it_asked_is_not_passed_over() {
    let (server, program, mut session) = asked();
    let body = json!({"email": "new@example.com"}).to_string();
    program
        .run(&["api", "POST", "/v0/users", "--data", &body])
        .exits(0)
        .done();
    session.send_line("yes").unwrap();
    let said = ends(session, 4);
    assert!(said.contains("has changed while you were asked"), "{said}");
    assert_eq!(server.store().users.len(), 1);
}
