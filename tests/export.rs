//! `ufsync export`: files that plan to nothing, are stable, and do not bury somebody's work.

use serde_json::json;
use ufsync::emulator::{ModeState, Options, State, TenantState, UserState};

use crate::support::{Program, Run, Server, switches};

/// Records whose texts YAML would misread, tenants of one name, and a user without an address.
fn awkward() -> Server {
    let tenant = |id: &str, name: &str| TenantState {
        tenant_id: id.into(),
        name: name.into(),
        data: json!({"no": "yes", "012": 12, "~": {"<<": [1.0, 1e21, -0.5]}})
            .as_object()
            .cloned()
            .unwrap(),
        ..TenantState::default()
    };
    let user = |email: &str, name: &str| {
        UserState {
        email: Some(email.into()),
        name: Some(name.into()),
        username: Some(format!("0{}", email.len())),
        data: json!({"text": "line one\nline two: # not a comment\n", "long": "x".repeat(5000), "empty": "", "list": [], "map": {}}).as_object().cloned().unwrap(),
        roles: [("demo1234", "admin"), ("aaaa0001", "no"), ("aaaa0002", "012")].map(|(scope, role)| (scope.to_owned(), vec![role.to_owned()])).into(),
        ..UserState::default()
    }
    };
    let state = ModeState {
        tenants: vec![
            tenant("aaaa0001", "no"),
            tenant("aaaa0002", "Twin"),
            tenant("aaaa0003", "Twin"),
            tenant("aaaa0004", "🦀 שלום : #"),
            tenant("aaaa0005", " "),
        ],
        users: vec![
            user("no@example.com", "no"),
            user("1e3@example.com", " lead"),
            user("o'hara+x@example.com", "~"),
            user("ünï@example.com", "012"),
            UserState {
                name: Some("Nobody".into()),
                ..UserState::default()
            },
        ],
        ..ModeState::default()
    };
    Server::start(Options::default(), state)
}

fn exported(program: &Program, arguments: &[&str]) -> Run {
    program.run(&[&["export"], arguments].concat()).exits(0)
}

#[test]
fn an_export_plans_to_nothing_in_every_form() {
    let server = awkward();
    let program = Program::with(&server);
    for (path, arguments) in [
        ("one.yaml", vec![]),
        ("pinned.yaml", vec!["--pin"]),
        ("kinds", vec!["--split", "kind"]),
        ("tenants", vec!["--split", "tenant"]),
    ] {
        let run = exported(&program, &[&["-o", path], arguments.as_slice()].concat());
        run.complains("left out: user 5 has no e-mail address")
            .done();
        program
            .run(&["plan", "--detailed-exitcode", "-f", path])
            .exits(0)
            .says("No changes")
            .done();
    }
    assert_eq!(server.writes(), 0);
}

#[test]
fn an_export_is_stable_to_the_byte() {
    let server = awkward();
    let program = Program::with(&server);
    let first = exported(&program, &[]).stdout;
    assert_eq!(first, exported(&program, &[]).stdout);
    exported(&program, &["-o", "one.yaml"]).done();
    assert_eq!(first, program.read("one.yaml"));
}

#[test]
fn an_export_applied_elsewhere_exports_the_same() {
    let mut state = State::generate("demo1234", 40, 8, 7).test;
    // No call creates a role: one that no user holds stays behind.
    for tenant in &mut state.tenants {
        tenant.roles.clear();
    }
    let server = Server::start(Options::default(), state);
    let first = Program::with(&server).run(&["export"]).exits(0).stdout;
    // A server that makes up usernames makes up others for others.
    let options = Options {
        switches: switches::with([("new-records", "bare")]),
        ..Options::default()
    };
    let elsewhere = Server::start(options, ModeState::default());
    let program = Program::with(&elsewhere);
    program.write("ufsync.yaml", &first);
    program.run(&["apply", "--yes"]).exits(0).done();
    assert_eq!(first, program.run(&["export"]).exits(0).stdout);
}

#[test]
fn an_export_does_not_bury_a_file_that_it_did_not_write() {
    let server = awkward();
    let program = Program::with(&server);
    program.write("mine.yaml", "version: 1\n");
    program
        .run(&["export", "-o", "mine.yaml"])
        .exits(1)
        .complains("is a file of another kind")
        .done();
    assert_eq!(program.read("mine.yaml"), "version: 1\n");
    program.write("folder/users.yaml", "# mine\n");
    program
        .run(&["export", "--split", "kind", "-o", "folder"])
        .exits(1)
        .done();
    assert!(
        !program.path().join("folder/ufsync.yaml").exists(),
        "nothing is written where one file may not be"
    );
    program
        .run(&["export", "-o", "mine.yaml", "--force"])
        .exits(0)
        .done();
    program.run(&["export", "-o", "mine.yaml"]).exits(0).done();
}

#[test]
fn an_export_seeds_a_sandbox() {
    let server = awkward();
    let program = Program::with(&server);
    exported(&program, &["--pin", "-o", "export.yaml"]).done();
    program
        .run(&[
            "plan",
            "--sandbox=export.yaml",
            "--detailed-exitcode",
            "-f",
            "export.yaml",
        ])
        .exits(0)
        .says("No changes")
        .done();
}

#[test]
fn an_export_that_somebody_changed_is_not_written_over() {
    let server = awkward();
    let program = Program::with(&server);
    exported(&program, &["-o", "one.yaml"]).done();
    // As it was written it may be written again.
    exported(&program, &["-o", "one.yaml"]).done();
    let text = program.read("one.yaml") + "# mine\n";
    program.write("one.yaml", &text);
    let run = program.run(&["export", "-o", "one.yaml"]);
    assert_ne!(run.code, 0);
    run.complains("cli::export_changed")
        .complains("ufsync pull")
        .done();
    assert_eq!(program.read("one.yaml"), text);
    exported(&program, &["-o", "one.yaml", "--force"]).done();
    // A pull makes it a file of the user's own.
    let user = &server.store().users[0];
    let path = format!("/v0/users/{}/roles", user.user_id);
    let change = [
        "api",
        "PUT",
        &path,
        "--data",
        r#"{"roles": ["editor", "author"]}"#,
    ];
    program.run(&change).exits(0).done();
    program
        .run(&["pull", "-f", "one.yaml", "--yes"])
        .exits(0)
        .done();
    assert!(program.read("one.yaml").starts_with("version: 1\n"));
}

#[test]
fn whoever_owns_the_file_of_a_tenant_owns_what_it_grants() {
    let server = Server::start(
        Options::default(),
        State::generate("demo1234", 40, 8, 7).test,
    );
    let program = Program::with(&server);
    exported(&program, &["--split", "tenant", "-o", "all"]).done();
    let mut members = 0;
    for entry in std::fs::read_dir(program.path().join("all/tenants")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let file: serde_json::Value = serde_yaml::from_str(&text).unwrap();
        let tenants = file["tenants"].as_object().unwrap();
        members += tenants
            .values()
            .map(|it| it["members"].as_object().map_or(0, serde_json::Map::len))
            .sum::<usize>();
        let users = file["users"].as_object();
        assert!(
            users
                .into_iter()
                .flatten()
                .all(|(_, user)| user["tenants"].is_null()),
            "{text}"
        );
    }
    let users = server.store().users;
    let held = users.iter().map(|user| {
        user.roles
            .iter()
            .filter(|(scope, roles)| scope.as_str() != "demo1234" && !roles.is_empty())
            .count()
    });
    assert_eq!(members, held.sum::<usize>());
    program
        .run(&["plan", "-f", "all"])
        .exits(0)
        .says("No changes")
        .done();
}

#[test]
fn a_part_of_the_workspace_is_exported() {
    let state = json!({
        "tenants": [
            {"tenantId": "a1", "name": "Acme"},
            {"tenantId": "a2", "name": "Below", "parent": "a1"},
            {"tenantId": "g1", "name": "Globex"}],
        "users": [
            {"email": "ada@example.com", "roles": {"demo1234": ["admin"], "g1": ["owner"]}},
            {"email": "bob@example.com", "roles": {"a2": ["viewer"]}},
            {"email": "eve@other.example", "roles": {}}]});
    let state: ModeState = serde_json::from_value(state).unwrap();
    let server = Server::start(Options::default(), state);
    let program = Program::with(&server);
    let whole: serde_json::Value = serde_yaml::from_str(&exported(&program, &[]).stdout).unwrap();
    let users = whole["users"].as_object().unwrap();
    let some = users.keys().next().unwrap();
    for arguments in [
        vec!["--tenant", "below"],
        vec!["--role", "admin"],
        vec!["--role", "admin", "--with-roles"],
        vec!["--with-roles"],
        vec!["--user", some.as_str()],
        vec!["--user", "*@example.com", "--tenant", "*"],
    ] {
        let output = [arguments.as_slice(), &["-o", "part.yaml"]].concat();
        exported(&program, &output).done();
        let part: serde_json::Value = serde_yaml::from_str(&program.read("part.yaml")).unwrap();
        let kept = part["users"].as_object().map_or(0, serde_json::Map::len);
        assert!(
            kept < users.len(),
            "{arguments:?}: {kept} of {}",
            users.len()
        );
        let is_chosen = |user: &serde_json::Value| {
            let text = user.to_string();
            (!arguments.contains(&"--role") || text.contains("\"admin\""))
                && (!arguments.contains(&"--with-roles") || text.contains('['))
        };
        assert!(
            part["users"]
                .as_object()
                .into_iter()
                .flatten()
                .all(|(_, user)| is_chosen(user))
        );
        program
            .run(&["plan", "-f", "part.yaml"])
            .exits(0)
            .says("No changes")
            .done();
    }
    exported(&program, &["--split", "tenant", "-o", "all"]).done();
    let files = || {
        std::fs::read_dir(program.path().join("all/tenants"))
            .unwrap()
            .count()
    };
    let all = files();
    exported(
        &program,
        &["--split", "tenant", "-o", "all", "--user", some],
    )
    .done();
    assert_eq!(files(), all, "a part says nothing of the other files");
    program
        .run(&["export", "--tenant", "[", "-o", "part.yaml"])
        .exits(64)
        .complains("export_pattern")
        .done();
}

#[test]
fn an_editor_finds_the_schema_of_an_export() {
    let server = awkward();
    let program = Program::with(&server);
    let schema = program.run(&["schema"]).exits(0).stdout;
    program.write("ufsync.schema.json", &schema);
    exported(&program, &["--split", "tenant", "-o", "all"]).done();
    exported(
        &program,
        &["-o", "one.yaml", "--schema", "https://example.com/s.json"],
    )
    .done();
    let line = |path: &str| program.read(path).lines().nth(2).unwrap().to_owned();
    assert_eq!(
        line("all/users.yaml"),
        "# yaml-language-server: $schema=../ufsync.schema.json"
    );
    assert_eq!(
        line("one.yaml"),
        "# yaml-language-server: $schema=https://example.com/s.json"
    );
    exported(&program, &["--split", "tenant", "-o", "all"]).done();
    program
        .run(&["plan", "-f", "all"])
        .exits(0)
        .says("No changes")
        .done();
}

#[test]
fn a_large_export_is_written_again() {
    let user = |user| format!("  user{user}@example.com: {{ name: User {user} }}\n");
    let users: Vec<String> = (0..3000).map(user).collect();
    let users = users.concat();
    let program = Program::new();
    program.write("seed.yaml", &format!("version: 1\nusers:\n{users}"));
    let export = ["export", "--sandbox=seed.yaml", "-o", "ufsync.yaml"];
    program.run(&export).exits(0).done();
    let text = program.read("ufsync.yaml");
    assert!(text.len() > 100_000);
    program.run(&export).exits(0).done();
    program.write("ufsync.yaml", &format!("{text}# mine\n"));
    program
        .run(&export)
        .exits(1)
        .complains("was changed since")
        .done();
}
