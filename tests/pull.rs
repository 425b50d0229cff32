//! Live changes flow back into the manifest, and nothing else of its text is touched.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use ufsync::emulator::{ModeState, Options};

use crate::support::{Program, Server};

/// One manifest in several styles.
pub(crate) const BLOCK: &str = "# The head.
version: 1
workspace: demo1234
mode: test

tenants:
  # A customer.
  acme:
    name: Acme   # as they write it
    data:
      plan: pro
      seats: 5
  globex:
    name: 'Globex'
    members:
      bob@example.com: [owner]

users:
  jane@example.com:   # on call
    name: \"Jane Doe\"
    roles:
      - member
      - viewer   # reads only
    tenants:
      acme: [owner]

  bob@example.com:
    name: Bob
    roles: []
# The end.
";
const FLOW: &str = "version: 1
workspace: demo1234
mode: test
tenants: { acme: { name: Acme, data: { plan: pro, seats: 5 } }, globex: { name: Globex, members: { bob@example.com: [owner] } } }
users: { jane@example.com: { name: Jane Doe, roles: [member, viewer], tenants: { acme: [owner] } }, bob@example.com: { name: Bob, roles: [] } }
";

pub(crate) fn server() -> (Server, Program) {
    let state = json!({
        "tenants": [
            {"tenantId": "acme0001", "name": "Acme", "data": {"plan": "pro", "seats": 5}},
            {"tenantId": "glbx0001", "name": "Globex"}],
        "users": [
            {"email": "jane@example.com", "name": "Jane Doe", "roles": {"demo1234": ["member", "viewer"], "acme0001": ["owner"]}},
            {"email": "bob@example.com", "name": "Bob", "roles": {"glbx0001": ["owner"]}}]});
    let state: ModeState = serde_json::from_value(state).unwrap();
    let server = Server::start(Options::default(), state);
    let program = Program::with(&server);
    (server, program)
}

/// A change as a person makes it in the dashboard.
pub(crate) fn by_hand(program: &Program, method: &str, path: &str, body: &Value) {
    program
        .run(&["api", method, path, "--data", &body.to_string()])
        .exits(0)
        .done();
}

fn drift(program: &Program) {
    by_hand(
        program,
        "PUT",
        "/v0/users/1",
        &json!({"name": "Jane D. Doe", "username": "jane"}),
    );
    by_hand(
        program,
        "PUT",
        "/v0/users/1/roles",
        &json!({"roles": ["admin", "member"]}),
    );
    by_hand(
        program,
        "PUT",
        "/v0/tenants/acme0001/users/1/roles",
        &json!({"roles": ["owner", "support"]}),
    );
    by_hand(
        program,
        "PUT",
        "/v0/tenants/glbx0001/users/2/roles",
        &json!({"roles": ["viewer"]}),
    );
    by_hand(
        program,
        "PUT",
        "/v0/tenants/acme0001",
        &json!({"data": {"plan": "free", "seats": 5}}),
    );
    by_hand(
        program,
        "PUT",
        "/v0/users/2/roles",
        &json!({"roles": ["editor"]}),
    );
}

/// The lines of a text that another does not have.
fn only_in<'t>(text: &'t str, other: &str) -> Vec<&'t str> {
    text.lines()
        .filter(|line| !other.lines().any(|it| it == *line))
        .collect()
}

#[test]
fn every_style_takes_over_what_changed_and_keeps_the_rest() {
    let crlf = BLOCK.replace('\n', "\r\n");
    let marked = format!("\u{feff}{BLOCK}");
    for text in [BLOCK, FLOW, crlf.as_str(), marked.as_str()] {
        let (_server, program) = server();
        program.write("ufsync.yaml", text);
        program.run(&["plan"]).exits(0).says("No changes").done();
        drift(&program);
        program.run(&["pull", "--check"]).exits(2).says("+").done();
        assert_eq!(program.read("ufsync.yaml"), text, "a check writes nothing");
        program.run(&["pull", "--yes"]).exits(0).done();
        let plan = program.run(&["plan"]).exits(0);
        plan.says("No changes").done();
        let after = program.read("ufsync.yaml");
        program
            .run(&["pull", "--yes"])
            .exits(0)
            .complains("Nothing to pull")
            .done();
        assert_eq!(
            program.read("ufsync.yaml"),
            after,
            "a second pull changes nothing"
        );
        assert_eq!(
            text.matches("\r\n").count() > 0,
            after.matches("\r\n").count() == after.matches('\n').count()
        );
        assert_eq!(after.starts_with('\u{feff}'), text.starts_with('\u{feff}'));
    }
}

#[test]
fn only_the_lines_of_what_changed_are_touched() {
    let (_server, program) = server();
    program.write("ufsync.yaml", BLOCK);
    by_hand(
        &program,
        "PUT",
        "/v0/users/1",
        &json!({"name": "Jane D. Doe"}),
    );
    by_hand(
        &program,
        "PUT",
        "/v0/tenants/acme0001",
        &json!({"data": {"plan": "free", "seats": 5}}),
    );
    by_hand(
        &program,
        "PUT",
        "/v0/users/2/roles",
        &json!({"roles": ["editor"]}),
    );
    program.run(&["pull", "--yes"]).exits(0).done();
    let after = program.read("ufsync.yaml");
    assert_eq!(
        only_in(BLOCK, &after),
        ["      plan: pro", "    name: \"Jane Doe\"", "    roles: []"]
    );
    assert_eq!(
        only_in(&after, BLOCK),
        [
            "      plan: free",
            "    name: Jane D. Doe",
            "    roles: [editor]"
        ]
    );
}

#[test]
fn what_can_not_be_written_at_its_place_is_named_and_left() {
    let (_server, program) = server();
    let text = "version: 1
workspace: demo1234
mode: test
x-name: &name Bob
variables: [WHO]
users:
  jane@example.com: { name: \"${WHO:-Jane Doe}\" }
  bob@example.com: { name: *name }
groups:
  readers: { users: [jane@example.com], roles: [member, viewer] }
";
    program.write("ufsync.yaml", text);
    let has_anchor_place = program.run(&["validate"]).code == 0;
    let text = if has_anchor_place {
        text.to_owned()
    } else {
        text.replace("x-name: &name Bob\n", "")
            .replace("*name", "Bob")
    };
    program.write("ufsync.yaml", &text);
    program.run(&["plan"]).exits(0).says("No changes").done();
    by_hand(&program, "PUT", "/v0/users/1", &json!({"name": "Jane D."}));
    by_hand(
        &program,
        "PUT",
        "/v0/users/1/roles",
        &json!({"roles": ["member"]}),
    );
    let run = program.run(&["pull", "--yes"]).exits(5);
    run.complains("it comes from a variable")
        .complains("\"viewer\" comes from group readers")
        .done();
    assert_eq!(program.read("ufsync.yaml"), text);
}

#[test]
fn what_is_gone_stays_is_taken_out_or_is_kept_away() {
    for (gone, after) in [
        (None, "bob@example.com:\n    name: Bob\n"),
        (Some("remove"), ""),
        (Some("absent"), "bob@example.com: { state: absent }\n"),
    ] {
        let (_server, program) = server();
        program.write("ufsync.yaml", BLOCK);
        by_hand(&program, "DELETE", "/v0/users/2", &Value::Null);
        let arguments = ["pull", "--yes", "--gone", gone.unwrap_or_default()];
        let arguments = if gone.is_some() {
            &arguments[..]
        } else {
            &arguments[..2]
        };
        let code = if gone.is_some() { 0 } else { 5 };
        program.run(arguments).exits(code).done();
        let text = program.read("ufsync.yaml");
        assert!(text.contains(after), "{text}");
        assert_eq!(
            text.contains("bob@example.com: [owner]"),
            gone.is_none(),
            "{text}"
        );
        assert_eq!(
            text.contains("bob@example.com"),
            gone != Some("remove"),
            "{text}"
        );
        assert!(text.ends_with("# The end.\n"), "{text}");
        if gone.is_some() {
            program.run(&["plan"]).exits(0).says("No changes").done();
        }
    }
}

#[test]
fn a_tenant_that_is_gone_goes_from_everywhere() {
    let (_server, program) = server();
    let text = format!(
        "{BLOCK}groups:\n  staff:\n    users: [bob@example.com]\n    tenants: {{ acme: [], globex: [viewer] }}\n"
    );
    program.write("ufsync.yaml", &text);
    program.run(&["apply", "--yes"]).exits(0).done();
    by_hand(&program, "DELETE", "/v0/tenants/acme0001", &Value::Null);
    program
        .run(&["pull", "--yes", "--gone", "remove"])
        .exits(0)
        .done();
    let text = program.read("ufsync.yaml");
    assert!(!text.contains("acme"), "{text}");
    assert!(
        !text.contains("# A customer."),
        "the comment above it goes with it: {text}"
    );
    assert!(text.contains("tenants: { globex: [viewer] }"), "{text}");
    program.run(&["plan"]).exits(0).says("No changes").done();
}

#[test]
fn an_address_that_was_changed_is_taken_over_where_the_entry_is_pinned_and_named_otherwise() {
    let (server, program) = server();
    let uuid = server.store().users[1].user_uuid.clone();
    let groups = "groups:\n  staff:\n    users:\n      - jane@example.com   # lead\n      - bob@example.com\n    roles: [viewer]\n";
    let text = BLOCK.replace(
        "    name: Bob\n",
        &format!("    name: Bob\n    userUuid: {uuid}\n"),
    );
    program.write("ufsync.yaml", &format!("{text}{groups}"));
    program.run(&["apply", "--yes"]).exits(0).done();
    for (user, email) in [(1, "jane.doe@example.com"), (2, "rob@example.com")] {
        by_hand(
            &program,
            "PUT",
            &format!("/v0/users/{user}"),
            &json!({"email": email}),
        );
    }
    let run = program.run(&["pull", "--yes"]).exits(5);
    run.complains("ufsync edit rename-user jane@example.com jane.doe@example.com")
        .done();
    let after = program.read("ufsync.yaml");
    assert_eq!(
        only_in(&after, &format!("{text}{groups}")),
        [
            "      rob@example.com: [owner]",
            "  rob@example.com:",
            "      - rob@example.com"
        ]
    );
    program
        .run(&[
            "edit",
            "rename-user",
            "jane@example.com",
            "jane.doe@example.com",
            "--yes",
        ])
        .exits(0)
        .done();
    assert!(
        program
            .read("ufsync.yaml")
            .contains("      - jane.doe@example.com   # lead\n")
    );
    program.run(&["plan"]).exits(0).says("No changes").done();
    program.run(&["pull", "--yes"]).exits(0).done();
}

#[test]
fn a_list_keeps_the_comments_in_it() {
    let (_server, program) = server();
    program.write("ufsync.yaml", BLOCK);
    for roles in [json!(["viewer"]), json!(["admin", "viewer", "zoo"])] {
        by_hand(
            &program,
            "PUT",
            "/v0/users/1/roles",
            &json!({"roles": roles}),
        );
        program.run(&["pull", "--yes"]).exits(0).done();
        program.run(&["plan"]).exits(0).says("No changes").done();
    }
    let lines = "    roles:\n      - viewer   # reads only\n      - admin\n      - zoo\n";
    let text = program.read("ufsync.yaml");
    assert!(text.contains(lines), "{text}");
}

#[test]
fn a_pull_is_a_document_too() {
    let (_server, program) = server();
    program.write("ufsync.yaml", BLOCK);
    drift(&program);
    by_hand(&program, "DELETE", "/v0/users/2", &Value::Null);
    let run = program
        .run(&["pull", "--check", "--format", "json"])
        .exits(2);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let schema: Value = serde_json::from_str(&program.run(&["schema", "pull"]).stdout).unwrap();
    assert!(jsonschema::is_valid(&schema, &document), "{document:#}");
    assert_eq!(document["files"][0]["path"], "ufsync.yaml");
    assert!(
        document["files"][0]["diff"]
            .as_str()
            .unwrap()
            .contains("+      plan: free")
    );
    assert_eq!(document["stays"][0]["address"], "users/bob@example.com");
}

#[test]
fn a_part_is_pulled_and_files_and_snapshots_are_read() {
    let (_server, program) = server();
    let (tenants, users) = BLOCK.split_at(BLOCK.find("users:").unwrap());
    program.write("all/tenants.yaml", tenants);
    program.write("all/users.yaml", users);
    drift(&program);
    program
        .run(&["export", "--snapshot", "-o", "live.json"])
        .exits(0)
        .done();
    let pull = ["pull", "-f", "all", "--yes", "--live", "live.json"];
    program
        .run(&[&pull[..], &["--target", "users/jane@example.com"]].concat())
        .exits(0)
        .done();
    assert_eq!(program.read("all/tenants.yaml"), tenants);
    assert!(program.read("all/users.yaml").contains("Jane D. Doe"));
    program.run(&pull).exits(0).done();
    assert!(program.read("all/tenants.yaml").contains("plan: free"));
    program
        .run(&["plan", "-f", "all"])
        .exits(0)
        .says("No changes")
        .done();
}

#[test]
fn nothing_is_written_without_a_yes() {
    let (_server, program) = server();
    program.write("ufsync.yaml", BLOCK);
    drift(&program);
    program.run(&["pull"]).exits(64).done();
    program
        .run_with_input(&["pull", "-f", "-"], BLOCK)
        .exits(64)
        .done();
    assert_eq!(program.read("ufsync.yaml"), BLOCK);
}

#[test]
fn a_pull_of_several_files_that_is_killed_is_finished_by_the_next_command() {
    let (_server, program) = server();
    let (tenants, users) = BLOCK.split_at(BLOCK.find("users:").unwrap());
    let write = || {
        program.write("all/tenants.yaml", tenants);
        program.write("all/users.yaml", users);
    };
    write();
    drift(&program);
    program
        .run(&["export", "--snapshot", "-o", "live.json"])
        .exits(0)
        .done();
    let pull = ["pull", "-f", "all", "--yes", "--live", "live.json"];
    program.run(&pull).exits(0).done();
    let new = (
        program.read("all/tenants.yaml"),
        program.read("all/users.yaml"),
    );
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..25 {
        write();
        let mut child = program
            .command(&pull)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_micros(random.u64(..30_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        for (name, old, new) in [("tenants", tenants, &new.0), ("users", users, &new.1)] {
            let text = program.read(&format!("all/{name}.yaml"));
            assert!(text == old || text == *new, "{text}");
        }
        program.run(&["validate", "-f", "all"]).exits(0).done();
        let now = (
            program.read("all/tenants.yaml"),
            program.read("all/users.yaml"),
        );
        let old = (tenants.to_owned(), users.to_owned());
        assert!(now == old || now == new, "one without the other");
        let recovery = program.state_of("all").join("recovery.json");
        assert!(!recovery.exists());
    }
    // A file that somebody changed since is not written over.
    write();
    let pending = json!({"files": [{"path": program.path().join("all/users.yaml"), "before": "0", "after": ""}]});
    let recovery = program.state_of("all").join("recovery.json");
    std::fs::write(recovery, pending.to_string()).unwrap();
    program
        .run(&["validate", "-f", "all"])
        .exits(1)
        .complains("cli::recovery")
        .done();
    assert_eq!(program.read("all/users.yaml"), users);
}
