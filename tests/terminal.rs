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

/// What a command says on a terminal of so many columns, without colours.
fn on_a_terminal(program: &Program, columns: &str, arguments: &[&str]) -> Vec<String> {
    let mut command = program.command(arguments);
    command.env("COLUMNS", columns).env("NO_COLOR", "1");
    let mut session = spawn_command(command, Some(60_000)).unwrap();
    // The session takes each byte for a character.
    let said = session.exp_eof().unwrap();
    let said = said
        .chars()
        .map(|byte| u8::try_from(u32::from(byte)).unwrap());
    let said = String::from_utf8(said.collect()).unwrap();
    said.lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

#[test]
fn rows_fit_a_narrow_terminal_and_stay_aligned() {
    let program = Program::new();
    let text = "\
version: 1
workspace: demo1234
mode: test
tenants: { acme: { name: Acme Incorporated of Acme Valley, data: { plan: pro, seats: 25, note: all of it } } }
users:
  a@example.com: { name: A }
  somebody.with.a.name@customer.example: { name: Somebody, roles: [editor, viewer], tenants: { acme: [owner] } }
";
    program.write("ufsync.yaml", text);
    for columns in [60, 80, 120] {
        let lines = on_a_terminal(&program, &columns.to_string(), &["plan", "--sandbox"]);
        for line in &lines {
            assert!(line.chars().count() <= columns, "{columns}: {line}");
        }
        let rows = lines.iter().filter(|line| line.starts_with(['+', '~']));
        let mut begins: Vec<usize> = Vec::new();
        for row in rows {
            // A sign, a kind, a subject, which stand in the same place in every row; and details beside it, or below.
            assert!(row.len() > 10 && !row[10..].starts_with(' '), "{row}");
            let beside = row[10..].find("  ").map(|gap| 10 + gap);
            begins.extend(beside.map(|gap| gap + row[gap..].len() - row[gap..].trim_start().len()));
        }
        begins.dedup();
        assert!(begins.len() <= 1, "{columns}: {lines:?}");
        assert_eq!(begins.is_empty(), columns < 100, "{columns}: {lines:?}");
    }
}

#[test]
fn a_long_line_of_a_manifest_is_cut_around_the_mistake() {
    let program = Program::new();
    let padding = "x".repeat(150);
    let text = format!(
        "version: 1\nroles: [member]\nusers:\n  jane@example.com: {{ name: {padding}, roles: [membre], username: {padding} }}\n"
    );
    program.write("ufsync.yaml", &text);
    for columns in [60, 80, 120] {
        let lines = on_a_terminal(&program, &columns.to_string(), &["validate"]);
        for line in &lines {
            assert!(line.chars().count() <= columns, "{columns}: {line}");
        }
        let place = lines
            .iter()
            .position(|line| line.contains("[membre]"))
            .unwrap();
        let (shown, mark) = (&lines[place], &lines[place + 1]);
        let column = |line: &str, text: &str| line.split(text).next().unwrap().chars().count();
        assert_eq!(column(shown, "membre"), column(mark, "─"), "{lines:?}");
        assert!(
            lines.iter().any(|line| line.contains("ufsync.yaml:4:")),
            "{lines:?}"
        );
    }
}
