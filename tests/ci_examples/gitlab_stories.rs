//! The example for GitLab: merge requests of the project and of forks, the apply, and the night.

use super::gitlab::{GitLab, Job};
use super::machine::{Env, Machine};
use super::{BY_HAND, GUARDED, MANIFEST, STRANGERS, assert_redacted, by_hand, converged, rows};
use crate::support::{Program, Server};

fn env(variables: &[(&str, &str)]) -> Env {
    let owned = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    owned.collect()
}

/// The pipeline of a merge request, which runs in the project that its branch is in.
fn merge_request(project: &str) -> Env {
    env(&[
        ("CI_PIPELINE_SOURCE", "merge_request_event"),
        ("CI_PROJECT_ID", project),
        ("CI_MERGE_REQUEST_IID", "7"),
        ("CI_MERGE_REQUEST_PROJECT_ID", "9"),
        ("CI_MERGE_REQUEST_SOURCE_PROJECT_ID", project),
    ])
}

fn main_branch(source: &str) -> Env {
    env(&[
        ("CI_PIPELINE_SOURCE", source),
        ("CI_PROJECT_ID", "9"),
        ("CI_COMMIT_BRANCH", "main"),
    ])
}

/// The project, with its variables as the example says to set them.
fn project<'m>(machine: &'m Machine, server: &Server) -> GitLab<'m> {
    let keys = server.running.keys();
    let mut project = GitLab::new(machine);
    project.scoped = vec![
        (
            "userfront-readonly",
            "USERFRONT_API_KEY",
            keys.test_readonly.clone(),
        ),
        ("userfront", "USERFRONT_API_KEY", keys.test_admin.clone()),
        (
            "userfront-ended",
            "USERFRONT_API_KEY",
            keys.test_admin.clone(),
        ),
        ("merge-request-notes", "NOTE_TOKEN", "note-token".to_owned()),
        ("userfront-pull", "PUSH_TOKEN", "push-token".to_owned()),
    ];
    project
}

fn codes(jobs: &[Job]) -> Vec<(&str, i32)> {
    jobs.iter()
        .map(|job| (job.name.as_str(), job.code))
        .collect()
}

#[test]
fn each_pipeline_has_its_jobs() {
    let server = Server::empty();
    let machine = Machine::new(&server, MANIFEST);
    let project = GitLab::new(&machine);
    let jobs = |pipeline: &Env| {
        let jobs = project.jobs(pipeline);
        let shown = jobs
            .into_iter()
            .map(|(name, manual)| if manual { name + ", by hand" } else { name });
        shown.collect::<Vec<_>>().join("; ")
    };
    assert_eq!(jobs(&merge_request("9")), "plan; note");
    assert_eq!(jobs(&merge_request("10")), "plan-fork");
    assert_eq!(jobs(&main_branch("push")), "plan-merged; apply, by hand");
    assert_eq!(
        jobs(&main_branch("schedule")),
        "drift; pull; snapshot; pull-request; ended"
    );
}

#[test]
fn a_merge_request_gets_one_note_with_its_plan() {
    let server = Server::empty();
    let machine = Machine::new(&server, MANIFEST);
    let project = project(&machine, &server);
    let jobs = project.run(&merge_request("9"));
    assert_eq!(codes(&jobs), [("plan", 0), ("note", 0)], "{jobs:?}");
    assert!(machine.calls().contains("--request POST"));
    let note = machine.body();
    assert!(
        note.starts_with("<!-- ufsync -->\n### ufsync plan"),
        "{note}"
    );
    assert!(note.contains("+ user jane@example.com"), "{note}");

    let notes = r#"[
        { "id": 41, "author": { "username": "mallory" }, "body": "<!-- ufsync -->" },
        { "id": 42, "author": { "username": "project_9_bot_c0ffee" }, "body": "<!-- ufsync -->\nold" }
    ]"#;
    machine.answer("list", notes, "42");
    machine.commit(&MANIFEST.replace("Jane Doe", "Jane Moe"));
    let jobs = project.run(&merge_request("9"));
    assert_eq!(codes(&jobs), [("plan", 0), ("note", 0)], "{jobs:?}");
    let calls = machine.calls();
    assert!(
        calls.contains("--request PUT") && calls.contains("/notes/42"),
        "{calls}"
    );
    assert!(machine.body().contains("Jane Moe"));
    assert_eq!(server.writes(), 0, "a merge request changes nothing");
}

#[test]
fn a_broken_guard_and_a_mistake_fail_the_pipeline_and_are_told() {
    let server = Server::empty();
    by_hand(&server, MANIFEST);
    let machine = Machine::new(&server, GUARDED);
    let project = project(&machine, &server);
    let jobs = project.run(&merge_request("9"));
    assert_eq!(codes(&jobs), [("plan", 3), ("note", 0)], "{jobs:?}");
    assert!(
        machine.body().contains("--accept maxDeletes:"),
        "{}",
        machine.body()
    );
    machine.commit("version: 1\nuser: {}\n");
    let jobs = project.run(&merge_request("9"));
    assert_eq!(codes(&jobs), [("plan", 1), ("note", 0)], "{jobs:?}");
    assert!(
        machine.body().contains("found no way to plan this"),
        "{}",
        machine.body()
    );
}

#[test]
fn blocked_changes_fail_the_pipeline_and_are_shown() {
    let server = Server::empty();
    let manifest = format!("{MANIFEST}  gone@example.com: {{ userId: 9 }}\n");
    let machine = Machine::new(&server, &manifest);
    let jobs = project(&machine, &server).run(&merge_request("9"));
    assert_eq!(codes(&jobs), [("plan", 6), ("note", 0)], "{jobs:?}");
    let note = machine.body();
    assert!(
        note.contains("gone@example.com") && !note.contains("found no way"),
        "{note}"
    );
}

#[test]
fn a_merge_is_planned_and_that_plan_applied() {
    let server = Server::empty();
    let machine = Machine::new(&server, MANIFEST);
    let project = project(&machine, &server);
    let merge = main_branch("push");
    let plan = project.job("plan-merged", &merge);
    assert_eq!(plan.code, 0, "{plan:?}");
    assert_eq!(server.writes(), 0);
    // What is merged meanwhile is not what somebody said yes to.
    machine.commit(&MANIFEST.replace("Jane Doe", "Jane Moe"));
    let apply = project.job("apply", &merge);
    assert_eq!(apply.code, 0, "{apply:?}");
    assert!(converged(&server, MANIFEST));

    let plan = project.job("plan-merged", &merge);
    assert_eq!(plan.code, 0, "{plan:?}");
    by_hand(&server, BY_HAND);
    assert_eq!(
        project.job("apply", &merge).code,
        4,
        "the plan no longer fits"
    );
}

#[test]
fn a_guard_stops_an_apply_until_a_person_accepts_it() {
    let server = Server::empty();
    by_hand(&server, MANIFEST);
    let machine = Machine::new(&server, GUARDED);
    let project = project(&machine, &server);
    let mut pipeline = main_branch("web");
    let jobs = project.run(&pipeline);
    assert_eq!(codes(&jobs), [("plan-merged", 3)]);
    // The code is in the log of the job.
    let code = jobs[0].log.split("--accept ").nth(1).unwrap();
    let code = code.split_whitespace().next().unwrap();
    pipeline.insert("ACCEPT".to_owned(), code.to_owned());
    let jobs = project.run(&pipeline);
    assert_eq!(codes(&jobs), [("plan-merged", 0), ("apply", 0)], "{jobs:?}");
    assert!(converged(&server, GUARDED));
}

#[test]
fn a_night_fails_for_what_was_changed_by_hand() {
    let server = Server::empty();
    by_hand(&server, MANIFEST);
    let machine = Machine::new(&server, MANIFEST);
    let project = project(&machine, &server);
    let night = main_branch("schedule");
    let rest = [
        ("pull", 0),
        ("snapshot", 0),
        ("pull-request", 0),
        ("ended", 0),
    ];
    assert_eq!(
        codes(&project.run(&night)),
        [&[("drift", 0)], &rest[..]].concat()
    );
    by_hand(&server, BY_HAND);
    let jobs = project.run(&night);
    assert_eq!(codes(&jobs), [&[("drift", 2)], &rest[..]].concat());
    assert!(jobs[0].log.contains("Jane Roe"), "{}", jobs[0].log);
}

#[test]
fn a_fork_plans_without_a_key_and_sees_nobody() {
    let server = Server::empty();
    by_hand(&server, MANIFEST);
    by_hand(&server, STRANGERS);
    let mut machine = Machine::new(&server, MANIFEST);
    let taken = project(&machine, &server).job("snapshot", &main_branch("schedule"));
    assert_eq!(taken.code, 0, "{taken:?}");
    assert_redacted(&server, &machine.read("record/live.json"));

    machine.leave_server();
    let manifest = MANIFEST.replace("roles: [admin]", "roles: [admin, owner]");
    machine.commit(&manifest);
    // The fork has none of the project's variables.
    let fork = GitLab::new(&machine);
    let jobs = fork.run(&merge_request("10"));
    assert_eq!(codes(&jobs), [("plan-fork", 0)], "{jobs:?}");
    let program = Program::with(&server);
    program.write("ufsync.yaml", &manifest);
    assert_eq!(
        rows(&jobs[0].log),
        rows(&program.run(&["plan"]).exits(0).stdout)
    );
    assert_eq!(rows(&jobs[0].log).len(), 1);
}

#[test]
fn what_was_changed_by_hand_comes_as_a_merge_request() {
    let server = Server::empty();
    by_hand(&server, MANIFEST);
    let machine = Machine::new(&server, MANIFEST);
    let project = project(&machine, &server);
    let night = || {
        let jobs = ["pull", "pull-request"].map(|name| project.job(name, &main_branch("schedule")));
        assert_eq!(codes(&jobs), [("pull", 0), ("pull-request", 0)], "{jobs:?}");
        machine.calls()
    };
    assert!(!night().contains("push"), "there is nothing to pull");
    by_hand(&server, BY_HAND);
    let calls = night();
    assert!(calls.contains("-o merge_request.create"), "{calls}");
    assert!(
        calls.contains("https://oauth2:push-token@gitlab.example/acme/people.git"),
        "{calls}"
    );
    assert_eq!(
        machine.read("record/pushed"),
        MANIFEST.replace("Jane Doe", "Jane Roe")
    );
}
