//! Saved plans: applied as they were shown, once, and only where nothing that they rest on has changed.

use serde_json::{Value, json};
use ufsync::emulator::{ModeState, Options};

use crate::support::showcase;
use crate::support::{Program, Run, Server};

/// A server, the program, and the showcase's plan saved as `plan.json`.
fn saved() -> (Server, Program) {
    let server = showcase::server();
    let program = Program::with(&server);
    program.write("ufsync.yaml", showcase::MANIFEST);
    program
        .run(&["plan", "--out", "plan.json"])
        .exits(3)
        .complains("ufsync apply plan.json")
        .done();
    (server, program)
}

/// Applies the saved plan.
fn apply(program: &Program) -> Run {
    program.accept_saved("plan.json", &[])
}

fn document(program: &Program) -> Value {
    serde_json::from_str(&program.read("plan.json")).unwrap()
}

/// Changes something on the server by hand.
fn by_hand(server: &Server, method: &str, path: &str, body: Option<Value>) {
    let call = server.client.call(method.parse().unwrap(), path, body);
    server.block_on(call).unwrap();
}

/// The writes of the program, as method and path.
fn calls(server: &Server, since: usize) -> Vec<(String, String)> {
    let requests = server.running.requests();
    let writes = requests
        .iter()
        .skip(since)
        .filter(|request| request.method != "GET" && !request.path.ends_with("/find"));
    writes
        .map(|request| (request.method.clone(), request.path.clone()))
        .collect()
}

#[test]
fn what_is_shown_is_done_and_nothing_else() {
    let (server, program) = saved();
    let plan = document(&program);
    let before = server.running.requests().len();
    apply(&program).exits(0).says("Applied: ").done();
    let mut shown: Vec<(String, usize)> = plan["cost"]["byCall"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(call, _)| !call.starts_with("GET "))
        .map(|(call, count)| {
            (
                call.clone(),
                usize::try_from(count.as_u64().unwrap()).unwrap(),
            )
        })
        .collect();
    let mut made: Vec<(String, usize)> = Vec::new();
    for (method, path) in calls(&server, before) {
        let parts: Vec<&str> = path.trim_start_matches("/v0/").split('/').collect();
        let path = match parts[..] {
            ["tenants", _, "users", _, "roles"] => "/v0/tenants/:tenantId/users/:userId/roles",
            ["tenants", _] => "/v0/tenants/:tenantId",
            ["users", _, "roles"] => "/v0/users/:userId/roles",
            ["users", "createOrUpdate"] => "/v0/users/createOrUpdate",
            ["users", "invite"] => "/v0/users/invite",
            ["users", _] => "/v0/users/:userId",
            ["tenants"] => "/v0/tenants",
            _ => panic!("{path}"),
        };
        let call = format!("{method} {path}");
        match made.iter_mut().find(|(known, _)| *known == call) {
            Some((_, count)) => *count += 1,
            None => made.push((call, 1)),
        }
    }
    shown.sort();
    made.sort();
    assert_eq!(made, shown);
    let total: usize = made.iter().map(|(_, count)| count).sum();
    assert_eq!(total, plan["steps"].as_array().unwrap().len());
    program
        .run(&["plan", "--detailed-exitcode"])
        .exits(0)
        .done();
}

#[test]
fn a_plan_that_was_applied_does_nothing_when_applied_again() {
    let (server, program) = saved();
    apply(&program).exits(0).done();
    let (writes, store) = (server.writes(), server.timeless());
    let steps = document(&program)["steps"].as_array().unwrap().len();
    apply(&program)
        .exits(0)
        .complains(&format!("Done already: {steps} of {steps} changes."))
        .says("No changes")
        .done();
    assert_eq!((server.writes(), server.timeless()), (writes, store));
}

#[test]
fn only_what_the_plan_is_about_is_read_again() {
    let (server, program) = saved();
    let before = server.running.requests().len();
    program
        .run(&["apply", "plan.json", "--yes"])
        .exits(3)
        .done();
    let mut reads: Vec<String> = server.running.requests()[before..]
        .iter()
        .map(|request| format!("{} {}", request.method, request.path))
        .collect();
    reads.sort();
    assert_eq!(
        reads,
        [
            "POST /v0/tenants/demo1234/tenants/find",
            "POST /v0/users/find"
        ],
        "one search for the users, and all tenants, because one is deleted and others may be below it"
    );
    assert_eq!(server.writes(), 0);
}

#[test]
fn an_unrelated_change_does_not_disturb() {
    let (server, program) = saved();
    by_hand(
        &server,
        "PUT",
        "/v0/users/6",
        Some(json!({"name": "Another"})),
    );
    by_hand(
        &server,
        "POST",
        "/v0/users",
        Some(json!({"email": "unrelated@example.com"})),
    );
    by_hand(
        &server,
        "POST",
        "/v0/tenants",
        Some(json!({"name": "Unrelated"})),
    );
    by_hand(&server, "POST", "/v0/users/5/active", None);
    apply(&program).exits(0).done();
    program
        .run(&["plan", "--detailed-exitcode"])
        .exits(0)
        .done();
}

/// A change by hand, and what the refusal then says.
type Interference = (
    &'static str,
    &'static str,
    Option<Value>,
    &'static [&'static str],
);

fn interferences() -> Vec<Interference> {
    vec![
        (
            "PUT",
            "/v0/users/1",
            Some(json!({"name": "Janet"})),
            &[
                "changed users/jane@example.com\n",
                "name  \"Jane\" when planned, \"Janet\" now",
            ],
        ),
        (
            "PUT",
            "/v0/users/2/roles",
            Some(json!({"roles": ["viewer"]})),
            &[
                "changed users/bob@example.com/roles",
                "roles  [] when planned, [viewer] now",
            ],
        ),
        (
            "PUT",
            "/v0/users/2",
            Some(json!({"email": "robert@example.com"})),
            &["changed users/bob@example.com/roles", "email  "],
        ),
        (
            "DELETE",
            "/v0/users/1",
            None,
            &["changed users/jane@example.com\n", "it is gone"],
        ),
        (
            "PUT",
            "/v0/users/4",
            Some(json!({"name": "Gone, or not"})),
            &["changed users/gone@example.com", "name  "],
        ),
        (
            "PUT",
            "/v0/users/5/roles",
            Some(json!({"roles": ["admin"]})),
            &["changed users/ada@old.example", "roles  "],
        ),
        (
            "POST",
            "/v0/users",
            Some(json!({"email": "New@example.com", "name": "Somebody else"})),
            &["changed users/new@example.com", "it exists now"],
        ),
        (
            "PUT",
            "/v0/tenants/acme0001",
            Some(json!({"name": "Acme Ltd."})),
            &[
                "changed tenants/acme\n",
                "changed users/jane@example.com/tenants/acme",
                "tenant  ",
            ],
        ),
        (
            "PUT",
            "/v0/tenants/acme0001",
            Some(json!({"data": {"plan": "free"}})),
            &["changed tenants/acme\n", "data.limits  "],
        ),
        (
            "PUT",
            "/v0/tenants/init0001",
            Some(json!({"name": "Initrode"})),
            &["changed tenants/initech", "name  "],
        ),
        (
            "POST",
            "/v0/tenants",
            Some(json!({"name": "Globex", "image": "https://example.com/x.png"})),
            &["changed tenants/globex", "it exists now"],
        ),
    ]
}

#[test]
fn a_change_that_matters_is_named_and_nothing_is_done() {
    for (method, path, body, said) in interferences() {
        let (server, program) = saved();
        by_hand(&server, method, path, body.clone());
        let (writes, store) = (server.writes(), server.timeless());
        let mut run = apply(&program)
            .exits(4)
            .complains("no longer fits the live state");
        for text in said {
            run = run.complains(text);
        }
        drop(run);
        assert_eq!(
            (server.writes(), server.timeless()),
            (writes, store),
            "{method} {path}"
        );
    }
}

#[test]
fn what_was_deleted_by_hand_needs_no_deletion() {
    let (server, program) = saved();
    by_hand(&server, "DELETE", "/v0/users/4", None);
    let steps = document(&program)["steps"].as_array().unwrap().len();
    apply(&program)
        .exits(0)
        .complains(&format!("Done already: 1 of {steps} changes."))
        .done();
    program
        .run(&["plan", "--detailed-exitcode"])
        .exits(0)
        .done();
}

#[test]
fn a_plan_that_was_applied_in_part_can_be_finished() {
    let server = Server::start(Options::default(), showcase::state());
    let program = Program::with(&server);
    program.write("ufsync.yaml", showcase::MANIFEST);
    program.run(&["plan", "--out", "plan.json"]).exits(3).done();
    // Half of the plan is done by another hand: the same calls, one by one.
    by_hand(
        &server,
        "PUT",
        "/v0/users/2/roles",
        Some(json!({"roles": ["admin"]})),
    );
    by_hand(
        &server,
        "PUT",
        "/v0/users/3",
        Some(json!({"email": "moved@example.com"})),
    );
    by_hand(
        &server,
        "PUT",
        "/v0/tenants/acme0001/users/1/roles",
        Some(json!({"roles": ["support"]})),
    );
    apply(&program)
        .exits(0)
        .complains("Done already: 3 of")
        .done();
    program
        .run(&["plan", "--detailed-exitcode"])
        .exits(0)
        .done();
}

#[test]
fn a_plan_is_for_its_workspace_its_mode_and_its_version() {
    let (server, program) = saved();
    let live = Program::new()
        .set("USERFRONT_API_URL", server.running.url())
        .set("USERFRONT_API_KEY", &server.running.keys().live_admin);
    live.write("plan.json", &program.read("plan.json"));
    live.run(&["apply", "plan.json", "--yes"])
        .exits(1)
        .complains("the plan for test data")
        .done();
    let other = Server::start(
        Options {
            workspace: "other123".into(),
            ..Options::default()
        },
        ModeState::default(),
    );
    let elsewhere = Program::with(&other);
    elsewhere.write("plan.json", &program.read("plan.json"));
    elsewhere
        .run(&["apply", "plan.json", "--yes"])
        .exits(1)
        .complains("the plan is for demo1234")
        .done();
    let edited = |edit: fn(&mut Value)| {
        let mut plan = document(&program);
        edit(&mut plan);
        program.write("edited.json", &plan.to_string());
        program
            .run(&["apply", "edited.json", "--yes"])
            .exits(1)
            .stderr
    };
    assert!(edited(|plan| plan["formatVersion"] = 4.into()).contains("saved_plan::newer"));
    assert!(edited(|plan| plan["formatVersion"] = 2.into()).contains("saved_plan::old_format"));
    assert!(edited(|plan| plan["tool"] = "99.0.0".into()).contains("saved_plan::altered"));
    assert!(
        edited(|plan| plan["steps"][0]["change"]["edit"]["changes"][0]["after"] = "x".into())
            .contains("saved_plan::altered")
    );
    assert!(edited(|plan| plan["steps"] = json!([])).contains("saved_plan::altered"));
    assert!(
        edited(|plan| plan["steps"][0]["change"]["kind"] = "pipe".into())
            .contains("saved_plan::not_a_plan")
    );
    program.write("edited.json", &program.read("plan.json")[..200]);
    program
        .run(&["apply", "edited.json", "--yes"])
        .exits(1)
        .complains("saved_plan::not_a_plan")
        .done();
    program
        .run(&["apply", "ufsync.yaml", "--yes"])
        .exits(1)
        .complains("saved_plan::not_a_plan")
        .done();
    program
        .run(&["apply", "plan.json", "-f", "ufsync.yaml"])
        .exits(64)
        .done();
    program
        .run(&["apply", "plan.json", "--target", "users"])
        .exits(64)
        .done();
    assert_eq!((server.writes(), other.writes()), (0, 0));
}

#[test]
fn live_data_is_written_only_where_the_manifest_said_so() {
    let server = Server::empty();
    let program = Program::new()
        .set("USERFRONT_API_URL", server.running.url())
        .set("USERFRONT_API_KEY", &server.running.keys().live_admin);
    program.write("ufsync.yaml", "version: 1\nusers: {jane@example.com: {}}\n");
    program.run(&["plan", "--out", "plan.json"]).exits(0).done();
    program
        .run(&["apply", "plan.json", "--yes"])
        .exits(1)
        .complains("live_not_confirmed")
        .done();
    program.write(
        "ufsync.yaml",
        "version: 1\nmode: live\nusers: {jane@example.com: {}}\n",
    );
    program.run(&["plan", "--out", "plan.json"]).exits(0).done();
    program
        .run(&["apply", "plan.json", "--yes"])
        .exits(0)
        .done();
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_a_plan() {
    use std::os::unix::fs::PermissionsExt as _;
    let (_server, program) = saved();
    let mode = std::fs::metadata(program.path().join("plan.json"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn a_plan_overwrites_a_plan_and_nothing_else() {
    let (_server, program) = saved();
    program.run(&["plan", "--out", "plan.json"]).exits(3).done();
    program
        .run(&["plan", "--out", "ufsync.yaml"])
        .exits(1)
        .complains("cli::plan_not_overwritten")
        .done();
    assert_eq!(program.read("ufsync.yaml"), showcase::MANIFEST);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (server, program) = saved();
    let first = program.read("plan.json");
    program
        .run(&["plan", "--out", "again.json"])
        .exits(3)
        .done();
    let strip = |text: &str| {
        let mut plan: Value = serde_json::from_str(text).unwrap();
        // How long it should take follows from how long reading took.
        plan["cost"]["seconds"] = 0.into();
        plan["checksum"] = Value::Null;
        plan.to_string()
    };
    assert_eq!(strip(&first), strip(&program.read("again.json")));
    drop(server);
}
