//! The guards on numbers and on the protected: kept, at the limit, and broken; and several guards at once.

use insta::assert_snapshot;

use crate::live_text::plan;

#[test]
fn five_deletions_are_always_allowed() {
    let manifest = "users: {user1@example.com: {state: absent}, user2@example.com: {state: absent}, user3@example.com: {state: absent}, user4@example.com: {state: absent}, user5@example.com: {state: absent}}";
    let live = "crowd: {users: 6}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com
       DELETE /users/c0001
       held email "user1@example.com"
       danger: Removal
    #1 users/user2@example.com
       DELETE /users/c0002
       held email "user2@example.com"
       danger: Removal
    #2 users/user3@example.com
       DELETE /users/c0003
       held email "user3@example.com"
       danger: Removal
    #3 users/user4@example.com
       DELETE /users/c0004
       held email "user4@example.com"
       danger: Removal
    #4 users/user5@example.com
       DELETE /users/c0005
       held email "user5@example.com"
       danger: Removal
    "#);
}

#[test]
fn six_of_twenty_are_too_many() {
    let manifest = "users: {user1@example.com: {state: absent}, user2@example.com: {state: absent}, user3@example.com: {state: absent}, user4@example.com: {state: absent}, user5@example.com: {state: absent}, user6@example.com: {state: absent}}";
    let live = "crowd: {users: 20}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com
       DELETE /users/c0001
       held email "user1@example.com"
       danger: Removal
    #1 users/user2@example.com
       DELETE /users/c0002
       held email "user2@example.com"
       danger: Removal
    #2 users/user3@example.com
       DELETE /users/c0003
       held email "user3@example.com"
       danger: Removal
    #3 users/user4@example.com
       DELETE /users/c0004
       held email "user4@example.com"
       danger: Removal
    #4 users/user5@example.com
       DELETE /users/c0005
       held email "user5@example.com"
       danger: Removal
    #5 users/user6@example.com
       DELETE /users/c0006
       held email "user6@example.com"
       danger: Removal
    guard maxDeletes: removes 6 of 20 users, and 5 are allowed
    "#);
}

#[test]
fn a_written_number_holds_for_users_and_tenants_together() {
    let manifest = "guards: {maxDeletes: 1}
tenants: {acme: {name: Acme, state: absent}}
users: {user1@example.com: {state: absent}}";
    let live = "tenants: {t1: Acme, t2: B}
crowd: {users: 3}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com
       DELETE /users/c0001
       held email "user1@example.com"
       danger: Removal
    #1 tenants/acme
       DELETE /tenants/t1
       held name "Acme"
       danger: Removal
    guard maxDeletes: removes 2 of 5 users and tenants, and 1 are allowed
    "#);
}

#[test]
fn a_written_number_is_kept_exactly() {
    let manifest = "guards: {maxDeletes: 2}
tenants: {acme: {name: Acme, state: absent}}
users: {user1@example.com: {state: absent}}";
    let live = "tenants: {t1: Acme, t2: B}
crowd: {users: 3}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com
       DELETE /users/c0001
       held email "user1@example.com"
       danger: Removal
    #1 tenants/acme
       DELETE /tenants/t1
       held name "Acme"
       danger: Removal
    "#);
}

#[test]
fn a_share_does_not_pay_for_tenants() {
    let manifest = "guards: {maxDeletes: 50%}
tenants: {acme: {name: Acme, state: absent}, b: {name: B, state: absent}}";
    let live = "tenants: {t1: Acme, t2: B}
crowd: {users: 100}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 tenants/acme
       DELETE /tenants/t1
       held name "Acme"
       danger: Removal
    #1 tenants/b
       DELETE /tenants/t2
       held name "B"
       danger: Removal
    guard maxDeletes: removes 2 of 2 tenants, and 1 are allowed
    "#);
}

#[test]
fn a_share_is_kept_exactly() {
    let manifest = "guards: {maxDeletes: 50%}
users: {user1@example.com: {state: absent}, user2@example.com: {state: absent}}";
    let live = "crowd: {users: 4}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com
       DELETE /users/c0001
       held email "user1@example.com"
       danger: Removal
    #1 users/user2@example.com
       DELETE /users/c0002
       held email "user2@example.com"
       danger: Removal
    "#);
}

#[test]
fn a_share_is_rounded_down() {
    let manifest = "guards: {maxDeletes: 50%}
users: {user1@example.com: {state: absent}, user2@example.com: {state: absent}}";
    let live = "crowd: {users: 3}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com
       DELETE /users/c0001
       held email "user1@example.com"
       danger: Removal
    #1 users/user2@example.com
       DELETE /users/c0002
       held email "user2@example.com"
       danger: Removal
    guard maxDeletes: removes 2 of 3 users, and 1 are allowed
    "#);
}

#[test]
fn a_lock_is_a_deletion() {
    let manifest = "guards: {maxDeletes: 0}
users: {user1@example.com: {locked: true}}";
    let live = "crowd: {users: 3}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com
       PUT /users/c0001 {"locked":true}
       locked: false → true
       danger: Removal
    guard maxDeletes: removes 1 of 3 users and tenants, and 0 are allowed
    "#);
}

#[test]
fn removals_of_roles_are_limited() {
    let manifest = "users: {user1@example.com: {roles: []}, user2@example.com: {roles: []}, user3@example.com: {roles: []}, user4@example.com: {roles: []}, user5@example.com: {roles: []}, user6@example.com: {roles: []}}";
    let live = "crowd: {users: 20, roles: [member]}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com/roles
       PUT /users/c0001/roles {"roles":[]}
       [member] → []
    #1 users/user2@example.com/roles
       PUT /users/c0002/roles {"roles":[]}
       [member] → []
    #2 users/user3@example.com/roles
       PUT /users/c0003/roles {"roles":[]}
       [member] → []
    #3 users/user4@example.com/roles
       PUT /users/c0004/roles {"roles":[]}
       [member] → []
    #4 users/user5@example.com/roles
       PUT /users/c0005/roles {"roles":[]}
       [member] → []
    #5 users/user6@example.com/roles
       PUT /users/c0006/roles {"roles":[]}
       [member] → []
    guard maxRoleRemovals: takes away 6 of 20 roles held, and 5 are allowed
    "#);
}

#[test]
fn five_removals_are_always_allowed() {
    let manifest = "users: {user1@example.com: {roles: []}, user2@example.com: {roles: []}, user3@example.com: {roles: []}, user4@example.com: {roles: []}, user5@example.com: {roles: []}}";
    let live = "crowd: {users: 20, roles: [member]}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com/roles
       PUT /users/c0001/roles {"roles":[]}
       [member] → []
    #1 users/user2@example.com/roles
       PUT /users/c0002/roles {"roles":[]}
       [member] → []
    #2 users/user3@example.com/roles
       PUT /users/c0003/roles {"roles":[]}
       [member] → []
    #3 users/user4@example.com/roles
       PUT /users/c0004/roles {"roles":[]}
       [member] → []
    #4 users/user5@example.com/roles
       PUT /users/c0005/roles {"roles":[]}
       [member] → []
    "#);
}

#[test]
fn removals_are_limited_in_large_tenants() {
    let manifest = "tenants: {acme: {name: Acme}}
users: {user1@example.com: {tenants: {acme: []}}, user2@example.com: {tenants: {acme: []}}, user3@example.com: {tenants: {acme: []}}, user4@example.com: {tenants: {acme: []}}, user5@example.com: {tenants: {acme: []}}, user6@example.com: {tenants: {acme: []}}}";
    let live = "tenants: {t1: Acme}
crowd: {users: 30, roles: [a, b, c, d], in: {t1: [viewer]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com/tenants/acme
       PUT /tenants/t1/users/c0001/roles {"roles":[]}
       [viewer] → []
    #1 users/user2@example.com/tenants/acme
       PUT /tenants/t1/users/c0002/roles {"roles":[]}
       [viewer] → []
    #2 users/user3@example.com/tenants/acme
       PUT /tenants/t1/users/c0003/roles {"roles":[]}
       [viewer] → []
    #3 users/user4@example.com/tenants/acme
       PUT /tenants/t1/users/c0004/roles {"roles":[]}
       [viewer] → []
    #4 users/user5@example.com/tenants/acme
       PUT /tenants/t1/users/c0005/roles {"roles":[]}
       [viewer] → []
    #5 users/user6@example.com/tenants/acme
       PUT /tenants/t1/users/c0006/roles {"roles":[]}
       [viewer] → []
    guard maxRoleRemovals: takes away 6 of 30 roles held in acme, and 5 are allowed
    "#);
}

#[test]
fn removals_are_not_limited_in_small_tenants() {
    let manifest = "guards: {maxRoleRemovals: 50%}
tenants: {acme: {name: Acme}}
users: {user1@example.com: {tenants: {acme: []}}, user2@example.com: {tenants: {acme: []}}, user3@example.com: {tenants: {acme: []}}, user4@example.com: {tenants: {acme: []}}, user5@example.com: {tenants: {acme: []}}, user6@example.com: {tenants: {acme: []}}}";
    let live = "tenants: {t1: Acme}
crowd: {users: 6, roles: [a, b, c, d], in: {t1: [viewer]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com/tenants/acme
       PUT /tenants/t1/users/c0001/roles {"roles":[]}
       [viewer] → []
       danger: FewHolders
    #1 users/user2@example.com/tenants/acme
       PUT /tenants/t1/users/c0002/roles {"roles":[]}
       [viewer] → []
       danger: FewHolders
    #2 users/user3@example.com/tenants/acme
       PUT /tenants/t1/users/c0003/roles {"roles":[]}
       [viewer] → []
       danger: FewHolders
    #3 users/user4@example.com/tenants/acme
       PUT /tenants/t1/users/c0004/roles {"roles":[]}
       [viewer] → []
       danger: FewHolders
    #4 users/user5@example.com/tenants/acme
       PUT /tenants/t1/users/c0005/roles {"roles":[]}
       [viewer] → []
       danger: FewHolders
    #5 users/user6@example.com/tenants/acme
       PUT /tenants/t1/users/c0006/roles {"roles":[]}
       [viewer] → []
       danger: FewHolders
    warning: removes all 6 holders of "viewer" in acme (m:4)
    "#);
}

#[test]
fn a_written_limit_of_removals() {
    let manifest = "guards: {maxRoleRemovals: 0}
users: {user1@example.com: {roles: []}}";
    let live = "crowd: {users: 20, roles: [member]}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com/roles
       PUT /users/c0001/roles {"roles":[]}
       [member] → []
    guard maxRoleRemovals: takes away 1 of 20 roles held, and 0 are allowed
    "#);
}

#[test]
fn the_protected_are_not_touched() {
    let manifest = "guards: {protect: [USER1@example.com, user2@example.com, user3@example.com, user4@example.com, user5@example.com]}
tenants: {globex: {name: Globex, state: absent}}
users: {user1@example.com: {state: absent}, user2@example.com: {locked: true}, user3@example.com: {roles: []}, other@evil.example: {renamedFrom: user4@example.com}, user5@example.com: {name: Fine, roles: [member, owner]}}";
    let live = "tenants: {t2: Globex}
crowd: {users: 9, roles: [member]}
users: {u5: {email: user5+@example.com, in: {t2: [owner]}}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/other@evil.example
       PUT /users/c0004 {"email":"other@evil.example"}
       email: "user4@example.com" → "other@evil.example"
       danger: EmailChange
    #1 users/user5@example.com
       PUT /users/c0005 {"name":"Fine"}
       name: null → "Fine"
    #2 users/user5@example.com/roles
       PUT /users/c0005/roles {"roles":["member","owner"]}
       [member] → [member, owner]
    #3 users/user2@example.com
       PUT /users/c0002 {"locked":true}
       locked: false → true
       c0002 loses [member] in the workspace
       danger: Removal
    #4 users/user3@example.com/roles
       PUT /users/c0003/roles {"roles":[]}
       [member] → []
    #5 users/user1@example.com
       DELETE /users/c0001
       held email "user1@example.com"
       c0001 loses [member] in the workspace
       danger: Removal
    #6 tenants/globex
       DELETE /tenants/t2
       held name "Globex"
       u5 loses [owner] in t2
       danger: Removal
    guard protect: gives another address to user4@example.com, who is protected (users/other@evil.example)
    guard protect: locks user2@example.com, who is protected (users/user2@example.com)
    guard protect: takes roles away from user3@example.com, who is protected (users/user3@example.com/roles)
    guard protect: deletes user1@example.com, who is protected (users/user1@example.com)
    "#);
}

#[test]
fn the_protected_lose_no_role_with_a_tenant() {
    let manifest = "guards: {protect: [user1@example.com]}
tenants: {acme: {name: Acme, state: absent}}";
    let live = "tenants: {t1: Acme}
crowd: {users: 2, in: {t1: [viewer]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 tenants/acme
       DELETE /tenants/t1
       held name "Acme"
       c0001 loses [viewer] in t1
       c0002 loses [viewer] in t1
       danger: Removal
    guard protect: deletes tenant acme, in which user1@example.com, who is protected, holds roles
    "#);
}

#[test]
fn the_protected_are_not_pruned() {
    let manifest = r#"guards: {protect: [user1@example.com]}
tenants: {acme: {name: Acme}}
prune: {members: [acme], users: {email: ["user1@*example.com"], action: lock}}"#;
    let live = "tenants: {t1: Acme}
crowd: {users: 3, in: {t1: [viewer]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com
       PUT /users/c0001 {"locked":true}
       locked: false → true
       c0001 loses [viewer] in t1
       why: prune
       danger: Removal, FewHolders
    #1 users/user1@example.com/tenants/acme
       PUT /tenants/t1/users/c0001/roles {"roles":[]}
       [viewer] → []
       danger: FewHolders
    #2 users/user2@example.com/tenants/acme
       PUT /tenants/t1/users/c0002/roles {"roles":[]}
       [viewer] → []
       danger: FewHolders
    #3 users/user3@example.com/tenants/acme
       PUT /tenants/t1/users/c0003/roles {"roles":[]}
       [viewer] → []
       danger: FewHolders
    guard protect: locks user1@example.com, who is protected (users/user1@example.com)
    guard protect: takes roles away from user1@example.com, who is protected (users/user1@example.com/tenants/acme)
    warning: removes all 3 holders of "viewer" in acme (m:4)
    "#);
}

#[test]
fn protection_follows_the_record() {
    let manifest = "guards: {protect: [user1@example.com]}
users: {new@evil.example: {userId: 1001, renamedFrom: user1@example.com, locked: true}}";
    let live = "crowd: {users: 3}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/new@evil.example
       PUT /users/c0001 {"email":"new@evil.example","locked":true}
       email: "user1@example.com" → "new@evil.example"
       locked: false → true
       danger: Removal, EmailChange
    guard protect: gives another address to user1@example.com, who is protected (users/new@evil.example)
    "#);
}

#[test]
fn several_guards_break_at_once() {
    let manifest = "guards: {maxDeletes: 0, protect: [root@example.com]}
users: {root@example.com: {state: absent}}";
    let live = "crowd: {users: 20, roles: [member]}
users: {u1: {email: root@example.com, roles: [admin]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/root@example.com
       DELETE /users/u1
       held email "root@example.com"
       u1 loses [admin] in the workspace
       danger: Removal, FewHolders
    guard maxDeletes: removes 1 of 21 users and tenants, and 0 are allowed
    guard keepHolders: leaves 0 of 1 holders of "admin" in the workspace, and at least 1 must remain
    guard protect: deletes root@example.com, who is protected (users/root@example.com)
    warning: removes the last holder of "admin" in the workspace (m:3)
    "#);
}
