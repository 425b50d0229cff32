//! `--target` and `--exclude`: what is chosen, what comes with it, and what a misspelt pattern does.

use crate::support::showcase;
use crate::support::{Program, Run};

/// The plan of the showcase with these arguments.
fn plan(arguments: &[&str]) -> Run {
    let server = showcase::server();
    let program = Program::with(&server);
    program.write("ufsync.yaml", showcase::MANIFEST);
    program.run(&[&["plan"], arguments].concat())
}

/// The changes that a run shows, as sign, kind and subject.
fn changes(run: &Run) -> Vec<String> {
    let lines = run
        .stdout
        .lines()
        .filter(|line| line.starts_with(['+', '~', '−']));
    let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    lines
        .map(|line| {
            let line = words(line);
            let parts: Vec<&str> = line.split(' ').collect();
            let scope = parts
                .get(3)
                .filter(|word| **word == "@")
                .and_then(|_| parts.get(4));
            let scope = scope.map(|scope| format!(" @ {scope}")).unwrap_or_default();
            format!("{} {} {}{scope}", parts[0], parts[1], parts[2])
        })
        .collect()
}

#[test]
fn a_target_takes_in_what_is_below_it() {
    let run = plan(&["--target", "users/jane@example.com"]);
    assert_eq!(
        changes(&run),
        [
            "~ user jane@example.com",
            "~ roles bob@example.com",
            "~ roles jane@example.com",
            "~ roles jane@example.com @ acme",
            "~ roles jane@example.com",
        ],
        "jane's admin role passes to bob, who comes first"
    );
    run.says("chosen: 5 of 14 changes")
        .says("added as a dependency: users/bob@example.com/roles")
        .done();
}

#[test]
fn a_target_takes_in_what_it_depends_on_and_says_so() {
    let run = plan(&["--target", "users/NEW@example.com/tenants/*"]).exits(0);
    assert_eq!(
        changes(&run),
        [
            "+ tenant globex",
            "+ user new@example.com",
            "~ roles new@example.com @ globex"
        ]
    );
    run.says("added as a dependency: tenants/globex")
        .says("added as a dependency: users/new@example.com")
        .done();
}

#[test]
fn what_is_excluded_takes_with_it_what_depends_on_it() {
    let run = plan(&[
        "--target",
        "users/new@example.com",
        "--target",
        "tenants/globex",
        "--exclude",
        "tenants/globex",
    ])
    .exits(0);
    assert_eq!(changes(&run), ["+ user new@example.com"]);
    run.says("skipped: depends on an excluded change: users/new@example.com/tenants/globex")
        .done();
}

#[test]
fn guards_are_about_what_is_chosen() {
    plan(&[]).exits(3).says("guard").done();
    plan(&[
        "--exclude",
        "users/jane@example.com/roles",
        "--exclude",
        "users/ada@old.example",
        "--exclude",
        "tenants/initech",
        "--exclude",
        "users/gone@example.com",
    ])
    .exits(0)
    .done();
}

#[test]
fn a_pattern_that_matches_nothing_is_refused_with_a_suggestion() {
    plan(&["--exclude", "users/jnae@example.com"])
        .exits(64)
        .complains("`users/jnae@example.com` matches nothing")
        .complains("Did you mean `users/jane@example.com`?")
        .done();
    plan(&["--target", "user/*"])
        .exits(64)
        .complains("Addresses are those that the plan shows")
        .done();
    plan(&["--target", "users/[a"]).exits(64).done();
    // What the manifest names and needs no change is a choice like any other.
    let run = plan(&[
        "--target",
        "users/bob@example.com",
        "--exclude",
        "users/bob@example.com/roles",
    ])
    .exits(0);
    assert!(changes(&run).is_empty());
    run.says("No changes among those that were chosen.").done();
}

#[test]
fn a_choice_is_applied_and_the_rest_is_left() {
    let server = showcase::server();
    let program = Program::with(&server);
    program.write("ufsync.yaml", showcase::MANIFEST);
    program
        .run(&["apply", "--yes", "--target", "tenants"])
        .exits(0)
        .says("Applied: 4 calls.")
        .done();
    let run = program.run(&["plan"]);
    assert!(
        changes(&run)
            .iter()
            .all(|change| !change.contains(" tenant ")),
        "{}",
        run.stdout
    );
    assert!(!changes(&run).is_empty());
}
