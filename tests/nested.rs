//! Tenants below tenants.

use serde_json::{Value, json};
use ufsync::emulator::switches::Switches;
use ufsync::emulator::{ModeState, Options};

use crate::support::{Program, Server, desired, switches};

const TREE: &str = r"
version: 1
tenants:
  acme: { name: Acme }
  north: { name: North, parent: acme }
  oslo: { name: Oslo, parent: north }
  globex: { name: Globex }
  globex-north: { name: North, parent: globex, data: { plan: pro } }
users:
  jane@example.com:
    name: Jane
    roles: []
    tenants: { acme: [owner], oslo: [viewer], globex-north: [owner, viewer] }
";

fn server(switches: Switches) -> Server {
    let options = Options {
        switches,
        page_size: 2,
        ..Options::default()
    };
    Server::start(options, ModeState::default())
}

/// The names of all tenants, each with those above it.
fn tree(server: &Server) -> Vec<String> {
    let store = server.store();
    let path = |id: &str| {
        let mut names = Vec::new();
        let mut next = id.to_owned();
        while let Some(tenant) = store.tenants.iter().find(|tenant| tenant.tenant_id == next) {
            names.insert(0, tenant.name.clone());
            next.clone_from(&tenant.parent);
        }
        names.join("/")
    };
    let mut paths: Vec<String> = store.tenants.iter().map(|it| path(&it.tenant_id)).collect();
    paths.sort();
    paths
}

#[test]
fn a_tree_is_made_planned_exported_and_taken_back() {
    for (name, value) in [
        ("nesting", "on"),
        ("nesting", "cascade"),
        ("user-authorization", "own"),
        ("search-order", "listed"),
        ("updates", "slow"),
    ] {
        let server = server(switches::with([(name, value)]));
        let program = Program::with(&server);
        program.write("ufsync.yaml", TREE);
        program
            .run(&["apply", "--yes", "--undo", "undo.json"])
            .exits(0)
            .done();
        let made = [
            "Acme",
            "Acme/North",
            "Acme/North/Oslo",
            "Globex",
            "Globex/North",
        ];
        assert_eq!(tree(&server), made, "{value}");
        program.run(&["plan"]).exits(0).says("No changes").done();
        let export = program.run(&["export"]).exits(0).stdout;
        assert!(export.contains("parent: acme"), "{export}");
        program.write("export.yaml", &export);
        let again = program.run(&["plan", "-f", "export.yaml"]).exits(0);
        again.says("No changes").done();
        program
            .run(&["export", "--snapshot", "-o", "live.json"])
            .exits(0)
            .done();
        let offline = program.run(&["plan", "--live", "live.json"]).exits(0);
        offline.says("No changes").done();
        program.accept_saved("undo.json", &[]).exits(0).done();
        assert!(tree(&server).is_empty(), "{value}: {:?}", tree(&server));
    }
}

#[test]
fn a_tree_that_is_deleted_goes_from_below_and_comes_back() {
    let server = server(Switches::default());
    let program = Program::with(&server);
    program.write("ufsync.yaml", TREE);
    program.run(&["apply", "--yes"]).exits(0).done();
    let before = tree(&server);
    program.write(
        "gone.yaml",
        "version: 1\ntenants:\n  acme: { name: Acme, state: absent }\n  north: { name: North, parent: acme, state: absent }\n  oslo: { name: Oslo, parent: north, state: absent }\n",
    );
    let plan = program.run(&["plan", "-f", "gone.yaml", "--out", "gone.json"]);
    let shown = &plan.stdout;
    let place = |name: &str| shown.find(&format!("tenant  {name}")).unwrap();
    assert!(
        place("oslo") < place("north") && place("north") < place("acme"),
        "{shown}"
    );
    program
        .accept_saved("gone.json", &["--undo", "undo.json"])
        .exits(0)
        .done();
    assert_eq!(tree(&server), ["Globex", "Globex/North"]);
    program.accept_saved("undo.json", &[]).exits(0).done();
    assert_eq!(tree(&server), before);
    let jane = &server.store().users[0].roles;
    assert_eq!(jane.len(), 3, "{jane:?}");
}

#[test]
fn a_name_identifies_within_its_parent_and_no_second_tenant_is_made() {
    let server = server(Switches::default());
    let program = Program::with(&server);
    program.write("ufsync.yaml", TREE);
    program.run(&["apply", "--yes"]).exits(0).done();
    // Deeper only: blocked, with the line to write.
    program.write(
        "ufsync.yaml",
        "version: 1\ntenants: { acme: { name: Acme }, oslo: { name: Oslo } }\n",
    );
    let run = program.run(&["plan"]).exits(6);
    run.says("tenantId:").done();
    // A tenant that exists, below one that exists, is found.
    let found = server.plan(&desired(
        "{version: 1, tenants: {globex: {name: Globex}, gn: {name: North, parent: globex}}}",
    ));
    assert!(
        found.steps.is_empty() && found.blocked.is_empty(),
        "{found:?}"
    );
    // Another of the same name below another parent is a new one.
    let other = server.plan(&desired(
        "{version: 1, tenants: {globex: {name: Globex}, go: {name: Oslo, parent: globex}}}",
    ));
    assert_eq!(other.steps.len(), 1, "{other:?}");
}

#[test]
fn pruning_stays_on_the_top_level_unless_the_tree_is_meant() {
    let deletions = |prune: &str| {
        let server = server(Switches::default());
        let program = Program::with(&server);
        program.write("ufsync.yaml", TREE);
        program.run(&["apply", "--yes"]).exits(0).done();
        let kept = format!(
            "{{version: 1, guards: {{maxDeletes: 100%}}, tenants: {{acme: {{name: Acme}}}}, prune: {{tenants: {prune}}}}}"
        );
        let plan = server.plan(&desired(&kept));
        let steps = plan
            .steps
            .iter()
            .filter_map(|step| step.called.tenant.as_deref());
        let steps: Vec<String> = steps.map(ToOwned::to_owned).collect();
        (steps, plan.blocked.len())
    };
    // Globex has a tenant below it, which stays: it is not deleted.
    assert_eq!(deletions("true"), (Vec::new(), 1));
    let (steps, blocked) = deletions("tree");
    assert_eq!(blocked, 0);
    assert_eq!(steps.len(), 4, "{steps:?}");
}

#[test]
fn three_hundred_tenants_on_four_levels_take_few_calls() {
    let server = server(Switches::default());
    let mut tenants = serde_json::Map::new();
    let mut users = serde_json::Map::new();
    for number in 0..300 {
        let mut tenant = json!({"name": format!("T{number}")});
        // Ten on the first level, and each has up to three below it.
        if number >= 10 {
            tenant["parent"] = json!(format!("t{}", (number - 10) / 3));
        }
        tenants.insert(format!("t{number}"), tenant);
    }
    for number in 0..200 {
        let scopes = (0..10).map(|scope| {
            (
                format!("t{}", (number * 7 + scope * 31) % 300),
                json!(["viewer"]),
            )
        });
        let scopes: serde_json::Map<String, Value> = scopes.collect();
        users.insert(
            format!("u{number}@example.com"),
            json!({"name": "U", "tenants": scopes}),
        );
    }
    let manifest = json!({"version": 1, "tenants": tenants, "users": users});
    let program = Program::with(&server);
    program.write("ufsync.yaml", &manifest.to_string());
    program
        .run(&["apply", "--yes", "--undo", "undo.json"])
        .exits(0)
        .done();
    assert_eq!(server.store().tenants.len(), 300);
    program.run(&["plan"]).exits(0).says("No changes").done();
    program
        .run(&["export", "-o", "export.yaml"])
        .exits(0)
        .done();
    let exported = program.run(&["plan", "-f", "export.yaml"]).exits(0);
    exported.says("No changes").done();
    program.accept_saved("undo.json", &[]).exits(0).done();
    assert!(server.store().tenants.is_empty() && server.store().users.is_empty());
}

/// Ann's record shows `editor` in both tenants, and nothing shows whether this server repeats roles: the role search of the
/// emulator finds direct holders, so both tenants hold it.
#[test]
fn a_role_that_may_only_be_repeated_is_exported_and_named_in_a_plan() {
    let state = || {
        serde_json::from_value::<ModeState>(json!({
            "tenants": [
                {"tenantId": "acmeacme", "name": "Acme"},
                {"tenantId": "westwest", "name": "West", "parent": "acmeacme"},
            ],
            "users": [
                {"email": "ann@x.example", "isConfirmed": true, "roles": {"acmeacme": ["editor"], "westwest": ["editor"]}},
                {"email": "root@x.example", "isConfirmed": true, "roles": {"demo1234": ["admin"]}},
            ],
        }))
        .unwrap()
    };
    for nesting in ["on", "cascade"] {
        let options = Options {
            switches: switches::with([("nesting", nesting)]),
            ..Options::default()
        };
        let server = Server::start(options, state());
        let program = Program::with(&server);
        let export = program.run(&["export"]).exits(0).stdout;
        assert_eq!(export.matches("[editor]").count(), 2, "{nesting}: {export}");
        let tenants = "tenants: { acme: { name: Acme }, west: { name: West, parent: acme } }";
        program.write(
            "ufsync.yaml",
            &format!("version: 1\nworkspace: demo1234\nmode: test\n{tenants}\nusers: {{ ann@x.example: {{ tenants: {{ acme: [], west: [] }} }} }}\n"),
        );
        let run = program.run(&["plan"]).exits(0);
        run.says("editor may be held here or only in a tenant above")
            .done();
        program
            .run(&["apply", "--yes", "--undo", "undo.json"])
            .exits(0)
            .done();
        program.run(&["plan"]).exits(0).says("No changes").done();
        program
            .run(&["apply", "undo.json", "--yes"])
            .exits(0)
            .done();
        let store = server.store();
        let ann = store
            .users
            .iter()
            .find(|it| it.email.as_deref() == Some("ann@x.example"));
        let roles = &ann.unwrap().roles;
        assert_eq!(roles["acmeacme"], ["editor"], "{nesting}");
        assert_eq!(roles["westwest"], ["editor"], "{nesting}");
    }
}
