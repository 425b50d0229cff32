//! Who has what, and why: every grant in one row, in every format.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::{Value, json};
use ufsync::emulator::{ModeState, Options, State};

use crate::pull::by_hand;
use crate::support::{Program, Server};

const MANIFEST: &str = "version: 1
workspace: demo1234
mode: test
tenants:
  acme: { name: Acme, members: { bob@example.com: [owner] } }
users:
  bob@example.com:
    name: \"=HYPERLINK(1)\"
    roles: [{ role: admin, until: 2099-01-01 }]
  eve@example.com: { roles: [{ role: viewer, until: 2020-01-01 }] }
groups:
  staff: { users: [bob@example.com], roles: [viewer], tenants: { acme: [owner] } }
";

/// A workspace with a tenant below another, a user whom the manifest does not mention, and roles by hand.
pub(crate) fn workspace() -> (Server, Program) {
    let state = json!({
        "tenants": [
            {"tenantId": "acme0001", "name": "Acme"},
            {"tenantId": "east0001", "name": "East </script><b>", "parent": "acme0001"}],
        "users": [
            {"email": "bob@example.com", "name": "=HYPERLINK(1)", "roles": {"demo1234": ["admin", "viewer"], "acme0001": ["owner"]}},
            {"email": "eve@example.com", "locked": true, "roles": {"demo1234": ["viewer", "editor"]}},
            {"email": "zoe@other.example", "roles": {"east0001": ["viewer"]}}]});
    let state: ModeState = serde_json::from_value(state).unwrap();
    let server = Server::start(Options::default(), state);
    let program = Program::with(&server);
    program.write("ufsync.yaml", MANIFEST);
    (server, program)
}

fn rows(program: &Program, arguments: &[&str]) -> Vec<Value> {
    let run = program.run(&[&["access", "--format", "json"], arguments].concat());
    let run = run.exits(0);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let schema: Value = serde_json::from_str(&program.run(&["schema", "access"]).stdout).unwrap();
    assert!(jsonschema::is_valid(&schema, &document), "{document:#}");
    document["grants"].as_array().unwrap().clone()
}

/// User, tenant, role and state of each row.
fn short(rows: &[Value]) -> Vec<String> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or("-").to_owned();
    let line = |row| {
        ["user", "tenant", "role", "state"]
            .map(|key| text(row, key))
            .join(" ")
    };
    rows.iter().map(line).collect()
}

#[test]
fn every_grant_has_a_row_with_what_grants_it() {
    let (_server, program) = workspace();
    let all = rows(&program, &[]);
    assert_eq!(
        short(&all),
        [
            "bob@example.com - admin managed",
            "bob@example.com - viewer managed",
            "bob@example.com acme owner managed",
            "bob@example.com id:east0001 owner managed",
            "eve@example.com - editor byHand",
            "eve@example.com - viewer ended",
            "zoe@other.example id:east0001 viewer byHand",
        ]
    );
    assert_eq!(all[0]["until"], "2099-01-01");
    assert_eq!(all[3]["through"], "acme");
    assert_eq!(all[4]["locked"], true);
    let sources = all[2]["sources"].as_array().unwrap().iter();
    let from: Vec<&str> = sources.map(|it| it["from"].as_str().unwrap()).collect();
    assert_eq!(from, ["members", "group staff"]);
    assert_eq!(all[2]["sources"][1]["member"]["line"], 12);
    for (arguments, count) in [
        (vec!["--role", "owner"], 2),
        (vec!["--tenant", "acme"], 1),
        (vec!["--tenant", "workspace", "--tenant", "east0001"], 6),
        (vec!["--user", "*@other.example"], 1),
        (vec!["--user", "*@example.com", "--role", "viewer"], 2),
    ] {
        assert_eq!(rows(&program, &arguments).len(), count, "{arguments:?}");
    }
    // Without a manifest.
    let live = rows(&program, &["--no-manifest"]);
    assert_eq!(live.len(), 7);
    assert!(short(&live).iter().all(|row| row.ends_with(" held")));
    // What is written and not held.
    by_hand(&program, "PUT", "/v0/users/1/roles", &json!({"roles": []}));
    let pending = ["--pending", "--tenant", "workspace", "--user", "bob@*"];
    assert_eq!(
        short(&rows(&program, &pending)),
        [
            "bob@example.com - admin pending",
            "bob@example.com - viewer pending"
        ]
    );
}

#[test]
fn the_rows_are_those_of_the_store_and_the_manifest_whatever_they_are() {
    for seed in 0..8 {
        let mut random = fastrand::Rng::with_seed(seed);
        let state = State::generate("demo1234", 25, 6, seed).test;
        let server = Server::start(Options::default(), state);
        let program = Program::with(&server);
        let export = ["export", "--pin", "-o", "ufsync.yaml"];
        program.run(&export).exits(0).done();
        let mut manifest: Value = serde_yaml::from_str(&program.read("ufsync.yaml")).unwrap();
        // The manifest forgets users and roles.
        let users = manifest["users"].as_object_mut().unwrap();
        users.retain(|_, _| random.u32(..5) > 0);
        for user in users.values_mut() {
            if let Some(roles) = user["roles"].as_array_mut() {
                roles.retain(|_| random.bool());
            }
        }
        program.write("ufsync.yaml", &serde_yaml::to_string(&manifest).unwrap());
        let handles = manifest["tenants"].as_object().unwrap();
        let handle = |id: &str| {
            let mut handles = handles.iter();
            let found = handles.find(|(_, it)| it["tenantId"] == id);
            found.unwrap().0.clone()
        };
        let mut expected = BTreeSet::new();
        for user in &server.store().users {
            let Some(email) = user.email.clone() else {
                continue;
            };
            for (scope, roles) in &user.roles {
                let is_workspace = scope.as_str() == "demo1234";
                let tenant = if is_workspace {
                    "-".to_owned()
                } else {
                    handle(scope.as_str())
                };
                for role in roles {
                    let entry = &manifest["users"][&email];
                    let list = if is_workspace {
                        &entry["roles"]
                    } else {
                        &entry["tenants"][&tenant]
                    };
                    let is_written = list
                        .as_array()
                        .is_some_and(|list| list.contains(&json!(role)));
                    let state = if is_written { "managed" } else { "byHand" };
                    let role = json!(role);
                    let role = role.as_str().unwrap();
                    expected.insert(format!("{email} {tenant} {role} {state}"));
                }
            }
        }
        let found = short(&rows(&program, &[]));
        assert_eq!(found.len(), expected.len(), "{seed}");
        let found: BTreeSet<String> = found.into_iter().collect();
        assert_eq!(found, expected, "{seed}");
    }
}

#[test]
fn every_format_has_all_rows_and_no_name_does_anything() {
    let (_server, program) = workspace();
    let run = program.run(&["access"]).exits(0);
    run.says("bob@example.com")
        .says("held in acme, above it; members; group staff")
        .says("7 grants of 3 users")
        .done();
    let run = program.run(&["access", "--format", "csv"]).exits(0);
    let mut reader = csv::Reader::from_reader(run.stdout.as_bytes());
    assert_eq!(reader.headers().unwrap().len(), 16);
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(records.len(), 7);
    assert_eq!(&records[0][1], "'=HYPERLINK(1)");
    let is_formula = |cell: &str| cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    assert!(!records.iter().flatten().any(is_formula));
    run.done();
    let run = program.run(&["access", "--format", "markdown"]).exits(0);
    run.says("```diff")
        .says("! bob@example.com  workspace  admin")
        .done();
    let run = program.run(&["access", "--format", "html"]).exits(0);
    assert!(run.stdout.starts_with("<!doctype html>\n"));
    let ends = run.stdout.matches("</script>").count();
    assert_eq!(ends, 2, "a name ends no element");
    assert!(run.stdout.contains("\\u003c/script>"), "{}", run.stdout);
    assert!(!run.stdout.contains("://"), "a page without a network");
    run.done();
    // A report is not written over what is none.
    program.write("notes.csv", "mine\n");
    let csv = |path| program.run(&["access", "--format", "csv", "-o", path]);
    csv("notes.csv").exits(1).done();
    assert_eq!(program.read("notes.csv"), "mine\n");
    csv("access.csv").exits(0).done();
    csv("access.csv").exits(0).done();
}

#[test]
fn what_was_granted_and_revoked_since_a_snapshot_is_told() {
    let (_server, program) = workspace();
    let snapshot = ["export", "--snapshot", "-o", "before.json"];
    program.run(&snapshot).exits(0).done();
    by_hand(
        &program,
        "PUT",
        "/v0/users/2/roles",
        &json!({"roles": ["editor", "admin"]}),
    );
    by_hand(&program, "PUT", "/v0/users/2", &json!({"locked": false}));
    let compare = ["access", "--compare", "before.json"];
    let run = program.run(&[&compare[..], &["--format", "json"]].concat());
    let run = run.exits(0);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let list = |kind: &str| short(document["difference"][kind].as_array().unwrap());
    assert_eq!(list("granted"), ["eve@example.com - admin byHand"]);
    assert_eq!(list("revoked"), ["eve@example.com - viewer ended"]);
    assert_eq!(list("changed"), ["eve@example.com - editor byHand"]);
    let run = program.run(&compare).exits(0);
    run.says("1 granted").says("1 revoked").done();
    let live = rows(&program, &["--live", "before.json"]);
    assert_eq!(live.len(), 7, "a snapshot is as good as a server");
}

#[test]
fn git_says_since_when_and_by_whom_also_where_a_file_was_renamed() {
    let (_server, program) = workspace();
    let program = program.set("PATH", &std::env::var("PATH").unwrap());
    let since = ["access", "--since-git"];
    program.run(&since).exits(1).complains("cli::blame").done();
    let git = |name: &str, day: &str, arguments: &[&str]| {
        let mut command = Command::new("git");
        let name = format!("user.name={name}");
        command.args(["-c", "user.email=a@example.com", "-c", &name]);
        command.env("GIT_AUTHOR_DATE", format!("{day}T12:00:00Z"));
        let command = command.args(arguments).current_dir(program.path());
        let output = command.output().unwrap();
        assert!(output.status.success(), "{output:?}");
    };
    let (first, rest) = MANIFEST.split_once("groups:").unwrap();
    program.write("people.yaml", first);
    std::fs::remove_file(program.path().join("ufsync.yaml")).unwrap();
    git("Ada", "2024-05-01", &["init", "-q"]);
    git("Ada", "2024-05-01", &["add", "."]);
    git("Ada", "2024-05-01", &["commit", "-qm", "people"]);
    git("Bob", "2025-01-01", &["mv", "people.yaml", "ufsync.yaml"]);
    git("Bob", "2025-01-01", &["commit", "-qm", "move"]);
    program.write("ufsync.yaml", &format!("{first}groups:{rest}"));
    git("Eve", "2026-02-03", &["commit", "-qam", "groups"]);
    let all = rows(&program, &["--since-git"]);
    let written = |row: usize, source: usize| all[row]["sources"][source]["since"].clone();
    assert_eq!(written(0, 0)["author"], "Ada");
    assert_eq!(written(0, 0)["time"], "2024-05-01T12:00:00Z");
    assert_eq!(written(1, 0)["author"], "Eve");
    assert_eq!(written(2, 1)["time"], "2026-02-03T12:00:00Z");
    let run = program.run(&[&since[..], &["--format", "csv"]].concat());
    let run = run.exits(0);
    run.says("2024-05-01T12:00:00Z,")
        .says(",Ada,2099-01-01,")
        .done();
    // A line that is not committed has no commit.
    program.write(
        "ufsync.yaml",
        &MANIFEST.replace("[viewer], tenants", "[viewer, viewer2], tenants"),
    );
    let all = rows(&program, &["--since-git", "--pending", "--role", "viewer"]);
    assert!(all[0]["sources"][0]["since"].is_null(), "{all:?}");
}
