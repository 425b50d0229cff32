//! The workflows of `examples/ci/github` for pull requests from forks: no key, and nobody's word is taken.

use super::github::{Contexts, Job, Workflow};
use super::machine::Machine;
use super::{GUARDED, MANIFEST, STRANGERS, assert_redacted, by_hand, rows};
use crate::support::{Program, Server};

/// A server with people in it, and the machine of a repository whose snapshot has been taken.
fn repository() -> (Server, Machine) {
    let server = Server::empty();
    by_hand(&server, MANIFEST);
    by_hand(&server, STRANGERS);
    let mut machine = Machine::new(&server, MANIFEST);
    let key = server.running.keys().test_readonly.clone();
    let contexts = Contexts::from([
        ("secrets.USERFRONT_READONLY_KEY", key),
        ("github.ref", "refs/heads/main".to_owned()),
    ]);
    let mut run = Workflow::start(&machine, "fork-snapshot.yml", &contexts);
    run.job("snapshot").passes().done();
    // From here on there is a fork, which has no server to ask.
    machine.leave_server();
    (server, machine)
}

/// Runs the plan of a fork, for which GitHub knows no secret and no token.
fn plan(machine: &Machine) -> Job {
    let contexts = Contexts::from([
        ("github.repository", "acme/people".to_owned()),
        (
            "github.event.pull_request.head.repo.full_name",
            "mallory/people".to_owned(),
        ),
    ]);
    Workflow::start(machine, "fork-plan.yml", &contexts).job("plan")
}

/// Runs the workflow that comments, after the plan of this commit. The newest of the pull request is `c0ffee`.
fn comment_on(commit: &str, machine: &Machine) -> Job {
    let event = |name: &'static str, value: &str| (name, value.to_owned());
    let contexts = Contexts::from([
        event("github.token", "gh-token"),
        event("github.event.workflow_run.event", "pull_request"),
        event("github.event.workflow_run.conclusion", "success"),
        event("github.event.workflow_run.id", "99"),
        event("github.event.workflow_run.head_sha", commit),
        event("github.event.workflow_run.head_branch", "main"),
        event(
            "github.event.workflow_run.head_repository.owner.login",
            "mallory",
        ),
    ]);
    let pulls = r#"[{ "number": 6, "head": { "sha": "decade" } }, { "number": 7, "head": { "sha": "c0ffee" } }]"#;
    machine.answer("pulls", pulls, if commit == "c0ffee" { "7" } else { "" });
    Workflow::start(machine, "fork-comment.yml", &contexts).job("comment")
}

fn comment(machine: &Machine) -> Job {
    comment_on("c0ffee", machine)
}

#[test]
fn the_snapshot_names_nobody() {
    let (server, machine) = repository();
    assert_redacted(&server, &machine.read("record/cache/live.json"));
}

#[test]
fn a_fork_sees_the_plan_that_the_key_would_show() {
    let (server, machine) = repository();
    let manifest = MANIFEST.replace("roles: [admin]", "roles: [admin, owner]");
    machine.commit(&manifest);
    plan(&machine).passes().done();
    let program = Program::with(&server);
    program.write("ufsync.yaml", &manifest);
    let with_key = rows(&program.run(&["plan"]).exits(0).stdout);
    assert_eq!(with_key, ["~ roles jane@example.com + owner"]);
    assert_eq!(
        rows(&machine.read("record/artifacts/ufsync-fork-plan/plan.txt")),
        with_key
    );
    machine.calls();

    comment(&machine).passes().done();
    let calls = machine.calls();
    assert!(calls.contains("head=mallory:main"), "{calls}");
    assert!(
        calls.contains("gh api --method POST repos/acme/people/issues/7/comments "),
        "{calls}"
    );
    assert!(machine.body().starts_with("<!-- ufsync -->\n"));
    assert_eq!(rows(&machine.body()), with_key);
}

#[test]
fn a_fork_learns_of_its_mistakes_and_of_guards() {
    let (_server, machine) = repository();
    machine.commit(GUARDED);
    plan(&machine).fails("Plan", 3).says("::error").done();
    comment(&machine).passes().done();
    assert!(
        machine.body().contains("guard maxDeletes"),
        "{}",
        machine.body()
    );
    machine.commit("version: 1\nuser: {}\n");
    plan(&machine).fails("Plan", 1).done();
    comment(&machine).passes().done();
    assert!(machine.body().contains("unknown_key"), "{}", machine.body());
}

#[test]
fn a_fork_finds_nothing_secret_to_print() {
    let (_server, machine) = repository();
    for name in [
        "USERFRONT_API_KEY",
        "GH_TOKEN",
        "GITHUB_TOKEN",
        "ACTIONS_RUNTIME_TOKEN",
    ] {
        machine.commit(&MANIFEST.replace("Jane Doe", &format!("\"${{{name}}}\"")));
        plan(&machine)
            .fails("Plan", 1)
            .says("missing_variable")
            .done();
    }
}

#[test]
fn what_a_fork_uploads_is_shown_as_text_and_cut() {
    let (_server, machine) = repository();
    plan(&machine).passes().done();
    let hostile = format!(
        "```\n@everyone ![](https://evil.example)\u{1b}[2J\0 {}",
        "é".repeat(60_000)
    );
    std::fs::write(
        machine.path("record/artifacts/ufsync-fork-plan/plan.txt"),
        hostile,
    )
    .unwrap();
    comment(&machine).passes().done();
    let body = std::fs::read(machine.path("record/body")).unwrap();
    assert!(body.len() < 60_000, "{}", body.len());
    let body = String::from_utf8_lossy(&body);
    let (before, fenced) = body.split_once("\n```text\n").unwrap();
    let (inside, after) = fenced.split_once("\n```\n").unwrap();
    assert!(!before.contains('@') && after.is_empty(), "{before}");
    assert!(inside.contains("@everyone"), "it is shown");
    assert!(!inside.contains(['`', '\u{1b}', '\0']), "{inside}");
}

#[test]
fn a_fork_can_t_have_a_file_of_the_runner_shown() {
    let (_server, machine) = repository();
    plan(&machine).passes().done();
    let text = machine.path("record/artifacts/ufsync-fork-plan/plan.txt");
    std::fs::remove_file(&text).unwrap();
    std::os::unix::fs::symlink("/etc/hostname", &text).unwrap();
    comment(&machine).fails("Comment", 1).done();
    assert_eq!(machine.body(), "");
}

#[test]
fn a_plan_of_another_commit_is_not_shown() {
    let (_server, machine) = repository();
    plan(&machine).passes().done();
    machine.calls();
    comment_on("0ldc0de", &machine)
        .passes()
        .says("0ldc0de")
        .done();
    let calls = machine.calls();
    assert!(
        !calls.contains("download") && !calls.contains("POST"),
        "{calls}"
    );
}
