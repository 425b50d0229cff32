//! What the manifest does not mention is counted, listed, and adopted.

use serde_json::{Value, json};

use crate::pull::{BLOCK, by_hand, server};
use crate::support::{Program, Server};

/// A workspace with more than the manifest mentions.
fn with_strangers() -> (Server, Program) {
    let (server, program) = server();
    program.write(
        "all/tenants.yaml",
        BLOCK.split_at(BLOCK.find("users:").unwrap()).0,
    );
    program.write(
        "all/users.yaml",
        BLOCK.split_at(BLOCK.find("users:").unwrap()).1,
    );
    by_hand(&program, "POST", "/v0/tenants", &json!({"name": "Acme!"}));
    by_hand(
        &program,
        "POST",
        "/v0/users",
        &json!({"email": "eve@example.com", "name": "Eve ${HOME}", "data": {"$$": "a\u{202e}b"}}),
    );
    by_hand(
        &program,
        "PUT",
        "/v0/users/3/roles",
        &json!({"roles": ["admin"]}),
    );
    by_hand(
        &program,
        "PUT",
        "/v0/tenants/acme0001/users/3/roles",
        &json!({"roles": ["viewer"]}),
    );
    let tenant = server.store().tenants[2].tenant_id.clone();
    by_hand(
        &program,
        "PUT",
        &format!("/v0/tenants/{tenant}/users/3/roles"),
        &json!({"roles": ["owner"]}),
    );
    by_hand(
        &program,
        "PUT",
        "/v0/tenants/glbx0001/users/1/roles",
        &json!({"roles": ["viewer"]}),
    );
    (server, program)
}

#[test]
fn what_the_manifest_does_not_mention_is_counted_and_listed() {
    let (server, program) = with_strangers();
    let tenant = &server.store().tenants[2].tenant_id;
    let run = program.run(&["plan", "-f", "all"]).exits(0);
    run.says("1 user, 1 tenant not in the manifest")
        .says("No changes")
        .done();
    let run = program.run(&["plan", "-f", "all", "--unmanaged"]).exits(0);
    run.says("Not in the manifest:")
        .says(&format!("  tenants/id:{tenant}  Acme!  (like those in all/tenants.yaml)"))
        .says("  users/eve@example.com  admin, owner, viewer  (like those in all/users.yaml)")
        .says("  users/jane@example.com/tenants/globex  Globex  viewer  (like those in all/users.yaml)")
        .done();
    let run = program
        .run(&["plan", "-f", "all", "--unmanaged", "--format", "json"])
        .exits(0);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["unmanaged"]["users"], json!({"exactly": 1}));
    assert_eq!(document["unmanaged"]["list"].as_array().unwrap().len(), 3);
}

#[test]
fn what_the_manifest_does_not_mention_is_adopted() {
    let (server, program) = with_strangers();
    let tenant = server.store().tenants[2].tenant_id.clone();
    let pull = ["pull", "-f", "all", "--yes"];
    program
        .run(&[&pull[..], &["--adopt", "users/*"]].concat())
        .exits(64)
        .complains("--into")
        .done();
    let into = ["--into", "all/users.yaml"];
    let run = |adopt: &str| program.run(&[&pull[..], &into, &["--adopt", adopt]].concat());
    run("users/zoe@*")
        .exits(1)
        .complains("adopt_nothing")
        .done();
    // The tenant is not in the manifest, so that the role there stays.
    run("users/*").exits(5).complains("adopt it too").done();
    let users = program.read("all/users.yaml");
    assert!(users.contains("globex: [viewer]"), "{users}");
    assert!(users.contains("$${HOME}"), "{users}");
    assert!(users.contains("\\U0000202E"), "{users}");
    program
        .run(&["plan", "-f", "all"])
        .exits(0)
        .says("No changes")
        .says("1 tenant not in")
        .done();
    let run = program.run(
        &[
            &pull[..],
            &["--into", "all/tenants.yaml", "--adopt", "tenants/*"],
        ]
        .concat(),
    );
    run.exits(0).done();
    let tenants = program.read("all/tenants.yaml");
    assert!(
        tenants.contains(&format!("  acme-{}:", tenant.as_str())),
        "{tenants}"
    );
    program
        .run(&["plan", "-f", "all"])
        .exits(0)
        .says("No changes")
        .done();
    let run = program.run(&[&pull[..], &into, &["--adopt", "users/**"]].concat());
    run.exits(0).done();
    program
        .run(&["plan", "-f", "all", "--unmanaged"])
        .exits(0)
        .says("No changes")
        .says("nothing outside the manifest")
        .done();
}
