//! Guards against being locked out: only users who can log in hold a role, before and after.

use insta::assert_snapshot;

use crate::live_text::plan;

const ONE: &str = "users: {u1: {email: alice@x.example, roles: [admin]}}";

#[test]
fn those_who_never_confirmed_count_where_no_other_is_there() {
    let live = "users: {u1: {email: alice@x.example, roles: [admin]}, u2: {email: bob@x.example, confirmed: false, roles: [admin]}, u3: {email: carol@x.example, confirmed: false, roles: [admin]}}";
    assert_snapshot!(plan("users: {alice@x.example: {roles: []}}", live), @r#"
    #0 users/alice@x.example/roles
       PUT /users/u1/roles {"roles":[]}
       [admin] → []
    warning: nobody who stays with "admin" in the workspace has confirmed an e-mail address yet: make sure that they can log in
    "#);
    assert_snapshot!(plan("guards: {keepHolders: {admin: 2}}\nusers: {bob@x.example: {roles: []}}", live), @r#"
    #0 users/bob@x.example/roles
       PUT /users/u2/roles {"roles":[]}
       [admin] → []
    "#);
}

#[test]
fn a_confirmed_holder_counts_and_the_others_do_not() {
    let live = "users: {u1: {email: alice@x.example, roles: [admin]}, u2: {email: dave@x.example, roles: [admin]}, u3: {email: bob@x.example, confirmed: false, roles: [admin]}}";
    assert_snapshot!(plan("guards: {keepHolders: {admin: 2}}\nusers: {alice@x.example: {roles: []}}", live), @r#"
    #0 users/alice@x.example/roles
       PUT /users/u1/roles {"roles":[]}
       [admin] → []
    guard keepHolders: leaves 1 of 2 holders of "admin" in the workspace (1 more never confirmed an address), and at least 2 must remain
    "#);
}

#[test]
fn naming_another_role_keeps_the_built_in_one() {
    for guards in [
        "{keepHolders: {owner: 1}}",
        "{keepHolders: {admin: 1}}",
        "{}",
    ] {
        let text = plan(
            &format!("guards: {guards}\nusers: {{alice@x.example: {{roles: [], tenants: {{}}}}}}"),
            ONE,
        );
        assert!(text.contains("guard keepHolders"), "{guards}: {text}");
    }
    let text = plan(
        "guards: {keepHolders: {admin: 0}}\nusers: {alice@x.example: {roles: []}}",
        ONE,
    );
    assert!(!text.contains("guard"), "{text}");
}

#[test]
fn the_protected_are_found_by_patterns() {
    let live = "tenants: {t1: Acme}\nusers: {u1: {email: root@ACME.example, roles: [member], in: {t1: [owner]}}, u2: {email: bob@other.example, roles: [member]}, u3: {email: c@xn--bcher-kva.example, roles: [member]}}";
    for (entry, broken) in [
        ("root@acme.example: {roles: []}", true),
        ("root@acme.example: {tenants: {acme: []}}", true),
        ("root@acme.example: {locked: true}", true),
        ("root@acme.example: {state: absent}", true),
        (
            "new@elsewhere.example: {renamedFrom: root@acme.example}",
            true,
        ),
        ("c@xn--bcher-kva.example: {roles: []}", true),
        (
            "root@acme.example: {name: Root, roles: [member, admin]}",
            false,
        ),
        ("bob@other.example: {roles: []}", false),
    ] {
        let manifest = format!(
            "guards: {{protect: [\"*@acme.example\", \"*@bücher.example\"]}}\ntenants: {{acme: {{name: Acme}}}}\nusers: {{{entry}}}"
        );
        let text = plan(&manifest, live);
        assert_eq!(text.contains("guard protect"), broken, "{entry}: {text}");
    }
}

#[test]
fn changes_of_addresses_are_limited() {
    let renames = |count: usize, rest: &str| {
        let entries = (1..=count).map(|number| {
            format!("new{number}@x.example: {{renamedFrom: user{number}@example.com}}")
        });
        let entries: Vec<String> = entries.collect();
        let text = plan(
            &format!("{rest}\nusers: {{{}}}", entries.join(", ")),
            "crowd: {users: 61}",
        );
        text.lines()
            .filter(|line| line.starts_with("guard"))
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(renames(5, ""), "");
    assert_snapshot!(renames(60, ""), @"guard maxAddressChanges: gives 60 of 61 users another e-mail address to log in with, and 5 are allowed");
    assert_eq!(renames(60, "guards: {maxAddressChanges: 60}"), "");
    assert_ne!(renames(2, "guards: {maxAddressChanges: 1}"), "");
    assert_ne!(renames(31, "guards: {maxAddressChanges: 50%}"), "");
    // Another spelling lets nobody else in.
    assert_snapshot!(plan("guards: {maxAddressChanges: 0}\nusers: {USER1@example.com: {}}", "crowd: {users: 2}"), @"nothing to do");
}

#[test]
fn roles_that_go_with_a_tenant_or_a_user_count() {
    let live = "tenants: {t1: Acme, t2: B}\ncrowd: {users: 21, in: {t1: [viewer]}}";
    let guards = |text: String| {
        let lines = text.lines().filter(|line| line.starts_with("guard"));
        lines.collect::<Vec<_>>().join("\n")
    };
    assert_snapshot!(guards(plan("tenants: {acme: {name: Acme, state: absent}}", live)), @r"
    guard maxRoleRemovals: takes away 21 of 21 roles held (21 of them with users and tenants that go), and 5 are allowed
    guard maxRoleRemovals: takes away 21 of 21 roles held in acme (21 of them with users and tenants that go), and 5 are allowed
    ");
    let three = "users: {u1: {email: a@x.example, roles: [r1, r2]}, u2: {email: b@x.example, locked: true, roles: [r1, r2]}, u3: {email: c@x.example, roles: [r1, r2]}}";
    assert_snapshot!(guards(plan("users: {a@x.example: {state: absent}, b@x.example: {state: absent}, c@x.example: {locked: true}}", three)), @"guard maxRoleRemovals: takes away 6 of 6 roles held (6 of them with users and tenants that go), and 5 are allowed");
}

#[test]
fn what_looks_like_a_sensitive_role_is_marked() {
    for role in [
        "Admin",
        "ADMIN",
        "admin\u{200b}",
        "\u{430}dmin",
        "ad\u{ad}min",
    ] {
        let text = plan(
            &format!("users: {{a@x.example: {{roles: [\"{role}\"]}}}}"),
            "users: {u1: a@x.example}",
        );
        assert!(text.contains("danger: SensitiveGrant"), "{role:?}: {text}");
    }
}

#[test]
fn a_pattern_without_a_domain_has_to_be_allowed() {
    for pattern in [
        "*.com",
        "*@*.example",
        "*",
        "*@*",
        "*@*.co.uk",
        "{*@acme.example,*}",
    ] {
        let text = plan(
            &format!("prune: {{users: {{email: [\"{pattern}\"]}}}}"),
            "users: {u1: a@x.example}",
        );
        assert!(text.contains("prune_all"), "{pattern}: {text}");
    }
}
