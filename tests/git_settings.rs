//! A repository of other people: whatever its settings name, no call of git runs it.

use std::process::Command;

use crate::support::{Program, Run, git};

const MANIFEST: &str = "version: 1
workspace: demo1234
mode: test
users:
  jane@example.com: { roles: [member] }
  bob@example.com: { roles: [viewer] }
";

fn repository(program: &Program, folder: &str) {
    program.write(&format!("{folder}/ufsync.yaml"), MANIFEST);
    let folder = program.path().join(folder);
    git(&folder, &["init", "-q", "-b", "main"]);
    git(&folder, &["add", "."]);
    git(&folder, &["commit", "-q", "-m", "first"]);
}

fn program() -> Program {
    Program::new().set("PATH", &std::env::var("PATH").unwrap())
}

fn access(program: &Program, file: &str) -> Run {
    let sandbox = format!("--sandbox={file}");
    program.run(&[
        "access",
        "-f",
        file,
        &sandbox,
        "--since-git",
        "--format",
        "csv",
    ])
}

#[test]
#[cfg(unix)]
fn nothing_that_a_repository_names_is_run() {
    let program = program();
    repository(&program, "repo");
    let marker = program.path().join("marker");
    let text = format!("#!/bin/sh\ntouch '{}'\ncat\n", marker.display());
    let script = program.script("run.sh", &text);
    let script = script.to_str().unwrap();
    let folder = program.path().join("repo");
    program.write(
        "repo/.git/info/attributes",
        "*.yaml filter=evil diff=evil\n",
    );
    program.write(
        "repo/.gitattributes",
        "*.yaml filter=evil diff=evil text=auto\n",
    );
    for key in [
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.evil.textconv",
        "diff.evil.command",
        "diff.external",
        "core.fsmonitor",
        "core.pager",
        "core.editor",
        "core.sshCommand",
        "credential.helper",
        "gpg.program",
        "blame.pager",
    ] {
        git(&folder, &["config", key, script]);
    }
    for hook in ["post-index-change", "post-checkout", "fsmonitor-watchman"] {
        program.script(&format!("repo/.git/hooks/{hook}"), &text);
    }
    // It would run: git itself does so here.
    let mut command = Command::new("git");
    command.args(["blame", "ufsync.yaml"]).current_dir(&folder);
    drop(command.output().unwrap());
    assert!(marker.exists());
    std::fs::remove_file(&marker).unwrap();
    // Jane's line is as it was committed, Bob's is not, and one is new above both.
    program.write(
        "repo/ufsync.yaml",
        &MANIFEST
            .replace("[viewer]", "[owner]")
            .replace("users:\n", "# new\nusers:\n"),
    );
    let run = access(&program, "repo/ufsync.yaml").exits(0);
    let rows: Vec<&str> = run.stdout.lines().collect();
    let row = |user: &str| rows.iter().find(|row| row.starts_with(user)).unwrap();
    assert!(row("jane@").contains(",Test,"), "{rows:?}");
    assert!(!row("bob@").contains(",Test,"), "{rows:?}");
    program
        .run(&["plan", "--sandbox", "-f", "repo/ufsync.yaml"])
        .exits(0)
        .done();
    let mut command = program.command(&["plan", "--sandbox", "--base", "git:HEAD"]);
    let output = command.current_dir(&folder).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(!marker.exists(), "a program of the repository ran");
}

#[test]
#[cfg(unix)]
fn a_folder_is_a_repository_only_by_its_git() {
    let program = program();
    repository(&program, "repo");
    let marker = program.path().join("marker");
    let text = format!("#!/bin/sh\ntouch '{}'\n", marker.display());
    let script = program.script("run.sh", &text);
    // What is committed below looks like the folder of a repository.
    program.write("repo/all/ufsync.yaml", MANIFEST);
    program.write("repo/all/HEAD", "ref: refs/heads/main\n");
    program.write("repo/all/refs/heads/.keep", "");
    program.write("repo/all/objects/.keep", "");
    program.write(
        "repo/all/config",
        &format!(
            "[core]\n\trepositoryformatversion = 0\n\tworktree = .\n\tfsmonitor = {}\n",
            script.display()
        ),
    );
    let run = access(&program, "repo/all/ufsync.yaml").exits(1);
    run.complains("looks like a git directory").done();
    assert!(!marker.exists(), "a program of the repository ran");
}

#[test]
fn submodules_and_nested_clones_are_repositories() {
    let program = program();
    repository(&program, "inner");
    repository(&program, "outer");
    let outer = program.path().join("outer");
    git(&outer, &["clone", "-q", "../inner", "clone"]);
    git(
        &outer,
        &["submodule", "--quiet", "add", "../inner", "module"],
    );
    for file in ["outer/clone/ufsync.yaml", "outer/module/ufsync.yaml"] {
        let run = access(&program, file).exits(0);
        assert!(run.stdout.contains(",Test,"), "{file}: {}", run.stdout);
    }
}
