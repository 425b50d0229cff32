//! The program as people and CI call it: what it prints, what it refuses, and its exit codes.

use ufsync::emulator::{ModeState, Options, UserState};

use crate::support::{Program, Server, refusing};

const MANIFEST: &str = "version: 1\nworkspace: demo1234\nmode: test\nusers:\n  jane@example.com: { name: Jane, roles: [admin] }\n";

#[test]
fn exit_codes_are_the_same_everywhere() {
    let readme = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/guide/commands.md"
    ))
    .unwrap();
    let help = Program::new().run(&["--help"]).exits(0).stdout;
    // Without the breaks of lines.
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let help = words(&help);
    for exit in ufsync::cli::Exit::ALL {
        let (code, meaning) = (exit.code(), exit.meaning());
        assert!(
            help.contains(&format!(" {code} {meaning} ")),
            "{code} in the help"
        );
        let in_table = meaning.replace("plan --detailed-exitcode", "`plan --detailed-exitcode`");
        assert!(
            readme.contains(&format!("| {code} | {in_table} |")),
            "{code} in the guide"
        );
    }
}

#[test]
fn plan_and_apply_tell_changes_by_their_exit_codes() {
    let server = Server::empty();
    let program = Program::with(&server);
    program.write("ufsync.yaml", MANIFEST);
    program
        .run(&["plan"])
        .exits(0)
        .says("+ user    jane@example.com")
        .done();
    program
        .run(&["plan", "--detailed-exitcode"])
        .exits(2)
        .done();
    assert_eq!(server.writes(), 0, "a plan writes nothing");
    program
        .run(&["apply", "--yes"])
        .exits(0)
        .says("Applied: 2 calls.")
        .done();
    program
        .run(&["plan", "--detailed-exitcode"])
        .exits(0)
        .says("No changes")
        .done();
    program
        .run(&["apply", "--yes"])
        .exits(0)
        .says("No changes")
        .done();
    assert_eq!(
        server.writes(),
        2,
        "an apply without changes writes nothing"
    );
}

#[test]
fn wrong_usage_is_64_and_help_is_0() {
    let program = Program::new();
    program
        .run(&["plan", "--no-such-flag"])
        .exits(64)
        .complains("--no-such-flag")
        .done();
    program
        .run(&["apply", "--parallel", "0"])
        .exits(64)
        .complains("0 is not in 1..=256")
        .done();
    for arguments in [
        ["apply", "--deadline", "90"],
        ["emulator", "--latency", "20"],
    ] {
        program
            .run(&arguments)
            .exits(64)
            .complains("expected a number and a unit, as in 20ms, 90s or 5m")
            .done();
    }
    program.run(&[]).exits(64).complains("Usage: ufsync").done();
    program.run(&["--help"]).exits(0).says("Exit codes:").done();
    program
        .run(&["--version"])
        .exits(0)
        .says(env!("CARGO_PKG_VERSION"))
        .done();
    program
        .run(&["export", "--split", "kind", "--sandbox"])
        .exits(64)
        .complains("needs a folder")
        .done();
}

#[test]
fn without_a_terminal_apply_needs_yes() {
    let server = Server::empty();
    let program = Program::with(&server);
    program.write("ufsync.yaml", MANIFEST);
    program
        .run_with_input(&["apply"], "y\n")
        .exits(64)
        .complains("Pass --yes")
        .done();
    assert_eq!(server.writes(), 0);
}

#[test]
fn a_key_of_another_workspace_or_mode_reads_the_first_page_of_its_own_and_no_more() {
    let server = Server::empty();
    let program = Program::with(&server);
    program.write("ufsync.yaml", &MANIFEST.replace("demo1234", "other123"));
    program
        .run(&["plan"])
        .exits(1)
        .complains("the key belongs to workspace demo1234")
        .done();
    program.write("ufsync.yaml", &MANIFEST.replace("mode: test", "mode: live"));
    program
        .run(&["plan"])
        .exits(1)
        .complains("the key is for test data")
        .done();
    let requests = server.running.requests();
    assert!(requests.len() <= 2, "{requests:?}");
    assert!(requests.iter().all(|it| it.path == "/v0/users/find"));
}

#[test]
fn a_readonly_key_plans_and_does_not_apply() {
    let server = Server::empty();
    let program =
        Program::with(&server).set("USERFRONT_API_KEY", &server.running.keys().test_readonly);
    program.write("ufsync.yaml", MANIFEST);
    program.run(&["plan"]).exits(0).says("+ user").done();
    program
        .run(&["apply", "--yes"])
        .exits(1)
        .complains("a readonly key can't change anything")
        .done();
    assert_eq!(server.writes(), 0);
}

#[test]
fn live_data_is_changed_only_where_the_manifest_says_live() {
    let server = Server::empty();
    let program =
        Program::with(&server).set("USERFRONT_API_KEY", &server.running.keys().live_admin);
    program.write("ufsync.yaml", &MANIFEST.replace("mode: test\n", ""));
    program.run(&["plan"]).exits(0).done();
    program
        .run(&["apply", "--yes"])
        .exits(1)
        .complains("does not say `mode: live`")
        .done();
    assert_eq!(server.writes(), 0);
    program.write("ufsync.yaml", &MANIFEST.replace("mode: test", "mode: live"));
    program.run(&["apply", "--yes"]).exits(0).done();
    assert_eq!(server.running.state().live.users.len(), 1);
    assert!(server.store().users.is_empty(), "test data is apart");
}

#[test]
fn the_key_is_read_from_a_file_or_from_standard_input() {
    let server = Server::empty();
    let key = server.running.keys().test_admin;
    let program = Program::new().set("USERFRONT_API_URL", server.running.url());
    program.write("ufsync.yaml", MANIFEST);
    program.write("key", &format!("{key}\n"));
    program
        .run(&["plan"])
        .exits(1)
        .complains("no API key")
        .done();
    program
        .run(&["plan", "--api-key-file", "key"])
        .exits(0)
        .done();
    program
        .run_with_input(&["plan", "--api-key-file", "-"], &key)
        .exits(0)
        .done();
    program
        .run_with_input(&["plan", "--api-key-file", "-"], "nonsense-secret")
        .exits(1)
        .complains("not a Userfront server API key")
        .done();
}

#[test]
fn the_key_is_never_shown() {
    let server = Server::empty();
    let secret = "uf_test_admin_demo1234_t0ps3cret";
    let program = Program::with(&server).set("USERFRONT_API_KEY", secret);
    program.write("ufsync.yaml", MANIFEST);
    let run = program
        .run(&["plan", "-vv"])
        .exits(1)
        .complains("does not accept the key");
    assert!(
        !run.stdout.contains("t0ps3cret") && !run.stderr.contains("t0ps3cret"),
        "{run:?}"
    );
}

#[test]
fn part_of_a_plan_is_5_and_running_again_does_the_rest() {
    let server = Server::empty();
    let refusing = refusing("\"jane\"", server.running.url());
    let program = Program::with(&server).set("USERFRONT_API_URL", &refusing.url);
    let manifest = "version: 1\nusers:\n  jane@example.com: { username: jane, roles: [admin] }\n  eve@example.com: { roles: [member] }\n";
    program.write("ufsync.yaml", manifest);
    let run = program.run(&["apply", "--yes"]).exits(5).says(&format!(
        "failed users/jane@example.com: POST {}/v0/users/createOrUpdate: refused (400)",
        refusing.url
    ));
    run.says("not started users/jane@example.com/roles: needs users/jane@example.com")
        .says("Applied in part: 2 of 4 calls.")
        .done();
    program.write(
        "ufsync.yaml",
        &manifest.replace("username: jane", "username: janet"),
    );
    program
        .run(&["apply", "--yes"])
        .exits(0)
        .says("Applied: 2 calls.")
        .done();
    program
        .run(&["plan", "--detailed-exitcode"])
        .exits(0)
        .done();
}

#[test]
fn a_manifest_may_be_a_folder_or_standard_input() {
    let program = Program::new();
    program
        .run(&["validate"])
        .exits(1)
        .complains("no manifest found")
        .done();
    program.write(
        "ufsync/main.yaml",
        "version: 1\ntenants: {acme: {name: Acme}}\n",
    );
    program.write(
        "ufsync/people/jane.yml",
        "users: {jane@example.com: {tenants: {acme: [admin]}}}\n",
    );
    program.write("ufsync/.hidden.yaml", "nonsense");
    program.write("ufsync/notes.txt", "nonsense");
    program
        .run(&["validate"])
        .exits(0)
        .says("2 files, 1 user, 1 tenant")
        .done();
    program
        .run(&["validate", "-f", "ufsync"])
        .exits(0)
        .says("2 files")
        .done();
    program
        .run_with_input(&["validate", "-f", "-"], "version: 1\n")
        .exits(0)
        .says("1 file")
        .done();
    program
        .run(&["validate", "-f", "missing.yaml"])
        .exits(1)
        .complains("missing.yaml can't be read")
        .done();
}

#[test]
fn a_sandbox_needs_no_key_and_shows_that_nothing_is_left() {
    let program = Program::new();
    program.write("ufsync.yaml", MANIFEST);
    let run = program
        .run(&["apply", "--sandbox"])
        .exits(0)
        .says("Applied: 2 calls.")
        .says("Planning again:");
    run.says("No changes: the workspace is what the manifest says.")
        .done();
    program.write(
        "seed.yaml",
        "version: 1\nusers: {jane@example.com: {name: Old, roles: [admin]}}\n",
    );
    program
        .run(&["plan", "--sandbox=seed.yaml"])
        .exits(0)
        .says("name  \"Old\" → \"Jane\"")
        .done();
    program.write(
        "state.json",
        r#"{"test": {"users": [{"email": "jane@example.com", "name": "Jane"}]}}"#,
    );
    program
        .run(&["plan", "--sandbox=state.json"])
        .exits(0)
        .says("Plan: 1 role set.")
        .done();
}

#[test]
fn servers_text_can_not_move_the_cursor() {
    let evil = UserState {
        email: Some("jane@example.com".into()),
        name: Some("\u{1b}[2J\u{202e}evil".into()),
        ..UserState::default()
    };
    let server = Server::start(
        Options::default(),
        ModeState {
            users: vec![evil],
            ..ModeState::default()
        },
    );
    let program = Program::with(&server);
    program.write("ufsync.yaml", MANIFEST);
    let run = program
        .run(&["plan", "--color", "never"])
        .exits(0)
        .says(r"\u{1b}[2J\u{202e}evil");
    assert!(!run.stdout.contains('\u{1b}') && !run.stdout.contains('\u{202e}'));
}

#[test]
fn completions_and_the_manual_are_made() {
    let program = Program::new();
    program
        .run(&["completions", "bash"])
        .exits(0)
        .says("_ufsync")
        .done();
    program.run(&["man"]).exits(0).says(".TH ufsync").done();
}

#[test]
fn a_key_in_the_wrong_place_is_not_repeated() {
    let program = Program::new()
        .set("USERFRONT_API_URL", "uf_live_admin_demo1234_s3cret")
        .set("USERFRONT_API_KEY", "uf_test_admin_demo1234_x");
    program.write("ufsync.yaml", MANIFEST);
    program.write(
        "key.yaml",
        "version: 1\nworkspace: uf_live_admin_demo1234_s3cret\nnope: 1\n",
    );
    for arguments in [
        &["plan"][..],
        &["plan", "--api-key-file", "uf_live_admin_demo1234_s3cret"],
        &["validate", "-f", "key.yaml"],
    ] {
        let run = program
            .run(arguments)
            .exits(1)
            .complains("uf_live_[hidden]");
        assert!(!run.stderr.contains("s3cret"), "{}", run.stderr);
    }
}

#[test]
fn a_manifests_text_can_not_move_the_cursor_either() {
    let program = Program::new();
    program.write(
        "a\u{1b}[2J.yaml",
        "version: 1 # \u{202e}\nnope: 1 # \u{85}x\n",
    );
    let run = program
        .run(&["validate", "-f", "a\u{1b}[2J.yaml", "--color", "always"])
        .exits(1)
        .complains("unknown_key");
    assert!(
        !run.stderr.contains("\u{1b}[2J") && !run.stderr.contains(['\u{202e}', '\u{85}']),
        "{:?}",
        run.stderr
    );
}

#[test]
fn secrets_of_the_environment_are_no_variables() {
    for name in [
        "GH_TOKEN",
        "ci_job_token",
        "DB_PASSWORD",
        "SSH_PRIVATE",
        "AWS_SECRET_ACCESS_KEY",
        "STRIPE_KEY",
    ] {
        let name: &'static str = name;
        let program = Program::new().set(name, "s3cret");
        program.write(
            "ufsync.yaml",
            &format!("version: 1\nusers: {{jane@example.com: {{name: '${{{name}}}'}}}}\n"),
        );
        let run = program
            .run(&["validate"])
            .exits(1)
            .complains("names of secrets");
        assert!(!run.stderr.contains("s3cret"), "{}", run.stderr);
        let given = format!("{name}=meant");
        program.run(&["validate", "--var", &given]).exits(0).done();
    }
}

#[test]
fn habits_from_other_tools_get_a_hint() {
    let program = Program::new();
    for (arguments, hint) in [
        (&["apply", "--dry-run"][..], "ufsync plan"),
        (&["apply", "--auto-approve"], "--yes"),
        (&["plan", "--json"], "--format json"),
        (&["plan", "-o", "plan.json"], "--out"),
        (&["apply", "--force"], "--accept GUARD:CODE"),
        (&["plan", "--api-key=x"], "USERFRONT_API_KEY"),
    ] {
        program.run(arguments).exits(64).complains(hint).done();
    }
}

#[test]
fn files_may_be_given_by_position() {
    let program = Program::new();
    program.write("a.yaml", "{version: 1, users: {jane@example.com: {}}}");
    program.write("b.yaml", "{users: {bob@example.com: {}}}");
    program
        .run(&["validate", "a.yaml", "b.yaml"])
        .exits(0)
        .says("2 files, 2 users")
        .done();
    program
        .run(&["plan", "--sandbox", "a.yaml", "-f", "b.yaml"])
        .exits(0)
        .says("2 users to create")
        .done();
}

#[test]
fn every_page_of_the_manual_is_written() {
    let program = Program::new();
    std::fs::create_dir(program.path().join("man")).unwrap();
    program.run(&["man", "--out", "man"]).exits(0).done();
    assert!(program.read("man/ufsync.1").contains(".TH ufsync"));
    assert!(program.read("man/ufsync-plan.1").contains("detailed"));
    program
        .run(&["man", "--out", "nowhere"])
        .exits(1)
        .complains("nowhere")
        .done();
}

#[test]
fn quiet_does_not_hide_why_a_plan_no_longer_fits() {
    let server = Server::empty();
    let program = Program::with(&server);
    program.write("ufsync.yaml", MANIFEST);
    program.run(&["apply", "--yes"]).exits(0).done();
    program.write("ufsync.yaml", &MANIFEST.replace("Jane", "Janet"));
    program.run(&["plan", "--out", "plan.json"]).exits(0).done();
    program.write("ufsync.yaml", &MANIFEST.replace("Jane", "Joan"));
    program.run(&["apply", "--yes"]).exits(0).done();
    program
        .run(&["apply", "plan.json", "--yes", "--quiet"])
        .exits(4)
        .complains("name  \"Jane\" when planned, \"Joan\" now")
        .done();
}
