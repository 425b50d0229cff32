//! Rules that hold for all access, and what a file may say.

use serde_json::{Value, json};
use ufsync::emulator::{ModeState, Options};

use crate::pull::by_hand;
use crate::support::{Program, Server};

const RULES: &str = "rules:
  - { role: admin, onlyUsers: [\"*@us.example\"] }
  - { notTogether: [approver, requester] }
  - { role: owner, scope: tenants, atLeast: 1, atMost: 2 }
";

/// A file with all rights.
const OTHERS: &str = "users: { bob@acme.example: { name: B, roles: [viewer] } }
groups: { admins: { users: [root@us.example], roles: [admin] } }
";

fn manifest(users: &str) -> String {
    format!(
        "version: 1\nworkspace: demo1234\nmode: test\ntenants:\n  acme: {{ name: Acme }}\nusers:\n{users}{RULES}"
    )
}

const RIGHT: &str = "  ada@us.example: { roles: [admin], tenants: { acme: [owner] } }
  bob@acme.example: { name: Bob, tenants: { acme: [approver] } }
";

fn applied() -> (Server, Program) {
    let server = Server::start(Options::default(), ModeState::default());
    let program = Program::with(&server);
    program.write("ufsync.yaml", &manifest(RIGHT));
    program.run(&["validate"]).exits(0).done();
    program.run(&["apply", "--yes"]).exits(0).done();
    (server, program)
}

#[test]
fn validate_says_who_breaks_a_rule_and_where_that_is_written() {
    let program = Program::new();
    for (users, line, told) in [
        (
            "  eve@acme.example: { roles: [viewer, admin], tenants: { acme: [owner] } }\n",
            "ufsync.yaml:7:",
            "eve@acme.example holds \"admin\" in the workspace, and only *@us.example may",
        ),
        (
            "  eve@us.example: { tenants: { acme: [owner, approver, requester] } }\n",
            "ufsync.yaml:7:",
            "eve@us.example holds \"approver\" and \"requester\" together in tenant acme",
        ),
        (
            "  eve@us.example: { roles: [admin] }\n",
            "ufsync.yaml:11:",
            "tenant acme has 0 users with \"owner\"; at least 1 is required",
        ),
        (
            "  a@us.example: { tenants: { acme: [owner] } }\n  b@us.example: { tenants: { acme: [owner] } }\n  c@us.example: { tenants: { acme: [owner] } }\n",
            "ufsync.yaml:13:",
            "tenant acme has 3 users with \"owner\"; at most 2 is allowed",
        ),
    ] {
        program.write("ufsync.yaml", &manifest(users));
        let run = program.run(&["validate"]).exits(1);
        assert!(run.stderr.contains("plan::broken_rule"), "{}", run.stderr);
        let text = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = text.replace("│ ", "");
        assert!(
            text.contains(told) && text.contains(line),
            "{told}\n{}",
            run.stderr
        );
        let run = program.run(&["validate", "--format", "json"]).exits(1);
        let found: Value = serde_json::from_str(&run.stdout).unwrap();
        assert!(found.to_string().contains("broken_rule"), "{found}");
    }
    // Neither a locked user nor a grant that has ended counts.
    program.write(
        "ufsync.yaml",
        &manifest("  eve@acme.example: { locked: true, roles: [admin] }\n  zoe@acme.example: { roles: [{ role: admin, until: 2020-01-01 }], tenants: { acme: [owner] } }\n"),
    );
    program.run(&["validate"]).exits(0).done();
}

#[test]
fn a_broken_rule_hides_no_warning() {
    let program = Program::new();
    // Without a workspace.
    program.write(
        "ufsync.yaml",
        "version: 1\nusers: { eve@a.example: { roles: [admin] } }\nrules: [{ role: admin, onlyUsers: [\"*@b.example\"] }]\n",
    );
    let run = program.run(&["validate", "--format", "json"]).exits(1);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let found = document["findings"].as_array().unwrap().iter();
    let mut found: Vec<String> = found
        .map(|it| format!("{} {}", it["severity"], it["code"]))
        .collect();
    found.sort();
    assert_eq!(
        found,
        [
            "\"error\" \"ufsync::plan::broken_rule\"",
            "\"warning\" \"ufsync::manifest::no_workspace\""
        ]
    );
    program
        .run(&["validate", "--format", "github"])
        .exits(1)
        .says("::error file=ufsync.yaml,line=2,")
        .says("::warning file=ufsync.yaml,line=1,")
        .complains("broken_rule")
        .done();
}

#[test]
fn a_plan_that_makes_a_breach_worse_needs_a_word_and_one_that_mends_it_does_not() {
    let (server, program) = applied();
    by_hand(
        &program,
        "POST",
        "/v0/users",
        &json!({"email": "mallory@acme.example"}),
    );
    by_hand(
        &program,
        "PUT",
        "/v0/users/3/roles",
        &json!({"roles": ["admin"]}),
    );
    // Whom the manifest does not mention breaks a rule as well, and that stops no other change.
    let run = program.run(&["plan"]).exits(0);
    run.says("rule: mallory@acme.example holds \"admin\" in the workspace, and only *@us.example may; already broken before this plan")
        .says("No changes")
        .done();
    program.write(
        "ufsync.yaml",
        &manifest(&RIGHT.replace("name: Bob", "name: Bobby")),
    );
    program.run(&["plan", "--out", "plan.json"]).exits(0).done();
    program
        .run(&["apply", "plan.json", "--yes"])
        .exits(0)
        .done();
    // The manifest makes it worse.
    let worse = format!("{RIGHT}  zoe@acme.example: {{ roles: [admin] }}\n");
    program.write("ufsync.yaml", &manifest(&worse));
    let run = program.run(&["plan", "--out", "worse.json"]).exits(3);
    assert!(
        run.stdout.contains("guard rule: zoe@acme.example holds"),
        "{}",
        run.stdout
    );
    let code = run.stdout.split("--accept rule:").nth(1).unwrap();
    let accept = format!("rule:{}", code.split_whitespace().next().unwrap());
    run.done();
    program.run(&["apply", "--yes"]).exits(3).done();
    program
        .run(&["apply", "worse.json", "--yes"])
        .exits(3)
        .done();
    let writes = server.writes();
    program
        .run(&["apply", "worse.json", "--yes", "--accept", &accept])
        .exits(0)
        .done();
    assert!(server.writes() > writes);
    let run = program.run(&["plan", "--format", "markdown"]).exits(0);
    run.says("Rules for access are broken")
        .says("zoe@acme.example")
        .done();
    let run = program.run(&["plan", "--format", "json"]).exits(0);
    let plan: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(plan["brokenRules"].as_array().unwrap().len(), 2);
    // The last owner goes: too few.
    let text = RIGHT.replace("[owner]", "[]");
    program.write("ufsync.yaml", &manifest(&text));
    program
        .run(&["plan"])
        .exits(3)
        .says("guard rule: tenant acme has 0 users with \"owner\"; at least 1 is required")
        .done();
}

#[test]
fn a_file_may_say_what_the_restrictions_allow_however_it_is_named() {
    let program = Program::new();
    let base = "version: 1
workspace: demo1234
mode: test
users:
  root@us.example: { roles: [admin] }
restrictions:
  - { files: \"tenants/acme.yaml\", tenants: [{ handle: acme, name: Acme }], roles: [member], users: [\"*@acme.example\"], workspaceRoles: [viewer] }
  - { files: \"overlay.yaml\", users: [\"bob@acme.example\"] }
  - { files: \"base/*.yaml\", everything: true }
";
    let acme = "tenants:
  acme: { name: Acme, data: { plan: pro }, members: { wile@acme.example: [member] } }
users:
  bob@acme.example: { name: Bob, roles: [viewer], tenants: { acme: [{ role: member, until: 2099-01-01 }] } }
groups:
  team: { users: [{ user: bob@acme.example, until: 2099-01-01 }], tenants: { acme: { atLeast: [member] } } }
";
    program.write("all/ufsync.yaml", base);
    program.write("all/tenants/acme.yaml", acme);
    program.write(
        "all/base/more.yaml",
        "tenants: { globex: { name: Globex } }\nprune: { members: [globex] }\n",
    );
    let absolute = program.path().join("all");
    let absolute = absolute.to_str().unwrap();
    let files = [
        "all/../all/tenants/acme.yaml",
        "./all/ufsync.yaml",
        "all/base/more.yaml",
    ];
    let one_by_one: Vec<&str> = files.iter().flat_map(|file| ["-f", file]).collect();
    for arguments in [vec!["-f", "all"], vec!["-f", absolute], one_by_one.clone()] {
        program
            .run(&[&["validate"], arguments.as_slice()].concat())
            .exits(0)
            .done();
    }
    program.write(
        "all/tenants/acme.yaml",
        &acme.replace("[viewer]", "[admin]"),
    );
    for arguments in [vec!["-f", "all"], vec!["-f", absolute], one_by_one] {
        program
            .run(&[&["validate"], arguments.as_slice()].concat())
            .exits(1)
            .complains("it may not grant \"admin\" in the workspace")
            .done();
    }
    // An overlay counts as the file that it stands in.
    program.write("all/tenants/acme.yaml", acme);
    program.write(
        "overlay.yaml",
        "users: { bob@acme.example: { roles: [admin] } }\n",
    );
    let overlay = ["validate", "-f", "all", "--overlay", "overlay.yaml"];
    program
        .run(&overlay)
        .exits(1)
        .complains("unrestricted_file")
        .done();
    let moved = base.replace("files: \"overlay.yaml\"", "files: \"over/*.yaml\"");
    program.write("all/ufsync.yaml", &moved);
    program.write("all/over/one.yaml", "users: { eve@acme.example: {} }\n");
    program
        .run(&["validate", "-f", "all"])
        .exits(1)
        .complains("is not one whom it may name")
        .done();
    // It patches what other files say: neither their groups nor what they take care of.
    for (patch, told) in [
        (
            "overlay: true\nvars: { ROLE: admin }\n",
            "`vars` could change what other files say",
        ),
        (
            "groups: { admins: { users: [bob@acme.example] } }\n",
            "an overlay could change a group of another file",
        ),
        (
            "users: { bob@acme.example: { roles: null } }\n",
            "`roles` takes out what another file says",
        ),
        (
            "users: { bob@acme.example: { name: !clear } }\n",
            "`name` takes out what another file says",
        ),
    ] {
        program.write(
            "flat/ufsync.yaml",
            &base.replace("overlay.yaml", ".patch.yaml"),
        );
        program.write("flat/base/groups.yaml", OTHERS);
        program.write("flat/.patch.yaml", patch);
        let arguments = ["validate", "-f", "flat", "--overlay", "flat/.patch.yaml"];
        program.run(&arguments).exits(1).complains(told).done();
    }
    // A value that comes from a variable counts as what it stands for.
    program.write(
        "all/over/one.yaml",
        "users: { bob2@acme.example: { name: x, username: \"${UFSYNC_VAR_X:-y}\" } }\n",
    );
    program
        .run(&["validate", "-f", "all"])
        .exits(1)
        .complains("bob2@acme.example")
        .done();
}

/// Mallory is locked and holds `admin`, which only addresses of one domain may.
const UNLOCK: &str = "version: 1
workspace: demo1234
mode: test
users:
  root@us.example: { roles: [admin] }
  mallory@evil.example: { locked: true, roles: [admin] }
rules: [{ role: admin, onlyUsers: [\"*@us.example\"] }]
";

#[test]
fn unlocking_a_user_breaks_a_rule_in_a_plan_a_saved_plan_and_an_undo_file() {
    let server = Server::start(Options::default(), ModeState::default());
    let program = Program::with(&server);
    program.write("ufsync.yaml", UNLOCK);
    program.run(&["apply", "--yes"]).exits(0).done();
    for entry in ["{ locked: false, roles: [admin] }", "{ locked: false }"] {
        let text = UNLOCK.replace("{ locked: true, roles: [admin] }", entry);
        program.write("ufsync.yaml", &text);
        let run = program.run(&["plan"]).exits(3);
        run.says("rule: mallory@evil.example holds").done();
        program.run(&["apply", "--yes"]).exits(3).done();
        program
            .run(&["plan", "--out", "unlock.json"])
            .exits(3)
            .done();
        program
            .run(&["apply", "unlock.json", "--yes"])
            .exits(3)
            .done();
        std::fs::remove_file(program.path().join("unlock.json")).unwrap();
    }
    // Locked by a plan, she is not unlocked by its undo file.
    let server = Server::start(Options::default(), ModeState::default());
    let program = Program::with(&server);
    let without_rule = UNLOCK.split("rules:").next().unwrap();
    program.write("ufsync.yaml", &without_rule.replace("locked: true, ", ""));
    program.run(&["apply", "--yes"]).exits(0).done();
    program.write("ufsync.yaml", UNLOCK);
    program
        .run(&["apply", "--yes", "--undo", "undo.json"])
        .exits(0)
        .done();
    let undo: Value = serde_json::from_str(&program.read("undo.json")).unwrap();
    assert_eq!(undo["limits"]["rules"][0]["role"], "admin");
    program
        .run(&["apply", "undo.json", "--yes"])
        .exits(3)
        .done();
}

#[test]
fn a_user_who_is_adopted_is_judged_like_any_other() {
    let server = Server::start(Options::default(), ModeState::default());
    let program = Program::with(&server);
    program.write("ufsync.yaml", UNLOCK);
    program.run(&["apply", "--yes"]).exits(0).done();
    let known = UNLOCK.lines().filter(|line| !line.contains("mallory"));
    let known: Vec<&str> = known.collect();
    program.write("ufsync.yaml", &(known.join("\n") + "\n"));
    program
        .run(&["pull", "--adopt", "users/mallory@evil.example", "--yes"])
        .exits(0)
        .done();
    program.run(&["plan"]).exits(0).done();
    let text = program.read("ufsync.yaml");
    assert!(text.contains("locked: true"), "{text}");
    program.write(
        "ufsync.yaml",
        &text.replace("locked: true", "locked: false"),
    );
    program.run(&["plan"]).exits(3).done();
}
