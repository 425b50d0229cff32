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

#[test]
fn a_tenant_gets_another_handle_in_every_place() {
    let more = "  globex:\n    name: Globex\n    parent: acme\nprune:\n  members: [acme]\n";
    let (_server, program) = applied();
    let text = MANIFEST
        .replace(
            "users:\n  bob",
            &format!("{}users:\n  bob", more.split("prune").next().unwrap()),
        )
        .replace(
            "  staff: { users",
            "  staff: { tenants: { acme: [viewer] }, users",
        )
        .replace(
            "      - admin\n",
            "      - admin\n    # Not the workspace.\n",
        )
        + "prune:\n  members: [acme]\n";
    program.write("ufsync.yaml", &text);
    program.run(&["apply", "--yes"]).exits(0).done();
    program
        .run(&["edit", "rename-tenant", "acme", "umbrella", "--yes"])
        .exits(0)
        .done();
    assert_eq!(
        program.read("ufsync.yaml"),
        text.replace("acme", "umbrella")
    );
    program.run(&["plan"]).exits(0).says("No changes").done();
    let run = program.run(&["edit", "rename-tenant", "umbrella", "globex", "--yes"]);
    run.exits(1).complains("edit_known_tenant").done();
    let name = [
        "edit",
        "rename-tenant",
        "umbrella",
        "u2",
        "--name",
        "Umbrella",
        "--yes",
    ];
    program.run(&name).exits(0).done();
    let plan = program.run(&["plan"]).exits(0);
    plan.says("~ tenant  u2  name  \"Acme\" → \"Umbrella\"")
        .says("Plan: 1 tenant to update.")
        .done();
}

#[test]
fn a_table_is_imported() {
    let (_server, program) = applied();
    let template = program
        .run(&["edit", "import", "--template"])
        .exits(0)
        .stdout
        .clone();
    assert!(template.starts_with("email,name,"));
    program.write("t.csv", &template.replace(";globex:member", ""));
    let import = ["edit", "import", "t.csv", "--yes"];
    program.run(&import).exits(0).done();
    let text = program.read("ufsync.yaml");
    assert!(text.contains("    phoneNumber: \"+15550100\"\n"), "{text}");
    assert!(
        text.contains("    tenants: { acme: [owner, viewer] }\n"),
        "{text}"
    );
    program
        .run(&import)
        .exits(1)
        .complains("email: the user is in the manifest already")
        .done();
    program.write(
        "t.csv",
        "email;name\nada@example.com;Countess\nzoe@example.com;\"Z; z\"\n",
    );
    program
        .run(&[&import[..], &["--update"]].concat())
        .exits(0)
        .done();
    let text = program.read("ufsync.yaml");
    assert!(text.contains("name: Countess"), "{text}");
    assert!(text.contains("name: Z; z"), "{text}");
}

#[test]
fn all_mistakes_of_a_table_are_told_at_once() {
    let (_server, program) = applied();
    program.write(
        "t.csv",
        "email,nam,roles,tenants,phoneNumber\nno,x,,,\neve@example.com,x, ;a,acmee:owner,0123\nbob@example.com,x,,,\neve@example.com,,,acme,,more\n",
    );
    let run = program.run(&["edit", "import", "t.csv", "--yes"]).exits(1);
    for told in [
        "the header: there is no column \"nam\". Did you mean `name`?",
        "email: \"no\" is no address",
        "roles: \"\" is not a role",
        "tenants: there is no tenant acmee. Did you mean `acme`?",
        "phoneNumber: \"0123\" is not in the form of E.164",
        "email: the user is in the manifest already",
        "the last column: it has no name in the header",
        "email: the user is in an earlier line too",
        "tenants: expected HANDLE:ROLE|ROLE",
    ] {
        assert!(run.stderr.contains(told), "{told}\n{}", run.stderr);
    }
    run.done();
    assert_eq!(program.read("ufsync.yaml"), MANIFEST);
    program.write("t.csv", "");
    program
        .run(&["edit", "import", "t.csv", "--yes"])
        .exits(1)
        .complains("no column email")
        .done();
}

#[test]
fn a_tenant_is_renamed_in_restrictions_too() {
    let program = Program::new();
    let head = "version: 1\nworkspace: demo1234\nmode: test\nrestrictions:\n  - files: tenants/acme.yaml\n    tenants:\n      - { handle: acme, name: Acme, parent: top } # ours\n      - other\n  - { files: \"base/*\", everything: true, tenants: [acme, { handle: below, parent: acme, name: Below }] }\n";
    program.write("all/ufsync.yaml", head);
    program.write(
        "all/base/a.yaml",
        "tenants: { top: { name: Top }, other: { name: Other }, below: { name: Below, parent: acme } }\n",
    );
    let acme = "tenants: { acme: { members: {} } }\n";
    program.write("all/tenants/acme.yaml", acme);
    program.run(&["validate", "-f", "all"]).exits(0).done();
    let edit = |more: &[&str]| {
        let words = ["edit", "-f", "all", "--yes", "rename-tenant"];
        program.run(&[&words[..], more].concat()).exits(0).done();
        program.run(&["validate", "-f", "all"]).exits(0).done();
        program.read("all/ufsync.yaml")
    };
    // The restricted file has no rights to say which record it is.
    let named = edit(&["acme", "acme", "--name", "Acme Inc."]);
    assert_eq!(
        named,
        head.replace(
            "{ handle: acme, name: Acme, parent: top }",
            "{ handle: acme, name: Acme Inc., parent: top, renamedFrom: Acme }"
        )
    );
    assert_eq!(program.read("all/tenants/acme.yaml"), acme);
    let renamed = edit(&["acme", "ours"]);
    assert_eq!(
        renamed,
        named
            .replace("handle: acme", "handle: ours")
            .replace("[acme,", "[ours,")
            .replace(
                "{ handle: below, parent: acme, name: Below }",
                "{ handle: below, name: Below, parent: ours }"
            )
    );
    assert!(program.read("all/tenants/acme.yaml").contains("ours:"));
    // Where the entry repeats the name, both change; both at once.
    program.write(
        "all/tenants/acme.yaml",
        "tenants: { ours: { name: Acme Inc. } }\n",
    );
    let both = edit(&["ours", "acme", "--name", "Acme Corp."]);
    assert!(
        both.contains(
            "- { handle: acme, name: Acme Corp., parent: top, renamedFrom: Acme Inc. } # ours"
        ),
        "{both}"
    );
    assert_eq!(
        program.read("all/tenants/acme.yaml"),
        "tenants: { acme: { name: Acme Corp. } }\n"
    );
}
