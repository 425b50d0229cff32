//! Which record an entry stands for.

use insta::assert_snapshot;

use crate::live_text::plan;

#[test]
fn a_user_is_pinned_by_uuid_in_any_case() {
    let manifest =
        "users: {jane@example.com: {userUuid: 0000000A-0000-4000-8000-000000000001, name: Jane}}";
    let live = "users: {0000000a-0000-4000-8000-000000000001: jane@old.example}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jane@example.com
       PUT /users/0000000a-0000-4000-8000-000000000001 {"email":"jane@example.com","name":"Jane"}
       email: "jane@old.example" → "jane@example.com"
       name: null → "Jane"
       danger: EmailChange
    "#);
}

#[test]
fn a_user_is_pinned_by_number() {
    let manifest =
        "users: {jane@example.com: {userId: 7, renamedFrom: jane@old.example, name: Jane}}";
    let live = "users: {u1: {email: jane@old.example, id: 7}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jane@example.com
       PUT /users/u1 {"email":"jane@example.com","name":"Jane"}
       email: "jane@old.example" → "jane@example.com"
       name: null → "Jane"
       danger: EmailChange
    "#);
}

#[test]
fn a_tenant_is_pinned() {
    let manifest = "tenants: {acme: {tenantId: t1, name: Acme}}";
    let live = "tenants: {t1: Old, t2: Acme}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 tenants/acme
       PUT /tenants/t1 {"name":"Acme"}
       name: "Old" → "Acme"
    "#);
}

#[test]
fn a_pinned_tenant_is_not_matched_by_name() {
    let manifest = "tenants: {one: {tenantId: t1}, acme: {name: Acme}}";
    let live = "tenants: {t1: Acme}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 tenants/acme
       POST /tenants {"name":"Acme"}
       namesakes t1
    "#);
}

#[test]
fn pins_that_find_nothing() {
    let manifest = "tenants: {acme: {tenantId: t9, name: Acme}, own: {tenantId: demo1234, name: Own}}
users: {a@example.com: {userUuid: 0000000a-0000-4000-8000-000000000009}, b@example.com: {userId: 9}, c@example.com: {userUuid: 0000000a-0000-4000-8000-000000000008}}";
    let live = "users: {u1: c@example.com}";
    assert_snapshot!(plan(manifest, live), @"
    blocked tenants/acme: pin_not_found: there is no tenant with tenantId t9 in this workspace
    blocked tenants/own: pin_is_workspace: `demo1234` is the workspace itself, not one of its tenants
    blocked users/a@example.com: pin_not_found: there is no user with userUuid 0000000a-0000-4000-8000-000000000009 in this workspace
    blocked users/b@example.com: pin_not_found: there is no user with userId 9 in this workspace
    blocked users/c@example.com: stale_pin: there is no user with userUuid 0000000a-0000-4000-8000-000000000008, but `c@example.com` exists, as userUuid u1
    ");
}

#[test]
fn an_absent_pin_that_finds_nothing_is_done() {
    let manifest = "tenants: {acme: {tenantId: t9, state: absent}}
users: {a@example.com: {userId: 9, state: absent}}";
    let live = "";
    assert_snapshot!(plan(manifest, live), @"nothing to do");
}

#[test]
fn an_absent_entry_is_not_deleted_by_its_id_alone() {
    let manifest = "tenants: {acme: {tenantId: t1, name: Acme, state: absent}}
users: {a@example.com: {userId: 1, state: absent}}";
    let live = "tenants: {t1: Other}
users: {u1: b@example.com}";
    assert_snapshot!(plan(manifest, live), @"
    blocked tenants/acme: wrong_pin: tenantId t1 is `Other`, not `Acme`
    blocked users/a@example.com: wrong_pin: userId 1 is `b@example.com`, not `a@example.com`
    ");
}

#[test]
fn an_address_of_somebody_else_is_refused() {
    let manifest = "users: {a@example.com: {userId: 1, renamedFrom: b@example.com}}";
    let live = "users: {u1: b@example.com, u2: a@example.com}";
    assert_snapshot!(plan(manifest, live), @"blocked users/a@example.com: email_taken: `a@example.com` belongs to another user, userUuid u2");
}

#[test]
fn several_tenants_of_one_name_are_ambiguous() {
    let manifest = "tenants: {acme: {name: Acme}}";
    let live = "tenants: {t1: Acme, t2: Acme, t3: Acme, t4: Acme, t5: Acme, t6: Acme}";
    assert_snapshot!(plan(manifest, live), @"blocked tenants/acme: ambiguous: 6 tenants are called `Acme`");
}

#[test]
fn several_users_of_one_address_are_ambiguous() {
    let manifest = "users: {a@example.com: {name: A}}";
    let live = "users: {u1: a@example.com, u2: A@example.com}";
    assert_snapshot!(plan(manifest, live), @"blocked users/a@example.com: ambiguous: 2 users are called `a@example.com`");
}

#[test]
fn two_entries_for_one_record() {
    let manifest = "tenants: {a: {tenantId: t1}, b: {name: New, renamedFrom: Acme}, c: {name: Acme}, d: {name: Other}}
users: {a@example.com: {userId: 1, renamedFrom: x@example.com}, b@example.com: {userUuid: 0000000a-0000-4000-8000-000000000001}}";
    let live = "tenants: {t1: Pinned, t2: Acme, t3: Other}
users: {0000000a-0000-4000-8000-000000000001: x@example.com}";
    assert_snapshot!(plan(manifest, live), @r"
    same_record at m:2: two entries match the same tenant, tenantId t2 (this one matches it too: m:2)
    same_record at m:3: two entries match the same user, userUuid 0000000a-0000-4000-8000-000000000001 (this one matches it too: m:3)
    ");
}

#[test]
fn a_user_is_renamed() {
    let manifest = "users: {b@example.com: {renamedFrom: a@example.com, name: B}}";
    let live = "users: {u1: {email: a@example.com, name: A}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/b@example.com
       PUT /users/u1 {"email":"b@example.com","name":"B"}
       email: "a@example.com" → "b@example.com"
       name: "A" → "B"
       danger: EmailChange
    "#);
}

#[test]
fn a_tenant_is_renamed() {
    let manifest = "tenants: {acme: {name: New, renamedFrom: Old}}";
    let live = "tenants: {t1: Old}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 tenants/acme
       PUT /tenants/t1 {"name":"New"}
       name: "Old" → "New"
    "#);
}

#[test]
fn a_rename_that_is_done_is_said() {
    let manifest = "users: {b@example.com: {renamedFrom: a@example.com}}
tenants: {acme: {name: New, renamedFrom: Old}}";
    let live = "users: {u1: b@example.com}
tenants: {t1: New}";
    assert_snapshot!(plan(manifest, live), @r"
    warning: tenants/acme has its new name, and nothing has the previous one: `renamedFrom` can be removed (m:3)
    warning: users/b@example.com has its new name, and nothing has the previous one: `renamedFrom` can be removed (m:2)
    ");
}

#[test]
fn both_names_of_a_rename_exist() {
    let manifest = "users: {b@example.com: {renamedFrom: a@example.com}}
tenants: {acme: {name: New, renamedFrom: Old}}";
    let live = "users: {u1: b@example.com, u2: a@example.com}
tenants: {t1: New, t2: Old}";
    assert_snapshot!(plan(manifest, live), @r"
    warning: tenants/acme exists, and so does Old, its previous name: these are two records, and the second is not managed (m:3)
    warning: users/b@example.com exists, and so does a@example.com, its previous name: these are two records, and the second is not managed (m:2)
    ");
}

#[test]
fn a_rename_of_nobody_creates() {
    let manifest = "users: {b@example.com: {renamedFrom: a@example.com}}
tenants: {acme: {name: New, renamedFrom: Old}}";
    let live = "";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 tenants/acme
       POST /tenants {"name":"New"}
    #1 users/b@example.com
       POST /users/createOrUpdate {"email":"b@example.com"}
    "#);
}

#[test]
fn who_is_only_mentioned_has_to_exist() {
    let manifest = "tenants: {acme: {name: Acme, members: {a@example.com: [owner]}}}
groups: {g: {users: [b@example.com], roles: [member]}}";
    let live = "";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 tenants/acme
       POST /tenants {"name":"Acme"}
    blocked users/a@example.com: unknown_member: there is no user `a@example.com`
    blocked users/b@example.com: unknown_member: there is no user `b@example.com`
    "#);
}

#[test]
fn who_is_only_mentioned_is_given_the_roles_alone() {
    let manifest = "tenants: {acme: {name: Acme, members: {A@example.com: [owner]}}}
groups: {g: {users: [b@example.com], roles: [member]}}";
    let live = "tenants: {t1: Acme}
users: {u1: {email: a@example.com, name: A}, u2: {email: b@example.com, name: B}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/A@example.com/tenants/acme
       PUT /tenants/t1/users/u1/roles {"roles":["owner"]}
       [] → [owner]
       owner by members of acme
    #1 users/b@example.com/roles
       PUT /users/u2/roles {"roles":["member"]}
       [] → [member]
       member by group g
       danger: SensitiveGrant
    "#);
}

#[test]
fn a_hidden_tenant_may_have_the_name() {
    let manifest = "tenants: {acme: {name: Acme}, pinned: {tenantId: t1}}";
    let live = "tenants: {t1: Other}
hidden: 2";
    assert_snapshot!(plan(manifest, live), @"blocked tenants/acme: hidden_tenants: tenant `Acme` may exist unseen: the server hides 2 of its tenants");
}

#[test]
fn several_mistakes_are_told_at_once() {
    let manifest = r#"users: {a@example.com: {userId: 9}, b@example.com: {name: B}}
groups: {g: {users: [c@example.com], roles: [member]}}
prune: {users: {email: ["*"]}}"#;
    let live = "users: {u1: b@example.com, u2: b@example.com}";
    assert_snapshot!(plan(manifest, live), @"prune_all at m:4: `*` names no domain and may match any user");
}

#[test]
fn addresses_that_look_alike_are_two_users() {
    let manifest = "users: {anna@example.com: {name: A}}";
    let live = r#"users: {u1: "аnna@example.com"}"#;
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/anna@example.com
       POST /users/createOrUpdate {"email":"anna@example.com","name":"A"}
    "#);
}

#[test]
fn an_address_beyond_ascii_keeps_its_case() {
    let manifest = r#"users: {"ÄNNA@example.com": {name: A}}"#;
    let live = r#"users: {u1: "änna@example.com"}"#;
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/ÄNNA@example.com
       POST /users/createOrUpdate {"email":"ÄNNA@example.com","name":"A"}
    "#);
}

#[test]
fn a_swap_of_addresses_by_pins_is_refused() {
    let manifest = "users: {a@example.com: {userUuid: 0000000a-0000-4000-8000-000000000002}, b@example.com: {userUuid: 0000000a-0000-4000-8000-000000000001}}";
    let live = "users: {0000000a-0000-4000-8000-000000000001: a@example.com, 0000000a-0000-4000-8000-000000000002: b@example.com}";
    assert_snapshot!(plan(manifest, live), @"
    blocked users/a@example.com: circle: e-mail address `a@example.com` is passed on in a circle: nobody can get it before somebody gives up theirs
    blocked users/b@example.com: circle: e-mail address `b@example.com` is passed on in a circle: nobody can get it before somebody gives up theirs
    ");
}

#[test]
fn a_user_without_an_address_is_pinned() {
    let manifest =
        "users: {a@example.com: {userUuid: 0000000a-0000-4000-8000-000000000001, roles: [member]}}";
    let live = "users: {0000000a-0000-4000-8000-000000000001: {name: A}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/a@example.com
       PUT /users/0000000a-0000-4000-8000-000000000001 {"email":"a@example.com"}
       email: null → "a@example.com"
       danger: EmailChange
    #1 users/a@example.com/roles
       PUT /users/0000000a-0000-4000-8000-000000000001/roles {"roles":["member"]}
       [] → [member]
       danger: SensitiveGrant
    "#);
}
