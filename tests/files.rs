//! Files that are read and written: limits, digests, devices, pipes, links, modes, and folders that are not there.
#![cfg(unix)]

use std::fmt::Write as _;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _, symlink};
use std::path::Path;
use std::sync::{Arc, Mutex};

use ufsync::emulator::{ModeState, Observed, Observer, Options, UserState};

use crate::support::{Program, Server};

const MANIFEST: &str = "version: 1\nusers: {user1@example.com: {name: One}}\n";

/// A server with so many users, and the manifest that changes one of them.
fn state(users: usize) -> ModeState {
    let user = |number: usize| UserState {
        email: Some(format!("user{number}@example.com")),
        is_confirmed: true,
        ..UserState::default()
    };
    ModeState {
        users: (1..=users).map(user).collect(),
        ..ModeState::default()
    }
}

fn start(users: usize) -> (Server, Program) {
    let server = Server::start(Options::default(), state(users));
    let program = Program::with(&server);
    program.write("ufsync.yaml", MANIFEST);
    (server, program)
}

/// A SHA-256 as `sha256sum` prints it.
fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    let digits = Sha256::digest(bytes);
    digits.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

fn mode(program: &Program, name: &str) -> u32 {
    let metadata = std::fs::metadata(program.path().join(name)).unwrap();
    metadata.permissions().mode() & 0o777
}

#[test]
fn a_plan_is_bound_by_the_digest_that_is_printed() {
    let (server, program) = start(2);
    let run = program.run(&["plan", "--out", "plan.json"]).exits(0);
    let digest = sha256(program.read("plan.json").as_bytes());
    let run = run.complains(&format!("{digest}  plan.json"));
    run.complains(&format!("ufsync apply plan.json --sha256 {digest}"))
        .done();
    let other = "0".repeat(64);
    program
        .apply_saved("plan.json", &["--sha256", &other])
        .exits(4)
        .complains("ufsync::saved_plan::other_digest")
        .done();
    program
        .apply_saved("plan.json", &["--sha256", "abc"])
        .exits(64)
        .done();
    program
        .run(&["apply", "--sha256", &digest])
        .exits(64)
        .done();
    assert_eq!(server.writes(), 0);
    program
        .apply_saved("plan.json", &["--sha256", &digest.to_uppercase()])
        .exits(0)
        .done();
}

#[test]
fn limits_of_a_file_hold_only_with_its_digest() {
    let (server, program) = start(31);
    let absent = (1..=30).map(|number| format!("user{number}@example.com: {{state: absent}}"));
    let absent: Vec<String> = absent.collect();
    program.write(
        "ufsync.yaml",
        &format!(
            "version: 1\nguards: {{maxDeletes: 30}}\nusers: {{{}}}\n",
            absent.join(", ")
        ),
    );
    program.run(&["plan", "--out", "plan.json"]).exits(0).done();
    program
        .apply_saved("plan.json", &[])
        .exits(3)
        .says("guard maxDeletes: removes 30 of 31 users, and 5 are allowed")
        .done();
    assert_eq!(server.writes(), 0);
    let digest = sha256(program.read("plan.json").as_bytes());
    program
        .apply_saved("plan.json", &["--sha256", &digest])
        .exits(0)
        .done();
}

#[test]
fn a_file_without_an_end_is_not_read_to_its_end() {
    let (_server, program) = start(1);
    for arguments in [
        &["apply", "/dev/zero", "--yes"][..],
        &["plan", "--live", "/dev/zero"],
        &["plan", "--live", "/dev/urandom"],
    ] {
        let run = program.run(arguments).exits(1);
        run.complains("it is not a JSON document").done();
    }
}

#[test]
fn a_plan_does_not_hold_its_acceptance() {
    let (_server, program) = start(31);
    program.write(
        "ufsync.yaml",
        "version: 1\nguards: {maxDeletes: 0}\nusers: {user1@example.com: {state: absent}}\n",
    );
    let run = program.run(&["plan", "--out", "plan.json"]).exits(3);
    let commands = run
        .stderr
        .lines()
        .filter(|line| line.contains("ufsync apply"));
    for command in commands {
        assert!(!command.contains("--accept"), "{command}");
    }
    let codes = run.codes();
    program
        .run(&["plan", "--out", "plan.json", &codes[0]])
        .exits(0)
        .done();
    program.apply_saved("plan.json", &[]).exits(3).done();
    program
        .apply_saved("plan.json", &[&codes[0]])
        .exits(0)
        .done();
}

#[test]
fn a_device_or_a_pipe_is_written_to() {
    let (_server, program) = start(2);
    let plain = program.run(&["export"]).exits(0).stdout;
    for path in ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"] {
        let run = program.run(&["export", "-o", path]).exits(0);
        assert_eq!(run.stdout, plain, "{path}");
    }
    for arguments in [
        &["export", "-o", "/dev/null"][..],
        &["export", "-o", "/dev/null", "--force"],
        &["plan", "--out", "/dev/null"],
    ] {
        program.run(arguments).exits(0).done();
    }
    assert!(
        std::fs::metadata("/dev/null")
            .unwrap()
            .file_type()
            .is_char_device()
    );
    let snapshot = program.run(&["export", "--snapshot", "-o", "-"]).exits(0);
    assert!(
        snapshot
            .stdout
            .starts_with("{\n  \"document\": \"snapshot\"")
    );
    let plan = program
        .run(&["plan", "--out", "-"])
        .exits(0)
        .complains("Plan: 1 user");
    assert!(plan.stdout.starts_with("{\n  \"document\": \"plan\""));
}

#[test]
fn a_full_disk_is_noticed_before_anything_is_changed() {
    let (server, program) = start(2);
    for option in ["--undo", "--journal"] {
        program
            .run(&["apply", "--yes", option, "/dev/full"])
            .exits(1)
            .complains("/dev/full can't be written")
            .done();
    }
    program.run(&["plan", "--out", "/dev/full"]).exits(1).done();
    program.run(&["export", "-o", "/dev/full"]).exits(1).done();
    assert_eq!(server.writes(), 0);
}

#[test]
fn an_empty_file_is_nobodys() {
    let (_server, program) = start(2);
    for (name, arguments) in [
        ("plan.json", &["plan", "--out", "plan.json"][..]),
        ("export.yaml", &["export", "-o", "export.yaml"]),
        (
            "undo.json",
            &[
                "apply",
                "--yes",
                "--undo",
                "undo.json",
                "--journal",
                "run.jsonl",
            ],
        ),
    ] {
        program.write(name, "");
        program.write("run.jsonl", "");
        program.run(arguments).exits(0).done();
        assert!(!program.read(name).is_empty());
    }
    assert!(!program.read("run.jsonl").is_empty());
}

#[test]
fn a_link_stays_a_link_and_a_file_keeps_its_mode() {
    let (_server, program) = start(2);
    std::fs::create_dir(program.path().join("real")).unwrap();
    program
        .run(&["export", "-o", "real/all.yaml"])
        .exits(0)
        .done();
    assert_eq!(
        mode(&program, "real/all.yaml"),
        0o600,
        "a new file is private"
    );
    let shared = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(program.path().join("real/all.yaml"), shared).unwrap();
    symlink("real/all.yaml", program.path().join("link.yaml")).unwrap();
    symlink("link.yaml", program.path().join("again.yaml")).unwrap();
    program
        .run(&["export", "--pin", "-o", "again.yaml"])
        .exits(0)
        .done();
    for link in ["link.yaml", "again.yaml"] {
        let metadata = std::fs::symlink_metadata(program.path().join(link)).unwrap();
        assert!(metadata.is_symlink(), "{link}");
    }
    assert!(program.read("real/all.yaml").contains("userUuid"));
    assert_eq!(mode(&program, "real/all.yaml"), 0o644);
}

#[test]
fn a_link_that_leads_nowhere_is_not_followed() {
    let (server, program) = start(2);
    let target = program.path().join("elsewhere");
    symlink(&target, program.path().join("link")).unwrap();
    for arguments in [
        &["apply", "--yes", "--journal", "link"][..],
        &["apply", "--yes", "--undo", "link"],
        &["plan", "--out", "link"],
        &["export", "-o", "link"],
    ] {
        let run = program.run(arguments).exits(1);
        run.complains("it is a link that leads to no file").done();
        assert!(!target.exists(), "{arguments:?}");
    }
    assert_eq!(server.writes(), 0);
}

#[test]
fn a_folder_that_is_not_there_is_not_made() {
    let (server, program) = start(2);
    for arguments in [
        &["apply", "--yes", "--journal", "misspelt/run.jsonl"][..],
        &["apply", "--yes", "--undo", "misspelt/undo.json"],
        &["plan", "--out", "misspelt/plan.json"],
        &["export", "-o", "misspelt/all.yaml"],
        &["export", "--split", "kind", "-o", "misspelt/below"],
    ] {
        let run = program.run(arguments).exits(1);
        run.complains("there is no folder misspelt").done();
        assert!(
            !Path::new(&program.path().join("misspelt")).exists(),
            "{arguments:?}"
        );
    }
    assert_eq!(server.writes(), 0);
    program
        .run(&["export", "--split", "kind", "-o", "new"])
        .exits(0)
        .done();
}

#[test]
fn the_way_back_is_there_before_the_first_call() {
    let program = Program::new();
    let path = program.path().join("undo.json");
    let found = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&found);
    let look = move |_: Observed<'_>| seen.lock().unwrap().push(std::fs::read(&path));
    let options = Options {
        observer: Some(Observer::new(look)),
        ..Options::default()
    };
    let server = Server::start(options, state(3));
    let program = program
        .set("USERFRONT_API_URL", server.running.url())
        .set("USERFRONT_API_KEY", &server.running.keys().test_admin);
    program.write(
        "ufsync.yaml",
        "version: 1\nusers: {user1@example.com: {name: One}, user2@example.com: {locked: true}, new@example.com: {}}\n",
    );
    program
        .run(&["apply", "--yes", "--undo", "undo.json"])
        .exits(0)
        .done();
    let found = found.lock().unwrap();
    let first = found.first().unwrap().as_ref().unwrap();
    let undo: serde_json::Value = serde_json::from_slice(first).unwrap();
    assert_eq!(undo["steps"].as_array().unwrap().len(), 2);
    assert_eq!(undo["undoes"]["steps"].as_array().unwrap().len(), 3);
}

#[test]
fn the_way_back_from_a_whole_plan_is_known_without_reading() {
    let (server, _program) = start(3);
    let desired = crate::support::desired(
        "version: 1\nguards: {maxDeletes: 3}\nusers: {user1@example.com: {name: One}, user2@example.com: {state: absent}, new@example.com: {}}\n",
    );
    let planned = server.planned(&desired).unwrap();
    let before = server.running.requests().len();
    let undo = ufsync::session::undo_ahead(&planned.plan, &planned.live, None).unwrap();
    assert_eq!(server.running.requests().len(), before);
    let addresses: Vec<String> = undo
        .steps
        .iter()
        .map(|step| step.address.to_string())
        .collect();
    assert_eq!(
        addresses,
        ["users/user1@example.com", "users/user2@example.com"]
    );
    let warned = |text: &str| undo.warnings.iter().any(|it| it.message.contains(text));
    assert!(warned("users/new@example.com: its id is not known yet"));
    assert!(warned("checked only when this is applied"));
}

#[test]
fn a_rename_is_looked_for_again_unless_a_person_said_otherwise() {
    let (server, program) = start(2);
    program.write(
        "ufsync.yaml",
        "version: 1\nusers: {user1@example.com: {state: absent}, user1@other.example: {}}\n",
    );
    program
        .run(&["plan", "--no-rename-check", "--out", "plan.json"])
        .exits(0)
        .done();
    program
        .apply_saved("plan.json", &[])
        .exits(3)
        .complains("look like one user with a new address")
        .done();
    assert_eq!(server.writes(), 0);
    let digest = sha256(program.read("plan.json").as_bytes());
    program
        .run(&["apply", "plan.json", "--sha256", &digest])
        .exits(64)
        .complains("there is no terminal to ask on")
        .done();
    program
        .apply_saved("plan.json", &["--no-rename-check"])
        .exits(0)
        .done();
}
