//! The rules of the rooms: which rooms may use which, which are pure, and how large a file may grow. That files do not
//! use each other in circles is in `cycles`.

mod cycles;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// For each room, the rooms that it may name.
const MAY_USE: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("manifest", &["model"]),
    ("plan", &["model"]),
    ("api", &["model"]),
    ("observe", &["api", "model"]),
    ("apply", &["api", "model", "plan"]),
    (
        "session",
        &[
            "access", "api", "apply", "emulator", "export", "manifest", "model", "observe", "plan",
            "pull",
        ],
    ),
    ("export", &["manifest", "model"]),
    ("probe", &["api", "model"]),
    ("access", &["model", "plan"]),
    ("files", &["export", "manifest", "model"]),
    ("git.rs", &[]),
    ("guide", &[]),
    ("pull", &["export", "manifest", "model", "plan"]),
    ("report", &["access", "apply", "model", "plan"]),
    ("emulator", &[]),
    (
        "cli",
        &[
            "access", "guide", "api", "apply", "emulator", "export", "files", "git", "manifest",
            "model", "observe", "plan", "probe", "pull", "report", "session",
        ],
    ),
];

/// Rooms and files without a clock, an environment, a file or a network.
const PURE: &[&str] = &[
    "src/model",
    "src/manifest",
    "src/plan",
    "src/export",
    "src/pull",
    "src/report",
    "src/api/pacing/pace.rs",
    "src/api/pacing/rate.rs",
    "src/api/pacing/quota.rs",
    "src/api/pacing/retry.rs",
    "src/api/page.rs",
    "src/api/wire.rs",
    "src/api/key.rs",
    "src/api/query.rs",
    "src/apply",
    "src/observe",
    "src/session/access.rs",
    "src/session/apply.rs",
    "src/session/edit",
    "src/session/explain.rs",
    "src/session/pull.rs",
    "src/session/read.rs",
    "src/session/plan.rs",
    "src/session/recheck.rs",
    "src/session/settle.rs",
    "src/session/undo.rs",
    "src/emulator/data/store.rs",
    "src/emulator/search",
    "src/emulator/faults/draw.rs",
    "src/emulator/http/observer.rs",
    "src/emulator/http/limit.rs",
    "src/emulator/data/users.rs",
    "src/emulator/data/tenants.rs",
    "src/emulator/data/grants.rs",
    "src/emulator/data/load.rs",
];

/// What a pure file does not name.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::io::stdin",
    "std::io::stdout",
    "SystemTime::now",
    "Instant::now",
    "Timestamp::now",
    "tokio::net",
    "tokio::fs",
    "tokio::time",
    "reqwest",
    "axum",
    "tempfile",
];

const LONGEST_FILE: usize = 500;
const MOST_FILES: usize = 23;

fn files(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.push((path, text));
        }
    }
    found.sort();
    found
}

fn sources() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let found = files(&root.join("src"));
    found
        .into_iter()
        .map(|(path, text)| (path.strip_prefix(root).unwrap().to_owned(), text))
        .collect()
}

/// The code of a file without its comments, in which words may stand freely.
fn code(text: &str) -> String {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn rooms_know_only_the_rooms_that_they_may() {
    let allowed: BTreeMap<&str, &[&str]> = MAY_USE.iter().copied().collect();
    let mut seen = 0;
    for (path, text) in sources() {
        let Some(room) = path
            .components()
            .nth(1)
            .map(|part| part.as_os_str().to_str().unwrap())
        else {
            continue;
        };
        let Some(may_use) = allowed.get(room) else {
            assert!(
                room == "lib.rs" || room == "main.rs",
                "{room} is a room without a rule"
            );
            continue;
        };
        for used in code(&text).split("crate::").skip(1) {
            let name: String = used
                .chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect();
            seen += 1;
            assert!(
                name == room || may_use.contains(&name.as_str()),
                "{} names crate::{name}, which {room} may not know",
                path.display()
            );
        }
    }
    assert!(seen > 50, "the rule found nothing to check");
}

#[test]
fn pure_rooms_touch_nothing_outside() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for pure in PURE {
        assert!(root.join(pure).exists(), "{pure} does not exist");
    }
    let mut seen = 0;
    for (path, text) in sources() {
        if !PURE.iter().any(|pure| path.starts_with(pure)) {
            continue;
        }
        seen += 1;
        for word in IMPURE {
            assert!(
                !code(&text).contains(word),
                "{} names {word}, and is to be pure",
                path.display()
            );
        }
    }
    assert!(seen > 40, "the rule found nothing to check");
}

/// What a repository can make git do is settled in one file.
#[test]
fn only_one_file_starts_git_or_any_program() {
    let mut callers = Vec::new();
    for (path, text) in sources() {
        let code = code(&text);
        if ["process::Command", "process::{", "\"git\""]
            .iter()
            .any(|word| code.contains(word))
        {
            callers.push(path);
        }
    }
    assert_eq!(callers, [Path::new("src/git.rs")]);
}

#[test]
fn files_stay_small() {
    for (path, text) in sources() {
        let lines = text.lines().count();
        assert!(
            lines <= LONGEST_FILE,
            "{} has {lines} lines",
            path.display()
        );
    }
}

#[test]
fn folders_stay_small() {
    let mut counts: BTreeMap<PathBuf, usize> = BTreeMap::new();
    for (path, _) in sources() {
        *counts.entry(path.parent().unwrap().to_owned()).or_default() += 1;
    }
    for (folder, count) in counts {
        assert!(
            count <= MOST_FILES,
            "{} has {count} files beside each other",
            folder.display()
        );
    }
}

#[test]
fn tests_stay_small_too() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for (path, text) in files(&root.join("tests")) {
        assert!(
            text.lines().count() <= LONGEST_FILE,
            "{} is too long",
            path.display()
        );
    }
}

/// The pages on safety and on how sure we are name tests: each of them is there. The latter names every switch.
#[test]
fn the_tests_and_switches_that_pages_name_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| std::fs::read_to_string(root.join("src").join(name)).unwrap();
    let sureness = read("guide/sureness.md");
    for (name, _) in crate::support::switches::choices() {
        assert!(sureness.contains(&format!("`--{name}`")), "{name}");
    }
    let page = read("guide/safety.md") + &sureness;
    let code: String = files(&root.join("tests"))
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    let words = page.split('`').skip(1).step_by(2);
    let named: Vec<&str> = words
        .filter(|word| word.matches('_').count() > 2 && !word.contains(' '))
        .collect();
    assert!(named.len() > 50, "{named:?}");
    for name in named {
        // A function, or a row of a table.
        let is_there = [format!("fn {name}("), format!("\n== {name}\n")];
        assert!(
            is_there.iter().any(|text| code.contains(text)),
            "there is no test {name}"
        );
    }
}
