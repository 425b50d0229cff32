//! What can't be planned stops only what depends on it.

use insta::assert_snapshot;
use ufsync::plan::Policy;
use ufsync::plan::select::Pattern;

use crate::live_text::{plan, plan_with, pruning};

const ONE: &str = "0000000a-0000-4000-8000-000000000001";
const TWO: &str = "0000000a-0000-4000-8000-000000000002";

fn excluding(pattern: &str) -> Policy {
    let mut policy = pruning();
    policy
        .selection
        .exclude
        .push(Pattern::new(pattern).unwrap());
    policy
}

fn targeting(pattern: &str) -> Policy {
    let mut policy = pruning();
    policy.selection.target.push(Pattern::new(pattern).unwrap());
    policy
}

#[test]
fn a_pin_that_is_gone_hides_nothing() {
    let manifest =
        "users: {gone@example.com: {userId: 9, roles: [member]}, boss@example.com: {roles: []}}";
    let live = "users: {u1: {email: boss@example.com, roles: [admin]}, u2: {email: x@example.com, roles: [admin]}, u3: {email: y@example.com, roles: [admin]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/boss@example.com/roles
       PUT /users/u1/roles {"roles":[]}
       [admin] → []
    blocked users/gone@example.com: pin_not_found: there is no user with userId 9 in this workspace
    "#);
}

#[test]
fn what_is_left_out_blocks_nothing() {
    let manifest =
        "users: {gone@example.com: {userId: 9, roles: [member]}, jane@example.com: {name: Jane}}";
    let live = "users: {u1: jane@example.com}";
    assert_snapshot!(plan_with(manifest, live, &excluding("users/gone@example.com")), @r#"
    #0 users/jane@example.com
       PUT /users/u1 {"name":"Jane"}
       name: null → "Jane"
    selection: included [], also left out [], 2 left out
    "#);
    assert_snapshot!(plan_with(manifest, live, &targeting("users/jane@example.com")), @r#"
    #0 users/jane@example.com
       PUT /users/u1 {"name":"Jane"}
       name: null → "Jane"
    selection: included [], also left out [], 2 left out
    "#);
    assert_snapshot!(plan_with(manifest, live, &targeting("users/gone@example.com")), @"
    blocked users/gone@example.com: pin_not_found: there is no user with userId 9 in this workspace
    selection: included [], also left out [], 1 left out
    ");
}

#[test]
fn roles_in_a_tenant_that_is_not_known_are_blocked_with_it() {
    let manifest = "tenants: {twin: {name: Twin, members: {jane@example.com: [owner]}}}";
    let live = "tenants: {t1: Twin, t2: Twin}
users: {u1: jane@example.com}";
    assert_snapshot!(plan(manifest, live), @"
    blocked tenants/twin: ambiguous: 2 tenants are called `Twin`
    blocked users/jane@example.com/tenants/twin: needs_blocked because of tenants/twin: it needs tenants/twin, which is blocked
    ");
}

#[test]
fn nobody_loses_a_role_that_somebody_blocked_is_to_get() {
    let manifest = "users: {old@example.com: {roles: []}, new@example.com: {userId: 9, roles: [admin]}, other@example.com: {roles: [viewer]}}";
    let live = "users: {u1: {email: old@example.com, roles: [admin]}, u2: {email: other@example.com, roles: [member]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/other@example.com/roles
       PUT /users/u2/roles {"roles":["viewer"]}
       [member] → [viewer]
       danger: FewHolders
    blocked users/new@example.com: pin_not_found: there is no user with userId 9 in this workspace
    blocked users/old@example.com/roles: awaits_blocked because of users/new@example.com: `admin` is taken away only after users/new@example.com has got it, which is blocked
    warning: removes the last holder of "member" in the workspace (m:2)
    "#);
}

#[test]
fn a_deletion_waits_too() {
    let manifest = "guards: {keepHolders: {admin: 1}}
users: {old@example.com: {state: absent}, new@example.com: {userId: 9, roles: [admin]}, more@example.com: {roles: [admin]}}";
    let live = "users: {u1: {email: old@example.com, roles: [admin]}, u2: {email: more@example.com, roles: [admin]}}";
    assert_snapshot!(plan(manifest, live), @"
    blocked users/new@example.com: pin_not_found: there is no user with userId 9 in this workspace
    blocked users/old@example.com: awaits_blocked because of users/new@example.com: `admin` is taken away only after users/new@example.com has got it, which is blocked
    ");
}

#[test]
fn nothing_is_pruned_that_a_blocked_entry_may_mean() {
    let manifest = r#"tenants: {twin: {name: Twin}, moved: {tenantId: t9, name: Moved}}
users: {a@x.example: {userId: 1, renamedFrom: p@x.example}, b@x.example: {userId: 9, renamedFrom: c@x.example}}
prune: {users: {email: ["*@x.example"]}, tenants: true}"#;
    let live = "tenants: {t1: Twin, t2: twin, t3: Twin, t4: Free, t5: moved}
users: {u1: p@x.example, u2: a@x.example, u3: b@x.example, u4: c@x.example, u5: d@x.example}";
    assert_snapshot!(plan_with(manifest, live, &pruning()), @r#"
    #0 users/d@x.example
       DELETE /users/u5
       held email "d@x.example"
       why: prune
       danger: Removal
    #1 tenants/id:t4
       DELETE /tenants/t4
       held name "Free"
       why: prune
       danger: Removal
    blocked tenants/moved: pin_not_found: there is no tenant with tenantId t9 in this workspace
    blocked tenants/twin: ambiguous: 2 tenants are called `Twin`
    blocked tenants/id:t1: may_concern_blocked because of tenants/twin: it may concern tenants/twin, which is blocked
    blocked tenants/id:t2: may_concern_blocked because of tenants/twin: it may concern tenants/twin, which is blocked
    blocked tenants/id:t3: may_concern_blocked because of tenants/twin: it may concern tenants/twin, which is blocked
    blocked tenants/id:t5: may_concern_blocked because of tenants/moved: it may concern tenants/moved, which is blocked
    blocked users/a@x.example: email_taken: `a@x.example` belongs to another user, userUuid u2
    blocked users/b@x.example: stale_pin: there is no user with userId 9, but `b@x.example` exists, as userUuid u3
    "#);
}

#[test]
fn a_deletion_may_concern_a_blocked_entry_too() {
    let manifest = "users: {new@example.com: {userUuid: 0000000a-0000-4000-8000-000000000001}, old@example.com: {state: absent}}";
    let live =
        "users: {0000000a-0000-4000-8000-000000000001: old@example.com, u2: new@example.com}";
    assert_snapshot!(plan(manifest, live), @"
    blocked users/new@example.com: email_taken: `new@example.com` belongs to another user, userUuid u2
    blocked users/old@example.com: may_concern_blocked because of users/new@example.com: it may concern users/new@example.com, which is blocked
    ");
}

#[test]
fn a_record_that_cant_be_read_is_left_as_it_is() {
    let manifest = r#"tenants: {acme: {name: Acme}, gone: {name: Gone, state: absent}}
users: {jane@example.com: {name: Jane, roles: [member]}, bob@example.com: {name: Bob}}
prune: {users: {email: ["*@example.com"]}}"#;
    let live = "tenants: {t2: Gone}
users: {u1: old@example.com}
unreadable: {users: [jane@example.com, other@example.com], tenants: [acme]}";
    assert_snapshot!(plan_with(manifest, live, &pruning()), @r#"
    #0 users/bob@example.com
       POST /users/createOrUpdate {"email":"bob@example.com","name":"Bob"}
    #1 users/old@example.com
       DELETE /users/u1
       held email "old@example.com"
       why: prune
       danger: Removal
    blocked tenants/acme: unreadable_record: the record of this tenant can't be read: acme, x1: `locked` is a text
    blocked tenants/gone: may_concern_blocked because of tenants/acme: it may concern tenants/acme, which is blocked
    blocked users/jane@example.com: unreadable_record: the record of this user can't be read: jane@example.com, x1: `locked` is a text
    blocked users/other@example.com: unreadable_record: the record of this user can't be read: other@example.com, x1: `locked` is a text
    "#);
    assert_snapshot!(plan_with("users: {bob@example.com: {name: Bob}}", live, &excluding("users/other@example.com")), @r#"
    #0 users/bob@example.com
       POST /users/createOrUpdate {"email":"bob@example.com","name":"Bob"}
    blocked tenants/id:x1: unreadable_record: the record of this tenant can't be read: acme, x1: `locked` is a text
    blocked users/jane@example.com: unreadable_record: the record of this user can't be read: jane@example.com, x1: `locked` is a text
    selection: included [], also left out [], 1 left out
    "#);
}

#[test]
fn who_is_not_found_may_be_a_record_without_a_name() {
    let manifest = "tenants: {acme: {name: Acme}, there: {name: There}}
users: {jane@example.com: {name: Jane}, bob@example.com: {state: absent}, there@example.com: {name: There}}";
    let live = r#"tenants: {t1: There}
users: {u1: there@example.com}
unreadable: {users: [""], tenants: [""]}"#;
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/there@example.com
       PUT /users/u1 {"name":"There"}
       name: null → "There"
    blocked tenants/acme: may_be_unreadable: tenant `Acme` may exist: a record can't be read: x1: `locked` is a text
    blocked tenants/id:x1: unreadable_record: the record of this tenant can't be read: x1: `locked` is a text
    blocked users/bob@example.com: may_be_unreadable: user `bob@example.com` may exist: a record can't be read: x1: `locked` is a text
    blocked users/jane@example.com: may_be_unreadable: user `jane@example.com` may exist: a record can't be read: x1: `locked` is a text
    blocked users/id:x1: unreadable_record: the record of this user can't be read: x1: `locked` is a text
    "#);
}

#[test]
fn no_second_tenant_is_made_of_a_name_in_another_form() {
    let manifest = r#"tenants: {a: {name: acme}, b: {name: " Globex  Corp"}, c: {name: "Caf\u00c9"}, d: {name: Free}, e: {name: ACME GmbH, renamedFrom: Acme Gmbh}}"#;
    let live = r#"tenants: {t1: ACME, t2: "globex corp", t3: "CAF\u00e9", t4: "Acme Gmbh"}"#;
    assert_snapshot!(plan(manifest, live), @r#"
    #0 tenants/d
       POST /tenants {"name":"Free"}
    #1 tenants/e
       PUT /tenants/t4 {"name":"ACME GmbH"}
       name: "Acme Gmbh" → "ACME GmbH"
    blocked tenants/a: name_spelling: there is no tenant `acme`, but a tenant `ACME`, whose name differs in its form only
    blocked tenants/b: name_spelling: there is no tenant ` Globex  Corp`, but a tenant `globex corp`, whose name differs in its form only
    blocked tenants/c: name_spelling: there is no tenant `CafÉ`, but a tenant `CAFé`, whose name differs in its form only
    "#);
}

#[test]
fn a_tenant_goes_with_none_below_it_that_stays() {
    let manifest = "tenants: {child: {tenantId: t2}, gone: {name: Gone, state: absent}, below: {name: Below, parent: gone, state: absent}}
prune: {tenants: true}";
    let live = "tenants: {t1: Parent, t2: {name: Child, parent: t1}, t3: Gone, t4: {name: Below, parent: t3}, t5: Free}";
    assert_snapshot!(plan_with(manifest, live, &pruning()), @r#"
    #0 tenants/below
       DELETE /tenants/t4
       held name "Below"
       danger: Removal
    #1 tenants/gone
       DELETE /tenants/t3
       held name "Gone"
       needs #0
       danger: Removal
    #2 tenants/id:t5
       DELETE /tenants/t5
       held name "Free"
       why: prune
       danger: Removal
    blocked tenants/id:t1: has_descendants: a tenant below it would go too: `Child` (t2)
    "#);
}

#[test]
fn addresses_are_passed_on() {
    let manifest = "users: {c@example.com: {renamedFrom: b@example.com}, b@example.com: {renamedFrom: a@example.com}}";
    assert_snapshot!(plan(manifest, "users: {u1: a@example.com, u2: b@example.com}"), @r#"
    #0 users/c@example.com
       PUT /users/u2 {"email":"c@example.com"}
       email: "b@example.com" → "c@example.com"
       danger: EmailChange
    #1 users/b@example.com
       PUT /users/u1 {"email":"b@example.com"}
       email: "a@example.com" → "b@example.com"
       needs #0
       danger: EmailChange
    "#);
    // The first half was done, then all of it.
    assert_snapshot!(plan(manifest, "users: {u1: a@example.com, u2: c@example.com}"), @r#"
    #0 users/b@example.com
       PUT /users/u1 {"email":"b@example.com"}
       email: "a@example.com" → "b@example.com"
       danger: EmailChange
    warning: users/c@example.com has its new name, and nothing has the previous one: `renamedFrom` can be removed (m:2)
    "#);
    assert_snapshot!(plan(manifest, "users: {u1: b@example.com, u2: c@example.com}"), @"
    warning: users/b@example.com has its new name, and nothing has the previous one: `renamedFrom` can be removed (m:2)
    warning: users/c@example.com has its new name, and nothing has the previous one: `renamedFrom` can be removed (m:2)
    ");
}

#[test]
fn addresses_are_passed_on_by_pins() {
    let manifest = format!(
        "users: {{b@example.com: {{userUuid: {ONE}}}, c@example.com: {{userUuid: {TWO}}}}}"
    );
    let live = format!("users: {{{ONE}: a@example.com, {TWO}: b@example.com}}");
    assert_snapshot!(plan(&manifest, &live), @r#"
    #0 users/c@example.com
       PUT /users/0000000a-0000-4000-8000-000000000002 {"email":"c@example.com"}
       email: "b@example.com" → "c@example.com"
       danger: EmailChange
    #1 users/b@example.com
       PUT /users/0000000a-0000-4000-8000-000000000001 {"email":"b@example.com"}
       email: "a@example.com" → "b@example.com"
       needs #0
       danger: EmailChange
    "#);
}

#[test]
fn names_of_tenants_are_passed_on() {
    let manifest = "tenants: {one: {name: C, renamedFrom: B}, two: {name: B, renamedFrom: A}}";
    assert_snapshot!(plan(manifest, "tenants: {t1: A, t2: B}"), @r#"
    #0 tenants/one
       PUT /tenants/t2 {"name":"C"}
       name: "B" → "C"
    #1 tenants/two
       PUT /tenants/t1 {"name":"B"}
       name: "A" → "B"
       needs #0
    "#);
    assert_snapshot!(plan(manifest, "tenants: {t1: A, t2: C}"), @r#"
    #0 tenants/two
       PUT /tenants/t1 {"name":"B"}
       name: "A" → "B"
    warning: tenants/one has its new name, and nothing has the previous one: `renamedFrom` can be removed (m:2)
    "#);
    assert_snapshot!(plan(manifest, "tenants: {t1: B, t2: C}"), @"
    warning: tenants/one has its new name, and nothing has the previous one: `renamedFrom` can be removed (m:2)
    warning: tenants/two has its new name, and nothing has the previous one: `renamedFrom` can be removed (m:2)
    ");
}

#[test]
fn a_swap_by_names_is_not_carried_out_again_and_again() {
    let manifest = "tenants: {one: {name: A, renamedFrom: B}, two: {name: B, renamedFrom: A}}
users: {a@example.com: {renamedFrom: b@example.com, name: A}, b@example.com: {renamedFrom: a@example.com, name: B}, c@example.com: {name: C}}";
    let live = "tenants: {t1: A, t2: B}
users: {u1: a@example.com, u2: b@example.com, u3: c@example.com}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/c@example.com
       PUT /users/u3 {"name":"C"}
       name: null → "C"
    blocked tenants/one: swapped_by_name: tenant `A` is in a circle of `renamedFrom`: whether the names were swapped already can't be seen
    blocked tenants/two: swapped_by_name: tenant `B` is in a circle of `renamedFrom`: whether the names were swapped already can't be seen
    blocked users/a@example.com: swapped_by_name: user `a@example.com` is in a circle of `renamedFrom`: whether the names were swapped already can't be seen
    blocked users/b@example.com: swapped_by_name: user `b@example.com` is in a circle of `renamedFrom`: whether the names were swapped already can't be seen
    "#);
}

#[test]
fn usernames_are_passed_on_and_swapped() {
    let manifest = "users: {a@example.com: {username: two}, b@example.com: {username: three}, c@example.com: {username: five}, d@example.com: {username: four}}";
    let live = "users: {u1: {email: a@example.com, username: one}, u2: {email: b@example.com, username: two}, u4: {email: c@example.com, username: four}, u5: {email: d@example.com, username: five}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/b@example.com
       PUT /users/u2 {"username":"three"}
       username: "two" → "three"
    #1 users/a@example.com
       PUT /users/u1 {"username":"two"}
       username: "one" → "two"
       needs #0
    #2 users/c@example.com
       PUT /users/u4 {"username":"ufsync-u4"}
       username: "four" → "ufsync-u4"
       why: temporary, so that the username can be passed on
    #3 users/d@example.com
       PUT /users/u5 {"username":"four"}
       username: "five" → "four"
       needs #2
    #4 users/c@example.com
       PUT /users/u4 {"username":"five"}
       username: "four" → "five"
       needs #3, #2
    "#);
}

#[test]
fn addresses_are_swapped_where_the_command_line_allows_it() {
    let manifest = format!(
        "users: {{b@example.com: {{userUuid: {ONE}}}, a@example.com: {{userUuid: {TWO}}}}}"
    );
    let live = format!(
        "users: {{{ONE}: {{email: a@example.com, username: one}}, {TWO}: {{email: b@example.com, username: two}}}}"
    );
    let mut policy = pruning();
    policy.allow_temporary_address = true;
    assert_snapshot!(plan_with(&manifest, &live, &policy), @r#"
    #0 users/a@example.com
       PUT /users/0000000a-0000-4000-8000-000000000002 {"email":"ufsync-0000000a-0000-4000-8000-000000000002@temporary.invalid"}
       email: "b@example.com" → "ufsync-0000000a-0000-4000-8000-000000000002@temporary.invalid"
       why: temporary, so that the e-mail address can be passed on
       danger: EmailChange
    #1 users/b@example.com
       PUT /users/0000000a-0000-4000-8000-000000000001 {"email":"b@example.com"}
       email: "a@example.com" → "b@example.com"
       needs #0
       danger: EmailChange
    #2 users/a@example.com
       PUT /users/0000000a-0000-4000-8000-000000000002 {"email":"a@example.com"}
       email: "b@example.com" → "a@example.com"
       needs #1, #0
       danger: EmailChange
    "#);
}

#[test]
fn numbers_are_passed_on() {
    let manifest = "users: {a@example.com: {phoneNumber: '+15550102'}, b@example.com: {phoneNumber: '+15550103'}}";
    let live = "users: {u1: {email: a@example.com, phoneNumber: '+15550101'}, u2: {email: b@example.com, phoneNumber: '+15550102'}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/b@example.com
       PUT /users/u2 {"phoneNumber":"+15550103"}
       phoneNumber: "+15550102" → "+15550103"
    #1 users/a@example.com
       PUT /users/u1 {"phoneNumber":"+15550102"}
       phoneNumber: "+15550101" → "+15550102"
       needs #0
    "#);
}

#[test]
fn an_entry_whose_address_was_edited_is_perhaps_the_same_user() {
    let manifest = "tenants: {acme: {name: Acme}}
users: {new@example.com: {name: Jane, roles: [member], tenants: {acme: [owner]}}, other@example.com: {name: Jane, roles: [viewer]}}";
    let live = "tenants: {t1: Acme}
users: {u1: {email: old@example.com, name: Jane, roles: [member], in: {t1: [owner]}}, u2: {email: x@example.com, name: Jane}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/new@example.com
       POST /users/createOrUpdate {"email":"new@example.com","name":"Jane"}
    #1 users/other@example.com
       POST /users/createOrUpdate {"email":"other@example.com","name":"Jane"}
    #2 users/new@example.com/roles
       PUT /users/#0/roles {"roles":["member"]}
       [] → [member]
       needs #0
       danger: SensitiveGrant
    #3 users/new@example.com/tenants/acme
       PUT /tenants/t1/users/#0/roles {"roles":["owner"]}
       [] → [owner]
       needs #0
    #4 users/other@example.com/roles
       PUT /users/#1/roles {"roles":["viewer"]}
       [] → [viewer]
       needs #1
    rename? (stays) old@example.com → new@example.com: the name, all roles
    "#);
    let mut policy = pruning();
    policy.rename_check = false;
    assert_snapshot!(plan_with(manifest, live, &policy), @r#"
    #0 users/new@example.com
       POST /users/createOrUpdate {"email":"new@example.com","name":"Jane"}
    #1 users/other@example.com
       POST /users/createOrUpdate {"email":"other@example.com","name":"Jane"}
    #2 users/new@example.com/roles
       PUT /users/#0/roles {"roles":["member"]}
       [] → [member]
       needs #0
       danger: SensitiveGrant
    #3 users/new@example.com/tenants/acme
       PUT /tenants/t1/users/#0/roles {"roles":["owner"]}
       [] → [owner]
       needs #0
    #4 users/other@example.com/roles
       PUT /users/#1/roles {"roles":["viewer"]}
       [] → [viewer]
       needs #1
    "#);
}

#[test]
fn whom_a_new_user_may_be_is_asked_for() {
    let manifest = "users: {new@example.com: {name: Jane, username: jane}}";
    let live = "users: {u1: x@example.com}
known: some";
    assert_snapshot!(plan(manifest, live), @"needs users whose name is Jane, users whose username is jane");
}

#[test]
fn a_user_with_the_username_of_another_is_perhaps_the_same() {
    let manifest = "users: {new@example.com: {username: jane}, second@example.com: {username: bob}, bob@example.com: {name: Bob}}";
    let live = "users: {u1: {email: old@example.com, username: jane}, u2: {email: bob@example.com, username: bob}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/bob@example.com
       PUT /users/u2 {"name":"Bob"}
       name: null → "Bob"
    blocked users/new@example.com: username_taken: the username `jane` belongs to old@example.com
    blocked users/second@example.com: username_taken: the username `bob` belongs to bob@example.com
    "#);
}
