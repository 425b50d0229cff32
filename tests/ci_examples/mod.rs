//! The workflows of `examples/ci`, run: every shell step of them, with the program, against the emulator.

mod github;
mod github_forks;
mod github_setup;
mod github_stories;
mod gitlab;
mod gitlab_stories;
mod kubernetes;
mod machine;

use serde_json::Value;

use crate::support::{Program, Server};

const MANIFEST: &str = "\
version: 1
workspace: demo1234
mode: test
tenants:
  acme: { name: Acme Inc. }
users:
  jane@example.com: { name: Jane Doe, roles: [admin], tenants: { acme: [member] } }
  wile@acme.example: { name: Wile E. Coyote }
";

/// What somebody does by hand, in the dashboard.
const BY_HAND: &str = "\
version: 1
users:
  jane@example.com: { name: Jane Roe }
";

/// A plan that deletes somebody whom its guard wants to keep.
const GUARDED: &str = "\
version: 1
workspace: demo1234
mode: test
guards: { maxDeletes: 0 }
users:
  wile@acme.example: { state: absent }
";

/// People of whom the manifest does not know.
const STRANGERS: &str = "\
version: 1
users:
  private@secret.example: { name: Secret Person, username: secretive, roles: [viewer], data: { diagnosis: gout } }
";

/// Applies a manifest past all workflows.
fn by_hand(server: &Server, manifest: &str) {
    let program = Program::with(server);
    program.write("ufsync.yaml", manifest);
    program.run(&["apply", "--yes"]).exits(0).done();
}

/// Whether the server is what a manifest says.
fn converged(server: &Server, manifest: &str) -> bool {
    let program = Program::with(server);
    program.write("ufsync.yaml", manifest);
    let run = program.run(&["plan", "--detailed-exitcode"]);
    assert!(run.code == 0 || run.code == 2, "{run:?}");
    run.code == 0
}

/// The rows of a plan: what it would change, in whatever form it is shown.
fn rows(text: &str) -> Vec<String> {
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let rows = text
        .lines()
        .filter(|line| line.starts_with(['+', '~', '−']));
    rows.map(words).collect()
}

/// Every text of a document that is long enough to tell somebody by.
fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) if text.len() > 3 => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(map) => map.values().for_each(|item| texts(item, found)),
        _ => {}
    }
}

/// A snapshot says nothing about a person that the server knows.
fn assert_redacted(server: &Server, snapshot: &str) {
    let mut known = Vec::new();
    let users = serde_json::to_value(server.store().users).unwrap();
    for user in users.as_array().unwrap() {
        for field in ["email", "name", "username", "data", "userUuid"] {
            texts(&user[field], &mut known);
        }
    }
    assert!(
        known.contains(&"private@secret.example".to_owned()),
        "{known:?}"
    );
    assert!(known.contains(&"gout".to_owned()), "{known:?}");
    for text in known {
        assert!(!snapshot.contains(&text), "{text} is in the snapshot");
    }
    assert!(snapshot.contains("\"redacted\": true"));
}

#[test]
fn the_examples_install_this_version() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/ci");
    let read = |path: &str| std::fs::read_to_string(folder.join(path)).unwrap();
    let version = env!("CARGO_PKG_VERSION");
    assert!(read("gitlab/.gitlab-ci.yml").contains(&format!("/ufsync-{version}-x86_64")));
    let action = read("github/setup-ufsync/action.yml");
    assert!(action.contains(&format!("default: {version}\n")));
    let workflows = std::fs::read_dir(folder.join("github")).unwrap();
    let workflows = workflows.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let workflows: Vec<String> = workflows.filter(|name| name != "setup-ufsync").collect();
    assert_eq!(workflows.len(), 8, "{workflows:?}");
    for workflow in workflows {
        let text = read(&format!("github/{workflow}"));
        // Nobody holds the name in a registry, so anybody could.
        assert!(!text.contains("cargo install") && !text.contains("pip install"));
        let jobs = text.matches("runs-on:").count();
        let set_up = text.matches("uses: ./.github/actions/setup-ufsync").count();
        let expected = if workflow == "fork-comment.yml" {
            0
        } else {
            jobs
        };
        assert_eq!(set_up, expected, "{workflow}");
    }
}
