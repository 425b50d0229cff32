//! The forms of a plan and of an outcome, for a plan with every kind of step and names that mean harm.

use std::fmt::Write as _;

use serde_json::Value;
use ufsync::emulator::{ModeState, Options, UserState};

use crate::support::showcase::{self, NASTY};
use crate::support::{Program, Run, Server, refusing};

fn program(server: &Server) -> Program {
    let program = Program::with(server);
    program.write("ufsync.yaml", showcase::MANIFEST);
    program
}

fn plan(format: &str) -> Run {
    let server = showcase::server();
    program(&server).run(&["plan", "--format", format])
}

/// The text without what differs from run to run: how long reading took, and how long ago something was.
fn steady(text: &str) -> String {
    let mut text = text.to_owned();
    if let Some(at) = text.find("read in ") {
        let end = at + text[at..].find(',').unwrap();
        text.replace_range(at..end, "read in …");
    }
    while let Some(end) = text.find(" days ago") {
        let start = text[..end].rfind(' ').unwrap();
        text.replace_range(start..end + " days ago".len(), " long ago");
    }
    text
}

fn validate(schema: &str, document: &Value) {
    let path = format!("{}/schema/{schema}.schema.json", env!("CARGO_MANIFEST_DIR"));
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(document)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

#[test]
fn a_person_sees_every_kind_of_step() {
    insta::assert_snapshot!(steady(&plan("human").exits(3).stdout));
}

#[test]
fn a_tool_reads_every_kind_of_step() {
    let run = plan("json").exits(3);
    let mut document: Value = serde_json::from_str(&run.stdout).unwrap();
    validate("plan", &document);
    document["checksum"] = "…".into();
    document["tool"] = "…".into();
    document["cost"]["seconds"] = 0.into();
    insta::assert_snapshot!(format!("{document:#}"));
    document["steps"][0]["surprise"] = true.into();
    let path = format!("{}/schema/plan.schema.json", env!("CARGO_MANIFEST_DIR"));
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    assert!(
        !jsonschema::is_valid(&schema, &document),
        "the schema refuses nothing"
    );
}

#[test]
fn a_reviewer_reads_every_kind_of_step_in_a_comment() {
    insta::assert_snapshot!(steady(&plan("markdown").exits(3).stdout));
}

#[test]
fn a_workflow_annotates_the_lines_and_writes_its_summary() {
    let server = showcase::server();
    let program = program(&server);
    let summary = program.write("summary.md", "what was there\n");
    let program = program.set("GITHUB_STEP_SUMMARY", summary.to_str().unwrap());
    let run = program.run(&["plan", "--format", "github"]).exits(3);
    insta::assert_snapshot!(steady(&run.stdout));
    let written = program.read("summary.md");
    assert!(
        written.starts_with("what was there\n### ufsync plan"),
        "{written}"
    );
}

#[test]
fn names_can_do_no_harm_in_any_form() {
    assert!(NASTY.contains('\u{1b}'));
    for format in ["human", "json", "markdown", "github"] {
        let text = plan(format).exits(3).stdout;
        assert!(text.contains("img src=x"), "the name is shown in {format}");
        assert!(!text.contains('\u{1b}'), "{format} has a control character");
    }
    let markdown = plan("markdown").exits(3).stdout;
    let mut fence: Option<&str> = None;
    let mut outside = String::new();
    for line in markdown.lines() {
        let ticks = &line[..line.len() - line.trim_start_matches('`').len()];
        match fence {
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => writeln!(outside, "{line}").unwrap(),
            Some(open) if line.trim_end() == open => fence = None,
            Some(_) => {}
        }
    }
    assert!(fence.is_none(), "a fence is not closed");
    assert!(
        !outside.contains("img") && !outside.contains("everyone"),
        "{outside}"
    );
    assert_eq!(
        outside.matches("<details>").count(),
        outside.matches("</details>").count()
    );
    let github = plan("github").exits(3).stdout;
    let commands = github.lines().filter(|line| line.starts_with("::"));
    for command in commands {
        assert!(
            command.starts_with("::error ")
                || command.starts_with("::warning ")
                || command.starts_with("::notice "),
            "{command}"
        );
    }
}

#[test]
fn a_comment_never_grows_too_long_and_names_every_count() {
    let users = |from: usize, to: usize| {
        (from..to).map(|number| UserState {
            email: Some(format!("user{number}@example.com")),
            ..UserState::default()
        })
    };
    let server = Server::start(
        Options::default(),
        ModeState {
            users: users(0, 6_000).collect(),
            ..ModeState::default()
        },
    );
    let program = Program::with(&server);
    let mut manifest = "version: 1\nguards: {maxDeletes: 100%}\nusers:\n".to_owned();
    for number in 0..6_000 {
        writeln!(manifest, "  user{number}@example.com: {{state: absent}}").unwrap();
    }
    manifest.push_str("  new0@example.org: {name: Ada, username: ada}\n");
    for number in 1..4_000 {
        writeln!(
            manifest,
            "  new{number}@example.org: {{name: \"{}\"}}",
            "`|<".repeat(100)
        )
        .unwrap();
    }
    program.write("ufsync.yaml", &manifest);
    let run = program
        .run(&["plan", "--format", "markdown", "--no-rename-check"])
        .exits(0);
    assert!(
        run.stdout.chars().count() < 60_000,
        "{}",
        run.stdout.chars().count()
    );
    assert!(run.stdout.chars().count() > 40_000, "the room is used");
    let run = run
        .says("**4000 users to create, 6000 users to delete.**")
        .says("| users | 4000 |  |  |  | 6000 |")
        .says("- user  delete  6000 alike:\n    user0@example.com, user1000@example.com,")
        .says("+ user  create with email, name  3999 alike:\n    new1000@example.org")
        .says("+ user new0@example.org  name \"Ada\", username \"ada\"");
    let (deletions, others) = run
        .stdout
        .split_once("Everything else: 4000 changes")
        .unwrap();
    assert!(deletions.contains("6000 alike") && others.contains("3999 alike"));
}

#[test]
fn an_outcome_is_a_document_too() {
    let server = showcase::server();
    let program = program(&server);
    let plan = program.run(&["plan", "--format", "json"]).exits(3);
    let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
    let arguments = ["apply", "--yes", "--format", "json"];
    let run = program.run_accepting(&arguments);
    let run = run.exits(0).complains("Plan: ");
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    validate("report", &report);
    let steps = plan["steps"].as_array().unwrap().len();
    assert_eq!(report["summary"]["done"], steps);
    program
        .run(&["plan", "--detailed-exitcode"])
        .exits(0)
        .done();
}

#[test]
fn an_outcome_says_what_failed_in_every_form() {
    let manifest = "version: 1\nusers: {new@example.com: {username: taken, roles: [member]}}\n";
    for format in ["human", "json", "markdown", "github"] {
        let server = Server::empty();
        let refusing = refusing("taken", server.running.url());
        let program = Program::with(&server).set("USERFRONT_API_URL", &refusing.url);
        program.write("ufsync.yaml", manifest);
        let run = program
            .run(&["apply", "--yes", "--format", format])
            .exits(5);
        match format {
            "json" => {
                let report: Value = serde_json::from_str(&run.stdout).unwrap();
                validate("report", &report);
                assert_eq!(report["steps"][0]["error"]["code"], "ufsync::api::refused");
                assert_eq!(report["steps"][1]["outcome"], "blocked");
                assert_eq!(report["steps"][1]["blockedBy"], 0);
            }
            "github" => run
                .says("::error file=ufsync.yaml,line=2,col=")
                .says("0 of 2 calls")
                .done(),
            "markdown" => run
                .says("**0 of 2 calls done.**")
                .says("users/new@example.com  failed:")
                .done(),
            _ => run
                .says("users/new@example.com:")
                .says("0 of 2 calls")
                .done(),
        }
    }
}

#[test]
fn sensitive_roles_are_those_that_the_list_says() {
    let marked = |roles: &str, role: &str| {
        let server = Server::empty();
        let program = Program::with(&server);
        program.write(
            "ufsync.yaml",
            &format!("version: 1\n{roles}\nusers: {{jane@example.com: {{roles: [{role}]}}}}\n"),
        );
        let run = program.run(&["plan"]).exits(0);
        run.stdout.contains("[sensitive]")
    };
    assert!(marked("", "admin") && !marked("", "owner"));
    assert!(marked("roles: [admin]", "admin"));
    assert!(!marked("roles: [{name: admin, sensitive: false}]", "admin"));
    assert!(marked(
        "roles: [{name: owner, sensitive: true}, admin]",
        "owner"
    ));
    assert!(!marked("roles: [{name: owner}]", "owner"));
    let wrong = |role: &str| {
        let program = Program::new();
        program.write(
            "ufsync.yaml",
            &format!("version: 1\nroles: [{role}]\nusers: {{}}\n"),
        );
        program.run(&["validate"]).exits(1).stderr
    };
    assert!(wrong("{sensitive: true}").contains("a role with a `name`"));
    assert!(wrong("{name: x, sensitive: perhaps}").contains("true or false"));
    assert!(wrong("{name: x, colour: red}").contains("colour"));
    assert!(wrong("[x]").contains("the name of a role"));
}

#[test]
fn mistakes_are_annotated_on_their_lines() {
    let program = Program::new();
    program.write(
        "ufsync.yaml",
        "version: 1\nusers:\n  jane@example.com: {nmae: Jane}\n",
    );
    for arguments in [
        &["validate", "--format", "github"][..],
        &["plan", "--format", "github"],
    ] {
        program
            .run(arguments)
            .exits(1)
            .says("::error file=ufsync.yaml,line=3,col=22,title=ufsync::")
            .says("Did you mean `name`?")
            .complains("ufsync::manifest::unknown_key")
            .done();
    }
    let server = Server::empty();
    let program = Program::with(&server);
    program.write(
        "ufsync.yaml",
        "version: 1\nusers: {jane@example.com: {userId: 7}}\n",
    );
    program
        .run(&["plan", "--format", "github"])
        .exits(6)
        .says("::error file=ufsync.yaml,line=2,")
        .says("there is no user with userId 7")
        .done();
    program.write("ufsync.yaml", "version: 1\nusers: {}\n");
    program
        .run(&["apply", "--yes", "--format", "github"])
        .exits(0)
        .says("No changes")
        .done();
}

#[test]
fn a_summary_folds_equal_changes_by_tenant() {
    let program = Program::new();
    let users: Vec<String> = (0..40)
        .map(|user| {
            format!("  u{user}@x.example: {{ roles: [viewer], tenants: {{ acme: [owner] }} }}\n")
        })
        .collect();
    let users = users.concat();
    let text = format!(
        "version: 1\nworkspace: demo1234\nmode: test\ntenants: {{ acme: {{ name: Acme }} }}\nusers:\n{users}  ada@x.example: {{ roles: [admin] }}\n"
    );
    program.write("ufsync.yaml", &text);
    let run = program.run(&["plan", "--sandbox", "--summary"]).exits(0);
    let shown = run
        .says("workspace\n")
        .says("  + roles  + viewer  for 40 users\n")
        .says("  + roles  + admin  [sensitive]  for ada@x.example\n")
        .says("tenant acme\n")
        .says("  + roles  + owner  for 40 users\n")
        .says("Plan: 1 tenant to create, 41 users to create, 81 role sets.");
    assert!(shown.stdout.lines().count() < 20, "{}", shown.stdout);
    shown.done();
    let comment = ["plan", "--sandbox", "--summary", "--format", "markdown"];
    let comment = program.run(&comment).exits(0);
    comment
        .says("**Tenant acme: 41 changes**\n\n```diff\n")
        .says("\n+ roles  + viewer  for 40 users\n")
        .says("\n+ roles  + admin  [sensitive]  for ada@x.example\n")
        .done();
}
