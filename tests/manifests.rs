//! Manifests that people write by hand, and what they are told of them: everyday mistakes, each once, with its remedy.

use ufsync::manifest::{self, File, Input, Vars};
use ufsync::model::{Desired, Email, RoleName, Scope};

use crate::support::Program;

/// The messages and helps of what is found in these files, in their order; errors and warnings.
fn findings(files: &[&str]) -> Vec<String> {
    let (Ok((_, findings)) | Err(findings)) = manifest::load(input(files));
    let text = |finding: &manifest::Finding| {
        let help = miette::Diagnostic::help(&finding.mistake).map(|help| help.to_string());
        format!("{} {}", finding.mistake, help.unwrap_or_default())
    };
    findings.list.iter().map(text).collect()
}

fn input(files: &[&str]) -> Input {
    let files = files.iter().enumerate().map(|(index, text)| File {
        name: format!("file{index}.yaml"),
        bytes: format!("{text}\n").into_bytes(),
    });
    Input {
        files: files.collect(),
        ..Input::default()
    }
}

fn desired(text: &str) -> Desired {
    manifest::load(input(&[text])).unwrap().0
}

const HEAD: &str = "version: 1\nmode: test\n";

fn found(body: &str) -> Vec<String> {
    findings(&[&format!("{HEAD}{body}")])
}

/// One finding that says this.
fn says(body: &str, words: &str) {
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
            "Name the tenants here by their handles.",
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

#[test]
fn spellings_of_one_address_are_one_user() {
    for (one, other) in [
        ("jane@b\u{fc}cher.example", "jane@xn--bcher-kva.example"),
        ("jane@b\u{fc}cher.example", "JANE@bu\u{308}cher.example"),
        ("jos\u{e9}@example.com", "jose\u{301}@EXAMPLE.com"),
        ("jane@example.com", "Jane@Example.com"),
    ] {
        let found = found(&format!("users:\n  \"{one}\": {{}}\n  \"{other}\": {{}}\n"));
        assert!(
            found.iter().any(|text| text.contains("has two entries")),
            "{one} {other} {found:#?}"
        );
        let desired = desired(&format!(
            "version: 1\nusers: {{\"{one}\": {{roles: [a]}}}}\ngroups: {{g: {{users: [\"{other}\"], roles: [b]}}}}\n"
        ));
        let user = &desired.users[&Email::new(other)];
        assert_eq!((desired.users.len(), user.grants[0].1.roles.len()), (1, 2));
        assert_eq!(user.email.value.as_str(), one, "it keeps its spelling");
    }
    for (one, other) in [
        ("\u{212a}evin@example.com", "kevin@example.com"),
        ("jos\u{c9}@example.com", "jos\u{e9}@example.com"),
        ("a.b@example.com", "ab@example.com"),
    ] {
        assert_eq!(
            desired(&format!(
                "version: 1\nusers: {{\"{one}\": {{}}, \"{other}\": {{}}}}\n"
            ))
            .users
            .len(),
            2
        );
    }
    // An overlay patches the entry under another spelling.
    let program = Program::new();
    program.write(
        "ufsync.yaml",
        "version: 1\nmode: test\nusers: {\"jane@b\u{fc}cher.example\": {}}\n",
    );
    program.write("prod.yaml", "users: {jane@xn--bcher-kva.example: null}\n");
    program
        .run(&["validate", "--overlay", "prod.yaml"])
        .exits(0)
        .says("0 users")
        .done();
}

#[test]
fn what_is_unique_on_the_server_is_unique_in_the_manifest() {
    for field in ["username: jane", "phoneNumber: '+15550100'"] {
        let program = Program::new();
        program.write("ufsync.yaml", &format!("version: 1\nmode: test\nusers:\n  a@example.com: {{{field}}}\n  b@example.com: {{{field}}}\n"));
        program
            .run(&["validate"])
            .exits(1)
            .complains("two entries have the same")
            .complains("first written here")
            .done();
    }
    says(
        "users: {a@example.com: {username: Jane}, b@example.com: {username: jane}}\n",
        "`username`",
    );
    says(
        "x-base: &base {username: jane}\nusers: {a@example.com: *base, b@example.com: *base}\n",
        "`username`",
    );
    says(
        "x-base: &base {userId: 3}\nusers: {a@example.com: *base, b@example.com: *base}\n",
        "`userId`",
    );
    assert_eq!(
        found("users: {a@example.com: {username: ''}, b@example.com: {username: ''}}\n"),
        [] as [&str; 0]
    );
}

#[test]
fn a_role_that_looks_like_a_sensitive_one_is_sensitive() {
    let sensitive = |text: &str, role: &str| desired(text).sensitive.contains(&RoleName::new(role));
    for role in [
        "Admin",
        "ADMIN",
        "adm\u{200b}in",
        "\u{430}dmin",
        "admin\u{ad}",
    ] {
        let text = format!("version: 1\nusers: {{a@example.com: {{roles: [\"{role}\"]}}}}\n");
        assert!(sensitive(&text, role), "{role:?}");
        assert!(
            found(&format!(
                "users: {{a@example.com: {{roles: [\"{role}\", admin]}}}}\n"
            ))[0]
                .contains("looks like"),
            "{role:?}"
        );
    }
    assert!(sensitive(
        "version: 1\nroles: [{name: owner, sensitive: true}, 0wner]\n",
        "0wner"
    ));
    assert!(!sensitive(
        "version: 1\nroles: [{name: Admin, sensitive: false}, admin]\n",
        "Admin"
    ));
    assert!(!sensitive("version: 1\nroles: [admins]\n", "admins"));
    says(
        &format!("roles: [{}]\n", "r".repeat(101)),
        "longer than 100 characters",
    );
    assert_eq!(
        found(&format!("roles: [{}]\n", "\u{fc}".repeat(100))),
        [] as [&str; 0]
    );
}

#[test]
fn roles_in_a_tenant_may_be_written_in_two_places() {
    let desired = desired(
        "version: 1\ntenants: {a: {name: A, members: {jane@example.com: [b]}}}\nusers: {jane@example.com: {tenants: {a: [a]}}}\n",
    );
    let (scope, grant) = &desired.users[&Email::new("jane@example.com")].grants[0];
    assert!(matches!(scope, Scope::Tenant(_)) && grant.roles.len() == 2);
}

#[test]
fn a_role_that_nobody_holds_is_no_finding() {
    assert_eq!(
        found("roles: [admin, member]\nusers: {a@example.com: {roles: [member]}}\n"),
        [] as [&str; 0]
    );
}

#[test]
fn a_domain_of_one_user_is_unusual_however_often_the_user_is_named() {
    let three = "a@acme.example: {}, b@acme.example: {}, c@acme.example: {}";
    let body = format!(
        "users: {{{three}, d@acme.exmaple: {{}}}}\ngroups: {{g: {{users: [d@acme.exmaple]}}, h: {{users: [D@acme.exmaple]}}}}\n"
    );
    assert!(
        found(&body)
            .iter()
            .any(|text| text.contains("Did you mean `acme.example`")),
        "{:?}",
        found(&body)
    );
    // One user in three groups makes no usual domain.
    let body = "users: {d@acme.exmaple: {}, a@acme.example: {}}\ngroups: {g: {users: [a@acme.example]}, h: {users: [a@acme.example]}}\n";
    assert_eq!(found(body), [] as [&str; 0]);
}

#[test]
fn the_manifest_says_which_data_it_is_for() {
    for (head, warned) in [
        ("", true),
        ("mode: test\n", false),
        ("workspace: demo1234\n", false),
    ] {
        let found = findings(&[&format!("version: 1\n{head}")]);
        assert_eq!(found.len(), usize::from(warned), "{found:?}");
    }
    let program = Program::new();
    program.write("ufsync.yaml", "version: 1\n");
    program
        .run(&["validate"])
        .exits(0)
        .complains("ufsync::manifest::no_workspace")
        .done();
    let run = program.run(&["plan", "--sandbox"]).exits(0);
    assert!(!run.stderr.contains("no_workspace"), "{run:?}");
}

#[test]
fn secrets_of_the_environment_stay_there() {
    let program = Program::new()
        .set("DATABASE_URL", "postgres://app:hunter2@db")
        .set("HTTPS_PROXY", "http://jane:hunter2@proxy")
        .set("SIGNING_PASSPHRASE", "hunter2")
        .set("DEPLOY_TOKEN", "hunter2")
        .set("STAGE", "staging")
        .set("UFSYNC_VAR_REGION", "eu");
    for name in [
        "DATABASE_URL",
        "HTTPS_PROXY",
        "SIGNING_PASSPHRASE",
        "DEPLOY_TOKEN",
        "HOME",
        "PATH",
        "STAGE",
    ] {
        program.write(
            "ufsync.yaml",
            &format!(
                "version: 1\nmode: test\nusers: {{jane@example.com: {{name: \"${{{name}}}\"}}}}\n"
            ),
        );
        for arguments in [
            &["plan", "--sandbox"][..],
            &["plan", "--sandbox", "--format", "markdown"],
            &["validate", "--format", "json"],
        ] {
            let run = program.run(arguments).exits(1);
            assert!(
                !run.stderr.contains("hunter2") && !run.stdout.contains("hunter2"),
                "{run:?}"
            );
        }
        program
            .run(&["validate"])
            .exits(1)
            .complains(&format!("the variable `{name}` is not set"))
            .done();
    }
    program.write("ufsync.yaml", "version: 1\nmode: test\nvariables: [STAGE]\nusers: {jane@example.com: {name: \"${STAGE} ${UFSYNC_VAR_REGION} ${DATABASE_URL:-none}\"}}\n");
    program
        .run(&["plan", "--sandbox"])
        .exits(0)
        .says("staging eu none")
        .done();
    program.write("ufsync.yaml", "version: 1\nmode: test\nvariables: [DEPLOY_TOKEN]\nusers: {jane@example.com: {name: \"${DEPLOY_TOKEN:-x}\"}}\n");
    let run = program
        .run(&["validate"])
        .exits(1)
        .complains("`DEPLOY_TOKEN` has the name of a secret");
    assert!(!run.stderr.contains("hunter2"));
    program.write(
        "ufsync.yaml",
        "version: 1\nmode: test\nusers: {jane@example.com: {name: \"${STAGE}\"}}\n",
    );
    program
        .run(&["validate"])
        .exits(1)
        .complains("write `variables: [STAGE]`")
        .done();
}

#[test]
fn values_of_variables_are_no_variables() {
    let input = Input {
        vars: Vars::new([], [("A".to_owned(), "${B}".to_owned())]),
        ..input(&["version: 1\nusers: {jane@example.com: {name: '${A:-${B}}'}}"])
    };
    let (desired, _) = manifest::load(input).unwrap();
    let jane = &desired.users[&Email::new("jane@example.com")];
    assert_eq!(
        jane.fields
            .text(ufsync::model::UserField::Name)
            .map(|text| &**text),
        Some("${B}")
    );
}
