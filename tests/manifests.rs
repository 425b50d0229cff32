//! Manifests that people write by hand, and what they are told of them: everyday mistakes, each once, with its remedy.

use ufsync::manifest::{self, File, Input};
use ufsync::model::Desired;

use crate::support::Program;

/// The messages and helps of what is found in these files, in their order; errors and warnings.
pub(crate) fn findings(files: &[&str]) -> Vec<String> {
    let (Ok((_, findings)) | Err(findings)) = manifest::load(input(files));
    let text = |finding: &manifest::Finding| {
        let help = miette::Diagnostic::help(&finding.mistake).map(|help| help.to_string());
        format!("{} {}", finding.mistake, help.unwrap_or_default())
    };
    findings.list.iter().map(text).collect()
}

pub(crate) fn input(files: &[&str]) -> Input {
    let files = files.iter().enumerate().map(|(index, text)| File {
        name: format!("file{index}.yaml"),
        bytes: format!("{text}\n").into_bytes(),
    });
    Input {
        files: files.collect(),
        ..Input::default()
    }
}

pub(crate) fn desired(text: &str) -> Desired {
    manifest::load(input(&[text])).unwrap().0
}

const HEAD: &str = "version: 1\nmode: test\n";

pub(crate) fn found(body: &str) -> Vec<String> {
    findings(&[&format!("{HEAD}{body}")])
}

/// One finding that says this.
pub(crate) fn says(body: &str, words: &str) {
    let found = found(body);
    assert!(
        matches!(found.as_slice(), [one] if one.contains(words)),
        "{body}\n`{words}` is not the one finding of {found:#?}"
    );
}

#[test]
fn a_map_or_an_entry_with_nothing_behind_it_is_empty() {
    for body in [
        "tenants:\nusers:\ngroups:\nprune:\nguards:\n",
        "tenants:\n  acme:\n    name: Acme\n    members:\nusers:\n  jane@example.com:\n  bob@example.com:\n    tenants:\n",
        "tenants: ~\nusers: {jane@example.com: null}\n",
    ] {
        assert_eq!(found(body), [] as [&str; 0], "{body}");
    }
    let two = [
        "version: 1\nmode: test\ntenants:\nusers: {a@example.com: }\n",
        "tenants: {acme: {name: Acme}}\nusers:\n",
    ];
    assert_eq!(findings(&two), [] as [&str; 0]);
    assert_eq!(findings(&[two[1], two[0]]), [] as [&str; 0]);
}

#[test]
fn a_field_with_nothing_behind_it_is_an_error_with_the_remedy() {
    for (field, remedy) in [
        ("name:", "Write `null` to clear it, or remove the line."),
        ("username:", "Write `null` to clear it, or remove the line."),
        ("data:", "Write `null` to clear it, or remove the line."),
        (
            "data: {plan: }",
            "Write `null` to clear it, or remove the line.",
        ),
        ("locked:", "Write true or false here, or remove the line."),
        (
            "roles:",
            "Write `[]` for an empty list, or remove the line.",
        ),
        ("userId:", "Write a whole number here, or remove the line."),
        ("state:", "or remove the line."),
        ("invite:", "or remove the line."),
        ("renamedFrom:", "or remove the line."),
    ] {
        says(
            &format!("users:\n  jane@example.com:\n    {field}\n"),
            remedy,
        );
    }
    says("roles:\n", "Write `[]` for an empty list");
    says("workspace:\n", "or remove the line");
    says("tenants:\n  acme:\n    name:\n", "or remove the line");
    says("groups:\n  g:\n    users:\n", "Write `[]`");
    says(
        "users:\n  j@example.com:\n    tenants:\n      a:\ntenants: {a: {name: A}}\n",
        "Write `[]`",
    );
}

#[test]
fn an_overlay_says_what_becomes_of_a_key() {
    let program = Program::new();
    program.write(
        "ufsync.yaml",
        "version: 1\nmode: test\nusers: {jane@example.com: {name: Jane}, bob@example.com: {}}\n",
    );
    program.write(
        "prod.yaml",
        "users:\n  jane@example.com:\n    name:\n  bob@example.com:\ntenants:\n",
    );
    let run = program
        .run(&["validate", "--overlay", "prod.yaml"])
        .exits(1);
    run.complains("ufsync::manifest::nothing_in_overlay")
        .complains("nothing is written behind `name`")
        .complains("nothing is written behind `bob@example.com`")
        .complains("nothing is written behind `tenants`")
        .complains("3 errors.")
        .done();
    program.write(
        "prod.yaml",
        "x-any: [1]\nusers: {jane@example.com: {name: !clear }, bob@example.com: null}\n",
    );
    program
        .run(&["validate", "--overlay", "prod.yaml"])
        .exits(0)
        .says("1 user")
        .done();
}

#[test]
fn everyday_mistakes_have_words_of_their_own() {
    for (body, words) in [
        (
            "users:\n\tjane@example.com: {}\n",
            "Replace the tab with spaces.",
        ),
        (
            "users:\n  jane@example.com:\n  \tname: x\n",
            "Replace the tab with spaces.",
        ),
        ("prune: {members: *}\n", "Quote it: \"*\"."),
        (
            "prune: {users: {email: [*@acme.example]}}\n",
            "Quote it: \"*@acme.example\".",
        ),
        (
            "groups: {g: {users: [a@example.com], tenants: {*: [x]}}}\n",
            "Quote it: \"*\".",
        ),
        (
            "users: {a@example.com: {name: @jane}}\n",
            "Quote it: \"@jane\".",
        ),
        (
            "users: {a@example.com: *base}\n",
            "no anchor of that name is written before it",
        ),
        (
            "users: {a@example.com: {roles: admin}}\n",
            "Write a list: [admin].",
        ),
        (
            "users: {a@example.com: {roles: two words}}\n",
            "Write a list: [\"two words\"].",
        ),
        ("roles: admin\n", "Write a list: [admin]."),
        (
            "groups: {g: {users: a@example.com}}\n",
            "Write a list: [a@example.com].",
        ),
        ("variables: STAGE\n", "Write a list: [STAGE]."),
        (
            "users: {a@example.com: {email: a@example.com}}\n",
            "The key is the address",
        ),
        (
            "tenants: {a: {name: A}}\nusers: {a@example.com: {tenants: {'*': [x]}}}\n",
            "Here only `\"*\": []` is allowed",
        ),
        (
            "tenants: {a: {name: A}}\nprune: {members: ['*']}\n",
            "Write it without a list",
        ),
        (
            "users: {a@example.com: {invite: {type: welcome, duration: +2 days}}}\n",
            "is not a duration",
        ),
        (
            "users: {a@example.com: {invite: {type: welcome, duration: 02 days}}}\n",
            "is not a duration",
        ),
        (
            "users: {a@example.com: {roles: [\" x\"]}}\n",
            "no white space around it",
        ),
        (
            "users: {a@example.com: {phoneNumber: '5550100'}}\n",
            "\"+15550100\"",
        ),
    ] {
        let all = found(body);
        let all: Vec<_> = all
            .iter()
            .filter(|text| !text.contains("nobody is in group"))
            .collect();
        assert!(
            matches!(all.as_slice(), [one] if one.contains(words)),
            "{body}{all:#?}"
        );
    }
}

#[test]
fn keys_that_begin_with_x_are_a_place_for_anchors() {
    let desired = desired(
        "version: 1\nx-base: &base {roles: [member], name: '${UNSET}', nmae: 1}\nx-2: [*base, !clear x]\nusers: {a@example.com: {<<: *base, name: A}}\n"
            .replace(", nmae: 1", "").replace("name: '${UNSET}'", "locked: false").as_str(),
    );
    assert_eq!(desired.users.len(), 1);
    // What only stands there is not looked at, but for keys of the API.
    assert_eq!(
        found("x-a: {any: '${UNSET}', b: 0123, tenants: [1]}\nxy: 1\n").len(),
        1
    );
    says("x-a: [uf_test_admin_demo1234_s3cret]\n", "a key of the API");
    let two = ["version: 1\nmode: test\nx-a: 1\n", "x-a: 2\n"];
    assert_eq!(findings(&two), [] as [&str; 0]);
}

#[test]
fn one_mistake_is_reported_once() {
    let many =
        |line: &str| -> String { (0..25).map(|n| line.replace('#', &n.to_string())).collect() };
    says(
        &format!(
            "users:\n{}",
            many("  u#@example.com: {tenants: {acme: [x]}}\n")
        ),
        "there is no tenant `acme`",
    );
    says(
        &format!(
            "roles: [a]\nusers:\n{}",
            many("  u#@example.com: {roles: [b]}\n")
        ),
        "role `b`",
    );
    says(
        &format!("users:\n{}", many("  u#@example.com: {name: '${NAME}'}\n")),
        "the variable `NAME`",
    );
    says(
        &format!("groups:\n{}", many("  g#: {users: [nobody]}\n")),
        "`nobody` is not an e-mail address",
    );
    says(
        &format!(
            "users: {{jane@example.com: {{state: absent}}}}\ngroups:\n{}",
            many("  g#: {users: [jane@example.com]}\n")
        ),
        "`jane@example.com` is absent",
    );
    says(
        &format!(
            "tenants: {{a: {{name: A, state: absent}}}}\nusers:\n{}",
            many("  u#@example.com: {tenants: {a: [x]}}\n")
        ),
        "tenant `a` is absent",
    );
    // One place behind an anchor, and many aliases of it.
    let aliases = many("  u#@example.com: *base\n");
    for wrong in [
        "nmae: x",
        "locked: 5",
        "roles: [a, 7]",
        "data: {a: 0123}",
        "invite: later",
        "roles: [a, a]",
        "phoneNumber: '1'",
    ] {
        let found = found(&format!("x-base: &base {{{wrong}}}\nusers:\n{aliases}"));
        let found: Vec<_> = found
            .iter()
            .filter(|text| !text.contains("`phoneNumber`"))
            .collect();
        assert_eq!(found.len(), 1, "{wrong}: {found:#?}");
    }
    let places = found_places(&format!(
        "users:\n{}",
        many("  u#@example.com: {tenants: {acme: [x]}}\n")
    ));
    assert_eq!(
        places,
        ["also here", "also here", "also here, and in 21 more places"]
    );
}

/// The words at the related places of the only finding.
fn found_places(body: &str) -> Vec<String> {
    let findings = manifest::load(input(&[&format!("{HEAD}{body}")])).unwrap_err();
    assert_eq!(findings.list.len(), 1);
    findings.list[0]
        .related
        .iter()
        .map(|(_, word)| word.to_string())
        .collect()
}

#[test]
fn mistakes_in_several_places_stay_several() {
    assert_eq!(
        found("users: {a@example.com: {locked: 1}, b@example.com: {locked: 2}}\n").len(),
        2
    );
    assert_eq!(
        found("users: {a@example.com: {roles: [no]}, b@example.com: {roles: [no]}}\n").len(),
        2
    );
    assert_eq!(
        found("users: {a@example.com: {tenants: {p: [a]}}, b@example.com: {tenants: {q: [a]}}}\n")
            .len(),
        2
    );
}

#[test]
fn a_missing_variable_is_the_only_finding() {
    for body in [
        "tenants: {a: {name: 'Acme ${X}'}}\n",
        "tenants: {a: {name: ' ${X}'}}\n",
        "tenants: {a: {name: A, image: '${X}'}}\n",
        "users: {a@example.com: {phoneNumber: '${X}'}}\n",
        "users: {a@example.com: {roles: ['${X}']}}\n",
        "users: {a@example.com: {locked: '${X}'}}\n",
        "users: {a@example.com: {invite: '${X}'}}\n",
        "users: {a@example.com: {renamedFrom: '${X}'}}\n",
        "users: {a@example.com: {data: {a: ['${X}', '${X}']}}}\n",
        "prune: {users: {email: ['${X}']}}\n",
        "guards: {maxDeletes: '${X}'}\n",
    ] {
        says(body, "the variable `X` is not set");
    }
}
