//! What people see when a manifest is wrong: every finding at once, each with its place and its help.

use crate::support::{Program, Server};

fn validate(text: &str) -> String {
    let program = Program::new();
    program.write("bad.yaml", text);
    program.run(&["validate", "-f", "bad.yaml"]).exits(1).stderr
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    insta::assert_snapshot!(validate(
        r"version: 1
mode: tset
rols: [admin]
roles: [admin, member]
tenants:
  Acme: { name: no }
  globex: { image: [1] }
  gone: { state: absent }
  pinned: { tenantId: ../x }
users:
  jane@example.com:
    nmae: Jane
    data: { a: 0123, b: yes }
    tenants: { glbex: [admn], gone: [admin] }
    roles: [member, member]
    userId: 1
    userUuid: c38d7119-4dca-403c-bc3c-a008c5115b5c
    invite: { type: welcome, duration: 9 weeks }
  Jane@Example.com: { userId: 1 }
  nobody: { state: absent, name: x }
  jane@example.com: {}
"
    ));
}

#[test]
fn what_is_not_yaml_is_told_with_its_place() {
    insta::assert_snapshot!(validate("version: 1\nusers:\n  - [unclosed\n"));
}

#[test]
fn files_that_can_not_be_read_as_one_document_are_refused() {
    for (text, code) in [
        ("version: 1\n---\nversion: 1\n", "several_documents"),
        (
            "version: 1\nusers: &a {x@example.com: {data: {a: *a}}}\n",
            "recursive_alias",
        ),
        ("version: 1\nusers: {? [1] : {}}\n", "bad_key"),
        ("version: 1\nusers: {<<: 5}\n", "bad_merge"),
        ("version: !!int 1\n", "unknown_tag"),
        ("users: {}\n", "missing_version"),
    ] {
        let found = validate(text);
        assert!(
            found.contains(&format!("ufsync::manifest::{code}")),
            "{code} is not in:\n{found}"
        );
    }
    let deep = format!(
        "version: 1\nusers: {{x@example.com: {{data: {{a: {}1{} }} }} }}\n",
        "[".repeat(5000),
        "]".repeat(5000)
    );
    assert!(validate(&deep).contains("too_deep"));
    let laugh = |n| {
        format!(
            "a{n}: &a{n} [{}]\n",
            vec![format!("*a{}", n - 1); 9].join(", ")
        )
    };
    let laughs = (1..40).map(laugh).collect::<Vec<_>>().concat();
    assert!(validate(&format!("a0: &a0 [x]\n{laughs}")).contains("alias_budget"));
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    let program = Program::new();
    std::fs::write(
        program.path().join("bad.yaml"),
        b"version: 1\nworkspace: \xff\xfe\n",
    )
    .unwrap();
    program
        .run(&["validate", "-f", "bad.yaml"])
        .exits(1)
        .complains("this file is not UTF-8 text")
        .complains("bad.yaml:2")
        .done();
}

#[test]
fn anchors_aliases_and_merge_keys_work() {
    let program = Program::new();
    program.write("ok.yaml", "version: 1\nusers:\n  a@example.com: &base {name: A, roles: [x], data: {k: 1}}\n  b@example.com: {<<: *base, name: B}\n  c@example.com: {<<: [{name: C}, *base], roles: []}\n  d@example.com: *base\n");
    let run = program
        .run(&["plan", "--sandbox", "-f", "ok.yaml"])
        .exits(0);
    run.says("b@example.com  name \"B\", data {k: 1}")
        .says("c@example.com  name \"C\", data {k: 1}")
        .says("Plan: 4 users to create, 3 role sets.")
        .done();
}

#[test]
fn places_are_right_after_wide_characters_tabs_and_crlf() {
    let program = Program::new();
    program.write(
        "bad.yaml",
        "\u{feff}version: 1\r\nusers:\r\n  \"ünï@example.com\": { name: Ünï 🦀, nmae: x }\r\n",
    );
    program
        .run(&["validate", "-f", "bad.yaml"])
        .exits(1)
        .complains("bad.yaml:3:37")
        .done();
}

#[test]
fn two_files_that_say_the_same_are_both_shown() {
    let program = Program::new();
    program.write(
        "ufsync/a.yaml",
        "version: 1\nusers: {jane@example.com: {}}\n",
    );
    program.write(
        "ufsync/b.yaml",
        "version: 1\nusers: {JANE@example.com: {}}\n",
    );
    let run = program
        .run(&["validate"])
        .exits(1)
        .complains("`version` is written in two files")
        .complains("also written here: ufsync/a.yaml:1");
    run.complains("`JANE@example.com` has two entries")
        .complains("ufsync/a.yaml:2")
        .done();
}

#[test]
fn what_only_the_live_state_shows_is_told_with_candidates() {
    let server = Server::empty();
    let program = Program::with(&server);
    program.write("seed.yaml", "version: 1\ntenants: {a: {name: Twin, tenantId: aaaa0001}, b: {name: Twin, tenantId: aaaa0002}, c: {name: Other}}\nusers: {jane@example.com: {userId: 7}, eve@example.com: {}}\n");
    program.write("ufsync.yaml", "version: 1\ntenants:\n  twin: {name: Twin}\n  other: {name: Other}\n  self: {tenantId: demo1234}\nusers:\n  no@example.com: {userId: 99}\n  eve@example.com: {userId: 7, renamedFrom: jane@example.com}\n");
    let run = program
        .run(&["plan", "--sandbox=seed.yaml", "--format", "json"])
        .exits(6);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&document["blocked"]).unwrap());
}
