//! A saved plan that was applied in part goes on by what it made itself, and by nothing else.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use ufsync::emulator::{ModeState, Options};

use crate::support::{Program, Run, Server};

const MANIFEST: &str = "version: 1
tenants: {globex: {name: Globex}}
users:
  new@example.com: {name: Nora, roles: [admin], tenants: {globex: [viewer]}}
  late@example.com: {username: late}
";

/// A plan that was applied in part: somebody has taken the username since it was made.
fn in_part(options: &[&str]) -> (Server, Program, Run) {
    let server = Server::start(Options::default(), ModeState::default());
    let program = Program::with(&server);
    program.write("ufsync.yaml", MANIFEST);
    program.run(&["plan", "--out", "plan.json"]).exits(0).done();
    let taken = json!({"email": "other@example.com", "username": "late"});
    by_hand(&program, "POST", "/v0/users", &taken);
    let digest = sha256(&program, "plan.json");
    let options: Vec<&str> = options
        .iter()
        .map(|option| {
            if *option == "DIGEST" {
                &digest
            } else {
                *option
            }
        })
        .collect();
    let run = program.apply_saved("plan.json", &options).exits(5);
    by_hand(
        &program,
        "PUT",
        "/v0/users/1",
        &json!({"username": "other"}),
    );
    (server, program, run)
}

fn by_hand(program: &Program, method: &str, path: &str, body: &Value) {
    let body = body.to_string();
    program
        .run(&["api", method, path, "--data", &body])
        .exits(0)
        .done();
}

fn sha256(program: &Program, file: &str) -> String {
    let hash = Sha256::digest(program.read(file).as_bytes());
    let digits = hash.iter().map(|byte| format!("{byte:02x}"));
    digits.collect::<Vec<_>>().concat()
}

fn nothing_is_left(program: &Program) {
    program
        .run(&["plan", "--detailed-exitcode"])
        .exits(0)
        .done();
}

#[test]
fn what_the_plan_made_itself_is_done_already() {
    let (server, program, run) = in_part(&[]);
    run.complains("To go on with this plan: ufsync apply plan.json\n")
        .done();
    program
        .apply_saved("plan.json", &[])
        .exits(0)
        .complains("Done already: 4 of 5 changes.")
        .done();
    nothing_is_left(&program);
    assert_eq!(server.store().users.len(), 3);
    assert_eq!(server.store().tenants.len(), 1);
}

#[test]
fn without_the_record_of_the_run_what_exists_is_in_the_way() {
    let (server, program, _) = in_part(&[]);
    std::fs::remove_file(program.path().join("plan.json.applied")).unwrap();
    let writes = server.writes();
    program
        .apply_saved("plan.json", &[])
        .exits(4)
        .complains("changed users/new@example.com\n  it exists now")
        .complains("changed tenants/globex\n  it exists now")
        .done();
    assert_eq!(server.writes(), writes);
    nothing_but_planning_again(&program);
}

fn nothing_but_planning_again(program: &Program) {
    program.run(&["apply", "--yes"]).exits(0).done();
    nothing_is_left(program);
}

#[test]
fn a_digest_of_the_plan_asks_for_one_of_the_record_too() {
    let (_server, program, run) = in_part(&["--sha256", "DIGEST"]);
    let (plan, applied) = (
        sha256(&program, "plan.json"),
        sha256(&program, "plan.json.applied"),
    );
    run.complains(&format!(
        "ufsync apply plan.json --sha256 {plan} --applied-sha256 {applied}\n"
    ))
    .done();
    program
        .apply_saved("plan.json", &["--sha256", &plan])
        .exits(4)
        .complains("plan.json.applied is not read")
        .done();
    let other = "0".repeat(64);
    program
        .apply_saved(
            "plan.json",
            &["--sha256", &plan, "--applied-sha256", &other],
        )
        .exits(4)
        .complains("plan.json.applied is another file")
        .done();
    program
        .apply_saved(
            "plan.json",
            &["--sha256", &plan, "--applied-sha256", &applied],
        )
        .exits(0)
        .done();
    nothing_is_left(&program);
}

#[test]
fn a_stranger_who_signs_up_with_the_address_is_given_nothing() {
    let server = Server::start(Options::default(), ModeState::default());
    let program = Program::with(&server);
    program.write("ufsync.yaml", MANIFEST);
    program.run(&["plan", "--out", "plan.json"]).exits(0).done();
    let stranger = json!({"email": "new@example.com", "name": "Nora"});
    by_hand(&program, "POST", "/v0/users", &stranger);
    program
        .apply_saved("plan.json", &[])
        .exits(4)
        .complains("changed users/new@example.com\n  it exists now")
        .done();
    // A record that claims that this plan made the stranger, an hour from now.
    let plan: Value = serde_json::from_str(&program.read("plan.json")).unwrap();
    let uuid = server.store().users[0].user_uuid.clone();
    let record = json!({"email": "new@example.com", "name": "Nora", "locked": false});
    let time = |minutes: i64| jiff::Timestamp::now() + jiff::SignedDuration::from_mins(minutes);
    let lines = [
        json!({"event": "begin", "plan": plan["checksum"], "time": time(60)}),
        json!({"event": "created", "address": "users/new@example.com", "time": time(61),
            "made": {"kind": "user", "id": uuid, "record": record}}),
    ];
    let text: Vec<String> = lines.iter().map(Value::to_string).collect();
    program.write("plan.json.applied", &format!("{}\n", text.join("\n")));
    program
        .apply_saved("plan.json", &[])
        .exits(4)
        .complains("saved_plan::applied_by_others")
        .done();
    // Also where it is named: it was not created while its line was written.
    let named = sha256(&program, "plan.json.applied");
    program
        .apply_saved("plan.json", &["--applied-sha256", &named])
        .exits(4)
        .complains("changed users/new@example.com\n  it exists now")
        .done();
    assert!(server.store().users[0].roles.is_empty());
}
