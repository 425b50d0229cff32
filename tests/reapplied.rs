//! Saved plans and ways back where servers tell little, names are shared, and the plan's own steps changed the ground.

use serde_json::{Value, json};
use ufsync::emulator::switches::{EmailCase, Switches, TenantsFind, UserAuthorization};
use ufsync::emulator::{ModeState, Options, TenantState, UserState};

use crate::support::{Program, Server};

fn user(id: u64, email: &str, roles: &[(&str, &str)]) -> UserState {
    let mut held = std::collections::BTreeMap::<String, Vec<String>>::new();
    for (scope, role) in roles {
        held.entry((*scope).to_owned())
            .or_default()
            .push((*role).to_owned());
    }
    UserState {
        user_id: id,
        email: Some(email.to_owned()),
        roles: held,
        ..UserState::default()
    }
}

fn tenant(id: &str, name: &str) -> TenantState {
    TenantState {
        tenant_id: id.to_owned(),
        name: name.to_owned(),
        ..TenantState::default()
    }
}

fn start(
    switches: Switches,
    tenants: Vec<TenantState>,
    users: Vec<UserState>,
    manifest: &str,
) -> (Server, Program) {
    let options = Options {
        switches,
        ..Options::default()
    };
    let server = Server::start(
        options,
        ModeState {
            tenants,
            users,
            ..ModeState::default()
        },
    );
    let program = Program::with(&server);
    program.write("ufsync.yaml", &format!("version: 1\n{manifest}\n"));
    (server, program)
}

fn save(program: &Program) {
    let run = program.run(&["plan", "--out", "plan.json"]);
    assert!([0, 3, 6].contains(&run.code), "{}", run.stderr);
}

fn set_roles(program: &Program, path: &str, roles: &[&str]) {
    let body = json!({ "roles": roles }).to_string();
    program
        .run(&["api", "PUT", path, "--data", &body])
        .exits(0)
        .done();
}

/// A server whose records of users tell the workspace's own roles alone.
fn own() -> Switches {
    Switches {
        user_authorization: UserAuthorization::Own,
        ..Switches::default()
    }
}

#[test]
fn roles_in_a_tenant_that_the_plan_made_are_read_again_too() {
    for switches in [Switches::default(), own()] {
        let (server, program) = start(
            switches,
            vec![],
            vec![user(1, "root@example.com", &[])],
            "tenants: {newt: {name: Newt}}\nusers: {root@example.com: {tenants: {newt: [owner]}}}",
        );
        save(&program);
        program.apply_saved("plan.json", &[]).exits(0).done();
        let writes = server.writes();
        program
            .apply_saved("plan.json", &[])
            .exits(0)
            .complains("Done already: 2 of 2")
            .done();
        assert_eq!(server.writes(), writes);
        let id = server.store().tenants[0].tenant_id.clone();
        set_roles(
            &program,
            &format!("/v0/tenants/{id}/users/1/roles"),
            &["auditor", "viewer"],
        );
        program
            .apply_saved("plan.json", &[])
            .exits(4)
            .complains("auditor")
            .done();
    }
}

#[test]
fn a_tenant_that_may_be_hidden_is_not_made_twice() {
    let switches = Switches {
        tenants_find: TenantsFind::Off,
        ..Switches::default()
    };
    let options = Options {
        switches,
        page_size: 2,
        ..Options::default()
    };
    let state = ModeState {
        tenants: vec![tenant("0aaaaaaa", "A")],
        ..ModeState::default()
    };
    let server = Server::start(options, state);
    let program = Program::with(&server);
    program.write("ufsync.yaml", "version: 1\ntenants: {newt: {name: Newt}}\n");
    save(&program);
    // Somebody else's tenants push the new one off the page that the server shows.
    for name in ["B", "C", "D"] {
        let body = json!({ "name": name }).to_string();
        program
            .run(&["api", "POST", "/v0/tenants", "--data", &body])
            .exits(0)
            .done();
    }
    let writes = server.writes();
    program
        .apply_saved("plan.json", &[])
        .exits(4)
        .complains("not visible with this key")
        .done();
    assert_eq!(server.writes(), writes);
}

#[test]
fn taking_back_a_deletion_leaves_the_other_tenant_of_the_name_alone() {
    for saved in [false, true] {
        let (server, program) = start(
            Switches::default(),
            vec![tenant("acme0001", "Acme"), tenant("acme0002", "Acme")],
            vec![
                user(1, "ann@example.com", &[("acme0001", "owner")]),
                user(2, "bob@example.com", &[("acme0001", "viewer")]),
            ],
            "tenants: {acme: {tenantId: acme0001, state: absent}}",
        );
        if saved {
            save(&program);
            program
                .apply_saved("plan.json", &["--undo", "undo.json"])
                .exits(0)
                .done();
        } else {
            program
                .run(&["apply", "--yes", "--undo", "undo.json"])
                .exits(0)
                .done();
        }
        program
            .apply_saved("undo.json", &[])
            .exits(0)
            .says("Applied: 3 calls.")
            .done();
        let store = server.store();
        let new = store
            .tenants
            .iter()
            .find(|tenant| tenant.tenant_id != "acme0002")
            .unwrap();
        assert_eq!(new.name, "Acme");
        let held = |index: usize| store.users[index].roles.clone();
        assert_eq!(
            held(0),
            [(new.tenant_id.clone(), vec!["owner".to_owned()])].into()
        );
        assert_eq!(
            held(1),
            [(new.tenant_id.clone(), vec!["viewer".to_owned()])].into()
        );
    }
}

#[test]
fn a_guard_that_was_accepted_does_not_accept_what_came_later() {
    let (server, program) = start(
        Switches::default(),
        vec![],
        vec![
            user(
                1,
                "a@example.com",
                &[("demo1234", "owner"), ("demo1234", "billing")],
            ),
            user(2, "b@example.com", &[("demo1234", "billing")]),
        ],
        "guards: {keepHolders: {owner: 1, billing: 1}}\nusers: {a@example.com: {roles: []}}",
    );
    save(&program);
    set_roles(&program, "/v0/users/2/roles", &[]);
    let writes = server.writes();
    program
        .apply_saved("plan.json", &[])
        .exits(3)
        .says("\"billing\"")
        .says("\"owner\"")
        .done();
    assert_eq!(server.writes(), writes);
}

#[test]
fn the_last_owner_is_kept_where_records_tell_little() {
    let users = || vec![user(1, "ann@example.com", &[("acme0001", "owner")])];
    for entry in ["{locked: true}", "{state: absent}"] {
        let (_server, program) = start(
            own(),
            vec![tenant("acme0001", "Acme")],
            users(),
            &format!("guards: {{keepHolders: {{owner: 1}}}}\nusers: {{ann@example.com: {entry}}}"),
        );
        program
            .run(&["plan", "--out", "plan.json"])
            .exits(3)
            .says("holders of \"owner\"")
            .done();
        program.accept_saved("plan.json", &[]).exits(0).done();
    }
}

#[test]
fn the_plans_own_steps_are_no_change_that_matters() {
    let state = || {
        (
            vec![tenant("acme0001", "Acme")],
            vec![
                user(1, "bob@example.com", &[("acme0001", "viewer")]),
                user(2, "dd@example.com", &[("acme0001", "viewer")]),
            ],
        )
    };
    let manifests = [
        "tenants: {acme: {name: Acme, state: absent}}\nusers: {bob@example.com: {state: absent}}",
        "tenants: {acme: {name: Acme}}\nprune: {users: {email: ['bob@example.*'], action: lock}, members: [acme]}",
        "tenants: {acme: {name: Acme}}\nusers: {dee@example.com: {renamedFrom: dd@example.com}}\nprune: {members: [acme]}",
    ];
    for manifest in manifests {
        let (tenants, users) = state();
        let (_server, program) = start(Switches::default(), tenants, users, manifest);
        save(&program);
        let steps =
            serde_json::from_str::<Value>(&program.read("plan.json")).unwrap()["steps"].clone();
        // Every step alone by hand, before the plan: the rest is done, and nothing is refused.
        for step in steps.as_array().unwrap() {
            let (tenants, users) = state();
            let (server, other) = start(Switches::default(), tenants, users, manifest);
            save(&other);
            let change = &step["change"];
            let user = if change["kind"] == "user" {
                &change["target"]
            } else {
                &change["user"]
            };
            let user = user["existing"].as_str().unwrap_or_default();
            let action = change["edit"]["action"].as_str().unwrap_or_default();
            let (method, path, body) = match (change["kind"].as_str().unwrap(), action) {
                ("tenant", _) => ("DELETE", "/v0/tenants/acme0001".to_owned(), Value::Null),
                ("user", "delete") => ("DELETE", format!("/v0/users/{user}"), Value::Null),
                ("user", _) => {
                    let [only] = &change["edit"]["changes"].as_array().unwrap()[..] else {
                        panic!("{change} changes several fields");
                    };
                    let body = json!({only["field"].as_str().unwrap(): only["after"]});
                    ("PUT", format!("/v0/users/{user}"), body)
                }
                _ => (
                    "PUT",
                    format!("/v0/tenants/acme0001/users/{user}/roles"),
                    json!({"roles": change["after"]}),
                ),
            };
            other
                .run(&["api", method, &path, "--data", &body.to_string()])
                .exits(0)
                .done();
            other
                .apply_saved("plan.json", &[])
                .exits(0)
                .complains("Done already: 1 of")
                .done();
            other.run(&["plan", "--detailed-exitcode"]).exits(0).done();
            drop(server);
        }
    }
}

#[test]
fn the_case_of_an_address_does_not_matter() {
    let switches = Switches {
        email_case: EmailCase::Lower,
        ..Switches::default()
    };
    let (server, program) = start(
        switches,
        vec![],
        vec![user(1, "ann@x.example", &[])],
        "users: {Anna@X.example: {renamedFrom: ann@x.example}}",
    );
    save(&program);
    program
        .apply_saved("plan.json", &["--undo", "undo.json"])
        .exits(0)
        .done();
    program
        .apply_saved("plan.json", &[])
        .exits(0)
        .complains("Done already: 1 of 1")
        .done();
    program.apply_saved("undo.json", &[]).exits(0).done();
    assert_eq!(
        server.store().users[0].email.as_deref(),
        Some("ann@x.example")
    );
}

#[test]
fn a_tenant_with_new_members_is_not_deleted() {
    let (server, program) = start(
        Switches::default(),
        vec![tenant("acme0001", "Acme")],
        vec![user(1, "ann@example.com", &[])],
        "tenants: {acme: {name: Acme, state: absent}}",
    );
    save(&program);
    set_roles(&program, "/v0/tenants/acme0001/users/1/roles", &["owner"]);
    program
        .apply_saved("plan.json", &[])
        .exits(4)
        .complains("members")
        .done();
    assert_eq!(server.store().tenants.len(), 1);
}
