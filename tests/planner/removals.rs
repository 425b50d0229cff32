//! What is removed because nothing mentions it.

use insta::assert_snapshot;

use crate::live_text::{plan, plan_with};
use ufsync::plan::Policy;

#[test]
fn users_are_pruned_by_pattern() {
    let manifest = r#"users: {keep@acme.example: {}, new@acme.example: {renamedFrom: old@acme.example}}
prune: {users: {email: ["*@ACME.example", "x@*.b.org"]}}"#;
    let live = "users: {u1: keep@acme.example, u2: old@acme.example, u3: Go@Acme.example, u4: x@a.b.org, u5: stay@other.example, u6: {name: Nobody}, u7: new@acme.example}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/Go@Acme.example
       DELETE /users/u3
       held email "Go@Acme.example"
       why: prune
       danger: Removal
    #1 users/x@a.b.org
       DELETE /users/u4
       held email "x@a.b.org"
       why: prune
       danger: Removal
    warning: users/new@acme.example exists, and so does old@acme.example, its previous name: these are two records, and the second is not managed (m:2)
    "#);
}

#[test]
fn users_are_pruned_by_locking() {
    let manifest = r#"prune: {users: {email: ["*@acme.example"], action: lock}}"#;
    let live = "users: {u1: {email: a@acme.example, roles: [member], last: 2026-05-01T00:00:00Z}, u2: {email: b@acme.example, locked: true}, u3: {email: c@other.example, roles: [member]}}
crowd: {users: 2, roles: [member]}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/a@acme.example
       PUT /users/u1 {"locked":true}
       locked: false → true
       last active 2026-05-01T00:00:00Z
       u1 loses [member] in the workspace
       why: prune
       danger: Removal
    "#);
}

#[test]
fn a_member_of_a_group_is_mentioned() {
    let manifest = r#"groups: {g: {users: [a@acme.example], roles: [member]}}
prune: {users: {email: ["*@acme.example"]}}"#;
    let live = "users: {u1: {email: a@acme.example, roles: [member]}}";
    assert_snapshot!(plan(manifest, live), @"nothing to do");
}

#[test]
fn an_absent_entry_is_no_prune() {
    let manifest = r#"users: {a@acme.example: {state: absent}}
prune: {users: {email: ["*@acme.example"]}}"#;
    let live = "users: {u1: a@acme.example}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/a@acme.example
       DELETE /users/u1
       held email "a@acme.example"
       danger: Removal
    "#);
}

#[test]
fn a_pattern_for_everybody_is_refused() {
    let manifest = r#"prune: {users: {email: ["*@*"]}}"#;
    let live = "users: {u1: a@acme.example}";
    assert_snapshot!(plan(manifest, live), @"prune_all at m:2: `*@*` names no domain and may match any user");
}

#[test]
fn patterns_that_add_up_to_everybody_are_refused() {
    let manifest = r#"prune: {users: {email: ["[a-k]*@*", "[l-z]*@*", "[0-9]*"]}}"#;
    let live = "users: {u1: a@acme.example}";
    assert_snapshot!(plan(manifest, live), @"prune_all at m:2: `[a-k]*@*` names no domain and may match any user");
}

#[test]
fn tenants_are_pruned() {
    let manifest = "tenants: {acme: {name: Acme}, new: {name: New, renamedFrom: Old}}
prune: {tenants: true}";
    let live = "tenants: {t1: Acme, t2: Globex, t3: {name: Below, parent: t1}, t4: Old, t5: New, t6: {name: Own, parent: demo1234}}
users: {u1: {email: a@example.com, in: {t2: [owner], t1: [owner]}}, u2: {email: b@example.com, in: {t2: [owner]}}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 tenants/id:t2
       DELETE /tenants/t2
       held name "Globex"
       u1 loses [owner] in t2
       u2 loses [owner] in t2
       why: prune
       danger: Removal
    #1 tenants/id:t6
       DELETE /tenants/t6
       held name "Own"
       why: prune
       danger: Removal
    warning: tenants/new exists, and so does Old, its previous name: these are two records, and the second is not managed (m:2)
    "#);
}

#[test]
fn a_renamed_tenant_is_not_pruned() {
    let manifest = "tenants: {new: {name: New, renamedFrom: Old}}
prune: {tenants: true}";
    let live = "tenants: {t4: Old}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 tenants/new
       PUT /tenants/t4 {"name":"New"}
       name: "Old" → "New"
    "#);
}

#[test]
fn members_are_pruned() {
    let manifest =
        "tenants: {acme: {name: Acme, members: {a@example.com: [owner]}}, globex: {name: Globex}}
users: {b@example.com: {}, c@example.com: {state: absent}}
prune: {members: [acme]}";
    let live = "tenants: {t1: Acme, t2: Globex}
users: {u1: {email: a@example.com, in: {t1: [owner]}}, u2: {email: b@example.com, in: {t1: [viewer]}}, u3: {email: c@example.com, in: {t1: [viewer]}}, u4: {email: d@example.com, in: {t1: [viewer], t2: [owner]}}, u5: {name: E, in: {t1: [viewer]}}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/b@example.com/tenants/acme
       PUT /tenants/t1/users/u2/roles {"roles":[]}
       [viewer] → []
       danger: FewHolders
    #1 users/d@example.com/tenants/acme
       PUT /tenants/t1/users/u4/roles {"roles":[]}
       [viewer] → []
       danger: FewHolders
    #2 users/id:u5/tenants/acme
       PUT /tenants/t1/users/u5/roles {"roles":[]}
       [viewer] → []
       danger: FewHolders
    #3 users/c@example.com
       DELETE /users/u3
       held email "c@example.com"
       u3 loses [viewer] in t1
       danger: Removal, FewHolders
    warning: removes all 4 holders of "viewer" in acme (m:4)
    "#);
}

#[test]
fn members_of_all_tenants_are_pruned() {
    let manifest = r#"tenants: {acme: {name: Acme}, globex: {name: Globex}, gone: {name: Gone, state: absent}, new: {name: New}}
prune: {members: "*"}"#;
    let live = "tenants: {t1: Acme, t2: Globex}
users: {u1: {email: a@example.com, in: {t1: [owner], t2: [owner], t3: [owner]}}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 tenants/new
       POST /tenants {"name":"New"}
    #1 users/a@example.com/tenants/acme
       PUT /tenants/t1/users/u1/roles {"roles":[]}
       [owner] → []
       danger: FewHolders
    #2 users/a@example.com/tenants/globex
       PUT /tenants/t2/users/u1/roles {"roles":[]}
       [owner] → []
       danger: FewHolders
    warning: removes the last holder of "owner" in acme (m:3)
    warning: removes the last holder of "owner" in globex (m:3)
    "#);
}

#[test]
fn users_and_their_memberships_are_pruned_once() {
    let manifest = r#"tenants: {acme: {name: Acme}}
prune: {members: [acme], users: {email: ["*@acme.example"]}}"#;
    let live = "tenants: {t1: Acme}
users: {u1: {email: a@acme.example, in: {t1: [owner]}}, u2: {email: b@other.example, in: {t1: [owner]}}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/b@other.example/tenants/acme
       PUT /tenants/t1/users/u2/roles {"roles":[]}
       [owner] → []
       danger: FewHolders
    #1 users/a@acme.example
       DELETE /users/u1
       held email "a@acme.example"
       u1 loses [owner] in t1
       why: prune
       danger: Removal, FewHolders
    warning: removes all 2 holders of "owner" in acme (m:3)
    "#);
}

#[test]
fn who_is_locked_by_pruning_loses_the_membership_too() {
    let manifest = r#"tenants: {acme: {name: Acme}}
prune: {members: [acme], users: {email: ["*@acme.example"], action: lock}}"#;
    let live = "tenants: {t1: Acme}
users: {u1: {email: a@acme.example, in: {t1: [owner]}}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/a@acme.example
       PUT /users/u1 {"locked":true}
       locked: false → true
       u1 loses [owner] in t1
       why: prune
       danger: Removal, FewHolders
    #1 users/a@acme.example/tenants/acme
       PUT /tenants/t1/users/u1/roles {"roles":[]}
       [owner] → []
       danger: FewHolders
    warning: removes the last holder of "owner" in acme (m:3)
    "#);
}

#[test]
fn a_new_address_is_likely_a_rename() {
    let manifest = r#"users: {jane.doe@new.example: {name: Jane Doe, username: jdoe}}
prune: {users: {email: ["*@old.example"]}}"#;
    let live = "users: {u1: {email: jane.doe@old.example, name: jane doe, username: jdoe}, u2: bob@old.example}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jane.doe@new.example
       POST /users/createOrUpdate {"email":"jane.doe@new.example","name":"Jane Doe","username":"jdoe"}
    #1 users/bob@old.example
       DELETE /users/u2
       held email "bob@old.example"
       why: prune
       danger: Removal
    #2 users/jane.doe@old.example
       DELETE /users/u1
       held email "jane.doe@old.example", name "jane doe", username "jdoe"
       why: prune
       danger: Removal
    rename? jane.doe@old.example → jane.doe@new.example: the username, the name, the address up to the domain
    "#);
}

#[test]
fn a_spelling_is_likely_a_rename() {
    let manifest = "users: {jhon@acme.example: {}, john@acme.example: {state: absent}}";
    let live = "users: {u1: john@acme.example}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jhon@acme.example
       POST /users/createOrUpdate {"email":"jhon@acme.example"}
    #1 users/john@acme.example
       DELETE /users/u1
       held email "john@acme.example"
       danger: Removal
    rename? john@acme.example → jhon@acme.example: the address but for its spelling
    "#);
}

#[test]
fn roles_alike_are_likely_a_rename() {
    let manifest = "tenants: {acme: {name: Acme}}
users: {n@acme.example: {roles: [admin], tenants: {acme: [owner]}}, o@x.example: {state: absent}}";
    let live = "tenants: {t1: Acme}
users: {u1: {email: o@x.example, roles: [admin], in: {t1: [owner]}}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/n@acme.example
       POST /users/createOrUpdate {"email":"n@acme.example"}
    #1 users/n@acme.example/roles
       PUT /users/#0/roles {"roles":["admin"]}
       [] → [admin]
       needs #0
       danger: SensitiveGrant
    #2 users/n@acme.example/tenants/acme
       PUT /tenants/t1/users/#0/roles {"roles":["owner"]}
       [] → [owner]
       needs #0
    #3 users/o@x.example/roles
       PUT /users/u1/roles {"roles":[]}
       [admin] → []
       waits for h0
    #4 users/o@x.example
       DELETE /users/u1
       held email "o@x.example"
       u1 loses [admin] in the workspace
       u1 loses [owner] in t1
       needs #3
       waits for h0, h1
       danger: Removal
    handover h0: admin in the workspace by #1
    handover h1: owner in acme by #2
    rename? o@x.example → n@acme.example: all roles
    warning: nobody who stays with "admin" in the workspace has confirmed an e-mail address yet: make sure that they can log in
    "#);
}

#[test]
fn strangers_are_no_rename() {
    let manifest = "users: {new@acme.example: {name: New}, old@acme.example: {state: absent}}";
    let live = "users: {u1: {email: old@acme.example, name: Old}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/new@acme.example
       POST /users/createOrUpdate {"email":"new@acme.example","name":"New"}
    #1 users/old@acme.example
       DELETE /users/u1
       held email "old@acme.example", name "Old"
       danger: Removal
    "#);
}

#[test]
fn who_is_locked_with_an_entry_is_no_rename() {
    let manifest = "users: {jane@new.example: {}, jane@old.example: {locked: true}}";
    let live = "users: {u1: jane@old.example}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jane@new.example
       POST /users/createOrUpdate {"email":"jane@new.example"}
    #1 users/jane@old.example
       PUT /users/u1 {"locked":true}
       locked: false → true
       danger: Removal
    "#);
}

#[test]
fn who_is_locked_by_pruning_may_be_a_rename() {
    let manifest = r#"users: {jane@new.example: {}}
prune: {users: {email: ["*@old.example"], action: lock}}"#;
    let live = "users: {u1: jane@old.example}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jane@new.example
       POST /users/createOrUpdate {"email":"jane@new.example"}
    #1 users/jane@old.example
       PUT /users/u1 {"locked":true}
       locked: false → true
       why: prune
       danger: Removal
    rename? jane@old.example → jane@new.example: the address up to the domain
    "#);
}

#[test]
fn everybody_is_pruned_where_the_command_line_allows_it() {
    let mut policy = Policy::default();
    policy.allow_prune_all = true;
    let manifest = r#"prune: {users: {email: ["*"]}}"#;
    assert_snapshot!(plan_with(manifest, "users: {u1: a@acme.example}", &policy), @r#"
    #0 users/a@acme.example
       DELETE /users/u1
       held email "a@acme.example"
       why: prune
       danger: Removal
    "#);
}

#[test]
fn renames_are_not_looked_for_where_the_command_line_says_so() {
    let mut policy = Policy::default();
    policy.rename_check = false;
    let manifest = "users: {jhon@acme.example: {}, john@acme.example: {state: absent}}";
    assert_snapshot!(plan_with(manifest, "users: {u1: john@acme.example}", &policy), @r#"
    #0 users/jhon@acme.example
       POST /users/createOrUpdate {"email":"jhon@acme.example"}
    #1 users/john@acme.example
       DELETE /users/u1
       held email "john@acme.example"
       danger: Removal
    "#);
}
