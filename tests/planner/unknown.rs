//! Plans from a part of the live state: what has to be known before they can be judged.

use insta::assert_snapshot;

use crate::live_text::{desired, drafted, live, needed, plan};

#[test]
fn a_share_of_an_unknown_number_is_not_known() {
    let manifest = "users: {user1@example.com: {state: absent}, user2@example.com: {state: absent}, user3@example.com: {state: absent}, user4@example.com: {state: absent}, user5@example.com: {state: absent}, user6@example.com: {state: absent}}";
    let live = "known: some
crowd: {users: 6}";
    assert_snapshot!(plan(manifest, live), @"needs everything");
}

#[test]
fn a_share_of_an_unknown_number_may_be_known_to_be_enough() {
    let manifest = "guards: {maxDeletes: 10%}
users: {user1@example.com: {state: absent}}";
    let live = "known: some
crowd: {users: 10}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com
       DELETE /users/c0001
       held email "user1@example.com"
       danger: Removal
    "#);
}

#[test]
fn a_guard_that_is_broken_says_of_how_many() {
    let manifest = "guards: {maxDeletes: 0}
users: {user1@example.com: {state: absent}}";
    let live = "known: some
crowd: {users: 10}";
    assert_snapshot!(plan(manifest, live), @"needs everything");
}

#[test]
fn removals_of_an_unknown_number_of_roles() {
    let manifest = "users: {user1@example.com: {roles: [x]}, user2@example.com: {roles: [x]}, user3@example.com: {roles: [x]}, user4@example.com: {roles: [x]}, user5@example.com: {roles: [x]}, user6@example.com: {roles: [x]}}";
    let live = "known: some
searched: [member]
crowd: {users: 10, roles: [member]}";
    assert_snapshot!(plan(manifest, live), @"needs everything");
}

#[test]
fn a_grant_needs_to_know_nothing() {
    let manifest = "users: {user1@example.com: {roles: [member, admin], name: A}}";
    let live = "known: some
crowd: {users: 1, roles: [member]}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/user1@example.com
       PUT /users/c0001 {"name":"A"}
       name: null → "A"
    #1 users/user1@example.com/roles
       PUT /users/c0001/roles {"roles":["admin","member"]}
       [member] → [admin, member]
       danger: SensitiveGrant
    "#);
}

#[test]
fn a_user_whose_roles_were_not_told_is_not_thought_to_hold_none() {
    let manifest = "users: {a@example.com: {roles: [member]}}";
    let live = "users: {u1: {email: a@example.com, untold: true}}";
    assert_snapshot!(plan(manifest, live), @"needs the roles of u1");
}

#[test]
fn a_user_who_goes_and_whose_roles_were_not_told() {
    let manifest = "users: {a@example.com: {state: absent}}";
    let live = "users: {u1: {email: a@example.com, untold: true}}";
    assert_snapshot!(plan(manifest, live), @"needs the roles of u1");
}

#[test]
fn roles_that_were_not_told_are_not_counted_as_none() {
    let manifest = "users: {a@example.com: {roles: []}}";
    let live = "users: {u1: {email: a@example.com, roles: [admin]}, u2: {email: b@example.com, untold: true}}";
    assert_snapshot!(plan(manifest, live), @"needs 3 holders, 2 of them confirmed, of admin in the workspace");
}

#[test]
fn members_of_a_tenant_that_goes_are_not_known() {
    let manifest = "tenants: {acme: {name: Acme, state: absent}}";
    let live = "known: some
tenants: {t1: Acme}
users: {u1: a@example.com}";
    assert_snapshot!(plan(manifest, live), @"needs everything");
}

#[test]
fn what_a_server_says_of_the_number_of_users_counts_for_nothing() {
    let absent = (1..=6).map(|number| format!("user{number}@example.com: {{state: absent}}"));
    let desired = desired(&format!(
        "users: {{{}}}",
        absent.collect::<Vec<_>>().join(", ")
    ));
    let mut all = live("crowd: {users: 20}");
    all.claimed_users = 10_000_000;
    let guards = drafted(&desired, &all).broken_guards;
    assert_eq!(
        guards[0].reasons,
        ["removes 6 of 20 users, and 5 are allowed"]
    );
    let mut some = live("known: some\ncrowd: {users: 20}");
    some.claimed_users = 10_000_000;
    assert!(needed(&desired, &some).unwrap().everything);
}

#[test]
fn what_is_missing_is_asked_for_at_once() {
    let manifest = "tenants: {acme: {name: Acme}}
users: {a@example.com: {roles: [], tenants: {acme: []}}, b@example.com: {state: absent}}
guards: {maxRoleRemovals: 1%, keepHolders: {owner: 4}}";
    let live = "known: some
tenants: {t1: Acme}
users: {u1: {email: a@example.com, roles: [admin, owner], in: {t1: [owner]}}, u2: b@example.com}";
    assert_snapshot!(plan(manifest, live), @"needs 3 holders, 2 of them confirmed, of admin in the workspace, 3 holders, 5 of them confirmed, of owner in the workspace, 3 holders, 5 of them confirmed, of owner in t1, everything");
}

#[test]
fn lists_of_tenants_that_were_not_read_may_have_a_role() {
    let manifest = "users: {a@example.com: {roles: [odd]}}";
    let live = "known: some
users: {u1: a@example.com}
lists: [admin]";
    assert_snapshot!(plan(manifest, live), @"needs everything");
}
