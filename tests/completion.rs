//! Completion, asked by a real bash: what the manifest has is offered, and nothing that a shell would act on.
#![cfg(unix)]

use std::process::Command;

use crate::support::Program;

const MANIFEST: &str = "\
version: 1
roles: [owner, admin, 'own$(touch hacked)', 'own;er', '-own']
tenants: { acme: { name: Acme Inc. }, globex: { name: Globex } }
users:
  jane@example.com: { roles: [admin], tenants: { acme: [owner] } }
  jack@example.com: {}
groups: { support: { users: [jane@example.com], roles: [owner] } }
";

/// What bash has to choose from at the end of this line.
fn offered(program: &Program, line: &str) -> Vec<String> {
    let folder = program.path();
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_ufsync"));
    // bash breaks words at `@`, `:` and `=` too, and gives the last part; not where a backslash stands in front.
    let mut breaks = line
        .char_indices()
        .filter(|(at, c)| " @:=".contains(*c) && !line[..*at].ends_with('\\'));
    let part = breaks.next_back().map_or(line, |(at, _)| &line[at + 1..]);
    // What bash does at the Tab key.
    let script = r#"
        set -u
        source <(ufsync completions bash)
        COMP_LINE=$1 COMP_POINT=${#1} COMP_TYPE=9
        _ufsync ufsync "$2" ""
        printf '%s\n' "${COMPREPLY[@]}""#;
    let output = Command::new("bash")
        .args(["--norc", "-c", script, "bash", line, part])
        .current_dir(folder)
        .env(
            "PATH",
            format!("{}:/usr/bin:/bin", program.parent().unwrap().display()),
        )
        .output()
        .unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(|line| line.trim().to_owned()).collect()
}

/// The same, without options.
fn names(program: &Program, line: &str) -> Vec<String> {
    let mut names = offered(program, line);
    names.retain(|name| !name.is_empty() && !name.starts_with('-'));
    names
}

#[test]
fn what_the_manifest_has_is_offered() {
    let program = Program::new();
    program.write("ufsync.yaml", MANIFEST);
    program.write("ufsync.prod.yaml", "users: {}\n");
    for (line, expected) in [
        ("ufsync explain jan", &["jane@example.com"][..]),
        ("ufsync explain jane@ex", &["example.com"]),
        ("ufsync explain jane@example.com gl", &["globex"]),
        ("ufsync explain ufsync::cli::no_k", &["no_key"]),
        ("ufsync edit grant jack@example.com ", &["admin", "owner"]),
        (
            "ufsync edit grant jack@example.com owner --tenant ",
            &["acme", "globex"],
        ),
        (
            "ufsync edit revoke ja",
            &["jack@example.com", "jane@example.com"],
        ),
        ("ufsync edit add-user x@example.com --tenant a", &["acme="]),
        ("ufsync edit add-user x@example.com --group s", &["support"]),
        ("ufsync edit rename-user jac", &["jack@example.com"]),
        ("ufsync access --role o", &["owner"]),
        ("ufsync access --tenant g", &["globex"]),
        (
            "ufsync plan --target users/jan",
            &["users/jane@example.com"],
        ),
        (
            "ufsync plan --exclude tenants/",
            &["tenants/acme", "tenants/globex"],
        ),
        ("ufsync plan --env ", &["prod"]),
        ("ufsync plan --format=ma", &["markdown"]),
        ("ufsync help gua", &["guards"]),
        ("ufsync completions z", &["zsh"]),
    ] {
        assert_eq!(names(&program, line), expected, "{line}");
    }
    assert!(offered(&program, "ufsync plan --det").contains(&"--detailed-exitcode".to_owned()));
}

#[test]
fn what_a_shell_would_act_on_is_not_offered() {
    let program = Program::new();
    program.write("ufsync.yaml", MANIFEST);
    assert_eq!(names(&program, "ufsync access --role own"), ["owner"]);
    assert!(!program.path().join("hacked").exists());
}

/// What is on the command line after the Tab key, as bash would run it.
#[test]
fn names_of_files_are_in_quotes_where_bash_would_act_on_them() {
    let program = Program::new();
    for name in [
        "zplan$(touch${IFS}hacked).json",
        "yy name.json",
        "xx*.json",
        "w'w.json",
    ] {
        program.write(name, "{}");
    }
    for (begin, expected) in [
        ("zp", r"zplan\$\(touch\$\{IFS\}hacked\).json"),
        ("yy", r"yy\ name.json"),
        (r"yy\ n", r"yy\ name.json"),
        ("xx", r"xx\*.json"),
        ("w", r"w\'w.json"),
    ] {
        let line = format!("ufsync show {begin}");
        assert_eq!(offered(&program, &line), [expected], "{line}");
    }
    assert!(!program.path().join("hacked").exists());
}

#[test]
fn a_pipe_is_not_waited_for() {
    let program = Program::new();
    let pipe = program.path().join("ufsync.yaml");
    assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
    assert!(names(&program, "ufsync explain jan").is_empty());
}

#[test]
fn the_manifest_that_the_line_names_is_read() {
    let program = Program::new();
    program.write("people/users.yaml", MANIFEST);
    for line in [
        "ufsync explain -f people jan",
        "ufsync explain --file people jan",
        "ufsync explain --file=people jan",
    ] {
        assert_eq!(names(&program, line), ["jane@example.com"], "{line}");
    }
    assert!(names(&program, "ufsync explain jan").is_empty());
}

#[test]
fn a_manifest_with_a_mistake_offers_nothing_and_says_nothing() {
    let program = Program::new();
    program.write("ufsync.yaml", "version: 1\nusers: [\n");
    assert!(names(&program, "ufsync explain jan").is_empty());
}

#[test]
fn a_manifest_with_an_allowed_variable_is_completed() {
    let program = Program::new();
    program.write(
        "ufsync.yaml",
        "version: 1\nvariables: [PATH]\nusers: { jane@example.com: { name: \"${PATH}\" } }\n",
    );
    assert!(names(&program, "ufsync edit revoke j").is_empty());
    for allowed in ["--allow-var PATH", "--allow-var=PATH"] {
        let line = format!("ufsync edit {allowed} revoke j");
        assert_eq!(names(&program, &line), ["jane@example.com"], "{line}");
    }
}
