//! The manifest language: overlays, variables, groups, members, prune, and what people are told about them.

use ufsync::emulator::{ModeState, Options};
use ufsync::manifest::{self, File, Input, Vars};
use ufsync::model::Desired;
use ufsync::model::record::UserField;

use crate::support::{Program, Server};

fn file(name: &str, text: &str) -> File {
    File {
        name: name.to_owned(),
        bytes: text.into(),
    }
}

/// A manifest from files, overlays and variables; or the messages of its findings.
fn load(files: &[&str], overlays: &[&str], vars: &[(&str, &str)]) -> Result<Desired, Vec<String>> {
    let files = files
        .iter()
        .enumerate()
        .map(|(index, text)| file(&format!("file{index}.yaml"), text))
        .collect();
    let overlays = overlays
        .iter()
        .enumerate()
        .map(|(index, text)| file(&format!("overlay{index}.yaml"), text))
        .collect();
    let given = vars
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let input = Input {
        files,
        overlays,
        vars: Vars::new([], given),
        now: None,
    };
    let messages = |findings: manifest::Findings| {
        findings
            .list
            .iter()
            .map(|finding| finding.mistake.to_string())
            .collect()
    };
    manifest::load(input)
        .map(|(desired, _)| desired)
        .map_err(messages)
}

/// A small company: jane administers it, bob and eve hold roles in two tenants.
fn company() -> Server {
    let state = r#"{"roles": ["admin", "member", "viewer"],
      "tenants": [{"tenantId": "acme0001", "name": "Acme"}, {"tenantId": "glob0001", "name": "Globex"}, {"tenantId": "left0001", "name": "Leftover"}],
      "users": [
        {"email": "jane@example.com", "roles": {"demo1234": ["admin"]}},
        {"email": "bob@acme.example", "roles": {"acme0001": ["member"], "glob0001": ["viewer"]}},
        {"email": "eve@acme.example", "locked": true, "roles": {"acme0001": ["viewer"]}},
        {"email": "guest@elsewhere.example", "roles": {"left0001": ["viewer"]}}]}"#;
    let state: ModeState = serde_json::from_str(state).unwrap();
    Server::start(Options::default(), state)
}

/// The plan of a manifest for the company, its changes alone.
fn plan(manifest: &str, arguments: &[&str]) -> String {
    let server = company();
    let program = Program::with(&server);
    program.write("ufsync.yaml", &format!("version: 1\n{manifest}"));
    let run = program.run(&[&["plan"], arguments].concat());
    assert!([0, 3, 6].contains(&run.code), "{run:?}");
    let changes: Vec<&str> = run
        .stdout
        .lines()
        .filter(|line| line.starts_with(['+', '~', '−', '!', '?']))
        .collect();
    changes.join("\n")
}

#[test]
fn overlays_merge_maps_replace_the_rest_and_take_keys_out() {
    let base = "{version: 1, mode: test, tenants: {a: {name: A, data: {plan: free, seats: 1}}}, users: {jane@example.com: {name: Jane, phoneNumber: '+15550100', roles: [admin]}, bob@example.com: {state: absent}}}";
    let first = "{mode: live, users: {JANE@example.com: {name: null, phoneNumber: !clear x, roles: [viewer]}, bob@example.com: null}}";
    let second =
        "{tenants: {a: {data: {plan: pro, seats: null, new: {a: null, b: 1}}}, b: {name: B}}}";
    let desired = load(&[base], &[first, second], &[]).unwrap();
    let jane = &desired.users[&ufsync::model::Email::new("jane@example.com")];
    assert_eq!(desired.users.len(), 1, "bob is not managed any more");
    assert!(
        jane.fields.get(UserField::Name).is_none(),
        "a null takes the key out of the manifest"
    );
    let phone_number = jane.fields.get(UserField::PhoneNumber).unwrap();
    assert_eq!(phone_number.value, None, "!clear clears it on the server");
    assert_eq!(jane.grants[0].1.roles[0].role.as_str(), "viewer");
    let tenant = &desired.tenants["a"];
    let data: Vec<String> = tenant
        .data
        .value()
        .unwrap()
        .iter()
        .map(|(key, value)| format!("{key}={}", value.value))
        .collect();
    assert_eq!(data, [r#"plan="pro""#, r#"new={"b":1}"#]);
    assert_eq!(desired.mode.unwrap().value, ufsync::model::Mode::Live);
    assert!(desired.tenants.contains_key("b"));
}

#[test]
fn what_an_overlay_says_wrong_is_found_in_the_overlay() {
    let program = Program::new();
    program.write("ufsync.yaml", "version: 1\nusers: {jane@example.com: {}}\n");
    program.write("prod.yaml", "users:\n  jane@example.com:\n    nmae: Jane\n");
    program
        .run(&["validate", "--overlay", "prod.yaml"])
        .exits(1)
        .complains("prod.yaml:3:5")
        .complains("Did you mean `name`?")
        .done();
}

#[test]
fn variables_come_from_the_command_line_then_the_environment() {
    let program = Program::new()
        .set("DOMAIN", "env.example")
        .set("UFSYNC_VAR_TEAM", "sales")
        .set("NAME", "From the environment");
    program.write("ufsync.yaml", "version: 1\nvariables: [DOMAIN, NAME]\nusers:\n  ${KEY}@example.com: {}\n  jane@example.com: { name: \"${NAME}\", username: \"jane.${DOMAIN:-x}\", data: { cost: \"$$5\", team: \"${TEAM:-${UFSYNC_VAR_TEAM}}\" } }\n");
    let run = program
        .run(&[
            "plan",
            "--sandbox",
            "--var",
            "NAME=Given: {x}",
            "--allow-var",
            "DOMAIN",
        ])
        .exits(0)
        .says("+ user    ${KEY}@example.com");
    run.says(r#"name "Given: {x}", username "jane.env.example", data {cost: "$5", team: sales}"#)
        .done();
    program
        .run(&["plan", "--sandbox", "--var", "NAME"])
        .exits(64)
        .complains("expected NAME=VALUE")
        .done();
}

#[test]
fn a_variable_adds_no_structure_and_must_have_a_value() {
    let value = load(
        &["{version: 1, users: {jane@example.com: {locked: '${LOCKED}'}}}"],
        &[],
        &[("LOCKED", "true")],
    )
    .unwrap_err();
    assert_eq!(value, ["expected true or false, found text"]);
    let missing = load(
        &["{version: 1, users: {jane@example.com: {name: '${NAMES}'}}}"],
        &[],
        &[("NAME", "x")],
    )
    .unwrap_err();
    assert_eq!(missing, ["the variable `NAMES` is not set"]);
}

#[test]
fn roles_are_the_union_of_entries_members_and_groups() {
    let changes = plan(
        "tenants: {acme: {name: Acme, members: {bob@acme.example: [viewer]}}, globex: {name: Globex}}\nusers: {jane@example.com: {roles: [member]}}\ngroups:\n  staff: {users: [jane@example.com, bob@acme.example], roles: [admin], tenants: {'*': [member]}}\n  night: {users: [bob@acme.example], roles: [admin], tenants: {globex: [admin]}}\n",
        &[],
    );
    insta::assert_snapshot!(changes, @r#"
    ~ roles   bob@acme.example           + admin (group staff, group night)  [sensitive]
    ~ roles   bob@acme.example @ acme    + viewer (members of acme)
    ~ roles   bob@acme.example @ globex  + admin (group night), member (group staff)  − viewer  [sensitive, few holders left]
    ~ roles   jane@example.com           + member  [sensitive]
    ~ roles   jane@example.com @ acme    + member (group staff)  [sensitive]
    ~ roles   jane@example.com @ globex  + member (group staff)  [sensitive]
    ! removes the last holder of "viewer" in globex (ufsync.yaml:6)
    "#);
}

#[test]
fn somebody_whom_only_a_group_names_has_to_exist() {
    let server = company();
    let program = Program::with(&server);
    program.write("ufsync.yaml", "version: 1\ngroups: {staff: {users: [nobody@example.com, jane@example.com], roles: [admin]}}\n");
    program
        .run(&["plan"])
        .exits(6)
        .says("✗ blocked users/nobody@example.com: there is no user `nobody@example.com` (ufsync.yaml:2)")
        .says("ufsync explain ufsync::plan::unknown_member")
        .says("No changes that can be made: see what is blocked.")
        .done();
}

#[test]
fn prune_removes_what_it_names_and_nothing_else() {
    let prune = |prune: &str| {
        plan(
            &format!(
                "tenants: {{acme: {{name: Acme}}, globex: {{name: Globex}}}}\nusers: {{jane@example.com: {{}}}}\nprune: {prune}\n"
            ),
            &[],
        )
    };
    assert_eq!(prune("{}"), "");
    assert_eq!(prune("{tenants: false}"), "");
    assert_eq!(
        prune("{users: {email: ['bob@acme.*', 'JANE@*.acme.example']}}")
            .lines()
            .next()
            .unwrap(),
        "− user    bob@acme.example  never active (prune)  [few holders left]"
    );
    assert_eq!(
        prune("{users: {email: ['*@acme.example'], action: lock}}")
            .lines()
            .filter(|line| line.starts_with('−'))
            .collect::<Vec<_>>(),
        ["− user    bob@acme.example  locked; never active (prune)  [few holders left]"],
        "eve is locked already"
    );
    assert!(
        plan(
            "tenants: {acme: {name: Acme}, globex: {name: Globex}}\nprune: {tenants: true}\n",
            &["--allow-prune-all"]
        )
        .starts_with("− tenant  id:left0001")
    );
    let members = prune("{members: [acme]}");
    assert_eq!(
        members.lines().filter(|line| line.starts_with('~')).count(),
        2,
        "{members}"
    );
    assert_eq!(
        prune("{members: '*'}")
            .lines()
            .filter(|line| line.starts_with('~'))
            .count(),
        3
    );
}

#[test]
fn a_manifest_that_only_prunes_reads_what_it_prunes() {
    let removals = |manifest: &str| {
        plan(manifest, &[])
            .lines()
            .filter(|line| line.starts_with(['−', '~']))
            .count()
    };
    assert_eq!(removals("prune: {users: {email: ['bob@acme.*']}}\n"), 1);
    assert_eq!(
        plan("prune: {tenants: true}\n", &["--allow-prune-all"])
            .lines()
            .filter(|line| line.starts_with('−'))
            .count(),
        3
    );
    assert_eq!(
        removals("tenants: {acme: {name: Acme}}\nprune: {members: [acme]}\n"),
        2
    );
}

#[test]
fn pruning_everybody_has_to_be_allowed_aloud() {
    let server = company();
    let program = Program::with(&server);
    for pattern in ["*", "*@*", "**", "?*@*.*", "[!0]*", "{*,x}", "*e"] {
        program.write("ufsync.yaml", &format!("version: 1\nusers: {{jane@example.com: {{}}}}\nprune: {{users: {{email: [{pattern:?}]}}}}\n"));
        program
            .run(&["plan"])
            .exits(1)
            .complains("names no domain and may match any user")
            .done();
        program
            .run(&["plan", "--allow-prune-all"])
            .exits(0)
            .says("3 users to delete")
            .done();
    }
}

#[test]
fn a_likely_rename_is_shown_and_not_applied() {
    let server = company();
    let program = Program::with(&server);
    program.write(
        "ufsync.yaml",
        "version: 1\nusers:\n  bob@acme.example: { state: absent }\n  bob@new.example: {}\n",
    );
    program
        .run(&["plan"])
        .exits(3)
        .says("renamedFrom: bob@acme.example")
        .says("the address up to the domain")
        .done();
    program
        .run(&["apply", "--yes"])
        .exits(3)
        .complains("look like one user")
        .done();
    assert_eq!(server.writes(), 0);
    program
        .run(&["apply", "--yes", "--no-rename-check"])
        .exits(0)
        .says("Applied: 2 calls.")
        .done();
    for (old, new, alike) in [
        ("jane@example.com", "jnae@example.com", true),
        ("jane@example.com", "peter@example.com", false),
        ("eve@acme.example", "eva@acme.example", false),
    ] {
        let changes = plan(
            &format!("users: {{{old}: {{state: absent}}, {new}: {{}}}}\n"),
            &[],
        );
        assert_eq!(
            changes.contains("is it one person?"),
            alike,
            "{old} {new}\n{changes}"
        );
    }
}

#[test]
fn explain_tells_every_role_in_every_scope() {
    let server = company();
    let program = Program::with(&server);
    program.write("ufsync.yaml", "version: 1\ntenants: {acme: {name: Acme}}\nusers: {bob@acme.example: {roles: [viewer], tenants: {acme: []}}}\ngroups: {staff: {users: [bob@acme.example], roles: [admin, viewer]}}\n");
    insta::assert_snapshot!(program.run(&["explain", "bob@acme.example"]).exits(0).stdout, @r"
    bob@acme.example  written in ufsync.yaml:3, exists on the server

      workspace
        admin   granted by group staff (ufsync.yaml:4) · not held · the next apply grants it
        viewer  granted in ufsync.yaml:3 and by group staff (ufsync.yaml:4) · not held · the next apply grants it

      acme
        member  granted nowhere · held · the next apply removes it

      id:glob0001  (not managed: the manifest says nothing of them here)
        viewer  granted nowhere · held · left alone
    ");
    for tenant in ["acme", "acme0001", "Acme"] {
        let run = program
            .run(&["explain", "bob@acme.example", tenant])
            .exits(0)
            .says("member");
        assert!(!run.stdout.contains("workspace"), "{}", run.stdout);
    }
    program
        .run(&["explain", "stranger@example.com"])
        .exits(0)
        .says("does not exist on the server")
        .done();
}

#[test]
fn findings_are_told_to_tools_with_utf_16_positions() {
    let program = Program::new();
    program.write(
        "bad.yaml",
        "version: 1\nusers:\n  a@example.com: { name: \"🦀é\", nmae: x }\n",
    );
    let run = program
        .run(&["validate", "-f", "bad.yaml", "--format", "json"])
        .exits(1);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    let finding = &document["findings"][0];
    assert_eq!(
        (&finding["code"], &finding["severity"], &finding["file"]),
        (
            &"ufsync::manifest::unknown_key".into(),
            &"error".into(),
            &"bad.yaml".into()
        )
    );
    // The crab is two units of UTF-16 and four bytes.
    assert_eq!(
        finding["range"]["start"],
        serde_json::json!({"line": 2, "character": 32})
    );
    assert_eq!(finding["bytes"][0], 11 + 7 + 32 + 3);
    assert_eq!(document["document"], "findings");
    assert_eq!(document["formatVersion"], 1);
}

#[test]
fn warnings_do_not_stop_a_run() {
    let program = Program::new();
    program.write("ufsync.yaml", "version: 1\nroles: [admin, unused]\ntenants: {acme: {name: Acme, members: {jane@example.com: [admin]}}, b: {name: B}}\nusers: {jane@example.com: {tenants: {b: [admin, admin]}}, \"j\u{430}ne@example.com\": {}}\ngroups: {empty: {users: []}, twice: {users: [jane@example.com, JANE@example.com], roles: [admin]}}\n");
    let run = program
        .run(&["validate"])
        .exits(0)
        .says("The manifest is valid");
    for code in [
        "no_workspace",
        "hidden_membership",
        "repeated_role",
        "empty_group",
        "repeated_user",
        "look_alike",
    ] {
        assert!(
            run.stderr.contains(&format!("ufsync::manifest::{code}")),
            "{code} is not in\n{}",
            run.stderr
        );
    }
}

#[test]
fn prune_spares_whom_an_entry_names_by_an_old_name() {
    let changes = plan(
        "tenants: {globex: {name: Globex, renamedFrom: Leftover}, acme: {name: Acme}}\nusers: {jane@example.com: {renamedFrom: bob@acme.example}}\nprune: {tenants: true, users: {email: ['bob@acme.*']}}\n",
        &[],
    );
    assert!(!changes.contains('−'), "{changes}");
    assert!(changes.contains("two records"), "{changes}");
}

#[test]
fn an_overlay_without_content_changes_nothing() {
    let base = "{version: 1, users: {jane@example.com: {}}}";
    for overlay in ["", "---\n# nothing\n", "null", "~"] {
        assert_eq!(
            load(&[base], &[overlay], &[]).unwrap().users.len(),
            1,
            "{overlay:?}"
        );
    }
    assert_eq!(
        load(&[base], &["[1]"], &[]).unwrap_err(),
        ["expected a map, found a list"]
    );
}

#[test]
fn a_key_in_the_environment_does_not_reach_a_plan() {
    let key = "uf_test_admin_demo1234_t0ps3cret";
    let program = Program::new()
        .set("USERFRONT_API_KEY", key)
        .set("COPY", key);
    for text in ["${USERFRONT_API_KEY}", "${COPY}"] {
        program.write(
            "ufsync.yaml",
            &format!("version: 1\nusers: {{jane@example.com: {{name: \"{text}\"}}}}\n"),
        );
        program
            .run(&["plan", "--sandbox"])
            .exits(1)
            .complains("is not set")
            .done();
    }
    program.write(
        "ufsync.yaml",
        &format!("version: 1\nusers: {{jane@example.com: {{name: {key}}}}}\n"),
    );
    let run = program
        .run(&["plan", "--sandbox"])
        .exits(1)
        .complains("ufsync::manifest::api_key");
    assert!(!run.stderr.contains("t0ps3cret"));
    let long = "x".repeat(200);
    program.write(
        "ufsync.yaml",
        &format!(
            "version: 1\nusers: {{\"{key}{long}\": {{}}, {} nmae: 1}}\n",
            "a@b.example: {}, ".repeat(200)
        ),
    );
    let run = program.run(&["validate"]).exits(1);
    assert!(
        !run.stderr.contains("t0ps3cret") && !run.stderr.contains("xxxx"),
        "{}",
        run.stderr
    );
}

#[test]
fn explain_follows_renames_pins_and_deletions() {
    let server = company();
    let program = Program::with(&server);
    program.write("ufsync.yaml", "version: 1\ntenants: {workspace: {name: Acme, state: absent}}\nusers: {robert@acme.example: {renamedFrom: bob@acme.example}, eve@acme.example: {state: absent}}\n");
    let run = program
        .run(&["explain", "robert@acme.example"])
        .exits(0)
        .says("exists on the server");
    run.says("member  granted nowhere · held · the next apply removes it")
        .says("viewer  granted nowhere · held · left alone")
        .done();
    program
        .run(&["explain", "eve@acme.example"])
        .exits(0)
        .says("the next apply deletes them")
        .says("the next apply removes it")
        .done();
}
