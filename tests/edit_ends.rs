//! Grants that end, in the editor: no command makes one of them permanent.

use serde_json::json;
use ufsync::emulator::{ModeState, Options};

use crate::support::roles::held;
use crate::support::{Program, Server};

const OVER: &str = "2020-01-01";

fn manifest(rest: &str) -> String {
    format!(
        "version: 1\nworkspace: demo1234\nmode: test\ntenants:\n  acme: {{ name: Acme }}\n{rest}"
    )
}

/// A workspace in which this was granted without an end.
fn granted(rest: &str) -> (Server, Program) {
    let server = Server::start(Options::default(), ModeState::default());
    let program = Program::with(&server);
    program.write("ufsync.yaml", &manifest(rest));
    program.run(&["apply", "--yes"]).exits(0).done();
    (server, program)
}

#[test]
fn removing_an_ended_grant_before_an_apply_still_revokes_it() {
    let forms = |role: &str, user: &str| {
        [
            // The list is emptied, and stays.
            (
                format!("users:\n  jane@example.com: {{ tenants: {{ acme: [{role}] }} }}\n"),
                "acme: []",
            ),
            (
                format!(
                    "users:\n  jane@example.com:\n    tenants:\n      acme:\n        - {role}\n"
                ),
                "acme: []",
            ),
            (
                format!(
                    "users:\n  jane@example.com: {{}}\ngroups:\n  g: {{ users: [jane@example.com], tenants: {{ acme: [{role}] }} }}\n"
                ),
                "acme: []",
            ),
            (
                format!(
                    "users:\n  jane@example.com: {{ tenants: {{ acme: [] }} }}\ngroups:\n  g: {{ users: [{user}], tenants: {{ acme: [editor] }} }}\n"
                ),
                "users: []",
            ),
            // Nothing else revokes it: the line stays.
            (
                format!(
                    "users:\n  jane@example.com: {{ tenants: {{ acme: {{ atLeast: [{role}] }} }} }}\n"
                ),
                "atLeast: [{",
            ),
            (
                format!(
                    "users:\n  jane@example.com: {{}}\ngroups:\n  g: {{ users: [{user}], tenants: {{ acme: [editor] }} }}\n"
                ),
                "users: [{",
            ),
            (
                format!(
                    "users:\n  jane@example.com: {{}}\ngroups:\n  g: {{ users: [{user}], groups: [h], tenants: {{ acme: [editor] }} }}\n  h: {{ users: [{user}] }}\n"
                ),
                "users: [{",
            ),
        ]
    };
    let before = forms("editor", "jane@example.com");
    let after = forms(
        &format!("{{ role: editor, until: {OVER} }}"),
        &format!("{{ user: jane@example.com, until: {OVER} }}"),
    );
    for ((before, _), (ended, left)) in before.iter().zip(&after) {
        let (server, program) = granted(before);
        assert_eq!(
            held(&server, "jane@example.com"),
            json!({"Acme": ["editor"]})
        );
        program.write("ufsync.yaml", &manifest(ended));
        let run = program.run(&["edit", "remove-ended", "--yes"]).exits(0);
        let text = program.read("ufsync.yaml");
        assert!(text.contains(left), "{ended}\n{text}");
        let stays = left.ends_with('{');
        assert_eq!(text.contains(OVER), stays, "{ended}\n{text}");
        assert_eq!(
            run.stderr
                .contains("stays: users/jane@example.com/tenants/acme  editor (ufsync.yaml:"),
            stays,
            "{}",
            run.stderr
        );
        program.run(&["apply", "--yes"]).exits(0).done();
        assert_eq!(held(&server, "jane@example.com"), json!({}), "{text}");
    }
}

#[test]
fn a_line_that_has_to_stay_does_not_keep_the_others() {
    let (server, program) =
        granted("users:\n  jane@example.com: { roles: [a, b], tenants: { acme: [c] } }\n");
    program.write(
        "ufsync.yaml",
        &manifest(&format!(
            "users:\n  jane@example.com:\n    roles: [a, {{ role: b, until: {OVER} }}] # on call\n    tenants: {{ acme: {{ atLeast: [{{ role: c, until: {OVER} }}] }} }}\n"
        )),
    );
    program
        .run(&["edit", "remove-ended", "--yes"])
        .exits(0)
        .done();
    let text = program.read("ufsync.yaml");
    assert!(text.contains("roles: [a] # on call"), "{text}");
    assert!(text.contains("role: c"), "{text}");
    program.run(&["apply", "--yes"]).exits(0).done();
    assert_eq!(
        held(&server, "jane@example.com"),
        json!({"workspace": ["a"]})
    );
}

#[test]
fn an_import_without_an_end_keeps_the_one_that_is_written() {
    let program = Program::new();
    program.write(
        "ufsync.yaml",
        &manifest(&format!(
            "users:\n  jane@example.com: {{ roles: [{{ role: admin, until: 2099-01-01 }}] }}\n  bob@example.com: {{ tenants: {{ acme: [{{ role: owner, until: {OVER} }}] }} }}\ngroups:\n  g: {{ users: [{{ user: eve@example.com, until: 2098-01-01 }}], roles: [viewer] }}\n"
        )),
    );
    program.write(
        "people.csv",
        "email,roles,tenants,until\njane@example.com,admin;member,,\nbob@example.com,,acme:owner,\neve@example.com,viewer,,\n",
    );
    let run = program.run(&["edit", "import", "people.csv", "--update", "--yes"]);
    run.exits(0)
        .complains("users/jane@example.com/roles: \"admin\" keeps its end, 2099-01-01")
        .complains("users/bob@example.com/tenants/acme: \"owner\" keeps its end")
        .complains("users/eve@example.com/roles: \"viewer\" keeps its end, 2098-01-01")
        .done();
    let text = program.read("ufsync.yaml");
    assert!(
        text.contains("roles: [{ role: admin, until: \"2099-01-01\" }, member]"),
        "{text}"
    );
    assert!(
        text.contains(&format!("acme: [{{ role: owner, until: \"{OVER}\" }}]")),
        "{text}"
    );
    assert!(
        text.contains("eve@example.com: { roles: [{ role: viewer, until: \"2098-01-01\" }] }"),
        "{text}"
    );
    // An end in the table counts.
    program.write(
        "people.csv",
        "email,roles,until\njane@example.com,admin,2030-06-01\n",
    );
    let run = program.run(&["edit", "import", "people.csv", "--update", "--yes"]);
    run.exits(0).done();
    let text = program.read("ufsync.yaml");
    assert!(
        text.contains("jane@example.com: { roles: [{ role: admin, until: \"2030-06-01\" }] }"),
        "{text}"
    );
}

#[test]
fn a_grant_gets_another_end_or_none() {
    let forms = [
        ("roles: [admin, viewer]", "none"),
        (
            "roles: [{ role: admin, until: 2098-01-01 }, viewer]",
            "2098-01-01",
        ),
        (
            "roles: [{ until: '2020-01-01', role: \"admin\" }]",
            "2020-01-01",
        ),
        ("roles: { atLeast: [admin] }", "none"),
        (
            "\n    roles:\n      - viewer\n      - admin # on call",
            "none",
        ),
        (
            "\n    roles:\n      - role: admin\n        until: 2098-01-01 # on call\n      - viewer",
            "2098-01-01",
        ),
    ];
    let grant = |program: &Program, end: &[&str]| {
        let words = ["edit", "grant", "jane@example.com", "admin", "--yes"];
        program.run(&[&words[..], end].concat())
    };
    for (form, before) in forms {
        let program = Program::new();
        let text = if form.starts_with('\n') {
            manifest(&format!("users:\n  jane@example.com:{form}\n"))
        } else {
            manifest(&format!("users:\n  jane@example.com: {{ {form} }}\n"))
        };
        program.write("ufsync.yaml", &text);
        let shown = format!("The end of \"admin\": {before} → 2099-12-31");
        let run = grant(&program, &["--until", "2099-12-31"]).exits(0);
        run.complains(&shown).done();
        let after = program.read("ufsync.yaml");
        assert_eq!(after.matches("admin").count(), 1, "{after}");
        assert!(
            after.contains("2099-12-31") && !after.contains(&format!("until: {before}")),
            "{after}"
        );
        assert_eq!(after.contains("viewer"), text.contains("viewer"), "{after}");
        assert_eq!(
            after.contains("# on call"),
            text.contains("# on call"),
            "{after}"
        );
        let again = grant(&program, &["--until", "2099-12-31"]).exits(0);
        again.complains("the manifest says so already").done();
        if after.contains("until: 2099-12-31 #") {
            // A comment in the item can't be kept without its line.
            grant(&program, &["--no-end"]).exits(1).done();
            continue;
        }
        let run = grant(&program, &["--no-end"]).exits(0);
        run.complains("The end of \"admin\": 2099-12-31 → none")
            .done();
        let after = program.read("ufsync.yaml");
        assert!(
            !after.contains("until") && after.contains("admin"),
            "{after}"
        );
        program.run(&["validate"]).exits(0).done();
    }
}

#[test]
fn the_end_of_a_membership_is_no_end_of_one_grant() {
    let program = Program::new();
    let text = manifest(
        "groups:\n  ops: { users: [{ user: jane@example.com, until: 2098-01-01 }], roles: [admin] }\n",
    );
    program.write("ufsync.yaml", &text);
    for end in [&["--until", "2099-12-31"][..], &["--no-end"]] {
        let words = ["edit", "grant", "jane@example.com", "admin", "--yes"];
        let run = program.run(&[&words[..], end].concat()).exits(1);
        run.complains("edit_by_group").done();
        assert_eq!(program.read("ufsync.yaml"), text);
    }
}
