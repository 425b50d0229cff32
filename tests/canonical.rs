//! What is one in a manifest: addresses, names and roles in several spellings; and what variables may read.

use ufsync::manifest::{self, Input, Vars};
use ufsync::model::{Email, RoleName, Scope};

use crate::manifests::{desired, findings, found, input, says};
use crate::support::Program;

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
    // The list allows nothing: a pull request could change it.
    program
        .run(&["plan", "--sandbox"])
        .exits(1)
        .complains("--allow-var STAGE")
        .done();
    program
        .run(&["plan", "--sandbox", "--allow-var", "STAGE"])
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
        .complains("--allow-var STAGE")
        .done();
}

#[test]
fn a_variable_is_read_where_the_command_line_allows_it() {
    let names = ["DB_PASS", "MYSQL_PWD", "DATABASE_URL", "SENTRY_DSN"];
    for name in names {
        let program = Program::new().set(name, "hunter2").set("STAGE", "staging");
        program.write("ufsync.yaml", &format!("version: 1\nmode: test\nvariables: [{name}, STAGE]\nusers: {{jane@example.com: {{name: \"${{STAGE}} ${{{name}}}\"}}}}\n"));
        for allowed in [&[][..], &["--allow-var", "STAGE"], &["--allow-var", "HOME"]] {
            for command in [
                &["plan", "--sandbox"][..],
                &["validate"],
                &["export", "--sandbox=ufsync.yaml"],
            ] {
                if command.contains(&"export") && !allowed.is_empty() {
                    continue;
                }
                let run = program.run(&[command, allowed].concat()).exits(1);
                let said = format!("{}{}", run.stdout, run.stderr);
                assert!(!said.contains("hunter2"), "{said}");
                assert!(said.contains(&format!("`{name}`")), "{said}");
            }
        }
        let both = [
            "plan",
            "--sandbox",
            "--allow-var",
            "STAGE",
            "--allow-var",
            name,
        ];
        program.run(&both).exits(0).says("staging hunter2").done();
        let program = program.set("UFSYNC_ALLOW_VAR", "STAGE");
        let one = ["plan", "--sandbox", "--allow-var", name];
        program.run(&one).exits(0).says("staging hunter2").done();
        let program = program.set("UFSYNC_ALLOW_VAR", &format!("STAGE, {name},"));
        for command in [
            &["plan", "--sandbox"][..],
            &["validate"],
            &["schema", "--from", "ufsync.yaml"],
            &["export", "--sandbox=ufsync.yaml"],
        ] {
            program.run(command).exits(0).done();
        }
    }
    let program = Program::new().set("UFSYNC_ALLOW_VAR", "STAGE,a-b");
    program.write("ufsync.yaml", "version: 1\nmode: test\n");
    program
        .run(&["validate"])
        .exits(1)
        .complains("ufsync::cli::allow_var")
        .done();
    program
        .run(&["validate", "--allow-var", "*"])
        .exits(64)
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
            .text(ufsync::model::record::UserField::Name)
            .map(|text| &**text),
        Some("${B}")
    );
}

#[test]
fn groups_do_not_grant_more_than_fits_in_memory() {
    let tenants: Vec<String> = (0..2000)
        .map(|n| format!("  t{n}: {{name: T{n}}}\n"))
        .collect();
    let tenants = tenants.concat();
    let users: Vec<String> = (0..2000).map(|n| format!("u{n}@example.com")).collect();
    let users = users.join(", ");
    let group = |roles: &str| {
        format!(
            "tenants:\n{tenants}groups:\n  g: {{users: [{users}], tenants: {{'*': [{roles}]}}}}\n"
        )
    };
    says(&group("a"), "more than 200000 grants");
    says(&group("a, b, c"), "more than 200000 grants");
    let small = format!(
        "tenants:\n{tenants}groups:\n  g: {{users: [a@example.com, b@example.com], tenants: {{'*': [a, b]}}}}\n"
    );
    assert_eq!(found(&small), [] as [&str; 0]);
}

#[test]
fn a_document_is_written_for_every_outcome_and_a_long_pattern_is_refused() {
    let program = Program::new();
    for (manifest, code) in [
        (
            "version: 1\nusers: {nobody: {}}\n",
            "ufsync::manifest::bad_email",
        ),
        (
            "version: 1\nmode: test\nusers: {}\nprune: {users: {email: ['*']}}\n",
            "ufsync::plan::prune_all",
        ),
    ] {
        program.write("ufsync.yaml", manifest);
        let run = program
            .run(&["plan", "--sandbox", "--format", "json"])
            .exits(1);
        let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(document["findings"][0]["code"], code);
    }
    let run = program
        .run(&["plan", "-f", "no.yaml", "--sandbox", "--format", "json"])
        .exits(1);
    let document: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(document["findings"][0]["code"], "ufsync::cli::unreadable");
    for pattern in ["a".repeat(70_000), "{a,".repeat(30_000), "*".repeat(1001)] {
        program
            .run(&["plan", "--sandbox", "--target", &pattern])
            .exits(64)
            .complains("at most 1000 characters")
            .done();
        program
            .run(&["plan", "--sandbox", "--exclude", &pattern])
            .exits(64)
            .complains("at most 1000 characters")
            .done();
    }
}
