//! The workflows of `examples/ci/github` for a repository's own branches: plan, apply, and the comparison at night.

use std::fmt::Write as _;

use super::github::{Contexts, Workflow};
use super::machine::{Machine, entries, example};
use super::{BY_HAND, GUARDED, MANIFEST, by_hand, converged};
use crate::support::Server;

/// What is known in the repository itself.
pub(super) fn contexts(server: &Server) -> Contexts {
    let keys = server.running.keys();
    Contexts::from([
        ("secrets.USERFRONT_READONLY_KEY", keys.test_readonly.clone()),
        ("secrets.USERFRONT_ADMIN_KEY", keys.test_admin.clone()),
        ("inputs.accept", String::new()),
        ("github.ref", "refs/heads/main".to_owned()),
        ("github.ref_name", "main".to_owned()),
        ("github.repository", "acme/people".to_owned()),
        ("github.token", "gh-token".to_owned()),
        ("github.event.pull_request.number", "7".to_owned()),
        (
            "github.event.pull_request.head.repo.full_name",
            "acme/people".to_owned(),
        ),
    ])
}

#[test]
fn a_pull_request_gets_one_comment_with_its_plan() {
    let server = Server::empty();
    let machine = Machine::new(&server, MANIFEST);
    let contexts = contexts(&server);
    let plan = || Workflow::start(&machine, "plan.yml", &contexts).job("plan");
    let job = plan().passes().says("::notice file=ufsync.yaml,line=5");
    assert!(
        job.summary.contains("+ user jane@example.com"),
        "{}",
        job.summary
    );
    let calls = machine.calls();
    assert!(
        calls.contains("https://downloads.acme.example/ufsync-"),
        "{calls}"
    );
    assert!(
        calls.contains("gh api --method POST repos/acme/people/issues/7/comments "),
        "{calls}"
    );
    assert_eq!(machine.body(), format!("<!-- ufsync -->\n{}", job.summary));

    let comments = r#"[
        { "id": 40, "user": { "login": "mallory" }, "body": "<!-- ufsync -->" },
        { "id": 41, "user": { "login": "github-actions[bot]" }, "body": "coverage: 100 %" },
        { "id": 42, "user": { "login": "github-actions[bot]" }, "body": "<!-- ufsync -->\nold" },
        { "id": 43, "user": { "login": "github-actions[bot]" }, "body": "<!-- ufsync -->\nolder" }
    ]"#;
    machine.answer("list", comments, "42\n43");
    machine.commit(&MANIFEST.replace("Jane Doe", "Jane Moe"));
    plan().passes().done();
    let calls = machine.calls();
    assert!(
        calls.contains("gh api --method PATCH repos/acme/people/issues/comments/42 "),
        "{calls}"
    );
    assert!(!calls.contains("POST"), "{calls}");
    assert!(machine.body().contains("Jane Moe"));
    assert_eq!(server.writes(), 0, "a pull request changes nothing");
}

#[test]
fn a_comment_has_room_for_any_plan() {
    let server = Server::empty();
    let mut manifest = MANIFEST.to_owned();
    for number in 0..3000 {
        writeln!(
            manifest,
            "  user{number}@example.com: {{ name: User {number} }}"
        )
        .unwrap();
    }
    let machine = Machine::new(&server, &manifest);
    Workflow::start(&machine, "plan.yml", &contexts(&server))
        .job("plan")
        .passes()
        .done();
    let length = machine.body().chars().count();
    assert!((30_000..60_000).contains(&length), "{length}");
}

#[test]
fn a_broken_guard_and_a_mistake_fail_the_check_and_are_told() {
    let server = Server::empty();
    by_hand(&server, MANIFEST);
    let machine = Machine::new(&server, GUARDED);
    let contexts = contexts(&server);
    let plan = || Workflow::start(&machine, "plan.yml", &contexts).job("plan");
    plan().fails("Plan", 3).says("::error").done();
    assert!(
        machine.body().contains("--accept maxDeletes:"),
        "{}",
        machine.body()
    );
    machine.commit("version: 1\nuser: {}\n");
    plan().fails("Plan", 1).says("unknown_key").done();
    assert!(
        machine.body().contains("found no way to plan this"),
        "{}",
        machine.body()
    );
}

#[test]
fn a_pull_request_from_a_fork_is_left_to_the_other_workflow() {
    let server = Server::empty();
    let machine = Machine::new(&server, MANIFEST);
    let mut contexts = contexts(&server);
    contexts.insert(
        "github.event.pull_request.head.repo.full_name",
        "mallory/people".to_owned(),
    );
    contexts.retain(|name, _| !name.starts_with("secrets."));
    assert!(
        Workflow::start(&machine, "plan.yml", &contexts)
            .job("plan")
            .skipped
    );
}

#[test]
fn a_merge_is_planned_and_that_plan_applied() {
    let server = Server::empty();
    let machine = Machine::new(&server, MANIFEST);
    let contexts = contexts(&server);
    let mut run = Workflow::start(&machine, "apply.yml", &contexts);
    let job = run.job("plan").passes();
    assert!(
        job.summary.contains("+ user jane@example.com"),
        "who approves sees the plan"
    );
    assert_eq!(server.writes(), 0);
    // What is merged meanwhile is not what was approved.
    machine.commit(&MANIFEST.replace("Jane Doe", "Jane Moe"));
    run.job("apply")
        .passes()
        .says("Applied: 5 of 5 calls.")
        .done();
    assert!(converged(&server, MANIFEST));

    machine.commit(MANIFEST);
    let mut run = Workflow::start(&machine, "apply.yml", &contexts);
    run.job("plan").passes().says("No changes").done();
    assert!(
        run.job("apply").skipped,
        "nobody is asked to approve nothing"
    );
}

#[test]
fn a_plan_that_no_longer_fits_is_not_applied() {
    let server = Server::empty();
    by_hand(&server, MANIFEST);
    let machine = Machine::new(&server, &MANIFEST.replace("Jane Doe", "Jane Moe"));
    let mut run = Workflow::start(&machine, "apply.yml", &contexts(&server));
    run.job("plan").passes().done();
    by_hand(&server, BY_HAND);
    let writes = server.writes();
    run.job("apply").fails("Apply", 4).done();
    assert_eq!(server.writes(), writes);
}

#[test]
fn a_guard_stops_an_apply_until_a_person_accepts_it() {
    let server = Server::empty();
    by_hand(&server, MANIFEST);
    let machine = Machine::new(&server, GUARDED);
    let mut contexts = contexts(&server);
    let mut run = Workflow::start(&machine, "apply.yml", &contexts);
    // The code is in the summary of the run.
    let shown = run.job("plan").fails("Plan", 3).summary.clone();
    let code = shown.split("--accept ").nth(1).unwrap();
    let code = code.split_whitespace().next().unwrap();
    contexts.insert("inputs.accept", code.to_owned());
    let mut run = Workflow::start(&machine, "apply.yml", &contexts);
    run.job("plan").passes().done();
    run.job("apply").passes().done();
    assert!(converged(&server, GUARDED));
}

#[test]
fn what_is_blocked_does_not_stop_the_rest() {
    let server = Server::empty();
    let manifest = format!("{MANIFEST}  gone@example.com: {{ userId: 9 }}\n");
    let machine = Machine::new(&server, &manifest);
    let contexts = contexts(&server);
    let mut run = Workflow::start(&machine, "apply.yml", &contexts);
    let summary = run.job("plan").passes().summary.clone();
    assert!(
        summary.contains("blocked") || summary.contains("Blocked"),
        "{summary}"
    );
    run.job("apply").fails("Apply", 5).done();
    assert!(converged(&server, MANIFEST));
    // The plan is shown and fails the check, in a pull request and in the night.
    let plan = Workflow::start(&machine, "plan.yml", &contexts).job("plan");
    plan.fails("Plan", 6).says("::error").done();
    let comment = machine.body();
    assert!(!comment.contains("found no way"), "{comment}");
    let mut night = Workflow::start(&machine, "drift.yml", &contexts);
    night.job("drift").fails("Tell", 6).done();
    assert!(machine.calls().contains("gh issue create"));
}

#[test]
fn only_the_main_branch_is_applied() {
    let server = Server::empty();
    let machine = Machine::new(&server, MANIFEST);
    let mut contexts = contexts(&server);
    contexts.insert("github.ref", "refs/heads/try".to_owned());
    let mut run = Workflow::start(&machine, "apply.yml", &contexts);
    assert!(run.job("plan").skipped && run.job("apply").skipped);
}

#[test]
fn the_night_tells_of_changes_by_hand_and_falls_silent_again() {
    let server = Server::empty();
    by_hand(&server, MANIFEST);
    let machine = Machine::new(&server, MANIFEST);
    let contexts = contexts(&server);
    let night = || Workflow::start(&machine, "drift.yml", &contexts).job("drift");
    let acted = || {
        machine
            .calls()
            .lines()
            .filter(|call| call.starts_with("gh issue"))
            .count()
            - 1
    };
    night().passes().done();
    assert_eq!(acted(), 0, "there is nothing to tell");

    by_hand(&server, BY_HAND);
    night().fails("Tell", 2).done();
    let calls = machine.calls();
    assert!(
        calls.contains("gh issue create --title Userfront is not what the manifest says"),
        "{calls}"
    );
    assert!(machine.body().contains("Jane Roe"), "{}", machine.body());

    let issues = r#"[
        { "number": 41, "title": "Something else" },
        { "number": 42, "title": "Userfront is not what the manifest says" }
    ]"#;
    machine.answer("list", issues, "42");
    night().fails("Tell", 2).done();
    let calls = machine.calls();
    assert!(
        calls.contains("gh issue edit 42") && !calls.contains("create"),
        "{calls}"
    );

    by_hand(&server, MANIFEST);
    night().passes().done();
    assert!(machine.calls().contains("gh issue close 42"));

    machine.commit("version: 1\nuser: {}\n");
    night().fails("Tell", 1).done();
    assert_eq!(acted(), 0, "what can't be compared is no difference");
}

#[test]
fn a_comment_shows_what_the_pull_request_does_before_what_was_done_by_hand() {
    let server = Server::empty();
    by_hand(&server, MANIFEST);
    let machine = Machine::new(&server, MANIFEST);
    by_hand(&server, BY_HAND);
    machine.commit(&MANIFEST.replace("Wile E. Coyote", "Wile"));
    let contexts = contexts(&server);
    let plan = Workflow::start(&machine, "plan.yml", &contexts).job("plan");
    plan.passes().done();
    let body = machine.body();
    let (own, drift) = body.split_once("Drift").unwrap();
    assert!(own.contains("Wile") && !own.contains("Jane"), "{body}");
    assert!(
        drift.contains("Jane Roe") && !drift.contains("Wile"),
        "{body}"
    );
}

#[test]
fn what_was_changed_by_hand_comes_as_a_pull_request() {
    let server = Server::empty();
    by_hand(&server, MANIFEST);
    let machine = Machine::new(&server, MANIFEST);
    let contexts = contexts(&server);
    let night = || {
        let job = Workflow::start(&machine, "pull.yml", &contexts).job("pull");
        job.passes().done();
        machine.calls()
    };
    assert!(!night().contains("push"), "there is nothing to pull");
    by_hand(&server, BY_HAND);
    let calls = night();
    assert!(
        calls.contains("gh pr create --base main --head ufsync-pull"),
        "{calls}"
    );
    assert_eq!(
        machine.read("record/pushed"),
        MANIFEST.replace("Jane Doe", "Jane Roe")
    );
    machine.answer("list", r#"[{ "number": 42 }]"#, "42");
    let calls = night();
    assert!(
        calls.contains("gh pr edit 42") && !calls.contains("create"),
        "{calls}"
    );
    machine.commit("version: 1\nuser: {}\n");
    let job = Workflow::start(&machine, "pull.yml", &contexts).job("pull");
    job.fails("Pull", 1).done();
    assert!(!machine.calls().contains("push"));
}

#[test]
fn a_night_takes_what_has_ended_and_nothing_else() {
    let server = Server::empty();
    let ending = |end: &str| {
        MANIFEST.replace(
            "roles: [admin]",
            &format!("roles: [admin, {{ role: viewer, until: {end} }}]"),
        )
    };
    by_hand(&server, &ending("2099-01-01"));
    let machine = Machine::new(&server, &ending("2020-01-01"));
    by_hand(&server, BY_HAND);
    let contexts = contexts(&server);
    let before = server.writes();
    let night = || Workflow::start(&machine, "ended.yml", &contexts).job("ended");
    night().passes().done();
    assert_eq!(server.writes() - before, 1, "one set of roles");
    night().passes().done();
    assert_eq!(server.writes() - before, 1);
    assert!(
        !converged(&server, &ending("2020-01-01")),
        "the name is left"
    );
}

#[test]
fn a_workflow_may_do_no_more_than_its_jobs_say() {
    let may_write: Vec<String> = [
        "plan",
        "apply",
        "drift",
        "pull",
        "ended",
        "fork-snapshot",
        "fork-plan",
        "fork-comment",
    ]
    .iter()
    .flat_map(|name| {
        let file = example(&format!("github/{name}.yml"));
        assert_eq!(entries(&file["permissions"]).count(), 0, "{name}");
        assert!(file["permissions"].is_mapping(), "{name}");
        let concurrency = [&file["concurrency"], &file["jobs"][name]["concurrency"]];
        assert!(
            concurrency.iter().any(|it| it["group"].is_string()),
            "{name}"
        );
        assert!(file["on"]["pull_request_target"].is_null(), "{name}");
        let jobs = entries(&file["jobs"]);
        let found = jobs.flat_map(|(job, definition)| {
            assert!(definition["permissions"].is_mapping(), "{name}");
            let write = entries(&definition["permissions"]).filter(|(_, level)| **level == "write");
            write
                .map(|(what, _)| format!("{name}/{job}: {what}"))
                .collect::<Vec<_>>()
        });
        found.collect::<Vec<_>>()
    })
    .collect();
    assert_eq!(
        may_write,
        [
            "plan/plan: pull-requests",
            "drift/drift: issues",
            "pull/pull: contents",
            "pull/pull: pull-requests",
            "fork-comment/comment: pull-requests"
        ]
    );
    let apply = example("github/apply.yml");
    assert_eq!(
        apply["jobs"]["apply"]["concurrency"]["cancel-in-progress"], false,
        "no apply is cut off"
    );
}
