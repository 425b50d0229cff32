//! Access that ends, is added to, or is taken everywhere; and groups in groups.

use jiff::{Timestamp, ToSpan as _};
use serde_json::{Value, json};
use ufsync::emulator::{ModeState, Options};

use crate::pull::by_hand;
use crate::support::roles::{held, roles_path, user_path};
use crate::support::{Program, Server};

/// The day in so many days.
fn day(days: i64) -> String {
    let then = Timestamp::now() + (days * 24).hours();
    then.to_string()[..10].to_owned()
}

fn manifest(users: &str) -> String {
    format!(
        "version: 1\nworkspace: demo1234\nmode: test\ntenants:\n  acme: {{ name: Acme }}\n  globex: {{ name: Globex }}\n{users}"
    )
}

fn empty() -> (Server, Program) {
    let server = Server::start(Options::default(), ModeState::default());
    let program = Program::with(&server);
    (server, program)
}

#[test]
fn a_grant_ends_with_its_day_and_the_next_apply_takes_the_role() {
    let (server, program) = empty();
    let (over, soon, far) = (day(-1), day(3), day(90));
    let text = |first: &str| {
        manifest(&format!(
            "users:\n  jane@example.com:\n    roles: [viewer, {{ role: admin, until: {first} }}]   # on call\n    tenants:\n      acme: [{{ role: owner, until: {soon} }}]\n      globex: [{{ role: support, until: {far} }}]\n  bob@example.com: {{ roles: [admin, member] }}\n"
        ))
    };
    program.write("ufsync.yaml", &text(&far));
    let run = program.run(&["apply", "--yes"]).exits(0);
    run.says(&format!("+ admin (until {far})")).done();
    let all = json!({"workspace": ["admin", "viewer"], "Acme": ["owner"], "Globex": ["support"]});
    assert_eq!(held(&server, "jane@example.com"), all);
    let run = program.run(&["plan"]).exits(0);
    run.says("No changes")
        .says(&format!(
            "ends soon: users/jane@example.com/tenants/acme  owner  until {soon} (ufsync.yaml:11"
        ))
        .done();
    program.write("ufsync.yaml", &text(&over));
    let run = program.run(&["plan"]).exits(0);
    run.says(&format!(
        "ended: users/jane@example.com/roles  admin  until {over}"
    ))
    .says("− admin")
    .done();
    // A pull must not make for good what was to end.
    program
        .run(&["pull", "--yes"])
        .exits(5)
        .complains("the grant of \"admin\" has ended")
        .done();
    program.run(&["apply", "--yes"]).exits(0).done();
    assert_eq!(
        held(&server, "jane@example.com")["workspace"],
        json!(["viewer"])
    );
    let run = program.run(&["validate", "--ended"]).exits(0);
    run.says("ended: users/jane@example.com/roles  admin")
        .complains("remove-ended")
        .done();
    program
        .run(&["edit", "grant", "jane@example.com", "admin", "--yes"])
        .exits(1)
        .complains("edit_ended")
        .done();
    program
        .run(&["edit", "remove-ended", "--yes"])
        .exits(0)
        .done();
    let after = program.read("ufsync.yaml");
    assert!(
        after.contains("    roles: [viewer]   # on call\n"),
        "{after}"
    );
    assert!(after.contains(&far) && after.contains(&soon), "{after}");
    program.run(&["plan"]).exits(0).says("No changes").done();
    // Nor does it take out an end that somebody wrote with care.
    by_hand(
        &program,
        "PUT",
        &roles_path(&server, "jane@example.com", "Globex"),
        &json!({"roles": []}),
    );
    program
        .run(&["pull", "--yes"])
        .exits(5)
        .complains("has an end")
        .done();
    assert_eq!(program.read("ufsync.yaml"), after);
}

#[test]
fn a_saved_plan_is_stale_when_a_grant_in_it_has_ended() {
    let (server, program) = empty();
    let soon = Timestamp::now() + 3.seconds();
    let text = manifest(&format!(
        "users:\n  jane@example.com: {{ roles: [{{ role: viewer, until: \"{soon}\" }}] }}\n"
    ));
    program.write("ufsync.yaml", &text);
    program.run(&["plan", "--out", "plan.json"]).exits(0).done();
    let plan: Value = serde_json::from_str(&program.read("plan.json")).unwrap();
    let ends = plan["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|step| step["ends"].is_string());
    assert_eq!(ends.count(), 1);
    while Timestamp::now() <= soon {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let run = program.run(&["apply", "plan.json", "--yes"]).exits(4);
    run.complains("ended").done();
    assert_eq!(server.writes(), 0);
    program.run(&["apply", "--yes"]).exits(0).done();
    assert_eq!(held(&server, "jane@example.com"), json!({}));
}

#[test]
fn the_latest_end_counts_and_a_grant_without_one_wins() {
    let (server, program) = empty();
    let (over, far) = (day(-1), day(90));
    let text = manifest(&format!(
        "users:\n  jane@example.com: {{ roles: [{{ role: a, until: {over} }}, {{ role: b, until: {over} }}] }}\n  bob@example.com: {{ roles: [] }}\ngroups:\n  one: {{ users: [jane@example.com], roles: [a] }}\n  two: {{ users: [{{ user: jane@example.com, until: {far} }}], roles: [b] }}\n  three: {{ users: [{{ user: jane@example.com, until: {over} }}, bob@example.com], roles: [c] }}\n  four: {{ users: [{{ user: gone@example.com, until: {over} }}, bob@example.com], tenants: {{ acme: [d] }} }}\n"
    ));
    program.write("ufsync.yaml", &text);
    program.run(&["apply", "--yes"]).exits(0).done();
    assert_eq!(
        held(&server, "jane@example.com"),
        json!({"workspace": ["a", "b"]})
    );
    assert_eq!(
        held(&server, "bob@example.com"),
        json!({"workspace": ["c"], "Acme": ["d"]})
    );
    program.run(&["plan"]).exits(0).says("No changes").done();
}

#[test]
fn who_is_only_mentioned_has_to_exist_while_that_lasts() {
    let (_server, program) = empty();
    let users = |until: &str| {
        manifest(&format!(
            "groups:\n  g: {{ users: [{{ user: gone@example.com, until: {until} }}], roles: [viewer] }}\n"
        ))
    };
    program.write("ufsync.yaml", &users(&day(-1)));
    program.run(&["apply", "--yes"]).exits(0).done();
    program.write("ufsync.yaml", &users(&day(1)));
    program
        .run(&["plan"])
        .exits(6)
        .says("gone@example.com")
        .done();
    let nothing = "groups:\n  g: { users: [gone@example.com], roles: [] }\n";
    program.write("ufsync.yaml", &manifest(nothing));
    program
        .run(&["plan"])
        .exits(6)
        .says("gone@example.com")
        .done();
}

#[test]
fn at_least_leaves_what_others_gave_unless_another_source_says_all() {
    let (server, program) = empty();
    program.write(
        "ufsync.yaml",
        &manifest(
            "users:\n  jane@example.com: { roles: [], tenants: { acme: { atLeast: [member] } } }\n",
        ),
    );
    program.run(&["apply", "--yes"]).exits(0).done();
    let path = roles_path(&server, "jane@example.com", "Acme");
    by_hand(&program, "PUT", &path, &json!({"roles": ["viewer"]}));
    program.run(&["plan"]).exits(0).says("+ member").done();
    program.run(&["apply", "--yes"]).exits(0).done();
    assert_eq!(
        held(&server, "jane@example.com")["Acme"],
        json!(["member", "viewer"])
    );
    program.run(&["plan"]).exits(0).says("No changes").done();
    program
        .run(&[
            "edit",
            "grant",
            "jane@example.com",
            "owner",
            "--tenant",
            "acme",
            "--until",
            "2099-01-01",
            "--yes",
        ])
        .exits(0)
        .done();
    let text = program.read("ufsync.yaml");
    assert!(
        text.contains("atLeast: [member, { role: owner, until: "),
        "{text}"
    );
    program
        .run(&["plan"])
        .exits(0)
        .says("+ owner (until 2099-01-01)")
        .done();
    program.write(
        "ufsync.yaml",
        &manifest("users:\n  jane@example.com: { roles: [], tenants: { acme: { atLeast: [member] } } }\ngroups:\n  g: { users: [jane@example.com], tenants: { acme: [support] } }\n"),
    );
    program
        .run(&["plan"])
        .exits(0)
        .says("+ support")
        .says("− viewer")
        .done();
}

#[test]
fn a_star_takes_the_roles_in_every_other_tenant() {
    let (server, program) = empty();
    program.write("ufsync.yaml", &manifest("users:\n  jane@example.com: { tenants: { acme: [owner], globex: [owner] } }\n  bob@example.com: { tenants: { globex: [owner] } }\n"));
    program.run(&["apply", "--yes"]).exits(0).done();
    by_hand(
        &program,
        "POST",
        "/v0/tenants",
        &json!({"name": "Stranger"}),
    );
    let path = roles_path(&server, "jane@example.com", "Stranger");
    by_hand(&program, "PUT", &path, &json!({"roles": ["viewer"]}));
    program.write(
        "ufsync.yaml",
        &manifest("users:\n  jane@example.com: { tenants: { \"*\": [], acme: [owner] } }\n"),
    );
    let run = program.run(&["plan"]).exits(0);
    run.says("2 role sets").done();
    program.run(&["apply", "--yes"]).exits(0).done();
    assert_eq!(
        held(&server, "jane@example.com"),
        json!({"Acme": ["owner"]})
    );
    assert_eq!(
        held(&server, "bob@example.com"),
        json!({"Globex": ["owner"]})
    );
    program.run(&["plan"]).exits(0).says("No changes").done();
}

#[test]
fn the_people_of_a_group_are_those_of_its_groups_too() {
    let (server, program) = empty();
    let over = day(-1);
    program.write("ufsync.yaml", &manifest(&format!(
        "users:\n  a@example.com: {{}}\n  b@example.com: {{}}\n  c@example.com: {{}}\ngroups:\n  all: {{ groups: [staff], users: [c@example.com], roles: [viewer] }}\n  staff: {{ groups: [oncall], users: [{{ user: a@example.com, until: {over} }}], tenants: {{ \"*\": [member] }} }}\n  oncall: {{ users: [a@example.com, b@example.com], roles: [admin] }}\n"
    )));
    program.run(&["apply", "--yes"]).exits(0).done();
    let all = json!({"workspace": ["admin", "viewer"], "Acme": ["member"], "Globex": ["member"]});
    assert_eq!(held(&server, "a@example.com"), all);
    assert_eq!(held(&server, "b@example.com"), all);
    assert_eq!(
        held(&server, "c@example.com"),
        json!({"workspace": ["viewer"]})
    );
    program.run(&["plan"]).exits(0).says("No changes").done();
}

#[test]
fn only_what_has_ended_is_taken_and_the_rest_stays() {
    let (server, program) = empty();
    let (over, far) = (day(-1), day(90));
    let text = |end: &str| {
        manifest(&format!(
            "users:\n  jane@example.com:\n    name: Jane\n    roles: [viewer, {{ role: editor, until: {end} }}]\n  bob@example.com: {{ roles: [admin, member] }}\n"
        ))
    };
    program.write("ufsync.yaml", &text(&far));
    program.run(&["apply", "--yes"]).exits(0).done();
    let jane = user_path(&server, "jane@example.com");
    // By hand: another role in the same scope, and another name.
    by_hand(
        &program,
        "PUT",
        &format!("{jane}/roles"),
        &json!({"roles": ["viewer", "editor", "owner"]}),
    );
    by_hand(&program, "PUT", &jane, &json!({"name": "Somebody"}));
    program.write("ufsync.yaml", &text(&over));
    let run = program.run(&["plan", "--only-ended"]).exits(0);
    run.says("− editor").says("Plan: 1 role set.").done();
    program
        .run(&["apply", "--only-ended", "--yes"])
        .exits(0)
        .done();
    assert_eq!(
        held(&server, "jane@example.com"),
        json!({"workspace": ["owner", "viewer"]})
    );
    program
        .run(&["apply", "--only-ended", "--yes"])
        .exits(0)
        .says("No changes")
        .done();
    let run = program.run(&["plan"]).exits(0);
    run.says("− owner").says("name").done();
}

/// The text without the grants that have ended.
fn without(text: &str, over: &str) -> String {
    let item = format!("until: {over}");
    let mut kept = String::new();
    for line in text.lines() {
        if !line.contains(&item) {
            kept += line;
            kept.push('\n');
        }
    }
    kept
}

#[test]
fn what_has_ended_is_as_good_as_not_written() {
    for seed in 0..u64::from(crate::support::anything::cases(20)) {
        let mut random = fastrand::Rng::with_seed(seed);
        let (over, far) = (day(-1 - random.i64(0..400)), day(20 + random.i64(0..400)));
        let mut text = manifest("users:\n");
        for user in 0..4 {
            text.push_str(&["  u", &user.to_string(), "@example.com:\n    roles:\n"].concat());
            for role in ["admin", "viewer", "editor", "owner"] {
                let item = match random.u32(..4) {
                    0 => format!("      - {role}\n"),
                    1 => format!("      - {{ role: {role}, until: {over} }}\n"),
                    2 => format!("      - {{ role: {role}, until: {far} }}\n"),
                    _ => String::new(),
                };
                text += &item;
            }
            text += "      - member\n";
        }
        text += "guards: { maxRoleRemovals: 100%, keepHolders: { admin: 0 } }\n";
        let (server, program) = empty();
        program.write("all.yaml", &text.replace(&over, "2099-01-01"));
        program
            .run(&["apply", "-f", "all.yaml", "--yes"])
            .exits(0)
            .done();
        program.write("ufsync.yaml", &text);
        program.write("without.yaml", &without(&text, &over));
        let steps = |file: &str| {
            let run = program.run(&["plan", "-f", file, "--format", "json"]);
            let plan: Value = serde_json::from_str(&run.stdout).unwrap();
            let steps = plan["steps"].as_array().unwrap().clone();
            let of = |step: &Value| {
                (
                    step["address"].clone(),
                    step["change"]["before"].clone(),
                    step["change"]["after"].clone(),
                )
            };
            steps.iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(
            steps("ufsync.yaml"),
            steps("without.yaml"),
            "{seed}:\n{text}"
        );
        program.run(&["apply", "--yes"]).exits(0).done();
        program.run(&["plan"]).exits(0).says("No changes").done();
        drop(server);
    }
}

#[test]
fn only_ended_holds_back_what_breaks_a_guard_and_does_the_rest() {
    let (server, program) = empty();
    let users = |until: &str| {
        let role = match until {
            "" => "viewer".to_owned(),
            until => format!("{{ role: viewer, until: {until} }}"),
        };
        manifest(&format!(
            "users:\n  ann@x.example: {{ roles: [{role}] }}\n  bob@x.example: {{ roles: [{role}] }}\nguards: {{ protect: [ann@x.example] }}\n"
        ))
    };
    program.write("ufsync.yaml", &users(""));
    program.run(&["apply", "--yes"]).exits(0).done();
    program.write("ufsync.yaml", &users("2020-01-01"));
    let run = program.run(&["plan", "--only-ended"]).exits(3);
    run.says("users/ann@x.example").says("held back").done();
    program
        .run(&["apply", "--only-ended", "--yes"])
        .exits(5)
        .done();
    assert_eq!(held(&server, "bob@x.example"), json!({}));
    assert_eq!(
        held(&server, "ann@x.example"),
        json!({"workspace": ["viewer"]})
    );
    // Nothing else is left.
    program
        .run(&["apply", "--only-ended", "--yes"])
        .exits(3)
        .done();
}

#[test]
fn an_ended_grant_in_at_least_is_revoked_in_every_form_and_nothing_else_goes() {
    let forms = |item: &str, user: &str| {
        [
            format!("users:\n  jane@example.com: {{ roles: {{ atLeast: [{item}] }} }}\n"),
            format!(
                "users:\n  jane@example.com: {{ tenants: {{ acme: {{ atLeast: [{item}, viewer] }} }} }}\n"
            ),
            format!(
                "groups:\n  ops: {{ users: [jane@example.com], tenants: {{ acme: {{ atLeast: [{item}] }} }} }}\nusers:\n  jane@example.com: {{}}\n"
            ),
            format!(
                "groups:\n  ops: {{ users: [{user}], roles: {{ atLeast: [editor] }} }}\nusers:\n  jane@example.com: {{}}\n"
            ),
        ]
    };
    let over = day(-1);
    let granted = forms("editor", "jane@example.com");
    let ended = forms(
        &format!("{{ role: editor, until: {over} }}"),
        &format!("{{ user: jane@example.com, until: {over} }}"),
    );
    for (granted, ended) in granted.iter().zip(&ended) {
        let (server, program) = empty();
        program.write("ufsync.yaml", &manifest(granted));
        program.run(&["apply", "--yes"]).exits(0).done();
        // By hand: another role beside it.
        let jane = user_path(&server, "jane@example.com");
        let scope = if granted.contains("acme:") {
            "Acme"
        } else {
            "workspace"
        };
        let path = match scope {
            "Acme" => roles_path(&server, "jane@example.com", "Acme"),
            _ => format!("{jane}/roles"),
        };
        by_hand(
            &program,
            "PUT",
            &path,
            &json!({"roles": ["editor", "owner", "viewer"]}),
        );
        program.write("ufsync.yaml", &manifest(ended));
        for arguments in [&["plan"][..], &["plan", "--only-ended"]] {
            let run = program.run(arguments).exits(0);
            run.says("− editor").says("Plan: 1 role set.").done();
        }
        let explained = program.run(&["explain", "jane@example.com"]).exits(0);
        assert!(
            explained.stdout.contains("removes it"),
            "{}",
            explained.stdout
        );
        let run = program.run(&["apply", "--yes", "--undo", "undo.json"]);
        run.exits(0).done();
        assert_eq!(
            held(&server, "jane@example.com"),
            json!({scope: ["owner", "viewer"]}),
            "{ended}"
        );
        program.run(&["plan"]).exits(0).says("No changes").done();
        // The way back says what it gives again.
        let run = program.run(&["show", "undo.json"]).exits(0);
        run.says("+ editor")
            .says("ended: users/jane@example.com")
            .done();
    }
}
