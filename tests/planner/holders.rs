//! Who still holds a role: `keepHolders`, and warnings of roles that hardly anybody holds.

use insta::assert_snapshot;

use crate::live_text::plan;

#[test]
fn the_last_admin_stays() {
    let manifest = "users: {root@example.com: {roles: [member]}}";
    let live = "crowd: {users: 20, roles: [member]}
users: {u1: {email: root@example.com, roles: [admin]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/root@example.com/roles
       PUT /users/u1/roles {"roles":["member"]}
       [admin] → [member]
       danger: SensitiveGrant, FewHolders
    guard keepHolders: leaves 0 of 1 holders of "admin" in the workspace, and at least 1 must remain
    warning: removes the last holder of "admin" in the workspace (m:2)
    "#);
}

#[test]
fn the_last_admin_is_not_deleted() {
    let manifest = "users: {root@example.com: {state: absent}}";
    let live = "crowd: {users: 20, roles: [member]}
users: {u1: {email: root@example.com, roles: [admin]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/root@example.com
       DELETE /users/u1
       held email "root@example.com"
       u1 loses [admin] in the workspace
       danger: Removal, FewHolders
    guard keepHolders: leaves 0 of 1 holders of "admin" in the workspace, and at least 1 must remain
    warning: removes the last holder of "admin" in the workspace (m:2)
    "#);
}

#[test]
fn the_last_admin_is_not_locked() {
    let manifest = "users: {root@example.com: {locked: true}}";
    let live = "crowd: {users: 20, roles: [member]}
users: {u1: {email: root@example.com, roles: [admin]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/root@example.com
       PUT /users/u1 {"locked":true}
       locked: false → true
       u1 loses [admin] in the workspace
       danger: Removal, FewHolders
    guard keepHolders: leaves 0 of 1 holders of "admin" in the workspace, and at least 1 must remain
    warning: removes the last holder of "admin" in the workspace (m:2)
    "#);
}

#[test]
fn one_of_two_admins_may_go() {
    let manifest = "users: {root@example.com: {roles: []}}";
    let live = "users: {u1: {email: root@example.com, roles: [admin]}, u2: {email: b@example.com, roles: [admin]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/root@example.com/roles
       PUT /users/u1/roles {"roles":[]}
       [admin] → []
       danger: FewHolders
    warning: removes 1 of 2 holders of "admin" in the workspace (m:2)
    "#);
}

#[test]
fn an_admin_who_is_locked_is_none() {
    let manifest = "users: {root@example.com: {roles: []}}";
    let live = "users: {u1: {email: root@example.com, roles: [admin]}, u2: {email: b@example.com, roles: [admin], locked: true}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/root@example.com/roles
       PUT /users/u1/roles {"roles":[]}
       [admin] → []
       danger: FewHolders
    guard keepHolders: leaves 0 of 1 holders of "admin" in the workspace, and at least 1 must remain
    warning: removes the last holder of "admin" in the workspace (m:2)
    "#);
}

#[test]
fn an_admin_who_will_be_locked_is_none() {
    let manifest = "users: {root@example.com: {roles: []}, b@example.com: {locked: true}}";
    let live = "users: {u1: {email: root@example.com, roles: [admin]}, u2: {email: b@example.com, roles: [admin]}, u3: {email: c@example.com, roles: [admin], locked: true}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/b@example.com
       PUT /users/u2 {"locked":true}
       locked: false → true
       u2 loses [admin] in the workspace
       danger: Removal, FewHolders
    #1 users/root@example.com/roles
       PUT /users/u1/roles {"roles":[]}
       [admin] → []
       danger: FewHolders
    guard keepHolders: leaves 0 of 2 holders of "admin" in the workspace, and at least 1 must remain
    warning: removes all 2 holders of "admin" in the workspace (m:2)
    "#);
}

#[test]
fn a_new_admin_who_is_locked_is_none() {
    let manifest = "users: {root@example.com: {state: absent}, bob@example.com: {locked: true, roles: [admin]}}";
    let live = "crowd: {users: 20, roles: [member]}
users: {u1: {email: root@example.com, roles: [admin]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/bob@example.com
       POST /users/createOrUpdate {"email":"bob@example.com","locked":true}
    #1 users/bob@example.com/roles
       PUT /users/#0/roles {"roles":["admin"]}
       [] → [admin]
       needs #0
       danger: SensitiveGrant
    #2 users/root@example.com
       DELETE /users/u1
       held email "root@example.com"
       u1 loses [admin] in the workspace
       danger: Removal, FewHolders
    guard keepHolders: leaves 0 of 1 holders of "admin" in the workspace, and at least 1 must remain
    warning: removes the last holder of "admin" in the workspace (m:2)
    "#);
}

#[test]
fn an_invited_admin_who_is_locked_is_none() {
    let manifest = "users: {root@example.com: {roles: []}, bob@example.com: {invite: welcome, locked: true, roles: [admin]}}";
    let live = "crowd: {users: 20, roles: [member]}
users: {u1: {email: root@example.com, roles: [admin]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/bob@example.com
       POST /users/invite {"email":"bob@example.com","locked":true,"options":{"type":"welcome"}}
    #1 users/bob@example.com/roles
       PUT /users/#0/roles {"roles":["admin"]}
       [] → [admin]
       needs #0
       danger: SensitiveGrant
    #2 users/root@example.com/roles
       PUT /users/u1/roles {"roles":[]}
       [admin] → []
       danger: FewHolders
    guard keepHolders: leaves 0 of 1 holders of "admin" in the workspace, and at least 1 must remain
    warning: removes the last holder of "admin" in the workspace (m:2)
    "#);
}

#[test]
fn an_admin_who_is_only_now_unlocked_does_not_count_yet() {
    let manifest = "users: {root@example.com: {roles: []}, b@example.com: {locked: false}}";
    let live = "users: {u1: {email: root@example.com, roles: [admin]}, u2: {email: b@example.com, roles: [admin], locked: true}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/b@example.com
       PUT /users/u2 {"locked":false}
       locked: true → false
       danger: SensitiveGrant
    #1 users/root@example.com/roles
       PUT /users/u1/roles {"roles":[]}
       [admin] → []
       waits for h0
    handover h0: admin in the workspace by #0
    "#);
}

#[test]
fn who_is_only_now_unlocked_and_given_the_role_does_not_count_yet() {
    let manifest =
        "users: {root@example.com: {roles: []}, b@example.com: {locked: false, roles: [admin]}}";
    let live = "users: {u1: {email: root@example.com, roles: [admin]}, u2: {email: b@example.com, locked: true}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/b@example.com
       PUT /users/u2 {"locked":false}
       locked: true → false
       danger: SensitiveGrant
    #1 users/b@example.com/roles
       PUT /users/u2/roles {"roles":["admin"]}
       [] → [admin]
       danger: SensitiveGrant
    #2 users/root@example.com/roles
       PUT /users/u1/roles {"roles":[]}
       [admin] → []
       waits for h0
    handover h0: admin in the workspace by #0, #1
    "#);
}

#[test]
fn holders_are_kept_where_the_manifest_says_so() {
    let manifest = "guards: {keepHolders: {viewer: 2}}
tenants: {acme: {name: Acme}}
users: {user1@example.com: {tenants: {acme: []}}, user2@example.com: {tenants: {acme: []}}}";
    let live = "tenants: {t1: Acme}
crowd: {users: 3, in: {t1: [viewer]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com/tenants/acme
       PUT /tenants/t1/users/c0001/roles {"roles":[]}
       [viewer] → []
       danger: FewHolders
    #1 users/user2@example.com/tenants/acme
       PUT /tenants/t1/users/c0002/roles {"roles":[]}
       [viewer] → []
       danger: FewHolders
    guard keepHolders: leaves 1 of 3 holders of "viewer" in acme, and at least 2 must remain
    warning: removes 2 of 3 holders of "viewer" in acme (m:4)
    "#);
}

#[test]
fn holders_may_go_down_to_what_is_kept() {
    let manifest = "guards: {keepHolders: {viewer: 1}}
tenants: {acme: {name: Acme}}
users: {user1@example.com: {tenants: {acme: []}}, user2@example.com: {tenants: {acme: []}}}";
    let live = "tenants: {t1: Acme}
crowd: {users: 3, in: {t1: [viewer]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com/tenants/acme
       PUT /tenants/t1/users/c0001/roles {"roles":[]}
       [viewer] → []
       danger: FewHolders
    #1 users/user2@example.com/tenants/acme
       PUT /tenants/t1/users/c0002/roles {"roles":[]}
       [viewer] → []
       danger: FewHolders
    warning: removes 2 of 3 holders of "viewer" in acme (m:4)
    "#);
}

#[test]
fn a_scope_that_has_fewer_keeps_what_it_has() {
    let manifest = "guards: {keepHolders: {viewer: 5}}
tenants: {acme: {name: Acme}}
users: {user1@example.com: {tenants: {acme: []}}}";
    let live = "tenants: {t1: Acme}
crowd: {users: 3, in: {t1: [viewer]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com/tenants/acme
       PUT /tenants/t1/users/c0001/roles {"roles":[]}
       [viewer] → []
    guard keepHolders: leaves 2 of 3 holders of "viewer" in acme, and at least 3 must remain
    "#);
}

#[test]
fn holders_in_a_tenant_that_goes_are_not_kept() {
    let manifest = "guards: {keepHolders: {viewer: 1}}
tenants: {acme: {name: Acme, state: absent}}
users: {user1@example.com: {state: absent}}";
    let live = "tenants: {t1: Acme}
crowd: {users: 1, in: {t1: [viewer]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com
       DELETE /users/c0001
       held email "user1@example.com"
       c0001 loses [viewer] in t1
       danger: Removal
    #1 tenants/acme
       DELETE /tenants/t1
       held name "Acme"
       c0001 loses [viewer] in t1
       danger: Removal
    "#);
}

#[test]
fn the_last_holder_is_warned_of() {
    let manifest = "tenants: {acme: {name: Acme}}
users: {user1@example.com: {tenants: {acme: []}}}";
    let live = "tenants: {t1: Acme}
crowd: {users: 1, in: {t1: [owner]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com/tenants/acme
       PUT /tenants/t1/users/c0001/roles {"roles":[]}
       [owner] → []
       danger: FewHolders
    warning: removes the last holder of "owner" in acme (m:3)
    "#);
}

#[test]
fn all_holders_are_warned_of() {
    let manifest = "tenants: {acme: {name: Acme}}
users: {user1@example.com: {tenants: {acme: []}}, user2@example.com: {tenants: {acme: []}}}";
    let live = "tenants: {t1: Acme}
crowd: {users: 2, in: {t1: [owner]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com/tenants/acme
       PUT /tenants/t1/users/c0001/roles {"roles":[]}
       [owner] → []
       danger: FewHolders
    #1 users/user2@example.com/tenants/acme
       PUT /tenants/t1/users/c0002/roles {"roles":[]}
       [owner] → []
       danger: FewHolders
    warning: removes all 2 holders of "owner" in acme (m:3)
    "#);
}

#[test]
fn one_of_two_holders_is_warned_of() {
    let manifest = "users: {user1@example.com: {roles: []}}";
    let live = "crowd: {users: 2, roles: [owner]}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com/roles
       PUT /users/c0001/roles {"roles":[]}
       [owner] → []
       danger: FewHolders
    warning: removes 1 of 2 holders of "owner" in the workspace (m:2)
    "#);
}

#[test]
fn three_holders_are_not_worth_a_warning() {
    let manifest = "users: {user1@example.com: {roles: []}}";
    let live = "crowd: {users: 3, roles: [owner]}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com/roles
       PUT /users/c0001/roles {"roles":[]}
       [owner] → []
    "#);
}

#[test]
fn a_holder_in_exchange_is_not_worth_a_warning() {
    let manifest = "users: {user1@example.com: {roles: []}, new@example.com: {roles: [owner]}}";
    let live = "crowd: {users: 1, roles: [owner]}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/new@example.com
       POST /users/createOrUpdate {"email":"new@example.com"}
    #1 users/new@example.com/roles
       PUT /users/#0/roles {"roles":["owner"]}
       [] → [owner]
       needs #0
    #2 users/user1@example.com/roles
       PUT /users/c0001/roles {"roles":[]}
       [owner] → []
       waits for h0
    handover h0: owner in the workspace by #1
    "#);
}

#[test]
fn the_holders_are_not_known() {
    let manifest = "users: {root@example.com: {roles: []}}";
    let live = "known: some
users: {u1: {email: root@example.com, roles: [admin]}}";
    assert_snapshot!(plan(manifest, live), @"needs 3 holders, 2 of them confirmed, of admin in the workspace");
}

#[test]
fn the_holders_are_known_to_be_enough() {
    let manifest = "users: {root@example.com: {roles: []}}";
    let live = "known: some
users: {u1: {email: root@example.com, roles: [admin]}, u2: {email: b@example.com, roles: [admin]}, u3: {email: c@example.com, roles: [admin]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/root@example.com/roles
       PUT /users/u1/roles {"roles":[]}
       [admin] → []
    "#);
}

#[test]
fn the_holders_were_searched() {
    let manifest = "users: {root@example.com: {roles: []}}";
    let live = "known: some
searched: [admin]
users: {u1: {email: root@example.com, roles: [admin]}, u2: {email: b@example.com, roles: [admin]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/root@example.com/roles
       PUT /users/u1/roles {"roles":[]}
       [admin] → []
       danger: FewHolders
    warning: removes 1 of 2 holders of "admin" in the workspace (m:2)
    "#);
}

#[test]
fn the_holders_of_another_scope_were_searched() {
    let manifest = "users: {root@example.com: {roles: []}}";
    let live = "known: some
searched: [t1/admin, owner]
users: {u1: {email: root@example.com, roles: [admin]}}";
    assert_snapshot!(plan(manifest, live), @"needs 3 holders, 2 of them confirmed, of admin in the workspace");
}
