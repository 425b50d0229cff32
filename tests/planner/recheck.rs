//! A saved plan against the live state of now.

use insta::assert_snapshot;
use ufsync::plan::Plan;
use ufsync::plan::saved::created::CreatedRecords;
use ufsync::plan::saved::recheck::recheck;

use crate::live_text::{live, planned};
use crate::show;

/// A plan of then, against now.
pub(crate) fn again(manifest: &str, then: &str, now: &str) -> String {
    check(&planned(manifest, &live(then)), now)
}

/// A plan against now.
pub(crate) fn check(plan: &Plan, now: &str) -> String {
    let now = live(now);
    match recheck(plan, &now, &CreatedRecords::default()) {
        Ok(found) => show::recheck(&found, &now),
        Err(missing) => show::missing(&missing),
    }
}

#[test]
fn nothing_has_changed() {
    let manifest = "users: {a@x.example: {name: B}}";
    let then = "users: {u1: {email: a@x.example, name: A}}";
    let now = r#"users: {u1: {email: a@x.example, name: A, phoneNumber: "1"}}"#;
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    #0 users/a@x.example
       PUT /users/u1 {"name":"B"}
       name: "A" → "B"
    "#);
}

#[test]
fn an_update_is_done_already() {
    let manifest = "users: {a@x.example: {name: B, locked: true}}";
    let then = "users: {u1: {email: a@x.example, name: A}}";
    let now = "users: {u1: {email: a@x.example, name: B, locked: true}}";
    assert_snapshot!(again(manifest, then, now), @r"
    1 done
    nothing to do
    ");
}

#[test]
fn an_update_is_done_in_part() {
    let manifest = "users: {a@x.example: {name: B, username: b}}";
    let then = "users: {u1: {email: a@x.example, name: A}}";
    let now = "users: {u1: {email: a@x.example, name: B}}";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    #0 users/a@x.example
       PUT /users/u1 {"name":"B","username":"b"}
       name: "A" → "B"
       username: null → "b"
    "#);
}

#[test]
fn a_field_holds_something_else() {
    let manifest = "users: {a@x.example: {name: B}}";
    let then = "users: {u1: {email: a@x.example, name: A}}";
    let now = "users: {u1: {email: a@x.example, name: C}}";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    stale users/a@x.example: name was "A", is "C"
    #0 users/a@x.example
       PUT /users/u1 {"name":"B"}
       name: "A" → "B"
    "#);
}

#[test]
fn a_field_that_the_plan_does_not_change_may_change() {
    let manifest = "users: {a@x.example: {name: B}}";
    let then = "users: {u1: {email: a@x.example, name: A, data: {x: 1}}}";
    let now = "users: {u1: {email: a@x.example, name: A, data: {x: 2}, roles: [member]}}";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    #0 users/a@x.example
       PUT /users/u1 {"name":"B"}
       name: "A" → "B"
    "#);
}

#[test]
fn a_key_of_data_holds_something_else() {
    let manifest = "tenants: {acme: {name: Acme, data: {a: 1, b: 2}}}";
    let then = "tenants: {t1: {name: Acme, data: {a: 0}}}";
    let now = "tenants: {t1: {name: Acme, data: {a: 5, c: 1}}}";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    stale tenants/acme: data.a was 0, is 5
    #0 tenants/acme
       reads, then PUT /tenants/t1 {"data":{"a":1,"b":2,"c":1}}
       data.a: 0 → 1
       data.b: null → 2
    "#);
}

#[test]
fn keys_of_data_are_done_already() {
    let manifest = "tenants: {acme: {name: Acme, data: {a: 1, b: null}}}";
    let then = "tenants: {t1: {name: Acme, data: {a: 0, b: 1}}}";
    let now = "tenants: {t1: {name: Acme, data: {a: 1.0, c: 1}}}";
    assert_snapshot!(again(manifest, then, now), @r"
    1 done
    nothing to do
    ");
}

#[test]
fn a_user_is_gone() {
    let manifest = "users: {a@x.example: {name: B, roles: [member]}}";
    let then = "users: {u1: {email: a@x.example}}";
    let now = "";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    stale users/a@x.example: exists was true, is false
    stale users/a@x.example/roles: exists was true, is false
    #0 users/a@x.example
       PUT /users/u1 {"name":"B"}
       name: null → "B"
    #1 users/a@x.example/roles
       PUT /users/u1/roles {"roles":["member"]}
       [] → [member]
       danger: SensitiveGrant
    "#);
}

#[test]
fn a_user_has_another_address() {
    let manifest = "users: {a@x.example: {name: B, roles: [member]}}";
    let then = "users: {u1: {email: a@x.example}}";
    let now = "users: {u1: {email: b@x.example}}";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    stale users/a@x.example: email was "a@x.example", is "b@x.example"
    stale users/a@x.example/roles: email was "a@x.example", is "b@x.example"
    #0 users/a@x.example
       PUT /users/u1 {"name":"B"}
       name: null → "B"
    #1 users/a@x.example/roles
       PUT /users/u1/roles {"roles":["member"]}
       [] → [member]
       danger: SensitiveGrant
    "#);
}

#[test]
fn the_plan_itself_gives_the_address() {
    let manifest = "users: {b@x.example: {renamedFrom: a@x.example, name: B, roles: [member]}}";
    let then = "users: {u1: {email: a@x.example, name: A}}";
    let now = "users: {u1: {email: B@x.example, name: A}}";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    #0 users/b@x.example
       PUT /users/u1 {"email":"b@x.example","name":"B"}
       email: "a@x.example" → "b@x.example"
       name: "A" → "B"
       danger: EmailChange
    #1 users/b@x.example/roles
       PUT /users/u1/roles {"roles":["member"]}
       [] → [member]
       danger: SensitiveGrant
    "#);
}

#[test]
fn a_tenant_has_another_name() {
    let manifest = "tenants: {acme: {name: Acme, data: {a: 1}, members: {a@x.example: [owner]}}}";
    let then = "tenants: {t1: Acme}
users: {u1: a@x.example}";
    let now = "tenants: {t1: Other}
users: {u1: a@x.example}";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    stale tenants/acme: name was "Acme", is "Other"
    stale users/a@x.example/tenants/acme: tenant was "Acme", is "Other"
    #0 tenants/acme
       reads, then PUT /tenants/t1 {"data":{"a":1}}
       data.a: null → 1
    #1 users/a@x.example/tenants/acme
       PUT /tenants/t1/users/u1/roles {"roles":["owner"]}
       [] → [owner]
       owner by members of acme
    "#);
}

#[test]
fn the_plan_itself_gives_the_name() {
    let manifest = r#"tenants: {acme: {tenantId: t1, name: New, image: "https://x.example/a.png", members: {a@x.example: [owner]}}}"#;
    let then = "tenants: {t1: Old}
users: {u1: a@x.example}";
    let now = "tenants: {t1: New}
users: {u1: a@x.example}";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    #0 tenants/acme
       PUT /tenants/t1 {"image":"https://x.example/a.png","name":"New"}
       name: "Old" → "New"
       image: null → "https://x.example/a.png"
    #1 users/a@x.example/tenants/acme
       PUT /tenants/t1/users/u1/roles {"roles":["owner"]}
       [] → [owner]
       owner by members of acme
    "#);
}

#[test]
fn a_deletion_is_done_already() {
    let manifest = "users: {a@x.example: {state: absent}}
tenants: {acme: {tenantId: t1, state: absent}}";
    let then = "tenants: {t1: Acme}
users: {u1: {email: a@x.example, roles: [x]}, u2: {email: b@x.example, roles: [x]}}";
    let now = "users: {u2: {email: b@x.example, roles: [x]}}";
    assert_snapshot!(again(manifest, then, now), @r"
    2 done
    nothing to do
    ");
}

#[test]
fn who_is_deleted_holds_more_than_was_shown() {
    let manifest = "users: {a@x.example: {state: absent}}";
    let then = "users: {u1: {email: a@x.example, roles: [x]}}";
    let now = "users: {u1: {email: a@x.example, roles: [x, y]}}";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    stale users/a@x.example: roles was {"":["x"]}, is {"":["x","y"]}
    #0 users/a@x.example
       DELETE /users/u1
       held email "a@x.example"
       u1 loses [x] in the workspace
       danger: Removal, FewHolders
    warning: removes the last holder of "x" in the workspace (m:2)
    "#);
}

#[test]
fn who_is_deleted_holds_less_than_was_shown() {
    let manifest = "users: {a@x.example: {state: absent}}";
    let then = "tenants: {t1: Acme}
users: {u1: {email: a@x.example, roles: [x, y], in: {t1: [z]}}}";
    let now = "users: {u1: {email: a@x.example, roles: [x]}}
crowd: {users: 3, roles: [x]}";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    #0 users/a@x.example
       DELETE /users/u1
       held email "a@x.example"
       u1 loses [x] in the workspace
       danger: Removal
    "#);
}

#[test]
fn who_is_deleted_has_another_name() {
    let manifest = "users: {a@x.example: {state: absent}}";
    let then = "users: {u1: {email: a@x.example, name: A}}";
    let now = "users: {u1: {email: a@x.example, name: B}}";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    stale users/a@x.example: name was "A", is "B"
    #0 users/a@x.example
       DELETE /users/u1
       held email "a@x.example", name "A"
       danger: Removal
    "#);
}

#[test]
fn a_tenant_that_is_deleted_has_new_members() {
    let manifest = "tenants: {acme: {name: Acme, state: absent}}";
    let then = "tenants: {t1: Acme}";
    let now = "tenants: {t1: Acme}
users: {u1: {email: a@x.example, in: {t1: [owner]}}}";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    stale tenants/acme: members was 0, is 1
    #0 tenants/acme
       DELETE /tenants/t1
       held name "Acme"
       danger: Removal
    "#);
}

#[test]
fn a_tenant_that_is_deleted_lost_members() {
    let manifest = "tenants: {acme: {name: Acme, state: absent}}";
    let then = "tenants: {t1: Acme}
users: {u1: {email: a@x.example, in: {t1: [owner]}}}";
    let now = "tenants: {t1: Acme}
users: {u1: {email: a@x.example}}";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    #0 tenants/acme
       DELETE /tenants/t1
       held name "Acme"
       danger: Removal
    "#);
}

#[test]
fn roles_are_as_they_were() {
    let manifest = "users: {a@x.example: {roles: [b]}}";
    let then = "users: {u1: {email: a@x.example, roles: [a]}}
crowd: {users: 3, roles: [a]}";
    let now = "users: {u1: {email: a@x.example, roles: [a]}}
crowd: {users: 3, roles: [a]}";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    #0 users/a@x.example/roles
       PUT /users/u1/roles {"roles":["b"]}
       [a] → [b]
    "#);
}

#[test]
fn roles_are_done_already() {
    let manifest = "users: {a@x.example: {roles: [b]}}";
    let then = "users: {u1: {email: a@x.example, roles: [a]}}";
    let now = "users: {u1: {email: a@x.example, roles: [b]}}";
    assert_snapshot!(again(manifest, then, now), @r"
    1 done
    nothing to do
    ");
}

#[test]
fn roles_are_others_by_now() {
    let manifest = "users: {a@x.example: {roles: [b]}}";
    let then = "users: {u1: {email: a@x.example, roles: [a]}}";
    let now = "users: {u1: {email: a@x.example, roles: [a, c]}}";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    stale users/a@x.example/roles: roles was ["a"], is ["a","c"]
    #0 users/a@x.example/roles
       PUT /users/u1/roles {"roles":["b"]}
       [a] → [b]
       danger: FewHolders
    warning: removes the last holder of "a" in the workspace (m:2)
    "#);
}

#[test]
fn a_handover_in_two_steps_still_fits() {
    let manifest = "users: {a@x.example: {roles: [owner]}, b@x.example: {roles: [admin]}}";
    let then = "users: {u1: {email: a@x.example, roles: [admin]}, u2: {email: b@x.example, roles: [owner]}}";
    let now = "users: {u1: {email: a@x.example, roles: [admin]}, u2: {email: b@x.example, roles: [owner]}}";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    #0 users/a@x.example/roles
       PUT /users/u1/roles {"roles":["admin","owner"]}
       [admin] → [admin, owner]
    #1 users/b@x.example/roles
       PUT /users/u2/roles {"roles":["admin","owner"]}
       [owner] → [admin, owner]
       danger: SensitiveGrant
    #2 users/a@x.example/roles
       PUT /users/u1/roles {"roles":["owner"]}
       [admin, owner] → [owner]
       needs #0
       waits for h0
    #3 users/b@x.example/roles
       PUT /users/u2/roles {"roles":["admin"]}
       [admin, owner] → [admin]
       needs #1
       waits for h1
    handover h0: admin in the workspace by #1
    handover h1: owner in the workspace by #0
    "#);
}

#[test]
fn a_handover_is_done_by_half() {
    let manifest = "users: {a@x.example: {roles: [owner]}, b@x.example: {roles: [admin]}}";
    let then = "users: {u1: {email: a@x.example, roles: [admin]}, u2: {email: b@x.example, roles: [owner]}}";
    let now = "users: {u1: {email: a@x.example, roles: [admin, owner]}, u2: {email: b@x.example, roles: [admin]}}";
    assert_snapshot!(again(manifest, then, now), @r#"
    3 done
    #0 users/a@x.example/roles
       PUT /users/u1/roles {"roles":["owner"]}
       [admin, owner] → [owner]
       danger: FewHolders
    warning: removes 1 of 2 holders of "admin" in the workspace (m:2)
    "#);
}

#[test]
fn a_handover_is_done() {
    let manifest = "users: {a@x.example: {roles: [owner]}, b@x.example: {roles: [admin]}}";
    let then = "users: {u1: {email: a@x.example, roles: [admin]}, u2: {email: b@x.example, roles: [owner]}}";
    let now = "users: {u1: {email: a@x.example, roles: [owner]}, u2: {email: b@x.example, roles: [admin]}}";
    assert_snapshot!(again(manifest, then, now), @r"
    4 done
    nothing to do
    ");
}

#[test]
fn who_was_created_is_another() {
    let manifest = "users: {a@x.example: {name: A, roles: [member]}}";
    let then = "";
    let now = "users: {u9: {email: a@x.example, name: Mallory}}";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    stale users/a@x.example: exists was false, is true
    #0 users/a@x.example
       POST /users/createOrUpdate {"email":"a@x.example","name":"A"}
    #1 users/a@x.example/roles
       PUT /users/#0/roles {"roles":["member"]}
       [] → [member]
       needs #0
       danger: SensitiveGrant
    "#);
}

#[test]
fn a_namesake_is_not_what_was_created() {
    let manifest = "tenants: {one: {tenantId: t1}, acme: {name: Acme}}";
    let then = "tenants: {t1: Acme}";
    let now = "tenants: {t1: Acme}";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    #0 tenants/acme
       POST /tenants {"name":"Acme"}
       namesakes t1
    "#);
}

#[test]
fn a_tenant_of_the_name_below_another_is_not_what_was_created() {
    let manifest = "tenants: {acme: {name: Acme}}";
    let then = "";
    let now = "tenants: {t1: Top, t2: {name: Acme, parent: t1}}";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    #0 tenants/acme
       POST /tenants {"name":"Acme"}
    "#);
}

#[test]
fn a_hidden_tenant_may_be_what_was_created() {
    let manifest = "tenants: {acme: {name: Acme}}";
    let then = "";
    let now = "hidden: 1";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    stale tenants/acme: created already was false, is "unknown (not visible with this key)"
    #0 tenants/acme
       POST /tenants {"name":"Acme"}
    "#);
}
