//! Every diagnostic code has a fixture, a snapshot of what people see, and a story.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::support::Program;

/// Codes without a fixture of their own, and why.
const WITHOUT_FIXTURE: &[(&str, &str)] = &[
    (
        "manifest::too_large",
        "a file of 256 MiB; see the unit test of the source",
    ),
    (
        "manifest::too_many_grants",
        "takes a thousand users and tenants; see manifests.rs",
    ),
    ("manifest::too_much_text", "takes variables of 64 MiB"),
    (
        "manifest::group_too_deep",
        "takes 101 groups; see claims.rs",
    ),
    (
        "manifest::tenant_too_deep",
        "takes 101 tenants; see claims.rs",
    ),
    (
        "plan::parent_blocked",
        "comes with another, which blocks the parent; see planner/nested.rs",
    ),
    (
        "manifest::nothing_in_overlay",
        "takes an overlay; see language.rs",
    ),
    ("plan::held_back", "takes --only-ended; see endings.rs"),
    (
        "plan::restricted_identity",
        "takes restrictions; see restrictions.rs",
    ),
    (
        "plan::restricted_removal",
        "takes restrictions; see restrictions.rs",
    ),
    (
        "plan::wait_in_circle",
        "takes a rule and two guards; see planner/rules.rs",
    ),
    (
        "plan::awaits_blocked",
        "comes with another code; see planner/blocked.rs",
    ),
    (
        "plan::has_descendants",
        "comes with another code; see planner/blocked.rs",
    ),
    (
        "plan::may_be_unreadable",
        "takes a server with a broken record; see planner/blocked.rs",
    ),
    (
        "plan::may_concern_blocked",
        "comes with another code; see planner/blocked.rs",
    ),
    (
        "plan::needs_blocked",
        "comes with another code; see planner/blocked.rs",
    ),
    (
        "plan::unreadable_record",
        "takes a server with a broken record; see isolation.rs",
    ),
    ("plan::broken_rule", "validate finds it; see rules.rs"),
    (
        "plan::hidden_tenants",
        "takes a server that does not list its tenants; see converge.rs",
    ),
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The fixtures of a room: name of the code, and path of the file or folder.
fn fixtures(room: &str) -> Vec<(String, PathBuf)> {
    let entries = std::fs::read_dir(root().join("tests/cases").join(room)).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path()).filter(|path| {
        path.is_dir()
            || path
                .extension()
                .is_some_and(|extension| extension == "yaml")
    });
    let mut found: Vec<_> = paths
        .map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), path))
        .collect();
    found.sort();
    found
}

/// Every code that the source names.
fn codes(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            codes(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.extend(
                text.split("code(ufsync::")
                    .skip(1)
                    .map(|rest| rest.split(')').next().unwrap().to_owned()),
            );
        }
    }
}

fn all_codes() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    codes(&root().join("src"), &mut found);
    assert!(found.len() > 80);
    found
}

/// Runs a fixture in a folder of its own, so that no path of the machine is part of what is seen.
fn shows(path: &Path, arguments: &[&str]) -> String {
    let program = Program::new();
    let target = program.path().join("case.yaml");
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            let entry = entry.unwrap();
            std::fs::create_dir_all(program.path().join("case")).unwrap();
            std::fs::copy(
                entry.path(),
                program.path().join("case").join(entry.file_name()),
            )
            .unwrap();
        }
    } else {
        std::fs::copy(path, &target).unwrap();
    }
    let manifest = if path.is_dir() { "case" } else { "case.yaml" };
    let run = program.run(&[arguments, &["-f", manifest]].concat());
    assert!([0, 1, 3, 6].contains(&run.code), "{run:?}");
    // What is blocked is a part of the plan.
    let mut lines = run.stdout.lines().peekable();
    let mut seen = run.stderr.clone();
    while let Some(line) = lines.next() {
        if line.starts_with("✗ blocked") {
            seen.push_str(line);
            seen.push('\n');
            while let Some(more) = lines.next_if(|line| line.starts_with("    ")) {
                seen.push_str(more);
                seen.push('\n');
            }
        }
    }
    seen
}

/// The codes that are named.
fn named(seen: &str) -> Vec<&str> {
    let words = seen.split_whitespace();
    let codes = words.filter(|word| word.starts_with("ufsync::"));
    codes.map(|code| code.trim_end_matches('.')).collect()
}

fn check(room: &str, arguments: &[&str]) {
    for (code, path) in fixtures(room) {
        let seen = shows(&path, arguments);
        let codes = named(&seen);
        assert!(
            !codes.is_empty()
                && codes
                    .iter()
                    .all(|seen| *seen == format!("ufsync::{room}::{code}")),
            "{code}:\n{seen}"
        );
        insta::assert_snapshot!(format!("{room}_{code}"), seen);
    }
}

#[test]
fn every_mistake_of_a_manifest_is_shown_as_it_was() {
    check("manifest", &["validate"]);
}

#[test]
fn every_conflict_with_the_live_state_is_shown_as_it_was() {
    let live = root().join("tests/cases/plan/live.json");
    check("plan", &["plan", &format!("--sandbox={}", live.display())]);
}

#[test]
fn every_code_has_a_fixture() {
    let with: BTreeSet<String> = ["manifest", "plan"]
        .iter()
        .flat_map(|room| {
            fixtures(room)
                .into_iter()
                .map(move |(code, _)| format!("{room}::{code}"))
        })
        .collect();
    let known = all_codes();
    for code in known
        .iter()
        .filter(|code| code.starts_with("manifest::") || code.starts_with("plan::"))
    {
        assert!(
            with.contains(code) || WITHOUT_FIXTURE.iter().any(|(exempt, _)| exempt == code),
            "{code} has no fixture in tests/cases"
        );
    }
    for code in with {
        assert!(
            known.contains(&code),
            "{code} has a fixture and does not exist"
        );
    }
}

#[test]
fn every_code_has_a_story() {
    let told: BTreeSet<String> = ufsync::report::explain::codes()
        .map(|code| code.trim_start_matches("ufsync::").to_owned())
        .collect();
    assert_eq!(told, all_codes());
    for code in &told {
        let story = ufsync::report::explain::story(&format!("ufsync::{code}")).unwrap();
        for part in ["**What.**", "**Why it matters.**", "**What to do.**"] {
            assert!(story.contains(part), "{code} lacks {part}");
        }
    }
    let program = Program::new();
    program
        .run(&["explain", "unknown_role"])
        .exits(0)
        .says("ufsync::manifest::unknown_role")
        .says("What to do.")
        .done();
    program
        .run(&["explain", "unknown_rol"])
        .exits(64)
        .complains("Did you mean ufsync::manifest::unknown_role")
        .done();
}
