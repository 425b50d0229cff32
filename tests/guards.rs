//! Guards: a plan that takes away too much is shown, not applied, and accepted by its own code only.

use std::fmt::Write as _;

use ufsync::emulator::{ModeState, Options, UserState};

use crate::support::{Program, Server};

/// So many users, the first of them an admin, all of them members of the workspace and viewers in one tenant.
fn workspace(users: usize) -> Server {
    let user = |number: usize| UserState {
        email: Some(format!("user{number}@example.com")),
        roles: [
            (
                "demo1234".to_owned(),
                vec![if number == 0 { "admin" } else { "member" }.to_owned()],
            ),
            ("acme0001".to_owned(), vec!["viewer".to_owned()]),
        ]
        .into(),
        ..UserState::default()
    };
    let tenants = serde_json::from_str(
        r#"[{"tenantId": "acme0001", "name": "Acme"}, {"tenantId": "glob0001", "name": "Globex"}]"#,
    )
    .unwrap();
    Server::start(
        Options::default(),
        ModeState {
            users: (0..users).map(user).collect(),
            tenants,
            ..ModeState::default()
        },
    )
}

/// A manifest that says something of so many users, from number 1 on.
fn entries(count: usize, entry: &str, rest: &str) -> String {
    let mut text = format!("version: 1\n{rest}\nusers:\n");
    for number in 1..=count {
        writeln!(text, "  user{number}@example.com: {entry}").unwrap();
    }
    text
}

/// What the plan says of guards, and its exit code.
fn plan(server: &Server, manifest: &str) -> (i32, String) {
    let program = Program::with(server);
    program.write("ufsync.yaml", manifest);
    let run = program.run(&["plan"]);
    let lines: Vec<&str> = run
        .stdout
        .lines()
        .filter(|line| line.starts_with('✗') || line.contains("--accept"))
        .collect();
    (run.code, lines.join("\n"))
}

/// Roles that go with users have a limit of their own.
const ROLES: &str = "guards: {maxRoleRemovals: 100%}";

#[test]
fn few_deletions_pass_and_more_than_a_share_do_not() {
    let server = workspace(20);
    assert_eq!(
        plan(&server, &entries(5, "{state: absent}", ROLES)).0,
        0,
        "five are always allowed"
    );
    let (code, said) = plan(&server, &entries(6, "{state: absent}", ROLES));
    assert_eq!(code, 3);
    let said = said.rsplit_once(':').unwrap().0;
    assert_eq!(
        said,
        "✗ guard maxDeletes: removes 6 of 20 users, and 5 are allowed\n  To accept exactly this, pass --accept maxDeletes"
    );
    assert_eq!(
        plan(&workspace(200), &entries(10, "{state: absent}", ROLES)).0,
        0,
        "5 % of 200"
    );
    assert_eq!(
        plan(&workspace(200), &entries(11, "{state: absent}", ROLES)).0,
        3
    );
}

#[test]
fn a_broken_guard_is_accepted_by_its_own_code_only() {
    let server = workspace(20);
    let program = Program::with(&server);
    program.write("ufsync.yaml", &entries(6, "{state: absent}", ""));
    let codes = program
        .run(&["apply", "--yes"])
        .exits(3)
        .complains("the plan breaks a guard")
        .codes();
    let [deletes, removals] = &codes[..] else {
        panic!("{codes:?}")
    };
    let code = deletes.strip_prefix("--accept=maxDeletes:").unwrap();
    // Each guard by its own code, another one by none of another's, and none by too short a start.
    for arguments in [
        vec![deletes.as_str()],
        vec![removals],
        vec![deletes, &format!("--accept=maxRoleRemovals:{code}")],
        vec![removals, "--accept=maxDeletes:000000"],
    ] {
        let arguments = [vec!["apply", "--yes"], arguments].concat();
        program.run(&arguments).exits(3).done();
    }
    assert_eq!(server.writes(), 0);
    for (wrong, said) in [
        (
            "nonsense:abcdef",
            "the guards are maxDeletes, maxRoleRemovals, maxAddressChanges, keepHolders, protect",
        ),
        ("maxDeletes=6", "expected GUARD:CODE"),
        (
            &format!("maxDeletes:{}", &code[..5]),
            "at least 6 characters",
        ),
        ("maxDeletes:", "at least 6 characters"),
    ] {
        program
            .run(&["plan", "--accept", wrong])
            .exits(64)
            .complains(said)
            .done();
    }
    let start = format!("--accept=maxDeletes:{}", &code[..6].to_uppercase());
    program
        .run(&["plan", &start, removals])
        .exits(0)
        .says("✗ guard maxDeletes")
        .done();
    // Other users, as many as before: another plan.
    program.write(
        "other.yaml",
        &entries(7, "{state: absent}", "").replace(
            "user6@example.com: {state: absent}",
            "user6@example.com: {}",
        ),
    );
    program
        .run(&["plan", "-f", "other.yaml", deletes, removals])
        .exits(3)
        .done();
    program
        .run(&["apply", "--yes", deletes, removals])
        .exits(0)
        .says("Applied: 6 calls.")
        .done();
}

#[test]
fn written_limits_are_numbers_or_shares() {
    let server = workspace(20);
    let absent = |limit: &str, count: usize| {
        plan(
            &server,
            &entries(
                count,
                "{state: absent}",
                &format!("guards: {{maxDeletes: {limit}, maxRoleRemovals: 100%}}"),
            ),
        )
        .0
    };
    assert_eq!((absent("2", 2), absent("2", 3)), (0, 3));
    assert_eq!((absent("50%", 10), absent("\"50%\"", 11)), (0, 3));
    assert_eq!(absent("0", 1), 3);
}

#[test]
fn removals_of_roles_are_limited_everywhere_and_in_large_tenants() {
    let server = workspace(30);
    assert_eq!(
        plan(
            &server,
            &entries(5, "{tenants: {acme: []}}", "tenants: {acme: {name: Acme}}")
        )
        .0,
        0
    );
    let (code, said) = plan(
        &server,
        &entries(6, "{tenants: {acme: []}}", "tenants: {acme: {name: Acme}}"),
    );
    assert_eq!(code, 3);
    let (mut codes, mut lines) = (Vec::new(), Vec::new());
    for line in said.lines() {
        match line.split_once("--accept maxRoleRemovals:") {
            Some((_, code)) => codes.push(code),
            None => lines.push(line),
        }
    }
    insta::assert_snapshot!(lines.join("\n"), @r"
    ✗ guard maxRoleRemovals: takes away 6 of 60 roles held, and 5 are allowed
    ✗ guard maxRoleRemovals: takes away 6 of 30 roles held in acme, and 5 are allowed
    ");
    assert_eq!(codes.len(), 2, "each sentence has a code");
    assert_ne!(codes[0], codes[1]);
}

#[test]
fn the_last_admin_of_the_workspace_stays() {
    let server = workspace(3);
    for entry in ["{state: absent}", "{roles: []}", "{roles: [member]}"] {
        let (code, said) = plan(
            &server,
            &format!("version: 1\nusers: {{user0@example.com: {entry}}}\n"),
        );
        assert_eq!(code, 3, "{entry}");
        assert!(
            said.contains(
                "leaves 0 of 1 holders of \"admin\" in the workspace, and at least 1 must remain"
            ),
            "{said}"
        );
    }
    let handed_over = "version: 1\nusers: {user0@example.com: {roles: [member]}, user1@example.com: {roles: [admin]}}\n";
    assert_eq!(plan(&server, handed_over).0, 0, "somebody else gets it");
}

#[test]
fn holders_are_kept_in_tenants_where_the_manifest_says_so() {
    let server = workspace(3);
    let manifest = |guards: &str| {
        format!(
            "version: 1\n{guards}\ntenants: {{acme: {{name: Acme}}}}\nusers: {{user0@example.com: {{tenants: {{acme: []}}}}, user1@example.com: {{tenants: {{acme: []}}}}}}\n"
        )
    };
    assert_eq!(plan(&server, &manifest("")).0, 0);
    assert_eq!(
        plan(&server, &manifest("guards: {keepHolders: {viewer: 1}}")).0,
        0
    );
    let (code, said) = plan(&server, &manifest("guards: {keepHolders: {viewer: 2}}"));
    assert_eq!(
        (code, said.lines().next().unwrap()),
        (
            3,
            "✗ guard keepHolders: leaves 1 of 3 holders of \"viewer\" in acme, and at least 2 must remain"
        )
    );
    assert_eq!(
        plan(&server, &manifest("guards: {keepHolders: {owner: 5}}")).0,
        0,
        "a scope that has fewer already keeps what it has"
    );
}

#[test]
fn the_protected_are_not_touched() {
    let server = workspace(3);
    let code = |rest: &str| {
        plan(
            &server,
            &format!("version: 1\nguards: {{protect: [USER1@example.com]}}\n{rest}\n"),
        )
        .0
    };
    assert_eq!(
        code("users: {user1@example.com: {name: New name, roles: [member, admin]}}"),
        0,
        "changes and grants are fine"
    );
    assert_eq!(code("users: {user1@example.com: {state: absent}}"), 3);
    assert_eq!(code("users: {user1@example.com: {locked: true}}"), 3);
    assert_eq!(code("users: {user1@example.com: {roles: []}}"), 3);
    assert_eq!(
        code("prune: {users: {email: ['user1@example.*'], action: lock}}"),
        3
    );
    assert_eq!(
        code("tenants: {acme: {name: Acme}}\nprune: {members: [acme]}"),
        3
    );
    assert_eq!(
        code("tenants: {acme: {name: Acme, state: absent}}"),
        3,
        "the tenant takes their roles with it"
    );
    assert_eq!(code("tenants: {globex: {name: Globex, state: absent}}"), 0);
}

#[test]
fn who_is_locked_holds_nothing() {
    let server = workspace(3);
    let (code, said) = plan(
        &server,
        "version: 1\nusers: {user0@example.com: {locked: true}}\n",
    );
    assert!(
        code == 3 && said.contains("leaves 0 of 1 holders of \"admin\""),
        "{said}"
    );
    assert_eq!(
        plan(
            &server,
            "version: 1\nguards: {maxDeletes: 0}\nusers: {user1@example.com: {locked: true}}\n"
        )
        .0,
        3,
        "a lock counts as a deletion"
    );
    let locked_admin = UserState {
        email: Some("locked@example.com".into()),
        locked: true,
        roles: [("demo1234".to_owned(), vec!["admin".to_owned()])].into(),
        ..UserState::default()
    };
    let admin = UserState {
        email: Some("admin@example.com".into()),
        locked: false,
        ..locked_admin.clone()
    };
    let server = Server::start(
        Options::default(),
        ModeState {
            users: vec![locked_admin, admin],
            ..ModeState::default()
        },
    );
    assert_eq!(
        plan(
            &server,
            "version: 1\nusers: {admin@example.com: {roles: []}}\n"
        )
        .0,
        3,
        "the other admin can't log in"
    );
    assert_eq!(plan(&server, "version: 1\nusers: {admin@example.com: {locked: true}, new@example.com: {roles: [admin]}}\n").0, 0, "somebody else gets it");
}

#[test]
fn protection_follows_the_record_and_not_the_name() {
    let server = workspace(3);
    for entry in [
        "attacker@evil.example: {renamedFrom: user1@example.com}",
        "attacker@evil.example: {userId: 2, renamedFrom: user1@example.com, roles: []}",
        "attacker@evil.example: {userId: 2, renamedFrom: user1@example.com, locked: true}",
    ] {
        let (code, said) = plan(
            &server,
            &format!("version: 1\nguards: {{protect: [user1@example.com]}}\nusers: {{{entry}}}\n"),
        );
        assert!(
            code == 3 && said.contains("user1@example.com, who is protected"),
            "{entry}: {said}"
        );
    }
}

#[test]
fn a_share_of_users_does_not_pay_for_tenants() {
    let server = workspace(100);
    let manifest = "version: 1\nguards: {maxDeletes: 50%}\ntenants: {acme: {name: Acme, state: absent}, globex: {name: Globex, state: absent}}\n";
    assert_eq!(
        plan(&server, manifest).0,
        3,
        "both tenants are more than half of the tenants"
    );
}

#[test]
fn the_code_of_one_scope_does_not_accept_another() {
    let server = workspace(3);
    let program = Program::with(&server);
    program.write(
        "tenant.yaml",
        "version: 1\nguards: {keepHolders: {viewer: 3}}\ntenants: {acme: {name: Acme}}\nusers: {user0@example.com: {tenants: {acme: []}}}\n",
    );
    program.write(
        "ufsync.yaml",
        "version: 1\nusers: {user0@example.com: {roles: []}}\n",
    );
    let tenant = program.run(&["plan", "-f", "tenant.yaml"]).exits(3).codes();
    program.run(&["plan", &tenant[0]]).exits(3).done();
    program.run_accepting(&["plan"]).exits(0).done();
}
