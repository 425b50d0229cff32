//! The tool's own files: none of a repository that other people write is trusted, and none of its links is followed.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use ufsync::emulator::{ModeState, Options};

use crate::support::{Program, Server};

const MANIFEST: &str = "version: 1
workspace: demo1234
mode: test
users:
  jane@example.com: {name: Jane}
";

fn digest(bytes: &[u8]) -> String {
    let digits = Sha256::digest(bytes);
    let digits = digits.iter().map(|byte| format!("{byte:02x}"));
    digits.collect::<Vec<_>>().concat()
}

#[test]
fn a_committed_recovery_file_writes_nothing() {
    let program = Program::new();
    program.write("all/ufsync.yaml", MANIFEST);
    let victim = program.write("victim.txt", "mine\n");
    let forged =
        json!({"files": [{"path": victim, "before": digest(b"mine\n"), "after": "theirs\n"}]});
    for place in ["all/.ufsync-recovery.json", ".ufsync-recovery.json"] {
        program.write(place, &forged.to_string());
    }
    for arguments in [
        &["validate", "-f", "all"][..],
        &["plan", "--sandbox", "-f", "all"],
        &["edit", "-f", "all", "--yes", "add-user", "bob@example.com"],
    ] {
        program
            .run(arguments)
            .exits(0)
            .complains("all/.ufsync-recovery.json is ignored")
            .done();
    }
    assert_eq!(program.read("victim.txt"), "mine\n");
    assert_eq!(
        program.read("all/.ufsync-recovery.json"),
        forged.to_string()
    );
}

/// A manifest of two files, and an edit that changes both.
fn two_files() -> Program {
    let program = Program::new();
    program.write("all/a.yaml", MANIFEST);
    program.write(
        "all/b.yaml",
        "tenants: {acme: {name: Acme, members: {jane@example.com: [viewer]}}}\n",
    );
    program
}

const RENAME: [&str; 7] = [
    "edit",
    "-f",
    "all",
    "--yes",
    "rename-user",
    "jane@example.com",
    "joan@example.com",
];

#[test]
fn several_files_change_only_where_it_can_be_noted_what_they_are_to_be() {
    for state in ["blocked/state", "relative"] {
        let program = two_files();
        program.write("blocked", "");
        let state = match state {
            "relative" => PathBuf::from(state),
            state => program.path().join(state),
        };
        let program = program.set("UFSYNC_STATE_DIR", state.to_str().unwrap());
        program
            .run(&RENAME)
            .exits(1)
            .complains("ufsync::cli::no_state")
            .complains("UFSYNC_STATE_DIR")
            .done();
        assert_eq!(program.read("all/a.yaml"), MANIFEST);
        // One file is written in one step.
        let one = [
            "edit",
            "--yes",
            "-f",
            "all/a.yaml",
            "grant",
            "jane@example.com",
            "member",
        ];
        program.run(&one).exits(0).done();
        assert!(program.read("all/a.yaml").contains("member"));
        assert!(!program.path().join("relative").exists());
    }
    let program = two_files();
    program.run(&RENAME).exits(0).done();
    let folder = program.state_of("all");
    assert!(folder.is_dir() && !folder.join("recovery.json").exists());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = folder.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
    }
}

#[test]
fn the_usual_places_of_the_state_are_those_of_the_system() {
    let home = Program::new();
    let text = home.path().to_str().unwrap();
    for (name, value, expected) in [
        ("HOME", text.to_owned(), ".local/state/ufsync"),
        ("XDG_STATE_HOME", format!("{text}/xdg"), "xdg/ufsync"),
    ] {
        let program = two_files().set("UFSYNC_STATE_DIR", "").set(name, &value);
        program.run(&RENAME).exits(0).done();
        let made = home.path().join(expected);
        assert_eq!(made.read_dir().unwrap().count(), 1, "{}", made.display());
    }
}

#[test]
fn another_process_is_waited_for_and_one_that_is_gone_is_not() {
    let program = two_files();
    program.run(&RENAME).exits(0).done();
    // The file of a lock stays; what it locks ended with the process.
    let lock = program.state_of("all").join("lock");
    assert!(lock.is_file());
    let back = [
        "edit",
        "--yes",
        "-f",
        "all",
        "grant",
        "joan@example.com",
        "member",
    ];
    program.run(&back).exits(0).done();
    let held = std::fs::File::open(&lock).unwrap();
    held.lock().unwrap();
    let start = Instant::now();
    let other = [
        "edit",
        "--yes",
        "-f",
        "all",
        "grant",
        "joan@example.com",
        "owner",
    ];
    program
        .run(&other)
        .exits(4)
        .complains("ufsync::cli::locked")
        .done();
    assert!(start.elapsed() >= Duration::from_secs(10));
    assert!(!program.read("all/a.yaml").contains("owner"));
}

#[test]
fn edits_at_once_lose_nothing_in_silence() {
    let program = Program::new();
    program.write("ufsync.yaml", MANIFEST);
    let children: Vec<_> = (0..8)
        .map(|number| {
            let user = format!("user{number}@example.com");
            let arguments = ["edit", "--yes", "add-user", &user];
            (user.clone(), program.command(&arguments).spawn().unwrap())
        })
        .collect();
    for (user, child) in children {
        let ended = child.wait_with_output().unwrap();
        let code = ended.status.code().unwrap();
        let is_there = program.read("ufsync.yaml").contains(&user);
        assert!(
            code == 0 && is_there || code == 4 && !is_there,
            "{user}: {code}, {is_there}"
        );
    }
}

/// A plan of these entries, and a server where another user was made since.
fn overtaken(entries: &str, user: &Value) -> (Server, Program) {
    let server = Server::start(Options::default(), ModeState::default());
    let program = Program::with(&server);
    program.write("ufsync.yaml", &format!("version: 1\n{entries}\n"));
    program.run(&["plan", "--out", "plan.json"]).exits(0).done();
    program
        .run(&["api", "POST", "/v0/users", "--data", &user.to_string()])
        .exits(0)
        .done();
    (server, program)
}

/// A plan that makes an admin, and a server where another user has taken the address since.
fn taken() -> (Server, Program) {
    overtaken(
        "users: {new@example.com: {name: Nora, roles: [admin]}}",
        &json!({"email": "new@example.com", "name": "Nora"}),
    )
}

/// What says that this plan made the other user, right when it was made.
fn forged(server: &Server, program: &Program) -> String {
    let plan: Value = serde_json::from_str(&program.read("plan.json")).unwrap();
    let uuid = server.store().users[0].user_uuid.clone();
    let record = json!({"email": "new@example.com", "name": "Nora", "locked": false});
    let time = |minutes: i64| jiff::Timestamp::now() + jiff::SignedDuration::from_mins(minutes);
    let lines = [
        json!({"event": "begin", "plan": plan["checksum"], "time": time(-1), "hmac": "00"}),
        json!({"event": "created", "address": "users/new@example.com", "time": time(1),
            "made": {"kind": "user", "id": uuid, "record": record}, "hmac": "00".repeat(32)}),
    ];
    lines.map(|line| format!("{line}\n")).concat()
}

#[test]
fn a_forged_record_of_a_run_makes_nobody_an_admin() {
    let (server, program) = taken();
    let text = forged(&server, &program);
    program.write("plan.json.applied", &text);
    program
        .apply_saved("plan.json", &[])
        .exits(4)
        .complains("saved_plan::applied_by_others")
        .complains("--applied-sha256")
        .done();
    assert!(server.store().users[0].roles.is_empty());
    // Whoever names it by its digest says that it is right.
    let named = digest(text.as_bytes());
    program
        .apply_saved("plan.json", &["--applied-sha256", &named])
        .exits(0)
        .done();
}

#[test]
fn a_record_of_a_run_on_another_machine_needs_its_digest() {
    let late = || {
        overtaken(
            "tenants: {globex: {name: Globex}}\nusers: {a@example.com: {username: late}}",
            &json!({"email": "other@example.com", "username": "late"}),
        )
    };
    let (_server, program) = late();
    program.apply_saved("plan.json", &[]).exits(5).done();
    std::fs::remove_file(program.state().join("key")).unwrap();
    program
        .apply_saved("plan.json", &[])
        .exits(4)
        .complains("saved_plan::applied_by_others")
        .done();
    let named = digest(program.read("plan.json.applied").as_bytes());
    program
        .apply_saved("plan.json", &["--applied-sha256", &named])
        .complains("Done already: 1 of 2 changes.")
        .done();
    // Without a state folder the digest is needed the next time, and that is said.
    let (_server, program) = late();
    let blocked = program.write("blocked", "").join("state");
    let program = program.set("UFSYNC_STATE_DIR", blocked.to_str().unwrap());
    let run = program.apply_saved("plan.json", &[]).exits(5);
    let named = digest(program.read("plan.json.applied").as_bytes());
    run.complains(&format!(
        "ufsync apply plan.json --applied-sha256 {named}\n"
    ))
    .done();
}

#[cfg(unix)]
mod links {
    use std::os::unix::fs::symlink;

    use super::*;

    /// Links a path of the folder to a file outside.
    fn link(program: &Program, outside: &Path, name: &str) {
        let path = program.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        symlink(outside, path).unwrap();
    }

    #[test]
    fn the_record_of_a_run_is_not_opened_through_a_link() {
        let (server, program) = taken();
        let elsewhere = Program::new();
        let text = forged(&server, &program);
        let outside = elsewhere.write("outside", &text);
        link(&program, &outside, "plan.json.applied");
        let named = digest(text.as_bytes());
        let plan = digest(program.read("plan.json").as_bytes());
        let writes = server.writes();
        for options in [&[][..], &["--applied-sha256", &named], &["--sha256", &plan]] {
            program
                .apply_saved("plan.json", options)
                .exits(1)
                .complains("plan.json.applied is a link")
                .done();
        }
        assert_eq!(server.writes(), writes);
        assert_eq!(elsewhere.read("outside"), text);
    }

    #[test]
    fn what_init_writes_is_not_written_through_links() {
        for name in [
            "ufsync.yaml",
            "ufsync.schema.json",
            ".gitignore",
            ".github/workflows/plan.yml",
            ".github/workflows",
            ".github",
        ] {
            let program = Program::new();
            let elsewhere = Program::new();
            let outside = elsewhere.path().join("outside");
            if Path::new(name).extension().is_none() && name != ".gitignore" {
                std::fs::create_dir(&outside).unwrap();
            }
            link(&program, &outside, name);
            program
                .run(&["init", "--ci", "github"])
                .exits(1)
                .complains(&format!("{name} is a link"))
                .done();
            assert!(!outside.is_file());
            assert!(!outside.is_dir() || outside.read_dir().unwrap().next().is_none());
        }
        // The folder that was named may be a link.
        let program = Program::new();
        std::fs::create_dir(program.path().join("real")).unwrap();
        symlink("real", program.path().join("named")).unwrap();
        program.run(&["init", "named"]).exits(0).done();
        assert!(program.path().join("real/ufsync.yaml").is_file());
    }

    #[test]
    fn a_split_export_is_not_written_through_links() {
        let state = json!({"tenants": [{"tenantId": "acme0001", "name": "Acme"}]});
        let state: ModeState = serde_json::from_value(state).unwrap();
        let server = Server::start(Options::default(), state);
        let elsewhere = Program::new();
        let outside = elsewhere.write("tenants/acme.yaml", "");
        let export = ["export", "--split", "tenant", "-o", "all", "--force"];
        for (target, name) in [
            (outside.parent().unwrap(), "all/tenants"),
            (&outside, "all/tenants/acme.yaml"),
        ] {
            let program = Program::with(&server);
            link(&program, target, name);
            program
                .run(&export)
                .exits(1)
                .complains(&format!("{name} is a link"))
                .done();
        }
        assert_eq!(elsewhere.read("tenants/acme.yaml"), "");
    }

    #[test]
    fn a_link_that_was_named_stays_one_and_its_target_is_written_in_the_same_work_tree() {
        let program = Program::new();
        program.write("mine/.git/HEAD", "");
        program.write("mine/real.yaml", MANIFEST);
        symlink("real.yaml", program.path().join("mine/ufsync.yaml")).unwrap();
        program.write("theirs/.git/HEAD", "");
        program.write("theirs/ufsync.yaml", MANIFEST);
        symlink(
            "../theirs/ufsync.yaml",
            program.path().join("mine/theirs.yaml"),
        )
        .unwrap();
        let grant = |file: &str| {
            program.run(&[
                "edit",
                "--yes",
                "-f",
                file,
                "grant",
                "jane@example.com",
                "member",
            ])
        };
        grant("mine/ufsync.yaml").exits(0).done();
        assert!(program.read("mine/real.yaml").contains("member"));
        assert!(program.path().join("mine/ufsync.yaml").is_symlink());
        grant("mine/theirs.yaml")
            .exits(1)
            .complains("ufsync::cli::other_work_tree")
            .done();
        assert_eq!(program.read("theirs/ufsync.yaml"), MANIFEST);
    }
}
