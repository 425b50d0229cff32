//! `plan --base`: what a change does, and what was changed by hand, told apart.

use serde_json::{Value, json};
use ufsync::emulator::{ModeState, Options};

use crate::support::{Program, Server, git};

const BEFORE: &str = "version: 1
workspace: demo1234
mode: test
tenants: { acme: { name: Acme, data: { plan: pro } } }
users:
  jane@example.com: { name: Jane, roles: [member], tenants: { acme: [owner] } }
  bob@example.com: { name: Bob, roles: [] }
";

/// Applied before, with a change by hand since: Bob is an admin, Jane is called otherwise and has lost a role.
fn drifted() -> (Server, Program) {
    let server = Server::start(Options::default(), ModeState::default());
    let program = Program::with(&server);
    program.write("before.yaml", BEFORE);
    program
        .run(&["apply", "-f", "before.yaml", "--yes"])
        .exits(0)
        .done();
    let users = server.store().users;
    let id = |email: &str| {
        users
            .iter()
            .find(|it| it.email.as_deref() == Some(email))
            .unwrap()
            .user_id
    };
    let (jane, bob) = (id("jane@example.com"), id("bob@example.com"));
    for (path, body) in [
        (
            format!("/v0/users/{bob}/roles"),
            json!({"roles": ["admin"]}),
        ),
        (format!("/v0/users/{jane}"), json!({"name": "Jane D."})),
        (format!("/v0/users/{jane}/roles"), json!({"roles": []})),
    ] {
        program
            .run(&["api", "PUT", &path, "--data", &body.to_string()])
            .exits(0)
            .done();
    }
    // The change: a username, another role, another plan.
    let after = BEFORE.replace(
        "name: Jane, roles: [member]",
        "name: Jane, username: jane, roles: [member, viewer]",
    );
    program.write("ufsync.yaml", &after.replace("plan: pro", "plan: free"));
    (server, program)
}

fn drift(plan: &Value) -> Vec<(String, Vec<String>)> {
    let steps = plan["steps"].as_array().unwrap().iter();
    let drift = steps.map(|step| {
        let drift = step["drift"].as_array().into_iter().flatten();
        let drift = drift.map(|part| part.as_str().unwrap().to_owned());
        (
            step["address"].as_str().unwrap().to_owned(),
            drift.collect(),
        )
    });
    drift.collect()
}

#[test]
fn each_field_and_role_is_drift_exactly_if_the_base_asks_for_it_too() {
    let (_server, program) = drifted();
    let run = program.run(&["plan", "--base", "before.yaml", "--format", "json"]);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    let expected = [
        ("tenants/acme", vec![]),
        ("users/jane@example.com", vec!["name"]),
        ("users/jane@example.com/roles", vec!["+member"]),
        ("users/bob@example.com/roles", vec!["-admin"]),
    ];
    let expected = expected.map(|(address, parts)| {
        (
            address.to_owned(),
            parts.into_iter().map(str::to_owned).collect(),
        )
    });
    assert_eq!(drift(&plan), expected);
    // The manifest itself as the base: all is drift.
    let run = program.run(&[
        "plan",
        "-f",
        "before.yaml",
        "--base",
        "before.yaml",
        "--format",
        "json",
    ]);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(
        drift(&plan).iter().all(|(_, parts)| !parts.is_empty()),
        "{plan}"
    );
}

#[test]
fn this_change_comes_first_and_drift_is_told_apart_in_every_form() {
    let (_server, program) = drifted();
    let human = program.run(&["plan", "--base", "before.yaml"]).stdout;
    let (own, by_hand) = human
        .split_once("Drift, without this change: 1 change\n")
        .unwrap();
    assert!(
        own.contains("[drift: name]") && own.contains("plan  pro → free"),
        "{human}"
    );
    assert!(
        by_hand.contains("[granted by hand") || by_hand.contains("granted by hand]"),
        "{human}"
    );
    let markdown = program
        .run(&["plan", "--base", "before.yaml", "--format", "markdown"])
        .stdout;
    assert!(markdown.contains("granted by hand"), "{markdown}");
    let only = |which| {
        program
            .run(&["plan", "--base", "before.yaml", "--only", which])
            .stdout
    };
    assert!(
        !only("change").contains("granted by hand"),
        "{}",
        only("change")
    );
    assert!(!only("drift").contains("acme"), "{}", only("drift"));
    let both = [
        "plan",
        "--base",
        "before.yaml",
        "--only",
        "drift",
        "--out",
        "plan.json",
    ];
    program.run(&both).exits(64).done();
}

#[test]
fn the_manifest_before_is_read_from_gits_objects() {
    let (_server, program) = drifted();
    let program = program.set("PATH", &std::env::var("PATH").unwrap());
    let git = |arguments: &[&str]| git(program.path(), arguments);
    let after = program.read("ufsync.yaml");
    program.write("ufsync.yaml", BEFORE);
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "ufsync.yaml"]);
    git(&["commit", "-q", "-m", "before"]);
    program.write("ufsync.yaml", &after);
    let from_git = program.run(&["plan", "--base", "git:HEAD", "--format", "json"]);
    let from_file = program.run(&["plan", "--base", "before.yaml", "--format", "json"]);
    let plan = |text: &str| drift(&serde_json::from_str(text).unwrap());
    assert_eq!(plan(&from_git.stdout), plan(&from_file.stdout));
    let run = program.run(&["plan", "--base", "git:nowhere"]).exits(1);
    run.complains("ufsync::cli::base").done();
    program
        .run(&["plan", "--base", "git:--help"])
        .exits(64)
        .done();
    // A base without a manifest, and one that is wrong, do not stop the plan of what mends it.
    git(&["checkout", "-q", "--orphan", "empty"]);
    git(&["rm", "-q", "-f", "--cached", "ufsync.yaml"]);
    git(&["commit", "-q", "--allow-empty", "-m", "nothing"]);
    let run = program.run(&["plan", "--base", "git:HEAD"]).exits(3);
    run.complains("There was no manifest before this change")
        .says("Plan:")
        .done();
    program.write("wrong.yaml", "version: 1\nuser: {}\n");
    let run = program
        .run(&["plan", "--base", "wrong.yaml", "--only", "drift"])
        .exits(3);
    let run = run.complains("has 1 mistake");
    assert!(!run.stdout.contains("Jane D."), "{}", run.stdout);
    run.done();
}

#[test]
#[cfg(unix)]
fn the_names_that_belong_to_a_base_are_those_of_a_folder() {
    let program = Program::new().set("PATH", &std::env::var("PATH").unwrap());
    let git = |arguments: &[&str]| git(program.path(), arguments);
    program.write("ufsync/ufsync.yaml", BEFORE);
    // Hidden files and folders, overlays and texts are no part of it.
    for name in [
        ".hidden.yaml",
        ".old/a.yaml",
        "sub/.hidden.yml",
        "notes.md",
        "ufsync.prod.yaml",
    ] {
        program.write(&format!("ufsync/{name}"), "overlay: true\nnonsense: [1\n");
    }
    program.write("ufsync/ufsync.prod.yaml", "overlay: true\n");
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "--force", "."]);
    git(&["commit", "-q", "-m", "before"]);
    for given in [&[][..], &["-f", "ufsync"], &["-f", "./ufsync/"]] {
        let plan = ["plan", "--sandbox", "--base", "git:HEAD"];
        let run = program.run(&[&plan, given].concat()).exits(0);
        assert!(!run.stderr.contains("mistake"), "{}", run.stderr);
        assert!(!run.stderr.contains("no manifest"), "{}", run.stderr);
    }
    let evil = program.path().join("ufsync/base\\evil.yaml");
    std::fs::write(&evil, "users: {}\n").unwrap();
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "evil"]);
    std::fs::remove_file(evil).unwrap();
    let run = program
        .run(&["plan", "--sandbox", "--base", "git:HEAD"])
        .exits(1);
    run.complains("ufsync::cli::base").done();
}
