//! One record that can't be read, or that is gone, stops what is about it, and nothing else.

use serde_json::{Value, json};
use ufsync::emulator::{ModeState, Options};

use crate::support::{Http, Program, Server, pass_on};

fn company() -> Server {
    let state = r#"{"roles": ["admin", "member"],
      "tenants": [{"tenantId": "acme0001", "name": "Acme"}],
      "users": [
        {"email": "jane@example.com", "roles": {"demo1234": ["admin"]}},
        {"email": "ann@example.com", "roles": {"demo1234": ["admin"]}},
        {"email": "joe@example.com", "roles": {"demo1234": ["admin"]}},
        {"email": "bob@example.com", "roles": {"demo1234": ["admin"], "acme0001": ["member"]}}]}"#;
    let state: ModeState = serde_json::from_str(state).unwrap();
    Server::start(Options::default(), state)
}

/// Makes every record of bob one that can't be read: whether he is locked is a text.
fn break_bob(answer: &mut Value) {
    match answer {
        Value::Object(object) => {
            if object.get("email") == Some(&json!("bob@example.com")) {
                object.insert("locked".to_owned(), json!("true"));
            }
            object.values_mut().for_each(break_bob);
        }
        Value::Array(list) => list.iter_mut().for_each(break_bob),
        _ => {}
    }
}

/// A program that sees the company through a server with one broken record.
fn program(server: &Server) -> (Program, Http) {
    let key = server.running.keys().test_admin.clone();
    let server = server.running.url().to_owned();
    let broken = Http::start(move |asked| {
        let (status, mut answer) = pass_on(asked, &server);
        break_bob(&mut answer);
        (status, answer)
    });
    let program = Program::new()
        .set("USERFRONT_API_URL", &broken.url)
        .set("USERFRONT_API_KEY", &key);
    (program, broken)
}

const MANIFEST: &str = "version: 1
mode: test
workspace: demo1234
tenants: {acme: {name: Acme, members: {jane@example.com: [member]}}, old: {tenantId: zzzz0001, name: Old}}
users:
  jane@example.com: {name: Jane}
  bob@example.com: {roles: []}
prune: {users: {email: ['*@example.com']}}
";

fn names(server: &Server) -> Vec<String> {
    let users = server.store().users.into_iter();
    let mut names: Vec<String> = users.filter_map(|user| user.email).collect();
    names.sort();
    names
}

#[test]
fn everything_else_is_planned_and_carried_out() {
    let server = company();
    let (program, _broken) = program(&server);
    program.write(
        "ufsync.yaml",
        &MANIFEST.replace("prune:", "guards: {keepHolders: null}\nprune:"),
    );
    let run = program.run(&["plan"]).exits(6);
    let run = run
        .says("~ user    jane@example.com")
        .says("− user    ann@example.com")
        .says("✗ blocked tenants/old: there is no tenant with tenantId zzzz0001 in this workspace")
        .says("✗ blocked users/bob@example.com: the record of this user can't be read")
        .says("Blocked: 2 changes.");
    let accepted = run.codes();
    let accepted: Vec<&str> = accepted.iter().map(String::as_str).collect();
    program
        .run(&["plan", "--detailed-exitcode"])
        .exits(6)
        .done();
    for (format, text) in [
        ("json", "\"ufsync::plan::unreadable_record\""),
        (
            "markdown",
            "**Blocked: 2 changes that can't be planned.** The rest can be applied.",
        ),
        ("github", "::error file=ufsync.yaml,line=7,"),
    ] {
        program
            .run(&["plan", "--format", format])
            .exits(6)
            .says(text)
            .done();
    }
    program
        .run(&[&["apply", "--yes"][..], &accepted].concat())
        .exits(5)
        .says("blocked users/bob@example.com")
        .done();
    assert_eq!(names(&server), ["bob@example.com", "jane@example.com"]);
    let store = server.store();
    let bob = store
        .users
        .iter()
        .find(|user| user.email.as_deref() == Some("bob@example.com"));
    assert_eq!(
        bob.unwrap().roles["demo1234"],
        ["admin"],
        "he is left as he is"
    );
    // What is blocked stays so, and is not forgotten.
    program
        .run(&["apply", "--yes"])
        .exits(5)
        .says("blocked")
        .done();
    let report = program
        .run(&["apply", "--yes", "--format", "json"])
        .exits(5);
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    assert_eq!(report["blocked"].as_array().unwrap().len(), 2);
    program
        .run(&[
            "apply",
            "--yes",
            "--exclude",
            "users/bob@example.com",
            "--exclude",
            "tenants/old",
        ])
        .exits(0)
        .done();
}

#[test]
fn a_saved_plan_keeps_what_is_blocked() {
    let server = company();
    let (program, _broken) = program(&server);
    program.write(
        "ufsync.yaml",
        "version: 1
mode: test
workspace: demo1234
users:
  jane@example.com: {name: Jane}
  bob@example.com: {name: Bob}
",
    );
    program.run(&["plan", "--out", "plan.json"]).exits(6).done();
    program
        .apply_saved("plan.json", &[])
        .exits(5)
        .says("blocked users/bob@example.com")
        .done();
    let store = server.store();
    assert!(
        store
            .users
            .iter()
            .any(|user| user.name.as_deref() == Some("Jane"))
    );
}

#[test]
fn a_saved_plan_about_a_record_that_broke_does_nothing() {
    let server = company();
    let whole = Program::with(&server);
    whole.write(
        "ufsync.yaml",
        "version: 1
mode: test
workspace: demo1234
users: {jane@example.com: {name: Jane}, bob@example.com: {name: Bob}}
",
    );
    whole.run(&["plan", "--out", "plan.json"]).exits(0).done();
    let (program, _broken) = program(&server);
    program.write("plan.json", &whole.read("plan.json"));
    program
        .apply_saved("plan.json", &[])
        .exits(1)
        .complains("bob@example.com")
        .complains("can't be read")
        .done();
    assert_eq!(server.writes(), 0);
}

#[test]
fn an_export_says_what_it_lacks() {
    let server = company();
    let (program, _broken) = program(&server);
    program
        .run(&["export", "-o", "all.yaml"])
        .exits(5)
        .complains("left out: a record that can't be read: bob@example.com")
        .done();
    assert!(program.read("all.yaml").contains("jane@example.com"));
    program
        .run(&["export", "--snapshot", "-o", "all.json"])
        .exits(1)
        .complains("bob@example.com")
        .done();
    program
        .run(&["apply", "--rehearse", "-f", "all.yaml"])
        .exits(1)
        .complains("bob@example.com")
        .done();
}
