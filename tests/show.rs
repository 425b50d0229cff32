//! `ufsync show`: what was written is shown again, in any format, and what is something else is refused.

use crate::support::{Program, Run, Server, refusing};

const MANIFEST: &str = "\
version: 1
workspace: demo1234
mode: test
roles: [{ name: admin, sensitive: true }, member]
tenants:
  acme: { name: Acme Inc. }
users:
  jane@example.com: { name: Jane Doe, roles: [admin], tenants: { acme: [member] } }
";

/// What is shown of a file, where no server and no key is.
fn show(text: &str, arguments: &[&str]) -> Run {
    let program = Program::new();
    program.write("file.json", text);
    program.run(&[&["show", "file.json"], arguments].concat())
}

/// A plan without the words about how the live state was read.
fn without_reading(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split(" · live state").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn a_plan_is_shown_as_it_was() {
    let server = Server::empty();
    let program = Program::with(&server);
    program.write("ufsync.yaml", MANIFEST);
    for format in ["human", "markdown", "json"] {
        let arguments = ["plan", "--out", "plan.json", "--format", format];
        let planned = program.run(&arguments).exits(0).stdout;
        let saved = program.read("plan.json");
        let shown = show(&saved, &["--format", format]).exits(0).stdout;
        assert!(shown.contains("jane@example.com"), "{shown}");
        assert_eq!(without_reading(&shown), without_reading(&planned));
        assert!(!shown.contains("live state"), "{shown}");
    }
    let folded = show(&program.read("plan.json"), &["--summary"]);
    folded.exits(0).says("tenant acme").done();
}

#[test]
fn a_plan_that_was_changed_is_not_shown() {
    let server = Server::empty();
    let program = Program::with(&server);
    program.write("ufsync.yaml", MANIFEST);
    program.run(&["plan", "--out", "plan.json"]).exits(0).done();
    let text = program.read("plan.json").replace("jane@", "june@");
    show(&text, &[])
        .exits(1)
        .complains("the plan was changed after it was made")
        .done();
}

#[test]
fn a_plan_from_a_redacted_snapshot_is_shown_and_not_applied() {
    let server = Server::empty();
    let program = Program::with(&server);
    program.write("ufsync.yaml", MANIFEST);
    program
        .run(&["export", "--snapshot", "--redact", "-o", "live.json"])
        .exits(0)
        .done();
    program
        .run(&["plan", "--live", "live.json", "--out", "plan.json"])
        .exits(0)
        .done();
    show(&program.read("plan.json"), &[])
        .exits(0)
        .says("jane@example.com")
        .done();
    program
        .run(&["apply", "plan.json", "--yes"])
        .exits(1)
        .complains("without personal data")
        .done();
}

#[test]
fn a_snapshot_is_shown_by_who_has_what() {
    let server = Server::empty();
    let program = Program::with(&server);
    program.write("ufsync.yaml", MANIFEST);
    program.run(&["apply", "--yes"]).exits(0).done();
    program
        .run(&["export", "--snapshot", "-o", "live.json"])
        .exits(0)
        .done();
    let snapshot = program.read("live.json");
    let show = |format| show(&snapshot, &["--format", format]).exits(0).stdout;
    for format in ["human", "markdown"] {
        let shown = show(format);
        assert!(shown.contains("snapshot of workspace demo1234 (test) · 1 user, 1 tenant"));
        assert!(shown.contains("jane@example.com") && shown.contains("member"));
    }
    assert_eq!(show("json"), snapshot);
}

#[test]
fn a_report_is_shown_with_what_was_not_done() {
    let server = Server::empty();
    let refusing = refusing("Jane Doe", server.running.url());
    let program = Program::with(&server).set("USERFRONT_API_URL", &refusing.url);
    program.write("ufsync.yaml", MANIFEST);
    let arguments = ["apply", "--yes", "--format", "json"];
    let report = program.run(&arguments).exits(5).stdout;
    let shown = show(&report, &[]).exits(0).stdout;
    for told in [
        "apply to workspace demo1234 (test)",
        "users/jane@example.com",
        "failed",
    ] {
        assert!(shown.contains(told), "{shown}");
    }
    assert!(shown.contains("done tenants/acme"), "{shown}");
    let again = show(&report, &["--format", "json"]);
    assert_eq!(again.exits(0).stdout, report);
    let page = show(&report, &["--format", "markdown"]);
    page.exits(0).says("```diff").done();
}

#[test]
fn what_is_something_else_is_refused() {
    for (text, told) in [
        ("{\"document\": \"access\"}", "its `document` is `access`"),
        ("{}", "it has no `document`"),
        ("version: 1", "expected value"),
        ("{\"document\": \"report\"}", "missing field"),
        ("{\"document\": \"plan\"}", "this is not a plan"),
        ("{\"document\": \"snapshot\"}", "missing field"),
    ] {
        show(text, &[]).exits(1).complains(told).done();
    }
}

#[test]
fn what_a_file_calls_its_workspace_is_not_believed() {
    let server = Server::empty();
    let program = Program::with(&server);
    program.write("ufsync.yaml", MANIFEST);
    let snapshot = ["export", "--snapshot", "-o", "live.json"];
    program.run(&snapshot).exits(0).done();
    program.run(&["plan", "--out", "plan.json"]).exits(0).done();
    let report = program.run(&["apply", "--yes", "--format", "json"]);
    let report = report.exits(0).stdout;
    for text in [program.read("live.json"), program.read("plan.json"), report] {
        let hostile = "\"workspace\": \"demo\\n# Approved\\u001b[8m\"";
        let forged = text.replace("\"workspace\": \"demo1234\"", hostile);
        assert_ne!(text, forged);
        for format in ["human", "markdown", "github"] {
            let run = show(&forged, &["--format", format, "--color", "always"]).exits(1);
            assert!(!run.stdout.contains("Approved"), "{run:?}");
        }
    }
}

#[test]
fn a_report_annotates_what_was_not_done_and_counts_for_itself() {
    let report = r#"{"document":"report","formatVersion":1,"tool":"0.1.0","workspace":"demo1234","mode":"test",
        "steps":[{"id":0,"address":"users/a@example.com","call":"x","outcome":"failed",
        "error":{"code":"c","message":"no","help":null}}],"blocked":[],"keptOtherwise":[],"createdTwice":[],
        "summary":{"done":1,"failed":0,"notStarted":0,"heldBack":0}}"#;
    let human = show(report, &[]).exits(0);
    human
        .says("failed users/a@example.com: no")
        .says("Applied in part: 0 of 1 call.")
        .done();
    let annotated = show(report, &["--format", "github"]).exits(0);
    annotated
        .says("::error ")
        .says("users/a@example.com")
        .done();
    let marked = format!("\u{feff}{report}");
    show(&marked, &[]).exits(0).done();
    let program = Program::new();
    let run = program.run_with_input(&["show", "-"], report).exits(0);
    run.says("0 of 1 call").done();
}

#[test]
fn a_comment_has_room_for_it() {
    let step = |number: usize| {
        format!(
            r#"{{"id":{number},"address":"users/user{number}@example.com","call":"x","outcome":"failed","error":{{"code":"c","message":"{}","help":null}}}}"#,
            "no ".repeat(30)
        )
    };
    let steps: Vec<String> = (0..1000).map(step).collect();
    let report = format!(
        r#"{{"document":"report","formatVersion":1,"tool":"0.1.0","workspace":"demo1234","mode":"test","steps":[{}],"blocked":[],"keptOtherwise":[],"createdTwice":[],"summary":{{"done":0,"failed":0,"notStarted":0,"heldBack":0}}}}"#,
        steps.join(",")
    );
    let page = show(&report, &["--format", "markdown"]).exits(0).stdout;
    assert!(
        page.chars().count() < 60_000 && page.contains("more not shown"),
        "{}",
        page.len()
    );
}
