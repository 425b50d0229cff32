//! The examples at the end of each command's help, run as they are printed, each in a folder of its own.
#![cfg(unix)]

use clap::{Command, CommandFactory as _};
use ufsync::cli::Cli;

use crate::support::Shell;

const MANIFEST: &str = "\
version: 1
workspace: demo1234
mode: test
roles: [admin, member, owner, viewer]
tenants:
  acme: { name: Acme Inc. }
users:
  jane@example.com:
    name: Jane Doe
    roles: [admin]
    tenants: { acme: [owner] }
  ann@acme.example: { roles: [{ role: member, until: 2020-01-31 }] }
";
/// A user of the workspace whom the manifest does not mention.
const STRANGER: &str = "  sam@example.com: {}\n";
/// A user whom the workspace does not have yet.
const EVE: &str = "  eve@example.com: { roles: [member], tenants: { acme: [owner] } }\n";
const PEOPLE: &str = "email,name,roles\nnew@example.com,New,member\n";

/// A folder in which an example finds what it is about.
fn place(example: &str) -> Shell {
    let shell = Shell::new();
    let program = &shell.program;
    let is_for = |commands: &[&str]| {
        let mut commands = commands.iter();
        commands.any(|command| example.starts_with(&format!("ufsync {command}")))
    };
    if is_for(&["init"]) {
        return shell;
    }
    shell.copy("examples/quickstart.yaml");
    program.write("people.csv", PEOPLE);
    let live = MANIFEST.replace("Jane Doe", "Jane Roe");
    program.write("ufsync.yaml", &format!("{live}{STRANGER}"));
    shell.commit("ufsync.yaml");
    program.run(&["apply", "--yes"]).exits(0).done();
    program.write("ufsync.yaml", MANIFEST);
    let (code, said) = shell.run("ufsync apply --yes --format json > report.json");
    assert_eq!(code, 0, "{said}");
    if !is_for(&["edit add-user", "pull"]) {
        program.write("ufsync.yaml", &format!("{MANIFEST}{EVE}"));
    }
    let save = ["plan", "--out", "plan.json"];
    program.run(&save).exits(0).done();
    if is_for(&["export"]) {
        std::fs::remove_file(program.path().join("ufsync.yaml")).unwrap();
        return shell;
    }
    let words = example.split(' ');
    let mut in_folder = words.filter(|word| *word == "ufsync" || word.starts_with("ufsync/"));
    if in_folder.nth(1).is_some() {
        shell.run("mkdir ufsync && mv ufsync.yaml ufsync/base.yaml");
        program.write("ufsync/users.yaml", "users: {}\n");
        program.write("ufsync/people.yaml", "users: {}\n");
    }
    shell
}

/// All examples, with those of the commands below.
fn examples(command: &Command) -> Vec<String> {
    let text = command.get_after_help().map(ToString::to_string);
    let text = text.unwrap_or_default();
    // What an example does is indented further.
    let lines = text.lines().filter_map(|line| line.strip_prefix("  "));
    let own = lines.filter(|line| line.contains("ufsync ") && !line.starts_with(' '));
    let below = command.get_subcommands().flat_map(examples);
    own.map(str::to_owned).chain(below).collect()
}

#[test]
fn every_example_of_every_help_works() {
    let command = Cli::command();
    let silent: Vec<&str> = command
        .get_subcommands()
        .filter(|command| examples(command).is_empty())
        .map(Command::get_name)
        .collect();
    assert!(silent.is_empty(), "without an example: {silent:?}");
    let examples = examples(&command);
    assert!(examples.len() > 50, "{}", examples.len());
    for example in &examples {
        place(example).type_in(example);
    }
}
