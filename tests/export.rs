//! `ufsync export`: files that plan to nothing, are stable, and do not bury somebody's work.

use serde_json::json;
use ufsync::emulator::{ModeState, Options, State, TenantState, UserState};

use crate::support::{Program, Run, Server, switches};

/// Records whose texts YAML would misread, tenants of one name, and a user without an address.
fn awkward() -> Server {
    let tenant = |id: &str, name: &str| TenantState {
        tenant_id: id.into(),
        name: name.into(),
        data: json!({"no": "yes", "012": 12, "~": {"<<": [1.0, 1e21, -0.5]}})
            .as_object()
            .cloned()
            .unwrap(),
        ..TenantState::default()
    };
    let user = |email: &str, name: &str| {
        UserState {
        email: Some(email.into()),
        name: Some(name.into()),
        username: Some(format!("0{}", email.len())),
        data: json!({"text": "line one\nline two: # not a comment\n", "long": "x".repeat(5000), "empty": "", "list": [], "map": {}}).as_object().cloned().unwrap(),
        roles: [("demo1234", "admin"), ("aaaa0001", "no"), ("aaaa0002", "012")].map(|(scope, role)| (scope.to_owned(), vec![role.to_owned()])).into(),
        ..UserState::default()
    }
    };
    let state = ModeState {
        tenants: vec![
            tenant("aaaa0001", "no"),
            tenant("aaaa0002", "Twin"),
            tenant("aaaa0003", "Twin"),
            tenant("aaaa0004", "🦀 שלום : #"),
            tenant("aaaa0005", " "),
        ],
        users: vec![
            user("no@example.com", "no"),
            user("1e3@example.com", " lead"),
            user("o'hara+x@example.com", "~"),
            user("ünï@example.com", "012"),
            UserState {
                name: Some("Nobody".into()),
                ..UserState::default()
            },
        ],
        ..ModeState::default()
    };
    Server::start(Options::default(), state)
}

fn exported(program: &Program, arguments: &[&str]) -> Run {
    program.run(&[&["export"], arguments].concat()).exits(0)
}

#[test]
fn an_export_plans_to_nothing_in_every_form() {
    let server = awkward();
    let program = Program::with(&server);
    for (path, arguments) in [
        ("one.yaml", vec![]),
        ("pinned.yaml", vec!["--pin"]),
        ("kinds", vec!["--split", "kind"]),
        ("tenants", vec!["--split", "tenant"]),
    ] {
        let run = exported(&program, &[&["-o", path], arguments.as_slice()].concat());
        run.complains("left out: user 5 has no e-mail address")
            .done();
        program
            .run(&["plan", "--detailed-exitcode", "-f", path])
            .exits(0)
            .says("No changes")
            .done();
    }
    assert_eq!(server.writes(), 0);
}

#[test]
fn an_export_is_stable_to_the_byte() {
    let server = awkward();
    let program = Program::with(&server);
    let first = exported(&program, &[]).stdout;
    assert_eq!(first, exported(&program, &[]).stdout);
    exported(&program, &["-o", "one.yaml"]).done();
    assert_eq!(first, program.read("one.yaml"));
}

#[test]
fn an_export_applied_elsewhere_exports_the_same() {
    let mut state = State::generate("demo1234", 40, 8, 7).test;
    // No call creates a role: one that no user holds stays behind.
    for tenant in &mut state.tenants {
        tenant.roles.clear();
    }
    let server = Server::start(Options::default(), state);
    let first = Program::with(&server).run(&["export"]).exits(0).stdout;
    // A server that makes up usernames makes up others for others.
    let options = Options {
        switches: switches::with([("new-records", "bare")]),
        ..Options::default()
    };
    let elsewhere = Server::start(options, ModeState::default());
    let program = Program::with(&elsewhere);
    program.write("ufsync.yaml", &first);
    program.run(&["apply", "--yes"]).exits(0).done();
    assert_eq!(first, program.run(&["export"]).exits(0).stdout);
}

#[test]
fn an_export_does_not_bury_a_file_that_it_did_not_write() {
    let server = awkward();
    let program = Program::with(&server);
    program.write("mine.yaml", "version: 1\n");
    program
        .run(&["export", "-o", "mine.yaml"])
        .exits(1)
        .complains("was not written by ufsync export")
        .done();
    assert_eq!(program.read("mine.yaml"), "version: 1\n");
    program.write("folder/users.yaml", "# mine\n");
    program
        .run(&["export", "--split", "kind", "-o", "folder"])
        .exits(1)
        .done();
    assert!(
        !program.path().join("folder/ufsync.yaml").exists(),
        "nothing is written where one file may not be"
    );
    program
        .run(&["export", "-o", "mine.yaml", "--force"])
        .exits(0)
        .done();
    program.run(&["export", "-o", "mine.yaml"]).exits(0).done();
}

#[test]
fn an_export_seeds_a_sandbox() {
    let server = awkward();
    let program = Program::with(&server);
    exported(&program, &["--pin", "-o", "export.yaml"]).done();
    program
        .run(&[
            "plan",
            "--sandbox=export.yaml",
            "--detailed-exitcode",
            "-f",
            "export.yaml",
        ])
        .exits(0)
        .says("No changes")
        .done();
}

#[test]
fn an_export_that_somebody_changed_is_not_written_over() {
    let server = awkward();
    let program = Program::with(&server);
    exported(&program, &["-o", "one.yaml"]).done();
    // As it was written it may be written again.
    exported(&program, &["-o", "one.yaml"]).done();
    let text = program.read("one.yaml") + "# mine\n";
    program.write("one.yaml", &text);
    let run = program.run(&["export", "-o", "one.yaml"]);
    assert_ne!(run.code, 0);
    run.complains("cli::export_changed")
        .complains("ufsync pull")
        .done();
    assert_eq!(program.read("one.yaml"), text);
    exported(&program, &["-o", "one.yaml", "--force"]).done();
    // A pull makes it a file of the user's own.
    let user = &server.store().users[0];
    let path = format!("/v0/users/{}/roles", user.user_id);
    let change = [
        "api",
        "PUT",
        &path,
        "--data",
        r#"{"roles": ["editor", "author"]}"#,
    ];
    program.run(&change).exits(0).done();
    program
        .run(&["pull", "-f", "one.yaml", "--yes"])
        .exits(0)
        .done();
    assert!(program.read("one.yaml").starts_with("version: 1\n"));
}
