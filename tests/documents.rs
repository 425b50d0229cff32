//! Every document of ufsync says what it is and in which version; no command reads another one.

use ufsync::emulator::{ModeState, Options};

use crate::support::{Program, Server};

const MANIFEST: &str = "\
version: 1
workspace: demo1234
mode: test
users:
  jane@example.com: { name: Jane Doe, roles: [admin] }
";

/// A folder with one document of each kind that is read again.
fn written() -> (Server, Program) {
    let server = Server::start(Options::default(), ModeState::default());
    let program = Program::with(&server);
    program.write("ufsync.yaml", MANIFEST);
    for arguments in [
        "plan --out plan.json",
        "export --snapshot -o live.json",
        "doctor --probe --save profile.json",
    ] {
        let arguments: Vec<&str> = arguments.split(' ').collect();
        program.run(&arguments).exits(0).done();
    }
    let apply = ["apply", "--yes", "--undo", "undo.json", "--format", "json"];
    let report = program.run(&apply).exits(0).stdout;
    program.write("report.json", &report);
    (server, program)
}

#[test]
fn no_command_reads_a_document_of_an_unknown_version() {
    let (server, program) = written();
    let before = server.timeless();
    for (document, commands) in [
        ("plan.json", &["show FILE", "apply FILE --yes"][..]),
        ("undo.json", &["show FILE", "apply FILE --yes"]),
        (
            "live.json",
            &[
                "show FILE",
                "plan --live FILE",
                "pull --live FILE --yes",
                "access --live FILE",
                "access --compare FILE",
            ],
        ),
        ("report.json", &["show FILE", "show FILE --format json"]),
        ("profile.json", &["emulator --like FILE"]),
    ] {
        let text = program.read(document);
        let mut parsed: serde_json::Value = serde_json::from_str(&text).unwrap();
        for version in [0, 99] {
            parsed["formatVersion"] = version.into();
            program.write("other.json", &parsed.to_string());
            for command in commands {
                let command = command.replace("FILE", "other.json");
                let run = program.run(&command.split(' ').collect::<Vec<_>>());
                let run = run.exits(1);
                // An error is a document too, where one was asked for.
                let is_json = command.ends_with("json");
                assert!(
                    run.stdout.is_empty() || is_json,
                    "{version} {command}: {run:?}"
                );
                let told = [
                    "newer than this one",
                    "too old for this one",
                    "does not read",
                ];
                let said = format!("{}{}", run.stdout, run.stderr).replace('│', " ");
                // Long lines are broken.
                let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
                assert!(
                    told.iter().any(|told| said.contains(told)),
                    "{document} {version} {command}: {run:?}"
                );
            }
        }
    }
    assert_eq!(server.timeless(), before);
}

#[test]
fn what_a_later_version_noted_of_its_run_is_not_read() {
    let (_server, program) = written();
    let plan: serde_json::Value = serde_json::from_str(&program.read("plan.json")).unwrap();
    let begin = serde_json::json!({
        "event": "begin", "plan": plan["checksum"], "time": "2026-01-01T00:00:00Z", "formatVersion": 2,
    });
    program.write("plan.json.applied", &format!("{begin}\n"));
    program
        .run(&["apply", "plan.json", "--yes"])
        .exits(1)
        .complains("cli::no_document")
        .done();
}

#[test]
fn one_kind_of_document_is_not_taken_for_another() {
    let (_server, program) = written();
    let snapshot = program.run(&["plan", "--live", "plan.json"]).exits(1);
    snapshot.complains("its `document` is `plan`").done();
    let plan = program.run(&["apply", "live.json", "--yes"]);
    plan.exits(1).complains("saved_plan::").done();
    program.write("bad.yaml", "version: 1\nuser: {}\n");
    for (command, kind) in [
        ("access --format json", "access"),
        ("pull --format json --check", "pull"),
        ("validate -f bad.yaml --format json", "findings"),
    ] {
        let written = program.run(&command.split(' ').collect::<Vec<_>>());
        program.write("other.json", &written.stdout);
        program
            .run(&["show", "other.json"])
            .exits(1)
            .complains(&format!("its `document` is `{kind}`"))
            .done();
    }
}
