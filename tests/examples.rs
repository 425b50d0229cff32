//! The examples: valid, ready for an editor, and applied to a sandbox until nothing is left to do.

use std::path::{Path, PathBuf};

use crate::support::Program;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The manifests of `examples/`: a file, or a folder that is one. The workflows in `examples/ci` are none.
fn manifests() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(root().join("examples")).unwrap();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| !path.ends_with("ci"));
    found.sort();
    found
}

#[test]
fn every_example_applies_and_leaves_nothing_to_do() {
    let manifests = manifests();
    assert!(manifests.len() >= 2);
    for path in manifests {
        let path = path.to_str().unwrap();
        let run = Program::new()
            .run(&["apply", "--sandbox", "-f", path])
            .exits(0);
        run.says("Applied:")
            .says("Planning again:")
            .says("No changes")
            .done();
    }
}

#[test]
fn every_example_names_its_schema() {
    let mut files: Vec<PathBuf> = Vec::new();
    for path in manifests() {
        if path.is_dir() {
            files.extend(
                std::fs::read_dir(path)
                    .unwrap()
                    .map(|entry| entry.unwrap().path()),
            );
        } else {
            files.push(path);
        }
    }
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let schema = text
            .lines()
            .next()
            .and_then(|line| line.strip_prefix("# yaml-language-server: $schema="))
            .unwrap();
        assert!(
            path.parent().unwrap().join(schema).exists(),
            "{} names a schema that is not there",
            path.display()
        );
    }
}

#[test]
fn the_readme_shows_what_the_program_prints() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let run = Program::new()
        .run(&[
            "apply",
            "--sandbox",
            "-f",
            root().join("examples/quickstart.yaml").to_str().unwrap(),
        ])
        .exits(0);
    let printed = run
        .stdout
        .lines()
        .filter(|line| line.starts_with(['+', '~', '−']) || line.starts_with("Plan:"));
    for line in printed {
        assert!(readme.contains(line), "the README does not show\n{line}");
    }
}
