//! `ufsync edit`: each verb changes what it says, and a plan shows exactly that.

use ufsync::emulator::{ModeState, Options};

use crate::support::{Program, Server};

const MANIFEST: &str = "version: 1
workspace: demo1234
mode: test
# Customers.
tenants:
  acme: { name: Acme, members: { bob@example.com: [owner] } }
users:
  bob@example.com:   # since 2019
    name: Bob
    roles: [member]

  jane@example.com:
    name: Jane
    roles:
      - admin
      - member
groups:
  staff: { users: [bob@example.com, jane@example.com], roles: [viewer] }
";

fn applied() -> (Server, Program) {
    let server = Server::start(Options::default(), ModeState::default());
    let program = Program::with(&server);
    program.write("ufsync.yaml", MANIFEST);
    program.run(&["apply", "--yes"]).exits(0).done();
    (server, program)
}

/// The addresses and details that a plan shows after an edit.
fn planned(arguments: &[&str]) -> (String, Vec<String>) {
    let (_server, program) = applied();
    let run = program
        .run(&[&["edit"], arguments, &["--yes"]].concat())
        .exits(0);
    run.complains("Changed 1 file").done();
    let plan = program.run(&["plan", "--no-rename-check"]).stdout;
    let rows = plan
        .lines()
        .filter(|line| line.starts_with(['+', '~', '−']));
    let words = rows.map(|row| row.split_whitespace().collect::<Vec<_>>().join(" "));
    let rows: Vec<String> = words.collect();
    let text = program.read("ufsync.yaml");
    assert!(text.contains("# Customers.\n"), "{text}");
    (text, rows)
}

#[test]
fn a_user_is_added_in_order_and_in_the_style_of_the_others() {
    let (text, rows) = planned(&[
        "add-user",
        "eve@example.com",
        "--name",
        "Eve",
        "--role",
        "member",
        "--tenant",
        "acme=owner,viewer",
        "--group",
        "staff",
    ]);
    assert!(text.contains("    roles: [member]\n  eve@example.com:\n    name: Eve\n    roles: [member]\n    tenants: { acme: [owner, viewer] }\n"), "{text}");
    assert!(
        text.contains("users: [bob@example.com, jane@example.com, eve@example.com]"),
        "{text}"
    );
    assert_eq!(
        rows,
        [
            "+ user eve@example.com name \"Eve\"",
            "~ roles eve@example.com + member, viewer (group staff) [sensitive]",
            "~ roles eve@example.com @ acme + owner, viewer",
        ]
    );
}

#[test]
fn a_user_is_taken_out_of_every_place() {
    let (text, rows) = planned(&["remove-user", "bob@example.com"]);
    assert!(
        text.contains("  bob@example.com: { state: absent }\n"),
        "{text}"
    );
    assert!(
        text.contains("acme: { name: Acme, members: {} }")
            && text.contains("users: [jane@example.com]"),
        "{text}"
    );
    assert!(
        rows.iter()
            .any(|row| row.starts_with("− user bob@example.com")),
        "{rows:?}"
    );
    let (text, rows) = planned(&["remove-user", "bob@example.com", "--forget"]);
    assert!(!text.contains("bob@example.com"), "{text}");
    assert!(rows.is_empty(), "{rows:?}");
}

#[test]
fn a_user_is_renamed_in_every_place() {
    let (text, rows) = planned(&["rename-user", "bob@example.com", "rob@example.com"]);
    assert_eq!(text.matches("bob@example.com").count(), 1, "{text}");
    assert_eq!(text.matches("rob@example.com").count(), 3, "{text}");
    assert!(
        text.contains("renamedFrom: bob@example.com") && text.contains("# since 2019"),
        "{text}"
    );
    assert_eq!(rows.len(), 1, "{rows:?}");
}

#[test]
fn roles_are_given_and_taken() {
    let (text, rows) = planned(&[
        "grant",
        "bob@example.com",
        "editor",
        "member",
        "--tenant",
        "acme",
    ]);
    assert!(
        text.contains("tenants: { acme: [editor, member] }"),
        "{text}"
    );
    assert_eq!(
        rows,
        ["~ roles bob@example.com @ acme + member, editor [sensitive]"]
    );
    let (text, rows) = planned(&["revoke", "jane@example.com", "member"]);
    assert!(
        text.contains("    roles:\n      - admin\ngroups:"),
        "{text}"
    );
    assert_eq!(rows.len(), 1, "{rows:?}");
    let (text, rows) = planned(&["revoke", "bob@example.com", "owner", "--tenant", "acme"]);
    assert!(text.contains("bob@example.com: []"), "{text}");
    assert_eq!(rows.len(), 1, "{rows:?}");
}

#[test]
fn what_can_not_be_is_said_and_nothing_is_written() {
    let (_server, program) = applied();
    for (arguments, code) in [
        (
            &["revoke", "jane@example.com", "viewer"][..],
            "cli::edit_by_group",
        ),
        (&["grant", "jan@example.com", "viewer"], "cli::edit_unknown"),
        (
            &["grant", "jane@example.com", "viewer", "--tenant", "acm"],
            "cli::edit_unknown",
        ),
        (&["add-user", "jane@example.com"], "cli::edit_known_user"),
        (
            &["rename-user", "bob@example.com", "jane@example.com"],
            "cli::edit_known_user",
        ),
        (&["add-user", "no address"], "manifest::bad_email"),
        (
            &["add-user", "x@example.com", "--tenant", "globex=owner"],
            "manifest::unknown_tenant",
        ),
        (
            &["add-user", "x@example.com", "--into", "other.yaml"],
            "cli::edit_other_file",
        ),
    ] {
        let run = program
            .run(&[&["edit"], arguments, &["--yes"]].concat())
            .exits(1);
        run.complains(code).done();
        assert_eq!(program.read("ufsync.yaml"), MANIFEST, "{arguments:?}");
    }
    program
        .run(&["edit", "grant", "jane@example.com", "editor"])
        .exits(64)
        .done();
    let again = program
        .run(&["edit", "grant", "jane@example.com", "admin", "--yes"])
        .exits(0);
    again.complains("Nothing to change").done();
}
