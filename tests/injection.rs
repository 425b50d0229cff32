//! Names that a terminal or a CI system would act on: no output has them as they are, in any format.

use ufsync::emulator::{ModeState, Options};

use crate::support::{Program, Run, Server};

/// Control characters (C0, C1), marks of direction, characters without width, and commands of CI systems.
const NASTY: [&str; 14] = [
    "\u{1b}[2J",
    "\u{9b}31m",
    "\u{85}",
    "\u{7}",
    "\u{7f}",
    "\u{202e}",
    "\u{2066}",
    "\u{200f}",
    "\u{200b}",
    "\u{e0041}",
    "##[error]x",
    "##vso[task.x]",
    "\n::error::x",
    "\r::set-output name=x::y",
];

fn is_safe(run: &Run, commands: bool) {
    for text in [&run.stdout, &run.stderr] {
        let bad = |c: char| {
            c.is_control() && c != '\n' && c != '\t'
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{e0000}'..='\u{e0fff}')
        };
        assert!(!text.contains(bad), "{text:?}");
        assert!(!text.contains("##[") && !text.contains("##vso["), "{text}");
        for line in text.lines() {
            let is_ours = commands
                && ["::error ", "::warning ", "::notice "]
                    .iter()
                    .any(|start| line.starts_with(start));
            assert!(is_ours || !line.trim_start().starts_with("::"), "{line}");
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

#[test]
fn nothing_of_a_manifest_acts_on_a_terminal_or_a_ci_system() {
    for nasty in NASTY {
        let server = Server::empty();
        let program = Program::with(&server);
        let name = quoted(&format!("a {nasty} b"));
        let start = quoted(nasty);
        let right = format!(
            "{{version: 1, mode: test, tenants: {{acme: {{name: {name}, data: {{{name}: [{start}, {name}]}}}}}}, users: {{jane@example.com: {{name: {start}, roles: [{name}]}}}}, groups: {{{start}: {{users: [jane@example.com], roles: [{name}], tenants: {{'*': [{name}]}}}}}}}}"
        );
        let wrong = format!(
            "{{version: 1, mode: {start}, {name}: 1, tenants: {{{start}: {{name: {name}}}}}, users: {{{name}: {{nmae: 1}}, a@example.com: {{invite: {name}, phoneNumber: {start}, tenants: {{{name}: []}}}}}}, roles: [{start}]}}"
        );
        for manifest in [right, wrong] {
            program.write("ufsync.yaml", &manifest);
            for format in ["human", "json", "markdown", "github"] {
                let commands = format == "github";
                is_safe(&program.run(&["plan", "--format", format]), commands);
                is_safe(
                    &program.run(&[
                        "plan",
                        "--format",
                        format,
                        "--target",
                        &format!("users/{}", nasty.replace('\n', " ")),
                    ]),
                    commands,
                );
            }
            for format in ["human", "json", "github"] {
                is_safe(
                    &program.run(&["validate", "--format", format]),
                    format == "github",
                );
            }
            is_safe(&program.run(&["explain", "jane@example.com"]), false);
            is_safe(&program.run(&["explain", "jane@example.com", nasty]), false);
            is_safe(&program.run(&["plan", "--var", nasty]), false);
            is_safe(&program.run(&["plan", "-f", nasty]), false);
            is_safe(&program.run(&["plan", nasty]), false);
            is_safe(&program.run(&["apply", "--yes", "-vv"]), false);
        }
    }
}

#[test]
fn nothing_of_a_server_acts_on_a_terminal_or_a_ci_system() {
    for nasty in NASTY {
        let state = serde_json::json!({
            "roles": [nasty],
            "tenants": [{"tenantId": "acme0001", "name": nasty, "data": {nasty: nasty}}],
            "users": [{"email": "jane@example.com", "name": nasty, "username": nasty, "roles": {"demo1234": [nasty], "acme0001": [nasty]}}],
        });
        let state: ModeState = serde_json::from_value(state).unwrap();
        let server = Server::start(Options::default(), state);
        let program = Program::with(&server);
        program.write("ufsync.yaml", "{version: 1, mode: test, tenants: {acme: {tenantId: acme0001, name: Acme, data: null}}, users: {jane@example.com: {name: Jane, username: jane, roles: [], tenants: {acme: []}}}}");
        for format in ["human", "json", "markdown", "github"] {
            is_safe(
                &program.run(&["plan", "--format", format]),
                format == "github",
            );
        }
        for arguments in [
            &["explain", "jane@example.com"][..],
            &["api", "GET", "/v0/users/1"],
            &["api", "GET", "/v0/roles"],
            &["doctor"],
            &["export", "--snapshot"],
            &["export"],
        ] {
            is_safe(&program.run(arguments), false);
        }
    }
}

#[test]
fn a_document_of_such_names_is_whole() {
    let program = Program::new();
    let name = "a\u{85}\u{202e}##[x]";
    program.write(
        "ufsync.yaml",
        &format!(
            "version: 1\nmode: test\nusers: {{jane@example.com: {{name: {}}}}}\n",
            quoted(name)
        ),
    );
    let run = program
        .run(&["plan", "--sandbox", "--format", "json"])
        .exits(0);
    let plan: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert!(plan.to_string().contains(name), "{plan}");
}

#[test]
fn what_needs_review_is_never_cut_away() {
    let roles: Vec<String> = (0..60)
        .map(|n| format!("aaaaaaaaaaaaaaaaaaaa-role-{n}"))
        .collect();
    let all = roles.join(", ");
    let program = Program::new();
    program.write("ufsync.yaml", &format!("version: 1\nmode: test\nroles: [{{name: zz-owner, sensitive: true}}, admin, {all}]\nusers: {{jane@example.com: {{roles: [{all}, admin, zz-owner]}}, bob@example.com: {{roles: [{all}]}}}}\n"));
    let run = program
        .run(&["plan", "--sandbox", "--format", "markdown"])
        .exits(0);
    let row = run
        .stdout
        .lines()
        .find(|line| line.contains("roles jane@example.com"))
        .unwrap();
    assert!(
        row.contains("[sensitive]  + admin, zz-owner, aaaa"),
        "{row}"
    );
    assert!(
        run.stdout.lines().all(|line| line.chars().count() <= 310),
        "{}",
        run.stdout
    );
    // All of a dangerous row, the start of a usual one.
    assert_eq!(run.stdout.matches("-role-59").count(), 1, "{}", run.stdout);
    let run = program
        .run(&["plan", "--sandbox", "--format", "github"])
        .exits(0);
    assert!(
        run.stdout.contains("[sensitive]  + admin, zz-owner, aaaa"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_message_is_as_long_as_one_can_read() {
    let long = "x".repeat(300_000);
    for manifest in [
        format!("version: 1\n{long}: 1\n"),
        format!("version: 1\nmode: {long}\n"),
        format!(
            "version: 1\nusers: {{a@example.com: {{name: \"{}\"}}}}\n",
            "${X:-".repeat(60_000)
        ),
        format!("version: 1\nusers: {{\"{long}\": {{}}}}\n"),
        format!("version: 1\nusers: {{a@example.com: {{roles: [{long}]}}}}\n"),
        format!(
            "version: 1\nusers: {{a@example.com: {{name: {}1}}}}\n",
            "0".repeat(300_000)
        ),
        format!("version: 1\nusers: {{a@example.com: {{tenants: {{{long}: []}}}}}}\n"),
        format!("version: 1\nroles: [{long}, {long}y]\nusers: {{a@example.com: {{roles: [x]}}}}\n"),
        format!("version: 1\nusers: {{a@example.com: @{long}}}\n"),
        // Two places in one line, far apart: the second is in a column that is drawn by itself.
        format!(
            "{{version: 1, users: {{a@example.com: {{username: u, name: {long}}}, b@example.com: {{username: u}}}}}}"
        ),
    ] {
        let program = Program::new();
        program.write("ufsync.yaml", &manifest);
        for format in ["human", "json", "github"] {
            let run = program.run(&["validate", "--format", format]).exits(1);
            let length = run.stdout.len() + run.stderr.len();
            assert!(
                length < 25_000,
                "{format}: {length} bytes\n{}",
                run.stderr.get(..2000).unwrap_or_default()
            );
        }
    }
}
