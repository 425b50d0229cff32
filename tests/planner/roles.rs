//! Roles in every scope: who is given them, in which order, and what waits for what.

use insta::assert_snapshot;

use crate::live_text::plan;

#[test]
fn roles_are_granted_and_taken_in_several_scopes() {
    let manifest = "tenants: {acme: {name: Acme}, globex: {name: Globex}}
users: {a@example.com: {roles: [member], tenants: {acme: [owner, viewer], globex: []}}}";
    let live = "tenants: {t1: Acme, t2: Globex}
users: {u1: {email: a@example.com, in: {t1: [viewer], t2: [viewer]}}, u2: {email: b@example.com, in: {t2: [viewer]}}, u3: {email: c@example.com, in: {t2: [viewer]}}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/a@example.com/roles
       PUT /users/u1/roles {"roles":["member"]}
       [] → [member]
       danger: SensitiveGrant
    #1 users/a@example.com/tenants/acme
       PUT /tenants/t1/users/u1/roles {"roles":["owner","viewer"]}
       [viewer] → [owner, viewer]
    #2 users/a@example.com/tenants/globex
       PUT /tenants/t2/users/u1/roles {"roles":[]}
       [viewer] → []
    "#);
}

#[test]
fn roles_in_any_order_are_the_same() {
    let manifest = "tenants: {acme: {name: Acme}}
users: {a@example.com: {roles: [b, a], tenants: {acme: [z, x]}}}";
    let live = "tenants: {t1: Acme, t2: Globex}
users: {u1: {email: a@example.com, roles: [a, b], in: {t1: [x, z]}}}";
    assert_snapshot!(plan(manifest, live), @"nothing to do");
}

#[test]
fn a_scope_that_is_not_mentioned_is_left_alone() {
    let manifest = "users: {a@example.com: {roles: [member]}}";
    let live = "tenants: {t1: Acme, t2: Globex}
users: {u1: {email: a@example.com, roles: [member], in: {t1: [owner]}}}";
    assert_snapshot!(plan(manifest, live), @"nothing to do");
}

#[test]
fn an_empty_list_takes_all_roles() {
    let manifest = "users: {a@example.com: {roles: []}}";
    let live = "users: {u1: {email: a@example.com, roles: [x, y]}}
crowd: {users: 2, roles: [x, y]}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/a@example.com/roles
       PUT /users/u1/roles {"roles":[]}
       [x, y] → []
    "#);
}

#[test]
fn sources_of_roles_are_united() {
    let manifest = r#"tenants: {acme: {name: Acme, members: {a@example.com: [owner]}}, globex: {name: Globex}}
users: {a@example.com: {tenants: {globex: [owner]}}}
groups: {g: {users: [a@example.com, b@example.com], roles: [member], tenants: {acme: [owner], "*": [viewer]}}}"#;
    let live = "tenants: {t1: Acme, t2: Globex}
users: {u1: a@example.com, u2: b@example.com}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/a@example.com/roles
       PUT /users/u1/roles {"roles":["member"]}
       [] → [member]
       member by group g
       danger: SensitiveGrant
    #1 users/a@example.com/tenants/acme
       PUT /tenants/t1/users/u1/roles {"roles":["owner","viewer"]}
       [] → [owner, viewer]
       owner by members of acme, group g
       viewer by group g
    #2 users/a@example.com/tenants/globex
       PUT /tenants/t2/users/u1/roles {"roles":["owner","viewer"]}
       [] → [owner, viewer]
       viewer by group g
    #3 users/b@example.com/roles
       PUT /users/u2/roles {"roles":["member"]}
       [] → [member]
       member by group g
       danger: SensitiveGrant
    #4 users/b@example.com/tenants/acme
       PUT /tenants/t1/users/u2/roles {"roles":["owner","viewer"]}
       [] → [owner, viewer]
       owner by group g
       viewer by group g
    #5 users/b@example.com/tenants/globex
       PUT /tenants/t2/users/u2/roles {"roles":["viewer"]}
       [] → [viewer]
       viewer by group g
    "#);
}

#[test]
fn roles_in_what_is_created_need_it() {
    let manifest = "tenants: {acme: {name: Acme}}
users: {a@example.com: {roles: [member], tenants: {acme: [owner]}}, b@example.com: {invite: welcome, tenants: {acme: [viewer]}}}";
    let live = "";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 tenants/acme
       POST /tenants {"name":"Acme"}
    #1 users/a@example.com
       POST /users/createOrUpdate {"email":"a@example.com"}
    #2 users/b@example.com
       POST /users/invite {"email":"b@example.com","options":{"type":"welcome"}}
    #3 users/a@example.com/roles
       PUT /users/#1/roles {"roles":["member"]}
       [] → [member]
       needs #1
       danger: SensitiveGrant
    #4 users/a@example.com/tenants/acme
       PUT /tenants/#0/users/#1/roles {"roles":["owner"]}
       [] → [owner]
       needs #1, #0
    #5 users/b@example.com/tenants/acme
       PUT /tenants/#0/users/#2/roles {"roles":["viewer"]}
       [] → [viewer]
       needs #2, #0
    "#);
}

#[test]
fn members_of_a_tenant_that_is_deleted() {
    let manifest = "tenants: {acme: {name: Acme, state: absent}}
users: {a@example.com: {roles: [member]}}";
    let live = "tenants: {t1: Acme, t2: Globex}
users: {u1: {email: a@example.com, in: {t1: [owner]}}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/a@example.com/roles
       PUT /users/u1/roles {"roles":["member"]}
       [] → [member]
       danger: SensitiveGrant
    #1 tenants/acme
       DELETE /tenants/t1
       held name "Acme"
       u1 loses [owner] in t1
       danger: Removal
    "#);
}

#[test]
fn stages_follow_one_another() {
    let manifest = "tenants: {acme: {name: Acme, data: {x: 1}}, globex: {name: Globex, state: absent}, new: {name: New}}
users: {a@example.com: {name: A, roles: [member]}, b@example.com: {state: absent}, c@example.com: {roles: []}, d@example.com: {locked: true}, e@example.com: {tenants: {new: [viewer]}}}";
    let live = "tenants: {t1: Acme, t2: Globex}
users: {u1: a@example.com, u2: b@example.com, u3: {email: c@example.com, roles: [x]}, u4: {email: d@example.com, roles: [y]}}
crowd: {users: 3, roles: [x, y]}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 tenants/acme
       reads, then PUT /tenants/t1 {"data":{"x":1}}
       data.x: null → 1
    #1 tenants/new
       POST /tenants {"name":"New"}
    #2 users/a@example.com
       PUT /users/u1 {"name":"A"}
       name: null → "A"
    #3 users/e@example.com
       POST /users/createOrUpdate {"email":"e@example.com"}
    #4 users/a@example.com/roles
       PUT /users/u1/roles {"roles":["member"]}
       [] → [member]
       danger: SensitiveGrant
    #5 users/e@example.com/tenants/new
       PUT /tenants/#1/users/#3/roles {"roles":["viewer"]}
       [] → [viewer]
       needs #3, #1
    #6 users/d@example.com
       PUT /users/u4 {"locked":true}
       locked: false → true
       u4 loses [y] in the workspace
       danger: Removal
    #7 users/c@example.com/roles
       PUT /users/u3/roles {"roles":[]}
       [x] → []
    #8 users/b@example.com
       DELETE /users/u2
       held email "b@example.com"
       danger: Removal
    #9 tenants/globex
       DELETE /tenants/t2
       held name "Globex"
       danger: Removal
    "#);
}

#[test]
fn a_role_passes_from_one_user_to_another() {
    let manifest = "users: {a@example.com: {roles: []}, b@example.com: {roles: [admin]}}";
    let live = "users: {u1: {email: a@example.com, roles: [admin]}, u2: b@example.com}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/b@example.com/roles
       PUT /users/u2/roles {"roles":["admin"]}
       [] → [admin]
       danger: SensitiveGrant
    #1 users/a@example.com/roles
       PUT /users/u1/roles {"roles":[]}
       [admin] → []
       waits for h0
    handover h0: admin in the workspace by #0
    "#);
}

#[test]
fn a_role_passes_to_a_user_who_is_created() {
    let manifest = "users: {a@example.com: {roles: [member]}, b@example.com: {roles: [admin]}}";
    let live = "users: {u1: {email: a@example.com, roles: [admin]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/b@example.com
       POST /users/createOrUpdate {"email":"b@example.com"}
    #1 users/a@example.com/roles
       PUT /users/u1/roles {"roles":["admin","member"]}
       [admin] → [admin, member]
       danger: SensitiveGrant
    #2 users/b@example.com/roles
       PUT /users/#0/roles {"roles":["admin"]}
       [] → [admin]
       needs #0
       danger: SensitiveGrant
    #3 users/a@example.com/roles
       PUT /users/u1/roles {"roles":["member"]}
       [admin, member] → [member]
       needs #1
       waits for h0
    handover h0: admin in the workspace by #2
    warning: nobody who stays with "admin" in the workspace has confirmed an e-mail address yet: make sure that they can log in
    "#);
}

#[test]
fn two_users_swap_their_roles() {
    let manifest = "users: {a@example.com: {roles: [owner]}, b@example.com: {roles: [admin]}}";
    let live = "users: {u1: {email: a@example.com, roles: [admin]}, u2: {email: b@example.com, roles: [owner]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/a@example.com/roles
       PUT /users/u1/roles {"roles":["admin","owner"]}
       [admin] → [admin, owner]
    #1 users/b@example.com/roles
       PUT /users/u2/roles {"roles":["admin","owner"]}
       [owner] → [admin, owner]
       danger: SensitiveGrant
    #2 users/a@example.com/roles
       PUT /users/u1/roles {"roles":["owner"]}
       [admin, owner] → [owner]
       needs #0
       waits for h0
    #3 users/b@example.com/roles
       PUT /users/u2/roles {"roles":["admin"]}
       [admin, owner] → [admin]
       needs #1
       waits for h1
    handover h0: admin in the workspace by #1
    handover h1: owner in the workspace by #0
    "#);
}

#[test]
fn a_role_passes_from_a_user_who_is_deleted() {
    let manifest = "users: {a@example.com: {state: absent}, b@example.com: {roles: [admin]}}";
    let live = "users: {u1: {email: a@example.com, roles: [admin]}, u2: b@example.com}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/b@example.com/roles
       PUT /users/u2/roles {"roles":["admin"]}
       [] → [admin]
       danger: SensitiveGrant
    #1 users/a@example.com/roles
       PUT /users/u1/roles {"roles":[]}
       [admin] → []
       waits for h0
    #2 users/a@example.com
       DELETE /users/u1
       held email "a@example.com"
       u1 loses [admin] in the workspace
       needs #1
       waits for h0
       danger: Removal
    handover h0: admin in the workspace by #0
    "#);
}

#[test]
fn a_role_passes_from_a_user_who_is_locked() {
    let manifest = "tenants: {acme: {name: Acme, members: {b@example.com: [owner]}}}
users: {a@example.com: {locked: true}}";
    let live = "tenants: {t1: Acme}
users: {u1: {email: a@example.com, in: {t1: [owner]}}, u2: b@example.com}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/b@example.com/tenants/acme
       PUT /tenants/t1/users/u2/roles {"roles":["owner"]}
       [] → [owner]
       owner by members of acme
    #1 users/a@example.com
       PUT /users/u1 {"locked":true}
       locked: false → true
       u1 loses [owner] in t1
       waits for h0
       danger: Removal
    handover h0: owner in acme by #0
    "#);
}

#[test]
fn a_role_passes_from_several_to_several() {
    let manifest =
        "tenants: {acme: {name: Acme, members: {c@example.com: [owner], d@example.com: [owner]}}}
users: {a@example.com: {tenants: {acme: [viewer]}}, b@example.com: {state: absent}}";
    let live = "tenants: {t1: Acme}
users: {u1: {email: a@example.com, in: {t1: [owner]}}, u2: {email: b@example.com, in: {t1: [owner]}}, u3: c@example.com, u4: d@example.com}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/a@example.com/tenants/acme
       PUT /tenants/t1/users/u1/roles {"roles":["owner","viewer"]}
       [owner] → [owner, viewer]
    #1 users/c@example.com/tenants/acme
       PUT /tenants/t1/users/u3/roles {"roles":["owner"]}
       [] → [owner]
       owner by members of acme
    #2 users/d@example.com/tenants/acme
       PUT /tenants/t1/users/u4/roles {"roles":["owner"]}
       [] → [owner]
       owner by members of acme
    #3 users/a@example.com/tenants/acme
       PUT /tenants/t1/users/u1/roles {"roles":["viewer"]}
       [owner, viewer] → [viewer]
       needs #0
       waits for h0
    #4 users/b@example.com
       DELETE /users/u2
       held email "b@example.com"
       u2 loses [owner] in t1
       waits for h0
       danger: Removal
    handover h0: owner in acme by #1, #2
    "#);
}

#[test]
fn roles_of_one_name_in_two_scopes_are_two() {
    let manifest = "tenants: {acme: {name: Acme, members: {b@example.com: [admin]}}}
users: {a@example.com: {roles: []}}";
    let live = "tenants: {t1: Acme}
users: {u1: {email: a@example.com, roles: [admin]}, u2: b@example.com, u3: {email: c@example.com, roles: [admin]}, u4: {email: d@example.com, roles: [admin]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/b@example.com/tenants/acme
       PUT /tenants/t1/users/u2/roles {"roles":["admin"]}
       [] → [admin]
       admin by members of acme
       danger: SensitiveGrant
    #1 users/a@example.com/roles
       PUT /users/u1/roles {"roles":[]}
       [admin] → []
    "#);
}

#[test]
fn a_locked_user_who_is_granted_a_role_takes_over_nothing() {
    let manifest = "users: {a@example.com: {roles: []}, b@example.com: {roles: [admin]}}";
    let live = "users: {u1: {email: a@example.com, roles: [admin]}, u2: {email: b@example.com, locked: true}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/b@example.com/roles
       PUT /users/u2/roles {"roles":["admin"]}
       [] → [admin]
       danger: SensitiveGrant
    #1 users/a@example.com/roles
       PUT /users/u1/roles {"roles":[]}
       [admin] → []
       danger: FewHolders
    guard keepHolders: leaves 0 of 1 holders of "admin" in the workspace, and at least 1 must remain
    warning: removes the last holder of "admin" in the workspace (m:2)
    "#);
}

#[test]
fn sensitive_roles_are_marked() {
    let manifest = "roles: [{name: owner, sensitive: true}, admin, member]
users: {a@example.com: {roles: [admin, owner, member]}, b@example.com: {roles: [member]}}";
    let live = "users: {u1: a@example.com, u2: b@example.com}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/a@example.com/roles
       PUT /users/u1/roles {"roles":["admin","member","owner"]}
       [] → [admin, member, owner]
       danger: SensitiveGrant
    #1 users/b@example.com/roles
       PUT /users/u2/roles {"roles":["member"]}
       [] → [member]
       danger: SensitiveGrant
    "#);
}

#[test]
fn admin_is_not_sensitive_where_the_manifest_says_so() {
    let manifest = "roles: [{name: admin, sensitive: false}]
users: {a@example.com: {roles: [admin]}}";
    let live = "users: {u1: a@example.com}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/a@example.com/roles
       PUT /users/u1/roles {"roles":["admin"]}
       [] → [admin]
    "#);
}

#[test]
fn roles_that_no_list_has_are_warned_of() {
    let manifest = "users: {a@example.com: {roles: [admin, membr]}}";
    let live = "users: {u1: a@example.com}
lists: [admin, member]";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/a@example.com/roles
       PUT /users/u1/roles {"roles":["admin","membr"]}
       [] → [admin, membr]
       danger: SensitiveGrant
    warning: role "membr" is in no list of roles on the server: did you mean "member"? (m:2)
    "#);
}

#[test]
fn a_vocabulary_takes_the_place_of_the_lists() {
    let manifest = "roles: [membr]
users: {a@example.com: {roles: [membr]}}";
    let live = "users: {u1: a@example.com}
lists: [admin, member]";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/a@example.com/roles
       PUT /users/u1/roles {"roles":["membr"]}
       [] → [membr]
    "#);
}

#[test]
fn an_entry_for_every_tenant_is_one_step_where_members_are_pruned_too() {
    let manifest = "tenants: {acme: {name: Acme}}\nusers: {jo@x.example: {renamedFrom: joe@x.example, tenants: {\"*\": []}}}\nprune: {members: [acme]}\nguards: {maxRoleRemovals: 100%}";
    let live = crate::live_text::live(
        "tenants: {t1: Acme}\nusers: {u1: {email: joe@x.example, in: {t1: [owner]}}}",
    );
    let plan = crate::live_text::planned(manifest, &live);
    let addresses: Vec<String> = plan.steps.iter().map(|it| it.address.to_string()).collect();
    assert_eq!(
        addresses,
        ["users/jo@x.example", "users/jo@x.example/tenants/acme"]
    );
}
