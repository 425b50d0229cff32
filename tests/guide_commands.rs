//! The commands of the guide and of the README, run as they are printed, one after another, by somebody who says yes.
#![cfg(unix)]

use std::path::Path;

use ufsync::guide::PAGES;

use crate::support::{Program, Shell};

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
fn place() -> Shell {
    let shell = Shell::new();
    let program = &shell.program;
    shell.copy("examples/quickstart.yaml");
    program.write("ufsync.yaml", MANIFEST);
    program.write("ufsync.prod.yaml", OVERLAY);
    program.write("new-people.csv", PEOPLE);
    program.script("editor", EDITOR);
    program.run(&["apply", "--yes"]).exits(0).done();
    let snapshot = ["export", "--snapshot", "-o", "last-quarter.json"];
    program.run(&snapshot).exits(0).done();
    shell.commit("ufsync.yaml");
    shell
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
            let place = place.get_or_insert_with(self::place);
            if line.starts_with("ufsync export -o ufsync.yaml") {
                std::fs::remove_file(place.program.path().join("ufsync.yaml")).unwrap();
            }
            let digest = "$(sha256sum plan.json | cut -d ' ' -f 1)";
            place.type_in(&line.replace("4f1c…", digest));
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
    let place = place();
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
