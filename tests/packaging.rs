//! What is not decided yet stands in one place, and a release is refused before it is.

use std::path::Path;
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The files that are committed or will be.
fn files() -> Vec<String> {
    let mut git = Command::new("git");
    git.args(["ls-files", "--cached", "--others", "--exclude-standard"]);
    let output = git.current_dir(root()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn the_owner_stands_in_one_place() {
    let all = files();
    assert!(all.len() > 300, "{} files", all.len());
    let named = all.iter().filter(|file| {
        let text = std::fs::read(root().join(file)).unwrap_or_default();
        // Two words, so that this file is none of them.
        let word = ["github.com/", "OWNER"].concat();
        String::from_utf8_lossy(&text).contains(&word)
    });
    let named: Vec<&str> = named.map(String::as_str).collect();
    assert_eq!(named, [".ci/ready", "Cargo.toml"]);
}

#[test]
fn a_release_without_an_owner_or_of_another_version_is_refused() {
    let version = env!("CARGO_PKG_VERSION");
    for (tag, told) in [
        ("v9.9.9", "the tag is v9.9.9"),
        (&*format!("v{version}"), "Not ready"),
    ] {
        let run = Command::new(root().join(".ci/ready"))
            .arg(tag)
            .output()
            .unwrap();
        let said = String::from_utf8(run.stderr).unwrap();
        assert!(!run.status.success() && said.contains(told), "{said}");
    }
}

#[test]
fn a_release_says_which_run_built_it() {
    let run = Command::new(root().join(".ci/provenance"))
        .env("GITHUB_SERVER_URL", "https://github.example")
        .env("GITHUB_REPOSITORY", "acme/ufsync")
        .env(
            "GITHUB_WORKFLOW_REF",
            "acme/ufsync/.github/workflows/release.yml@refs/tags/v1.2.3",
        )
        .env("GITHUB_REF", "refs/tags/v1.2.3")
        .env("GITHUB_SHA", "0123456789abcdef")
        .env("GITHUB_RUN_ID", "7")
        .env("GITHUB_RUN_ATTEMPT", "2")
        .env("GITHUB_EVENT_NAME", "push")
        .env("GITHUB_REPOSITORY_ID", "8")
        .env("GITHUB_REPOSITORY_OWNER_ID", "9")
        .env("RUNNER_ENVIRONMENT", "github-hosted")
        .output()
        .unwrap();
    assert!(run.status.success(), "{run:?}");
    let told: serde_json::Value = serde_json::from_slice(&run.stdout).unwrap();
    let built = &told["buildDefinition"];
    let repository = "https://github.example/acme/ufsync";
    assert_eq!(
        built["externalParameters"]["workflow"],
        serde_json::json!({
            "ref": "refs/tags/v1.2.3",
            "repository": repository,
            "path": ".github/workflows/release.yml",
        })
    );
    let source = &built["resolvedDependencies"][0];
    assert_eq!(source["uri"], format!("git+{repository}@refs/tags/v1.2.3"));
    assert_eq!(source["digest"]["gitCommit"], "0123456789abcdef");
    let run = &told["runDetails"]["metadata"]["invocationId"];
    assert_eq!(*run, format!("{repository}/actions/runs/7/attempts/2"));
}
