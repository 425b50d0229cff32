//! `restrictions`: a restricted file never chooses a record, never takes what it may not give, and decides who can log in only where
//! it may.

use serde_json::json;
use ufsync::emulator::{ModeState, Options};

use crate::support::{Program, Run, Server};

const ACME: &str = "{ handle: acme, name: Acme Inc. }";

/// A manifest whose file `tenants/acme.yaml` is restricted, with these keys beside `files`.
fn program(server: &Server, rights: &str, acme: &str) -> Program {
    let program = Program::with(server);
    program.write(
        "all/ufsync.yaml",
        &format!(
            "version: 1
workspace: demo1234
mode: test
restrictions:
  - {{ files: \"tenants/acme.yaml\", {rights} }}
  - {{ files: \"base/*.yaml\", everything: true }}
users:
  root@us.example: {{ roles: [admin] }}
"
        ),
    );
    program.write("all/tenants/acme.yaml", acme);
    program
}

fn rights(more: &str) -> String {
    format!("tenants: [{ACME}], roles: [member, viewer], users: [\"*@acme.example\"]{more}")
}

/// What the message says in one line.
fn said(run: &Run) -> String {
    let words = run.stderr.split(|c: char| c.is_whitespace() || c == '│');
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join(" ")
}

/// The workspace: bob is admin and owner in Acme, wile a viewer there, eve nobody; Globex is another customer.
fn server() -> Server {
    let state = json!({
        "tenants": [
            {"tenantId": "acme0001", "name": "Acme Inc."},
            {"tenantId": "glob0001", "name": "Globex"},
        ],
        "users": [
            {"email": "root@us.example", "roles": {"demo1234": ["admin"]}},
            {"email": "bob@acme.example", "username": "bob",
                "roles": {"demo1234": ["admin"], "acme0001": ["owner", "viewer"]}},
            {"email": "wile@acme.example", "username": "wile", "roles": {"acme0001": ["viewer"]}},
            {"email": "eve@acme.example", "username": "eve"},
        ],
    });
    let state: ModeState = serde_json::from_value(state).unwrap();
    Server::start(Options::default(), state)
}

#[test]
fn a_restricted_file_never_chooses_a_record() {
    let server = server();
    let eve = "members: { eve@acme.example: [member] }";
    for (entry, key) in [
        ("name: Globex", "`name`"),
        ("name: null", "`name`"),
        ("tenantId: glob0001", "`tenantId`"),
        ("renamedFrom: Globex", "`renamedFrom`"),
        ("parent: acme", "`parent`"),
    ] {
        let acme = format!("tenants: {{ acme: {{ {entry}, {eve} }} }}\n");
        let program = program(&server, &rights(""), &acme);
        for command in [&["validate", "-f", "all"][..], &["plan", "-f", "all"]] {
            let run = program.run(command).exits(1);
            let said = said(&run);
            assert!(
                said.contains(&format!("{key} would make `acme` another tenant")),
                "{said}"
            );
        }
    }
    // The name may be repeated or left out.
    for entry in ["name: Acme Inc., ", ""] {
        let acme = format!("tenants: {{ acme: {{ {entry}{eve} }} }}\n");
        let program = program(&server, &rights(""), &acme);
        let run = program.run(&["plan", "-f", "all"]).exits(0);
        run.says("roles   eve@acme.example @ acme  + member")
            .says("1 role set.")
            .done();
    }
    // With the id the name is a field like others.
    let acme = format!("tenants: {{ acme: {{ name: Acme Corp., {eve} }} }}\n");
    let by_id = rights("").replace("name: Acme Inc.", "tenantId: acme0001");
    let run = program(&server, &by_id, &acme)
        .run(&["plan", "-f", "all"])
        .exits(0);
    run.says("\"Acme Inc.\" → \"Acme Corp.\"").done();
    // A plain handle has no entry here; the line to write is printed.
    let plain = rights("").replace(ACME, "acme");
    let acme = format!("tenants: {{ acme: {{ name: \"Acme: Inc.\", {eve} }} }}\n");
    let run = program(&server, &plain, &acme)
        .run(&["validate", "-f", "all"])
        .exits(1);
    let text = said(&run);
    assert!(
        text.contains("write `tenants: [{ handle: acme, name: \"Acme: Inc.\" }]`"),
        "{text}"
    );
    let acme = "users: { eve@acme.example: { tenants: { acme: [member] } } }\n";
    let program = program(&server, &plain, acme);
    program.write(
        "all/base/acme.yaml",
        "tenants: { acme: { name: Acme Inc. } }\n",
    );
    program.run(&["plan", "-f", "all"]).exits(0).done();
}

#[test]
fn a_record_below_another_and_one_with_a_new_name_are_chosen_by_restrictions_too() {
    let state = json!({"tenants": [
        {"tenantId": "west0001", "name": "West"},
        {"tenantId": "acme0001", "name": "Old", "parent": "west0001"},
        {"tenantId": "acme0002", "name": "Acme Inc."},
    ]});
    let state: ModeState = serde_json::from_value(state).unwrap();
    let server = Server::start(Options::default(), state);
    let record = "{ handle: acme, name: New, parent: west, renamedFrom: Old }";
    let acme = "tenants: { acme: }\n";
    let program = program(&server, &rights("").replace(ACME, record), acme);
    program.write("all/base/west.yaml", "tenants: { west: { name: West } }\n");
    let run = program.run(&["plan", "-f", "all"]);
    assert!(run.stdout.contains("\"Old\" → \"New\""), "{run:?}");
}

#[test]
fn the_workspace_is_out_of_reach_without_its_roles() {
    let server = server();
    for acme in [
        "users: { bob@acme.example: { roles: [] } }\n",
        "users: { bob@acme.example: { roles: { atLeast: [] } } }\n",
        "groups: { g: { users: [bob@acme.example], roles: [] } }\n",
    ] {
        let one = program(&server, &rights(""), acme);
        let run = one.run(&["validate", "-f", "all"]).exits(1);
        let text = said(&run);
        assert!(text.contains("`workspaceRoles: []`"), "{text}");
    }
    // With them, a list takes none that it may not grant.
    let acme = "users: { bob@acme.example: { roles: [] } }\n";
    let own = rights(", workspaceRoles: [viewer]");
    let program = program(&server, &own, acme);
    program.run(&["validate", "-f", "all"]).exits(0).done();
    let run = program.run(&["plan", "-f", "all"]).exits(6);
    run.says("ufsync::plan::restricted_removal")
        .says("(all/tenants/acme.yaml:1)")
        .done();
    program
        .run(&["apply", "--yes", "-f", "all"])
        .exits(5)
        .done();
    assert_eq!(server.writes(), 0);
}

#[test]
fn a_list_takes_no_role_that_its_file_may_not_grant() {
    let server = server();
    let acme = "tenants: { acme: { members: { bob@acme.example: [viewer], wile@acme.example: [member] } } }\n";
    let program = program(&server, &rights(""), acme);
    let run = program.run(&["plan", "-f", "all"]).exits(6);
    run.says("ufsync::plan::restricted_removal")
        .says("may not take \"owner\" in acme")
        .says("roles   wile@acme.example @ acme  + member (members of acme)  − viewer")
        .done();
    // A file that may grant the role takes it.
    program.write(
        "all/base/bob.yaml",
        "users: { bob@acme.example: { tenants: { acme: [viewer] } } }\n",
    );
    let run = program.run(&["plan", "-f", "all"]).exits(0);
    run.says("− owner").done();
    // And one that leaves what others gave takes nothing.
    program.write(
        "all/base/bob.yaml",
        "users: { bob@acme.example: { tenants: { acme: { atLeast: [viewer] } } } }\n",
    );
    program.run(&["plan", "-f", "all"]).exits(6).done();
}

#[test]
fn who_can_log_in_is_changed_only_with_identity_and_for_own_users() {
    let entries = [
        "locked: true",
        "state: absent",
        "username: other",
        "phoneNumber: \"+15550100\"",
        "invite: welcome",
    ];
    for entry in entries {
        let server = server();
        let acme = |user: &str| {
            format!("tenants: {{ acme: }}\nusers: {{ {user}@acme.example: {{ {entry} }} }}\n")
        };
        let one = program(&server, &rights(""), &acme("wile"));
        let run = one.run(&["validate", "-f", "all"]).exits(1);
        let text = said(&run);
        assert!(text.contains("`identity: true`"), "{text}");
        let own = rights(", identity: true");
        let wile = program(&server, &own, &acme("wile"));
        wile.run(&["plan", "-f", "all"]).exits(0).done();
        let bob = program(&server, &own, &acme("bob"));
        let run = bob.run(&["plan", "-f", "all"]);
        // An invitation is for those who are created.
        if entry.starts_with("invite") {
            run.exits(0).done();
            continue;
        }
        run.exits(6)
            .says("ufsync::plan::restricted_identity")
            .says("who has \"admin\" in")
            .done();
        bob.run(&["apply", "--yes", "-f", "all"]).exits(5).done();
        assert_eq!(server.writes(), 0, "{entry}");
    }
    // A new address, and a role that is only planned.
    let server = server();
    let own = rights(", identity: true");
    let renamed =
        "tenants: { acme: }\nusers: { new@acme.example: { renamedFrom: bob@acme.example } }\n";
    let run = program(&server, &own, renamed)
        .run(&["plan", "-f", "all"])
        .exits(6);
    run.says("may not change `renamedFrom`").done();
    let created = "users: { new@acme.example: { username: new } }\n";
    let program = program(&server, &own, created);
    program.run(&["plan", "-f", "all"]).exits(0).done();
    program.write(
        "all/base/g.yaml",
        "groups: { g: { users: [new@acme.example], roles: [admin] } }\n",
    );
    let run = program.run(&["plan", "-f", "all"]).exits(6);
    run.says("ufsync::plan::restricted_identity").done();
    // A tenant of its own is deleted only with `identity`.
    let gone = "tenants: { acme: { state: absent } }\n";
    for (rights, code) in [(rights(""), 1), (rights(", identity: true"), 0)] {
        let program = self::program(&server, &rights, gone);
        program.run(&["validate", "-f", "all"]).exits(code).done();
    }
}

#[test]
fn a_restricted_overlay_replaces_no_value_of_another_file() {
    let server = server();
    let acme =
        "tenants: { acme: { data: { plan: pro }, members: { wile@acme.example: [viewer] } } }\n";
    let program = program(&server, &rights(""), acme);
    let base = program.read("all/ufsync.yaml");
    let over = format!("  - {{ files: \"over/*.yaml\", {} }}\nusers:\n", rights(""));
    program.write("all/ufsync.yaml", &base.replace("users:\n", &over));
    program.write(
        "all/base/wile.yaml",
        "users: { wile@acme.example: { name: Wile } }\n",
    );
    std::fs::create_dir(program.path().join("all/over")).unwrap();
    for (patch, code) in [
        ("users: { wile@acme.example: { name: Eve } }\n", 1),
        ("users: { WILE@acme.example: { name: Eve } }\n", 1),
        ("tenants: { acme: { data: { plan: free } } }\n", 1),
        (
            "tenants: { acme: { members: { wile@acme.example: [member] } } }\n",
            1,
        ),
        ("tenants: { acme: { name: Globex } }\n", 1),
        (
            "users: { wile@acme.example: { name: Wile, image: null } }\n",
            1,
        ),
        (
            "users: { wile@acme.example: { name: Wile, data: { a: 1 } } }\n",
            0,
        ),
        (
            "tenants: { acme: { data: { seats: 5 }, members: { eve@acme.example: [member] } } }\n",
            0,
        ),
    ] {
        program.write("over.yaml", "");
        let path = program.write("all/over/.patch.yaml", patch);
        let path = path.to_str().unwrap();
        let absolute = program.path().join("all");
        let all = absolute.to_str().unwrap();
        let rights_for = program
            .read("all/ufsync.yaml")
            .replace("over/*.yaml", "over/.patch.yaml");
        program.write("all/ufsync.yaml", &rights_for);
        let run = program.run(&["validate", "-f", all, "--overlay", path]);
        assert_eq!(run.code, code, "{patch}: {run:?}");
    }
}

#[test]
fn a_backslash_is_a_part_of_a_name_and_refused() {
    let server = server();
    let program = program(&server, &rights(""), "tenants: { acme: }\n");
    if cfg!(windows) {
        return;
    }
    let evil = program.path().join("all").join("base\\evil.yaml");
    std::fs::write(&evil, "users: { eve@acme.example: { roles: [admin] } }\n").unwrap();
    for arguments in [
        &["validate", "-f", "all"][..],
        &[
            "validate",
            "-f",
            "all/ufsync.yaml",
            "-f",
            "all/tenants/acme.yaml",
            "-f",
            "all/base\\evil.yaml",
        ],
    ] {
        program
            .run(arguments)
            .exits(1)
            .complains("a backslash, which is read")
            .done();
    }
}

#[test]
fn a_split_export_fits_restrictions() {
    let server = server();
    let program = Program::with(&server);
    program
        .run(&["export", "--split", "tenant", "-o", "all"])
        .exits(0)
        .done();
    let text = program.read("all/ufsync.yaml");
    let own = "files: \"tenants/acme.yaml\", tenants: [{ handle: acme-inc, name: Acme Inc. }], roles: [owner, viewer], users: [\"*@acme.example\"]";
    let other = "files: \"tenants/globex.yaml\", tenants: [{ handle: globex, name: Globex }]";
    let own = own.replace("tenants/acme.yaml", "tenants/acme-inc.yaml");
    program.write(
        "all/ufsync.yaml",
        &format!("{text}restrictions:\n  - {{ {own} }}\n  - {{ {other} }}\n  - {{ files: users.yaml, everything: true }}\n"),
    );
    let run = program
        .run(&["plan", "-f", "all", "--detailed-exitcode"])
        .exits(0);
    run.says("No changes").done();
}

/// Lines without their `# `.
fn uncommented(block: &str) -> String {
    let lines: Vec<&str> = block.lines().map(|line| &line[2..]).collect();
    lines.join("\n") + "\n"
}

#[test]
fn a_split_export_fits_the_restrictions_that_init_writes() {
    let state = json!({
        "tenants": [
            {"tenantId": "acme0001", "name": "Acme: \"Inc.\" ${HOME}"},
            {"tenantId": "west0001", "name": "West", "parent": "acme0001"},
            {"tenantId": "twin0001", "name": "Twin"},
            {"tenantId": "twin0002", "name": "Twin"},
            {"tenantId": "none0001", "name": "Nobody"},
        ],
        "users": [
            {"email": "root@us.example", "roles": {"demo1234": ["admin"], "acme0001": ["owner"]}},
            {"email": "bob@acme.example", "username": "bob1", "roles": {"acme0001": ["owner", "view all: yes"]}},
            {"email": "{odd}*@acme.example", "roles": {"west0001": ["viewer"]}},
            {"email": "jo@twin.example", "roles": {"twin0001": ["member"], "twin0002": ["member"]}},
        ],
    });
    let state: ModeState = serde_json::from_value(state).unwrap();
    let server = Server::start(Options::default(), state);
    let program = Program::with(&server);
    program.run(&["init", "one"]).exits(0).done();
    let text = program.read("one/ufsync.yaml");
    let (_, block) = text.split_once("# restrictions:\n").unwrap();
    let block = uncommented(block);
    program
        .run(&["export", "--split", "tenant", "-o", "all"])
        .exits(0)
        .done();
    let root = program.read("all/ufsync.yaml");
    program.write("all/ufsync.yaml", &format!("{root}restrictions:\n{block}"));
    let run = program.run(&["validate", "-f", "all"]).exits(0);
    assert!(
        !run.stderr.contains("warning") && !run.stderr.contains("⚠"),
        "{run:?}"
    );
    let run = program
        .run(&["plan", "-f", "all", "--detailed-exitcode"])
        .exits(0);
    run.says("No changes").done();
    // They restrict: another owner is refused.
    let acme = program.read("all/tenants/west.yaml");
    program.write("all/tenants/west.yaml", &acme.replace("viewer", "owner"));
    program.run(&["validate", "-f", "all"]).exits(1).done();
    // The file of `init` is still as it was written.
    program
        .run(&["export", "-o", "one/ufsync.yaml"])
        .exits(0)
        .done();
    // And the example has a block for its tenant.
    program
        .run(&["init", "two", "--workspace", "demo1234"])
        .exits(0)
        .done();
    let two = program.read("two/ufsync.yaml");
    let (head, block) = two.split_once("# restrictions:\n").unwrap();
    let block = uncommented(block);
    program.write("two/ufsync.yaml", &format!("{head}restrictions:\n{block}"));
    program.run(&["validate", "-f", "two"]).exits(0).done();
}
