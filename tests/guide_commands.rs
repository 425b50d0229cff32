//! The commands of the guide and of the README, run as they are printed, one after another, by somebody who says yes.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use ufsync::guide::PAGES;

use crate::support::{Program, Server};

const MANIFEST: &str = "\
version: 1
workspace: demo1234
mode: test
roles: [admin, member, owner, editor]
tenants:
  acme: { name: Acme Inc. }
users:
  jane@example.com:
    name: Jane Doe
    roles: [admin]
groups:
  staff: { users: [jane@example.com], tenants: { acme: [owner] } }
";
const OVERLAY: &str = "overlay: true\nusers: { jane@example.com: { name: Jane of Production } }\n";
const PEOPLE: &str = "email,name,roles\nnew@example.com,New,member\n";
/// What somebody writes in their editor.
const EDITOR: &str = "#!/bin/sh\nsed -i 's/Jane Doe/Jane Roe/' \"$1\"\n";

/// A folder in which the commands find what they are about.
struct Place {
    server: Server,
    program: Program,
}

impl Place {
    fn new() -> Self {
        let server = Server::empty();
        let program = Program::with(&server);
        let quickstart = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/quickstart.yaml");
        let quickstart = std::fs::read_to_string(quickstart).unwrap();
        program.write("examples/quickstart.yaml", &quickstart);
        program.write("ufsync.yaml", MANIFEST);
        program.write("ufsync.prod.yaml", OVERLAY);
        program.write("new-people.csv", PEOPLE);
        let editor = program.write("editor", EDITOR);
        std::fs::set_permissions(editor, std::fs::Permissions::from_mode(0o755)).unwrap();
        program.run(&["apply", "--yes"]).exits(0).done();
        let snapshot = ["export", "--snapshot", "-o", "last-quarter.json"];
        program.run(&snapshot).exits(0).done();
        let place = Self { server, program };
        let commit = "git init -q . && git add ufsync.yaml && git commit -qm Begin";
        assert_eq!(place.shell(commit).0, 0);
        place
    }

    fn command(&self, line: &str) -> Command {
        let program = Path::new(env!("CARGO_BIN_EXE_ufsync")).parent().unwrap();
        let mut command = Command::new("bash");
        command
            .args(["--norc", "-c", line])
            .current_dir(self.program.path())
            .env_clear()
            .env("HOME", self.program.path())
            .env("EDITOR", "./editor")
            .env(
                "PATH",
                format!("{}:/usr/local/bin:/usr/bin:/bin", program.display()),
            )
            .env("GIT_AUTHOR_NAME", "Test")
            .env("GIT_AUTHOR_EMAIL", "test@example.com")
            .env("GIT_COMMITTER_NAME", "Test")
            .env("GIT_COMMITTER_EMAIL", "test@example.com")
            .env("USERFRONT_API_URL", self.server.running.url())
            .env("USERFRONT_API_KEY", &self.server.running.keys().test_admin)
            .stdin(Stdio::null());
        command
    }

    /// Runs a line; its exit code, and all that it says.
    fn shell(&self, line: &str) -> (i32, String) {
        let output = self.command(line).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        (
            output.status.code().unwrap(),
            String::from_utf8(text).unwrap(),
        )
    }

    /// Runs a line as a person would, and says what it said.
    fn type_in(&self, line: &str) -> String {
        if line.starts_with("ufsync emulator") {
            return self.see_start(line);
        }
        let line = line.replace("4f1c…", "$(sha256sum plan.json | cut -d ' ' -f 1)");
        let asks = ["ufsync pull", "ufsync edit", "ufsync apply"];
        let asks = asks.iter().any(|begin| line.starts_with(begin)) && !line.contains("--check");
        let line = if asks { format!("{line} --yes") } else { line };
        let (code, said) = self.shell(&line);
        assert!(
            code == 0 || code == 2 && line.contains("--check"),
            "{line}: {code}\n{said}"
        );
        said
    }

    /// Sees that something that runs on has started.
    fn see_start(&self, line: &str) -> String {
        use std::io::{BufRead as _, BufReader};

        // The port of an example may be taken.
        let line = line.replace("8787", "0");
        let mut running = self
            .command(&format!("exec {line}"))
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        let out = running.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut first).unwrap();
        running.kill().unwrap();
        running.wait().unwrap();
        assert!(first.contains("http://127.0.0.1:"), "{line}: {first}");
        first
    }
}

/// The lines of the blocks of shell commands, without comments.
fn lines(text: &str) -> impl Iterator<Item = String> {
    let blocks = text.split("```sh\n").skip(1);
    let lines = blocks.flat_map(|block| block.split("```").next().unwrap().lines());
    let lines = lines.map(|line| line.split(" #").next().unwrap().trim().to_owned());
    // The place has a key, and no dashboard.
    lines.filter(|line| !line.is_empty() && !line.starts_with("export USERFRONT_API_KEY="))
}

#[test]
fn every_command_of_the_guide_works() {
    let mut count = 0;
    for page in PAGES {
        let mut place = None;
        for line in lines(page.text) {
            // It is for an emulator that runs.
            if line.starts_with("curl ") {
                continue;
            }
            let place = place.get_or_insert_with(Place::new);
            if line.starts_with("ufsync export -o ufsync.yaml") {
                std::fs::remove_file(place.program.path().join("ufsync.yaml")).unwrap();
            }
            place.type_in(&line);
            count += 1;
        }
    }
    assert!(count > 25, "{count}");
}

#[test]
fn the_path_of_a_newcomer_leads_from_an_empty_folder_to_the_report() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let all: Vec<String> = lines(&readme).collect();
    let begin = all
        .iter()
        .position(|line| line.starts_with("ufsync export"))
        .unwrap();
    let path: Vec<&str> = all.iter().skip(begin).map(String::as_str).collect();
    let place = Place::new();
    std::fs::remove_file(place.program.path().join("ufsync.yaml")).unwrap();
    let mut plans = 0;
    for line in &path {
        let said = place.type_in(line);
        match *line {
            "ufsync plan" if plans == 0 => {
                assert!(said.contains("No changes"), "{said}");
                plans += 1;
            }
            "ufsync plan" => {
                assert!(said.contains("Jane Roe"), "{said}");
                plans += 1;
            }
            "ufsync apply" => {
                assert!(said.contains("Applied: "), "{said}");
                // Later somebody changes something by hand.
                let by_hand = Program::with(&place.server);
                by_hand.write(
                    "ufsync.yaml",
                    "version: 1\nusers: { jane@example.com: { name: By Hand } }\n",
                );
                by_hand.run(&["apply", "--yes"]).exits(0).done();
            }
            "ufsync pull" => assert!(place.program.read("ufsync.yaml").contains("By Hand")),
            "ufsync access" => assert!(said.contains("jane@example.com"), "{said}"),
            _ => {}
        }
    }
    assert_eq!(plans, 2, "{path:?}");
    assert!(
        path.contains(&"ufsync pull") && path.contains(&"ufsync access"),
        "{path:?}"
    );
}
