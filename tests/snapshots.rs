//! Plans against a snapshot, with and without personal data.

use serde_json::Value;

use crate::support::Program;
use crate::support::showcase;

/// The program without a server or a key, and the showcase's snapshot in its folder.
fn offline(arguments: &[&str]) -> Program {
    let server = showcase::server();
    let online = Program::with(&server);
    online
        .run(&[&["export", "--snapshot", "-o", "live.json"], arguments].concat())
        .exits(0)
        .done();
    let offline = Program::new();
    offline.write("ufsync.yaml", showcase::MANIFEST);
    offline.write("live.json", &online.read("live.json"));
    offline
}

fn online_plan() -> Value {
    let server = showcase::server();
    let program = Program::with(&server);
    program.write("ufsync.yaml", showcase::MANIFEST);
    serde_json::from_str(&program.run(&["plan", "--format", "json"]).exits(3).stdout).unwrap()
}

fn offline_plan(program: &Program) -> Value {
    let run = program.run(&["plan", "--live", "live.json", "--format", "json"]);
    serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{}", run.stderr))
}

/// What is done to what.
fn shape(plan: &Value) -> Vec<String> {
    let steps = plan["steps"].as_array().unwrap().iter();
    steps
        .map(|step| format!("{} {} {}", step["kind"], step["action"], step["address"]))
        .collect()
}

#[test]
fn a_plan_against_a_snapshot_is_the_plan() {
    let (online, offline) = (online_plan(), offline_plan(&offline(&[])));
    assert_eq!(offline["steps"], online["steps"]);
    assert_eq!(offline["source"], "snapshot");
}

#[test]
fn a_snapshot_without_personal_data_keeps_the_shape_of_the_plan() {
    let program = offline(&["--redact"]);
    // Locking everybody of a domain needs the addresses, which such a snapshot has not.
    let manifest = showcase::MANIFEST.replace("prune:", "x-prune:");
    program.write(
        "ufsync.yaml",
        &manifest
            .lines()
            .filter(|line| !line.starts_with("x-prune"))
            .fold(String::new(), |text, line| text + line + "\n"),
    );
    let plan = offline_plan(&program);
    let wanted: Vec<String> = shape(&online_plan())
        .into_iter()
        .filter(|step| !step.contains("ada@old.example"))
        .collect();
    assert_eq!(shape(&plan), wanted);
    assert_eq!(plan["source"], "redactedSnapshot");
}

#[test]
fn a_redacted_snapshot_holds_no_name_and_no_address() {
    let text = offline(&["--redact"]).read("live.json");
    for secret in [
        "Jane",
        "jane@",
        "Stranger",
        "stranger@",
        "Acme",
        "old.example",
        "seats",
        "03:04:05",
        "\"pro\"",
    ] {
        assert!(!text.contains(secret), "{secret} is in the snapshot");
    }
    assert!(
        text.contains("acme0001") && text.contains("\"viewer\""),
        "ids and roles stay"
    );
    assert_eq!(
        text,
        offline(&["--redact"]).read("live.json"),
        "pseudonyms are stable"
    );
}

#[test]
fn a_domain_that_many_share_is_kept() {
    let server = showcase::server();
    let program = Program::with(&server);
    program
        .run(&["export", "--snapshot", "--redact", "-o", "live.json"])
        .exits(0)
        .done();
    let text = program.read("live.json");
    assert!(
        text.contains("@example.com\"") && text.contains("@redacted.invalid\""),
        "{text}"
    );
}

#[test]
fn a_plan_from_a_redacted_snapshot_is_not_applied() {
    let program = offline(&["--redact"]);
    program
        .run(&["plan", "--live", "live.json", "--out", "plan.json"])
        .done();
    let server = showcase::server();
    let online = Program::with(&server);
    online.write("plan.json", &program.read("plan.json"));
    online
        .run(&["apply", "plan.json", "--yes"])
        .exits(1)
        .complains("ufsync::saved_plan::redacted")
        .done();
    assert_eq!(server.writes(), 0);
}

#[test]
fn a_plan_from_a_whole_snapshot_is_applied_where_it_still_fits() {
    let program = offline(&[]);
    program.write(
        "small.yaml",
        "version: 1\nusers: {jane@example.com: {name: Jane Doe}}\n",
    );
    program
        .run(&[
            "plan",
            "-f",
            "small.yaml",
            "--live",
            "live.json",
            "--out",
            "plan.json",
        ])
        .exits(0)
        .done();
    let server = showcase::server();
    let online = Program::with(&server);
    online.write("plan.json", &program.read("plan.json"));
    online
        .run(&["apply", "plan.json", "--yes"])
        .exits(0)
        .says("Applied: 1 call.")
        .done();
}

#[test]
fn a_snapshot_is_checked_before_it_is_used() {
    let program = offline(&[]);
    program.write("other.yaml", "version: 1\nworkspace: other123\nusers: {}\n");
    program
        .run(&["plan", "-f", "other.yaml", "--live", "live.json"])
        .exits(1)
        .complains("cli::other_snapshot")
        .done();
    program
        .run(&["plan", "--live", "ufsync.yaml"])
        .exits(1)
        .complains("snapshot::not_a_snapshot")
        .done();
    program.write(
        "newer.json",
        &program
            .read("live.json")
            .replace("\"formatVersion\": 1", "\"formatVersion\": 2"),
    );
    program
        .run(&["plan", "--live", "newer.json"])
        .exits(1)
        .complains("snapshot::newer")
        .done();
    program
        .run(&["plan", "--live", "missing.json"])
        .exits(1)
        .complains("cli::unreadable")
        .done();
    program
        .run(&["plan", "--live", "live.json", "--sandbox"])
        .exits(64)
        .done();
}

#[test]
fn a_snapshot_overwrites_nothing_but_a_snapshot() {
    let server = showcase::server();
    let program = Program::with(&server);
    program.write("notes.txt", "mine");
    program
        .run(&["export", "--snapshot", "-o", "notes.txt"])
        .exits(1)
        .complains("cli::not_overwritten")
        .done();
    program.run(&["export", "--redact"]).exits(64).done();
    program
        .run(&["export", "--snapshot"])
        .exits(0)
        .says("\"formatVersion\": 1")
        .done();
}
