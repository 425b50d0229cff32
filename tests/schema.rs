//! The JSON Schema: in step with the code, and of one mind with the reader of manifests.

use std::path::Path;

use serde_json::Value;
use ufsync::manifest::{self, File, Input};

use crate::support::Program;

fn published() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/manifest.schema.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn accepts(schema: &Value, text: &str) -> bool {
    let options = jsonschema::options();
    let validator = options.should_validate_formats(true).build(schema).unwrap();
    serde_yaml::from_str::<Value>(text).is_ok_and(|value| validator.is_valid(&value))
}

/// Whether the schema and the tool accept a manifest.
fn verdicts(text: &str) -> (bool, bool) {
    let by_schema = accepts(&published(), text);
    let by_tool = manifest::load(Input {
        files: vec![File {
            name: "test.yaml".into(),
            bytes: text.into(),
        }],
        ..Input::default()
    })
    .is_ok();
    (by_schema, by_tool)
}

#[test]
fn the_published_schema_is_the_one_that_the_code_makes() {
    let made = Program::new().run(&["schema"]).exits(0).stdout;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema/manifest.schema.json");
    let published = std::fs::read_to_string(path).unwrap();
    assert_eq!(
        made, published,
        "run `cargo run -- schema > schema/manifest.schema.json`"
    );
}

#[test]
fn every_schema_is_of_draft_7() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schema");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let schema = std::fs::read_to_string(&path).unwrap();
        let schema: Value = serde_json::from_str(&schema).unwrap();
        let draft = &schema["$schema"];
        assert_eq!(draft, "http://json-schema.org/draft-07/schema#", "{path:?}");
        count += 1;
    }
    assert!(count >= 5, "{count}");
}

#[test]
fn every_property_is_described_and_no_other_is_allowed() {
    let schema = published();
    let definitions = schema["definitions"].as_object().unwrap().values();
    let mut seen = 0;
    // Names and lists have no properties.
    let is_map = |form: &&Value| form["properties"].is_object();
    for object in definitions.chain([&schema]).filter(is_map) {
        assert_eq!(object["additionalProperties"], false, "{}", object["title"]);
        for (key, property) in object["properties"].as_object().unwrap() {
            seen += 1;
            assert!(
                property["description"].is_string(),
                "{key} has no description"
            );
        }
    }
    assert!(seen > 20);
}

#[test]
fn schema_and_tool_accept_the_same() {
    for text in [
        "version: 1",
        "{version: 1, x-anchors: [&a x], variables: [STAGE, _A1]}",
        "{version: 1, tenants: null, users: {a@example.com: null}, groups: {g: null}, prune: null, guards: null}",
        "{version: 1, tenants: {a: {name: A, members: null}}, users: {a@example.com: {tenants: null}}}",
        "{version: 1, workspace: demo1234, mode: live, roles: [a, b]}",
        "{version: 1, tenants: {a: {name: A}}, users: {a@example.com: {tenants: {'*': [], a: [x]}}}}",
        "{version: 1, mode: '${M:-test}', users: {a@example.com: {phoneNumber: '${T:-+15550100}', state: '${S:-present}', roles: [{role: r, until: '${U:-2030-01-01}'}], invite: '${I:-none}'}}}",
        "{version: 1, tenants: {acme: {name: Acme, image: null, data: {a: [1, {b: null}]}}, b: {tenantId: abc, state: present}, c: {name: C, state: absent}}}",
        "{version: 1, users: {a@example.com: {name: null, username: a, userId: 3, invite: welcome, phoneNumber: '+15550100', locked: true, data: null, roles: [], tenants: {}}}}",
        "{version: 1, tenants: {a: {name: A, members: {a@example.com: [x]}}}, users: {a@example.com: {}}, groups: {g: {users: [a@example.com], roles: [b], tenants: {'*': [z], a: []}}}}",
        "{version: 1, prune: {users: {email: ['*@a.example'], action: lock}, tenants: true, members: '*'}, guards: {maxDeletes: 5, maxRoleRemovals: 25%, keepHolders: {admin: 1}, protect: [a@example.com]}}",
        "{version: 1, tenants: {a: {name: A}}, prune: {members: [a]}, guards: {maxDeletes: '5'}}",
        "{version: 1, users: {a@example.com: {invite: {type: reset, duration: 2 days}, renamedFrom: b@example.com}, c@example.com: {state: absent}, d@example.com: {}}}",
    ] {
        assert_eq!(verdicts(text), (true, true), "{text}");
    }
}

#[test]
fn schema_and_tool_accept_the_same_durations() {
    let counts = [
        "0", "1", "01", "+2", "2", "7", "8", "9", "10", "99", "100", "168", "169", "9999", "10080",
        "10081", "604799", "604800", "604801", "1000000", "", "2.0", "-2",
    ];
    let units = [
        "second", "seconds", "minutes", "hours", "day", "days", "week", "weeks", "months", "",
        " days",
    ];
    for count in counts {
        for unit in units {
            let text = format!(
                "{{version: 1, users: {{a@example.com: {{invite: {{type: reset, duration: \"{count} {unit}\"}}}}}}}}"
            );
            let (schema, tool) = verdicts(&text);
            assert_eq!(schema, tool, "{text}");
        }
    }
}

#[test]
fn schema_and_tool_refuse_the_same() {
    for text in [
        "{version: 2}",
        "{version: '1'}",
        "{version: 1, rols: []}",
        "{version: 1, mode: prod}",
        "{version: 1, roles: admin}",
        "{version: 1, roles: ['']}",
        "{version: 1, tenants: {Acme: {name: Acme}}}",
        "{version: 1, tenants: {acme: {name: 5}}}",
        "{version: 1, tenants: {acme: {name: ''}}}",
        "{version: 1, tenants: {acme: {name: A, nmae: B}}}",
        "{version: 1, tenants: {acme: {name: A, data: []}}}",
        "{version: 1, tenants: {acme: {name: A, state: gone}}}",
        "{version: 1, users: {nobody: {}}}",
        "{version: 1, users: {a@example.com: {userId: x}}}",
        "{version: 1, users: {a@example.com: {locked: 1}}}",
        "{version: 1, users: {a@example.com: {roles: {a: b}}}}",
        "{version: 1, users: {a@example.com: {invite: later}}}",
        "{version: 1, users: {a@example.com: {invite: {type: welcome, duration: soon}}}}",
        "{version: 1, users: {a@example.com: {invite: {duration: 2 days}}}}",
        "{version: 1, users: {a@example.com: {renamedFrom: b}}}",
        "{version: 1, users: {a@example.com: {phoneNumber: '+1 555 0100'}}}",
        "{version: 1, users: {a@example.com: {phoneNumber: '5550100'}}}",
        "{version: 1, users: {a@example.com: {roles: [' admin']}}}",
        "{version: 1, users: {a@example.com: {roles: null}}}",
        "{version: 1, users: {a@example.com: {locked: null}}}",
        "{version: 1, variables: [a-b]}",
        "{version: 1, xa: 1}",
        "{version: 1, groups: {g: {users: [nobody]}}}",
        "{version: 1, groups: {g: {people: []}}}",
        "{version: 1, tenants: {a: {name: A, members: {nobody: []}}}}",
        "{version: 1, prune: {users: {email: []}}}",
        "{version: 1, prune: {users: {action: lock}}}",
        "{version: 1, prune: {users: {email: ['*@a.example'], action: hide}}}",
        "{version: 1, prune: {tenants: 'yes'}}",
        "{version: 1, prune: {members: all}}",
        "{version: 1, tenants: {a: {name: A}}, users: {a@example.com: {tenants: {'*': [x], a: [x]}}}}",
        "{version: 1, mode: '$M'}",
        "{version: 1, guards: {maxDeletes: many}}",
        "{version: 1, guards: {maxDeletes: 101%}}",
        "{version: 1, guards: {keepHolders: {admin: one}}}",
        "{version: 1, guards: {protect: []}}",
        "{version: 1, guards: {keepHolders: {}}}",
    ] {
        assert_eq!(verdicts(text), (false, false), "{text}");
    }
}

#[test]
fn some_mistakes_only_the_tool_can_know() {
    for (text, why) in [
        ("{tenants: {}}", "the version may stand in another file"),
        (
            "{version: 1, users: {a@example.com: {tenants: {acme: [a]}}}}",
            "tenants may stand in another file",
        ),
        (
            "{version: 1, roles: [a], users: {a@example.com: {roles: [b]}}}",
            "a vocabulary is not a fixed list of words",
        ),
        (
            "{version: 1, users: {a@example.com: {}, A@example.com: {}}}",
            "a schema can't compare without case",
        ),
        (
            "{version: 1, users: {a@example.com: {state: absent, name: A}}}",
            "kept simple: an editor would show a puzzling message",
        ),
        (
            "{version: 1, tenants: {acme: {}}}",
            "a pinned tenant needs no name",
        ),
    ] {
        assert_eq!(verdicts(text), (true, false), "{why}: {text}");
    }
}

const NAMED: &str = "\
version: 1
roles: [owner, viewer]
tenants:
  acme: { name: Acme, members: { jane@example.com: [owner] } }
  west: { name: West, parent: acme }
users:
  jane@example.com: { tenants: { acme: [owner], west: [viewer, { role: owner, until: 2030-01-01 }] } }
groups:
  all: { users: [jane@example.com], groups: [inner], tenants: { '*': [viewer] } }
  inner: { users: [{ user: new@example.com, until: 2030-01-01 }], roles: { atLeast: ['${R:-owner}'] } }
rules: [{ role: owner, scope: workspace, atLeast: 1 }]
prune: { members: [acme] }
";

#[test]
fn a_schema_with_names_marks_those_that_the_manifest_does_not_have() {
    let program = Program::new();
    program.write("ufsync.yaml", NAMED);
    program
        .run(&["schema", "--from", "ufsync.yaml", "-o", "names.json"])
        .exits(0)
        .done();
    let schema: Value = serde_json::from_str(&program.read("names.json")).unwrap();
    assert!(accepts(&schema, NAMED));
    for (right, wrong) in [
        (
            "members: { jane@example.com: [owner]",
            "members: { jane@example.com: [onwer]",
        ),
        ("parent: acme", "parent: amce"),
        ("west: [viewer", "wets: [viewer"),
        ("[viewer, {", "[veiwer, {"),
        ("role: owner, until", "role: onwer, until"),
        ("groups: [inner]", "groups: [iner]"),
        ("tenants: { '*': [viewer]", "tenants: { '+': [viewer]"),
        ("{ role: owner, scope", "{ role: onwer, scope"),
        ("members: [acme]", "members: [amce]"),
    ] {
        assert!(NAMED.contains(right), "{right}");
        assert!(!accepts(&schema, &NAMED.replace(right, wrong)), "{wrong}");
    }
    // Somebody without an entry is no mistake.
    assert!(accepts(
        &schema,
        &NAMED.replace("users: [jane@", "users: [june@")
    ));
    // What hover and completion show.
    let definitions = &schema["definitions"];
    assert_eq!(definitions["User"]["title"], "User");
    assert_eq!(definitions["RoleName"]["title"], "Role");
    assert_eq!(
        definitions["RoleName"]["anyOf"][0]["enum"],
        serde_json::json!(["owner", "viewer"])
    );
    let tenants = &definitions["Group"]["properties"]["tenants"]["properties"];
    assert!(
        tenants["acme"].is_object() && tenants["*"].is_object(),
        "{tenants}"
    );
}

#[test]
fn without_a_list_of_roles_a_new_role_is_no_mistake() {
    let program = Program::new();
    let text = NAMED.replace("roles: [owner, viewer]\n", "");
    program.write("ufsync.yaml", &text);
    let made = program
        .run(&["schema", "--from", "ufsync.yaml"])
        .exits(0)
        .stdout;
    let schema: Value = serde_json::from_str(&made).unwrap();
    assert!(accepts(&schema, &text));
    assert!(accepts(
        &schema,
        &text.replace("role: owner, until", "role: other, until")
    ));
}

#[test]
fn a_manifest_with_a_mistake_leaves_the_schema_as_it_is() {
    let program = Program::new();
    program.write("ufsync.yaml", NAMED);
    let write = ["schema", "--from", "ufsync.yaml", "-o", "names.json"];
    program.run(&write).exits(0).done();
    let before = program.read("names.json");
    program.write(
        "ufsync.yaml",
        &NAMED.replace("parent: acme", "parent: amce"),
    );
    program
        .run(&write)
        .exits(1)
        .complains("ufsync.yaml:5")
        .done();
    assert_eq!(program.read("names.json"), before);
    program
        .run(&["schema", "plan", "--from", "ufsync.yaml"])
        .exits(64)
        .complains("--from is for the schema of the manifest")
        .done();
}

#[test]
fn an_overlay_may_say_what_only_overlays_say() {
    let schema = published();
    assert!(accepts(
        &schema,
        "{overlay: true, vars: {STAGE: prod}, users: {}}"
    ));
    for wrong in [
        "{vars: {STAGE: prod}}",
        "{overlay: false}",
        "{overlay: true, vars: {a-b: c}}",
    ] {
        assert!(!accepts(&schema, wrong), "{wrong}");
    }
}

#[test]
fn the_names_of_an_environment_are_known_too() {
    let program = Program::new();
    program.write(
        "ufsync.yaml",
        &NAMED.replace("name: West", "name: '${WEST}'"),
    );
    program.write(
        "ufsync.prod.yaml",
        "overlay: true\nvars: { WEST: Far West }\ntenants: { east: { name: East } }\n",
    );
    let from = ["schema", "--from", "ufsync.yaml"];
    program.run(&from).exits(1).complains("WEST").done();
    for more in [&["--env", "prod"][..], &["--overlay", "ufsync.prod.yaml"]] {
        let made = program.run(&[&from[..], more].concat()).exits(0).stdout;
        assert!(made.contains("\"east\""), "{more:?}");
    }
    let made = program.run(&[&from[..], &["--var", "WEST=W"]].concat());
    assert!(!made.exits(0).stdout.contains("\"east\""));
}

#[test]
fn the_examples_fit_the_schema_and_that_of_their_own_names() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    for name in ["quickstart.yaml", "access.yaml"] {
        let text = std::fs::read_to_string(root.join(name)).unwrap();
        assert!(accepts(&published(), &text), "{name}");
        let program = Program::new();
        program.write(name, &text);
        let made = program.run(&["schema", "--from", name]).exits(0).stdout;
        assert!(
            accepts(&serde_json::from_str(&made).unwrap(), &text),
            "{name}"
        );
    }
}
