//! Live changes flow back into the manifest, and nothing else of its text is touched.

use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use ufsync::emulator::{ModeState, Options};

use crate::support::{Program, Server};

/// One manifest in several styles.
const BLOCK: &str = "# The head.
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

fn server() -> (Server, Program) {
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
fn by_hand(program: &Program, method: &str, path: &str, body: &Value) {
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
    let run = program.run(&["pull", "--yes"]).exits(0);
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
        let text = BLOCK.replace("    members:\n      bob@example.com: [owner]\n", "");
        program.write("ufsync.yaml", &text);
        by_hand(&program, "DELETE", "/v0/users/2", &Value::Null);
        let arguments = ["pull", "--yes", "--gone", gone.unwrap_or_default()];
        let arguments = if gone.is_some() {
            &arguments[..]
        } else {
            &arguments[..2]
        };
        program.run(arguments).exits(0).done();
        let text = program.read("ufsync.yaml");
        assert!(text.contains(after), "{text}");
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
        assert!(!program.path().join("all/.ufsync-recovery.json").exists());
    }
    // A file that somebody changed since is not written over.
    write();
    let pending = json!({"files": [{"path": program.path().join("all/users.yaml"), "before": "0", "after": ""}]});
    program.write("all/.ufsync-recovery.json", &pending.to_string());
    program
        .run(&["validate", "-f", "all"])
        .exits(1)
        .complains("cli::recovery")
        .done();
    assert_eq!(program.read("all/users.yaml"), users);
}

/// A manifest in random styles, and the comments in it.
fn random_manifest(random: &mut fastrand::Rng) -> (String, Vec<String>) {
    let mut comments = Vec::new();
    let mut comment = |random: &mut fastrand::Rng| {
        if random.bool() {
            return String::new();
        }
        comments.push(format!("# comment {}", comments.len()));
        format!("  {}", comments[comments.len() - 1])
    };
    let mut text = "version: 1\nworkspace: demo1234\nmode: test\ntenants:\n".to_owned();
    for number in 0..3 {
        let end = comment(random);
        let entry = match random.usize(..3) {
            0 => format!("  t{number}: {{ name: T{number}, data: {{ plan: pro }} }}{end}\n"),
            1 => format!("  t{number}:{end}\n    name: \"T{number}\"\n    data: {{plan: pro}}\n"),
            _ => format!("  t{number}:\n    name: 'T{number}'{end}\n    data:\n      plan: pro\n"),
        };
        text += &entry;
    }
    text += "users:\n";
    for number in 0..6 {
        let (one, two) = (comment(random), comment(random));
        let email = format!("u{number}@example.com");
        // The comments that are not used come before the entry.
        let entry = match random.usize(..4) {
            0 => format!(
                "{two}\n  {email}: {{ name: U, roles: [viewer, member], tenants: {{ t0: [owner], t1: [] }} }}{one}\n"
            ),
            1 => format!(
                "  {email}:{one}\n    name: U\n    roles:\n      - viewer\n      - member\n    tenants:\n      t0: [owner]\n      t1: []{two}\n"
            ),
            2 => format!(
                "{two}\n  \"{email}\":\n    name: 'U'{one}\n    roles:\n    - viewer\n    - member\n    tenants: {{t0: [owner], t1: []}}\n\n"
            ),
            _ => format!(
                "  {email}:\n    roles: [viewer, member]{one}\n    name: >-\n      U\n    tenants:\n      t0:\n        - owner\n      t1: []{two}\n"
            ),
        };
        text += &entry;
    }
    if random.bool() {
        text = text.replace('\n', "\r\n");
    }
    (text, comments)
}

#[test]
fn after_a_pull_the_plan_is_empty_whatever_the_style_and_the_drift() {
    for seed in 0..u64::from(crate::support::anything::cases(40)) {
        let mut random = fastrand::Rng::with_seed(seed);
        let (text, comments) = random_manifest(&mut random);
        let server = Server::empty();
        let program = Program::with(&server);
        program.write("ufsync.yaml", &text);
        program.run(&["apply", "--yes"]).exits(0).done();
        let store = server.store();
        let mut drifted = 0;
        for user in &store.users {
            let path = format!("/v0/users/{}", user.user_id);
            if random.bool() {
                let names = ["V", "no", "12", "a: b # c", "${X}", "x'y\"z", "  w"];
                let name = names[random.usize(..names.len())];
                by_hand(
                    &program,
                    "PUT",
                    &path,
                    &json!({"name": name, "username": format!("n{}", user.user_id)}),
                );
                drifted += 1;
            }
            let lists = [
                json!([]),
                json!(["admin"]),
                json!(["member", "owner", "viewer"]),
                json!(["no"]),
            ];
            if random.bool() {
                let roles = &lists[random.usize(..lists.len())];
                by_hand(
                    &program,
                    "PUT",
                    &format!("{path}/roles"),
                    &json!({"roles": roles}),
                );
            }
            let tenant = &store.tenants[random.usize(..2)].tenant_id;
            let roles = &lists[random.usize(..lists.len())];
            by_hand(
                &program,
                "PUT",
                &format!("/v0/tenants/{tenant}/users/{}/roles", user.user_id),
                &json!({"roles": roles}),
            );
        }
        for tenant in &store.tenants {
            let plan = ["free", "pro", "~", "a, b"][random.usize(..4)];
            by_hand(
                &program,
                "PUT",
                &format!("/v0/tenants/{}", tenant.tenant_id),
                &json!({"data": {"plan": plan}}),
            );
        }
        let run = program.run(&["pull", "--yes"]).exits(0);
        let after = program.read("ufsync.yaml");
        let plan = program.run(&["plan"]);
        assert!(
            plan.stdout.contains("No changes"),
            "{seed} ({drifted}): {}\n{}\n{after}\n{}",
            run.stdout,
            run.stderr,
            plan.stdout
        );
        for comment in comments {
            // A list that is laid out with a comment inside is the one place that is left.
            assert!(
                after.contains(&comment),
                "{seed}: {comment} is gone from:\n{after}"
            );
        }
        program
            .run(&["pull", "--yes"])
            .exits(0)
            .complains("Nothing to pull")
            .done();
    }
}
