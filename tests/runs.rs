//! How a run is conducted: journal, way back, early ends, rehearsal; and the commands that look at a server.

use std::collections::BTreeMap;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use ufsync::emulator::faults::draw::Faults;
use ufsync::emulator::switches::{EmailCase, SearchCase, Switches};
use ufsync::emulator::{ModeState, Options};

use crate::support::showcase;
#[cfg(unix)]
use crate::support::signal;
use crate::support::stores::without_ids;
use crate::support::{Program, Server, refusing, world};

/// So many users, each with a role: two steps each, the second after the first.
fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn a_journal_has_a_line_before_and_after_each_call_and_no_names() {
    let server = showcase::server();
    let program = Program::with(&server);
    program.write("ufsync.yaml", showcase::MANIFEST);
    program.run(&["plan", "--out", "plan.json"]).exits(3).done();
    let steps = serde_json::from_str::<Value>(&program.read("plan.json")).unwrap()["steps"]
        .as_array()
        .unwrap()
        .len();
    program
        .accept_saved("plan.json", &["--journal", "run.jsonl"])
        .exits(0)
        .done();
    let text = program.read("run.jsonl");
    let lines = lines(&text);
    assert_eq!(lines[0]["event"], "begin");
    assert_eq!(lines[0]["steps"], steps);
    let mut open: BTreeMap<u64, bool> = BTreeMap::new();
    for line in &lines[1..] {
        let step = line["step"].as_u64().unwrap();
        match line["event"].as_str().unwrap() {
            "intent" => assert_eq!(open.insert(step, true), None),
            "outcome" => {
                assert_eq!(
                    open.insert(step, false),
                    Some(true),
                    "an outcome without an intent"
                );
                assert_eq!(line["outcome"], "done");
            }
            other => panic!("{other}"),
        }
    }
    assert_eq!(open.len(), steps);
    assert!(open.values().all(|open| !open));
    for personal in ["jane", "example.com", "Acme", "uf_test"] {
        assert!(!text.contains(personal), "{personal} is in the journal");
    }
}

#[test]
fn a_verbose_journal_has_names_and_goes_on_where_it_was() {
    let server = Server::empty();
    let program = Program::with(&server);
    program.write("ufsync.yaml", &world::many(1, "member"));
    program.write("run.jsonl", "{\"time\":\"2020\",\"event\":\"earlier\"}");
    program
        .run(&["apply", "--yes", "-v", "--journal", "run.jsonl"])
        .exits(0)
        .done();
    let lines = lines(&program.read("run.jsonl"));
    assert_eq!(lines[0]["event"], "earlier");
    assert_eq!(lines[2]["address"], "users/user0@example.com");
    program
        .run(&["apply", "--yes", "--journal", "missing/run.jsonl"])
        .exits(0)
        .says("No changes")
        .done();
    program.write("ufsync.yaml", &world::many(2, "member"));
    let writes = server.writes();
    program
        .run(&["apply", "--yes", "--journal", "missing/run.jsonl"])
        .exits(1)
        .complains("ufsync::cli::unwritable")
        .done();
    assert_eq!(
        server.writes(),
        writes,
        "nothing is done without the journal that was asked for"
    );
}

#[test]
fn what_was_done_can_be_taken_back() {
    let server = showcase::server();
    let before = server.timeless();
    let program = Program::with(&server);
    program.write("ufsync.yaml", showcase::MANIFEST);
    program.run(&["plan", "--out", "plan.json"]).exits(3).done();
    program
        .accept_saved("plan.json", &["--undo", "undo.json"])
        .exits(0)
        .complains("ufsync apply undo.json --sha256 ")
        .done();
    assert_ne!(server.timeless(), before);
    let undo: Value = serde_json::from_str(&program.read("undo.json")).unwrap();
    let lost: Vec<&str> = undo["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|warning| warning["kind"] == "notRestored")
        .map(|warning| warning["message"].as_str().unwrap())
        .collect();
    assert_eq!(
        lost,
        [
            "tenants/initech: the tenant is created again, with another id",
            "users/gone@example.com: the user is created again, with another id and without the password",
            "users/invited@example.com: the invitation was sent",
        ]
    );
    program.accept_saved("undo.json", &[]).exits(0).done();
    assert_eq!(without_ids(&server.timeless()), without_ids(&before));
}

#[test]
fn a_way_back_overwrites_nothing() {
    let server = Server::empty();
    let program = Program::with(&server);
    program.write("ufsync.yaml", &world::many(1, "member"));
    program
        .run(&["apply", "--yes", "--undo", "ufsync.yaml"])
        .exits(1)
        .complains("cli::undo_exists")
        .done();
    assert_eq!(server.writes(), 0);
}

#[test]
fn the_first_failure_ends_a_run_that_is_told_to_fail_fast() {
    let manifest = world::many(20, "member") + "  a@example.com: {username: taken}\n";
    let run = |arguments: &[&str]| {
        let server = Server::empty();
        let refusing = refusing("taken", server.running.url());
        let program = Program::with(&server).set("USERFRONT_API_URL", &refusing.url);
        program.write("ufsync.yaml", &manifest);
        let base = ["apply", "--yes", "--parallel", "1", "--format", "json"];
        let run = program.run(&[&base, arguments].concat()).exits(5);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        program.write("ufsync.yaml", &world::many(20, "member"));
        program.run(&["apply", "--yes"]).exits(0).done();
        report["summary"].clone()
    };
    assert_eq!(
        run(&[]),
        json!({"done": 40, "failed": 1, "notStarted": 0, "heldBack": 0})
    );
    assert_eq!(
        run(&["--fail-fast"]),
        json!({"done": 0, "failed": 1, "notStarted": 40, "heldBack": 0})
    );
}

/// The program in the background, with its output in a file.
fn start(program: &Program, arguments: &[&str]) -> Child {
    let output = std::fs::File::create(program.path().join("output.txt")).unwrap();
    program
        .command(arguments)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_run_in_good_order() {
    for name in ["-INT", "-TERM"] {
        let options = Options {
            latency: Duration::from_millis(20),
            ..Options::default()
        };
        let server = Server::start(options, ModeState::default());
        let program = Program::with(&server);
        program.write("ufsync.yaml", &world::many(2_000, "member"));
        let arguments = [
            "apply",
            "--yes",
            "--parallel",
            "2",
            "--journal",
            "run.jsonl",
        ];
        let mut child = start(&program, &arguments);
        signal(&mut child, name, || server.writes() >= 5);
        assert_eq!(child.wait().unwrap().code(), Some(130));
        let output = program.read("output.txt");
        assert!(output.contains("Applied in part:"), "{output}");
        let lines = lines(&program.read("run.jsonl"));
        let count = |event: &str| lines.iter().filter(|line| line["event"] == event).count();
        assert_eq!(
            count("intent"),
            count("outcome"),
            "no call is left without an outcome"
        );
        let not_sent = lines.iter().filter(|it| it["outcome"] == "notStarted");
        assert_eq!(
            count("intent") - not_sent.count(),
            server.writes(),
            "what was sent was finished"
        );
        assert!(count("intent") < 4_000);
    }
}

#[test]
fn a_rehearsal_changes_nothing_on_the_server() {
    let server = showcase::server();
    let before = server.timeless();
    let program = Program::with(&server);
    program.write("ufsync.yaml", showcase::MANIFEST);
    // A guard that would stop the real run is told as it would be then.
    program
        .run_accepting(&["apply", "--rehearse"])
        .exits(0)
        .says("Rehearsed: 14 calls")
        .says("Planning again finds nothing to do.")
        .done();
    assert_eq!((server.writes(), server.timeless()), (0, before));
    // A readonly key is enough, and a plan that fails there is told.
    let program = program.set("USERFRONT_API_KEY", &server.running.keys().test_readonly);
    program
        .run_accepting(&["apply", "--rehearse"])
        .exits(0)
        .done();
}

#[test]
fn the_doctor_says_what_works() {
    let server = showcase::server();
    let program = Program::with(&server);
    let run = program.run(&["doctor"]).exits(0);
    assert!(
        run.stdout.lines().all(|line| line.starts_with("ok ")),
        "{}",
        run.stdout
    );
    run.says("admin: may plan and apply")
        .says("demo1234 (test data)")
        .says("plain HTTP on this machine")
        .says("6 users")
        .says("2 tenants")
        .done();
    assert_eq!(server.writes(), 0);
    let key = "uf_test_admin_demo1234_wrong";
    let program = program.set("USERFRONT_API_KEY", key);
    let run = program.run(&["doctor"]).exits(1);
    assert!(run.stdout.contains("FAIL  GET /v0/roles"), "{}", run.stdout);
    assert!(!run.stdout.contains("wrong"), "{}", run.stdout);
    let program = program.set("USERFRONT_API_URL", "http://127.0.0.1:9");
    let program = program.set("UFSYNC_TEST", "");
    program
        .run(&["doctor", "--api-key-file", "missing"])
        .exits(1)
        .complains("cli::unreadable")
        .done();
}

#[test]
fn any_call_can_be_made_by_hand() {
    let server = showcase::server();
    let program = Program::with(&server);
    program
        .run(&["api", "GET", "/v0/users/1"])
        .exits(0)
        .says("\"email\": \"jane@example.com\"")
        .done();
    program
        .run(&[
            "api",
            "put",
            "/v0/users/1",
            "--data",
            r#"{"name": "Janet"}"#,
        ])
        .exits(0)
        .says("Janet")
        .done();
    program
        .run(&["api", "POST", "/v0/users/find", "--data", "{}"])
        .exits(0)
        .says("\"totalCount\": 6")
        .done();
    program
        .run(&["api", "DELETE", "/v0/users/1"])
        .exits(0)
        .done();
    program
        .run(&["api", "GET", "/v0/users/1"])
        .exits(1)
        .complains("ufsync::api::not_found")
        .done();
    program
        .run(&["api", "GET", "users/1"])
        .exits(64)
        .complains("cli::bad_path")
        .done();
    program
        .run(&["api", "GET", "/v0/../users"])
        .exits(64)
        .complains("cli::bad_path")
        .done();
    program
        .run(&["api", "POST", "/v0/users", "--data", "{"])
        .exits(64)
        .complains("cli::bad_data")
        .done();
    let all = [
        ("POST", "/v0/tenants", r#"{"name": "By hand"}"#),
        ("GET", "/v0/roles", "null"),
        ("GET", "/v0/tenants/acme0001", "null"),
        ("GET", "/v0/tenants/acme0001/roles", "null"),
        ("PUT", "/v0/tenants/acme0001", r#"{"name": "Acme"}"#),
        ("PUT", "/v0/users/2/roles", r#"{"roles": ["member"]}"#),
        (
            "PUT",
            "/v0/tenants/acme0001/users/2/roles",
            r#"{"roles": ["member"]}"#,
        ),
        ("POST", "/v0/users/2/active", "{}"),
        ("POST", "/v0/users", r#"{"email": "one@example.com"}"#),
        (
            "POST",
            "/v0/users/createOrUpdate",
            r#"{"email": "two@example.com"}"#,
        ),
        (
            "POST",
            "/v0/users/invite",
            r#"{"email": "three@example.com"}"#,
        ),
        (
            "POST",
            "/v0/roles/invite",
            r#"{"email": "four@example.com", "roles": ["member"]}"#,
        ),
        (
            "POST",
            "/v0/tenants/acme0001/roles/invite",
            r#"{"email": "five@example.com", "roles": ["member"]}"#,
        ),
        ("POST", "/v0/tenants/demo1234/tenants/find", "{}"),
        ("DELETE", "/v0/tenants/init0001", "null"),
    ];
    for (method, path, data) in all {
        program
            .run(&["api", method, path, "--data", data])
            .exits(0)
            .done();
    }
}

#[test]
fn who_was_invited_is_found_however_the_server_spells_and_searches() {
    let options = Options {
        faults: Faults::parse(["html-502-after-commit=20".to_owned()]).unwrap(),
        switches: Switches {
            email_case: EmailCase::Lower,
            search_case: SearchCase::Sensitive,
            ..Switches::default()
        },
        ..Options::default()
    };
    let server = Server::start(options, ModeState::default());
    let program = Program::with(&server);
    let entry = |number: usize| format!("  New.User{number}@example.com: {{invite: welcome}}\n");
    let entries: String = (0..30).map(entry).collect();
    program.write("ufsync.yaml", &format!("version: 1\nusers:\n{entries}"));
    program
        .run(&["apply", "--yes", "--parallel", "1"])
        .exits(0)
        .done();
    let requests = server.running.requests();
    let invited = |lost| {
        let invited = requests.iter().filter(|it| it.path == "/v0/users/invite");
        invited
            .filter(|it| (it.status == Some(502)) == lost)
            .count()
    };
    assert!(invited(true) > 0, "no answer was lost");
    assert_eq!(invited(true) + invited(false), 30, "each is invited once");
}
