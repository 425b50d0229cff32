//! `--log-format json`: what goes to stderr is one JSON object a line, for every way in which a command ends.

use serde_json::Value;

use crate::support::{Program, Server};

const MANIFEST: &str = "\
version: 1
workspace: demo1234
mode: test
roles: [admin, member]
users:
  jane@example.com: { roles: [admin] }
";

/// The entries of a log, checked to be nothing else.
fn entries(stderr: &str) -> Vec<Value> {
    let entry = |line: &str| {
        let entry: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{stderr}"));
        let time = entry["timestamp"].as_str().unwrap();
        assert!(time.parse::<jiff::Timestamp>().is_ok(), "{time}");
        assert!(["INFO", "WARN", "ERROR", "DEBUG"].contains(&entry["level"].as_str().unwrap()));
        assert!(
            !entry["message"].as_str().unwrap().contains('\u{1b}'),
            "{entry}"
        );
        entry
    };
    stderr.lines().map(entry).collect()
}

#[test]
fn an_apply_and_its_requests_are_entries() {
    let server = Server::empty();
    let program = Program::with(&server);
    program.write("ufsync.yaml", MANIFEST);
    let run = program.run(&[
        "apply",
        "--yes",
        "-vv",
        "--log-format",
        "json",
        "--color",
        "always",
    ]);
    let run = run.exits(0);
    let log = entries(&run.stderr);
    let requests = log.iter().filter(|entry| entry["level"] == "DEBUG");
    let requests: Vec<&Value> = requests.collect();
    assert!(requests.len() > 3, "{log:?}");
    assert!(
        requests
            .iter()
            .all(|entry| entry["call"].is_string() && entry["took"].is_string())
    );
    assert!(!run.stderr.contains(&server.running.keys().test_admin));
    assert!(run.stdout.contains("Applied:"));
}

#[test]
fn a_saved_plan_and_what_is_told_of_it_are_entries() {
    let server = Server::empty();
    let program = Program::with(&server);
    program.write("ufsync.yaml", MANIFEST);
    let run = program.run(&["plan", "--out", "plan.json", "--log-format", "json"]);
    let log = entries(&run.exits(0).stderr);
    let told = |text: &str| {
        log.iter()
            .any(|entry| entry["message"].as_str().unwrap().contains(text))
    };
    assert!(
        told("Saved the plan.") && told("ufsync apply plan.json"),
        "{log:?}"
    );
}

#[test]
fn mistakes_are_entries_with_code_and_place() {
    let program = Program::new();
    program.write(
        "ufsync.yaml",
        &MANIFEST.replace("[admin] }", "[amdin] }\n  x: {}"),
    );
    let run = program.run(&["validate", "--log-format", "json"]).exits(1);
    let log = entries(&run.stderr);
    assert_eq!(log.len(), 2, "{log:?}");
    assert!(
        log.iter()
            .all(|entry| entry["level"] == "ERROR" && entry["file"] == "ufsync.yaml")
    );
    let role = log
        .iter()
        .find(|entry| entry["code"] == "ufsync::manifest::unknown_role");
    assert_eq!(role.unwrap()["range"]["start"]["line"], 5);
}

#[test]
fn an_error_is_an_entry() {
    let program = Program::new();
    let run = program.run(&["plan", "--log-format", "json"]).exits(1);
    let log = entries(&run.stderr);
    assert_eq!(log[0]["code"], "ufsync::cli::no_manifest");
    assert!(log[0]["help"].as_str().unwrap().contains("ufsync export"));
}

#[test]
fn quiet_says_only_errors() {
    let server = Server::empty();
    let program = Program::with(&server);
    program.write("ufsync.yaml", MANIFEST);
    let run = program.run(&["plan", "--out", "plan.json", "-q", "--log-format", "json"]);
    assert!(entries(&run.exits(0).stderr).is_empty());
}
