//! The files of a manifest: each is read once, and none is passed over in silence.

use crate::support::{Program, Server};

const USERS: &str = "users: {jane@example.com: {}}\n";

/// A program in whose folder `ufsync/` a manifest is.
fn program() -> Program {
    let program = Program::new();
    program.write("ufsync/a.yaml", "version: 1\nmode: test\n");
    program
}

fn refuses(program: &Program, arguments: &[&str], words: &str) {
    for command in ["validate", "plan"] {
        let sandbox: &[&str] = if command == "plan" {
            &["--sandbox"]
        } else {
            &[]
        };
        let run = program.run(&[&[command], arguments, sandbox].concat());
        assert!(run.code == 1, "{run:?}");
        // Messages are wrapped.
        let shown: Vec<&str> = run
            .stderr
            .split(|c: char| c.is_whitespace() || c == '│')
            .filter(|word| !word.is_empty())
            .collect();
        let shown = shown.join(" ");
        assert!(shown.contains(words), "`{words}` is not in {shown}");
    }
}

#[test]
fn a_file_that_is_not_read_is_an_error() {
    for name in [
        "People.YAML",
        "hr.json",
        "people.yaml.orig",
        "people",
        "staff.Yml",
        "sub/hr.csv",
        "README.yaml.bak",
        "people.yaml~",
    ] {
        let program = program();
        program.write(&format!("ufsync/{name}"), USERS);
        refuses(&program, &[], "ufsync::cli::not_read");
        refuses(
            &program,
            &["-f", "ufsync"],
            name.rsplit('/').next().unwrap(),
        );
    }
}

#[test]
fn texts_about_the_manifest_are_no_part_of_it() {
    let program = program();
    for name in [
        "README",
        "README.md",
        "notes.txt",
        ".hidden.yaml",
        ".git/config.yaml",
        "CODEOWNERS",
        "manifest.schema.json",
        "LICENSE",
    ] {
        program.write(&format!("ufsync/{name}"), "nonsense: 1");
    }
    program.write("ufsync/sub/b.yml", USERS);
    program
        .run(&["validate"])
        .exits(0)
        .says("2 files, 1 user")
        .done();
    // A manifest is not a text about it because of its name.
    program.write("ufsync/README.yaml", "users: {bob@example.com: {}}\n");
    program
        .run(&["validate"])
        .exits(0)
        .says("3 files, 2 users")
        .done();
}

#[test]
#[cfg(unix)]
fn links_out_of_the_folder_and_to_nothing_are_errors() {
    use std::os::unix::fs::symlink;
    let to = |target: &str, name: &str| {
        let program = program();
        program.write("secret.yaml", "nonsense: secret\n");
        program.write("elsewhere/b.yaml", USERS);
        symlink(
            program.path().join(target),
            program.path().join("ufsync").join(name),
        )
        .unwrap();
        program
    };
    for (target, name, words) in [
        ("secret.yaml", "b.yaml", "leads out of the folder"),
        ("nothing.yaml", "b.yaml", "a link to nothing"),
        ("elsewhere", "more", "leads out of the folder"),
        ("elsewhere", "more.yaml", "leads out of the folder"),
        ("nothing", "more", "a link to nothing"),
        ("ufsync/a.yaml", "b.yaml", "is read twice"),
        ("ufsync", "loop.yaml", "a link to a folder"),
    ] {
        let program = to(target, name);
        refuses(&program, &[], words);
        assert!(!program.run(&["validate"]).stderr.contains("nonsense"));
    }
    // A link that stays inside is read, as those of a mounted ConfigMap.
    let program = program();
    program.write("ufsync/..data/b.yaml", USERS);
    symlink("..data/b.yaml", program.path().join("ufsync/b.yaml")).unwrap();
    program.run(&["validate"]).exits(0).says("1 user").done();
}

#[test]
fn a_file_and_a_folder_of_the_usual_names_are_a_question() {
    let program = program();
    program.write("ufsync.yaml", USERS);
    refuses(&program, &[], "ufsync::cli::file_and_folder");
    program
        .run(&["validate", "-f", "ufsync.yaml", "-f", "ufsync"])
        .exits(0)
        .says("1 user")
        .done();
}

#[test]
fn each_file_is_read_once() {
    let program = program();
    program.write("ufsync/b.yaml", USERS);
    program.write("more.yaml", "users: {}\n");
    for arguments in [
        &["-f", "ufsync", "-f", "ufsync/b.yaml"][..],
        &[
            "-f",
            "ufsync/a.yaml",
            "-f",
            "ufsync/b.yaml",
            "-f",
            "./ufsync/../ufsync/b.yaml",
        ],
        &["-f", "ufsync", "-f", "ufsync"],
        &[
            "-f",
            "ufsync",
            "--overlay",
            "more.yaml",
            "--overlay",
            "more.yaml",
        ],
        &["-f", "ufsync", "--overlay", "ufsync/b.yaml"],
    ] {
        refuses(&program, arguments, "ufsync::cli::file_twice");
    }
    for arguments in [
        &["-f", "-", "--overlay", "-"][..],
        &["-f", "-", "-f", "-"],
        &["-f", "-", "--overlay", "more.yaml", "--overlay", "-"],
    ] {
        refuses(&program, arguments, "ufsync::cli::input_twice");
    }
    let server = Server::empty();
    let program = Program::with(&server);
    program
        .run_with_input(&["plan", "-f", "-", "--api-key-file", "-"], "version: 1")
        .exits(1)
        .complains("ufsync::cli::input_twice")
        .done();
}

#[test]
fn a_misspelt_tenant_is_no_tenant_without_roles() {
    let program = Program::new();
    program.write("ufsync.yaml", "version: 1\nmode: test\ntenants: {acme: {name: Acme Inc.}}\nusers: {jane@example.com: {tenants: {acme: [owner]}}}\n");
    let explain = |tenant: &str| {
        program.run(&[
            "explain",
            "jane@example.com",
            tenant,
            "--sandbox=ufsync.yaml",
        ])
    };
    for tenant in ["acem", "Acme", "typo-tenant", "ACME"] {
        explain(tenant)
            .exits(1)
            .complains("ufsync::cli::unknown_tenant")
            .complains("acme")
            .done();
    }
    for tenant in ["acme", "Acme Inc.", "seed0000"] {
        explain(tenant).exits(0).says("owner").done();
    }
}
