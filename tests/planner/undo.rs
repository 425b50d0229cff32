//! The way back from what was done.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use ufsync::model::{Live, TenantId, UserUuid};
use ufsync::plan::diff::{Drafted, diff};
use ufsync::plan::saved::undo::{Done, Undo, undo};
use ufsync::plan::{Change, Plan, Policy};

use crate::live_text::{live, planned};
use crate::show;

/// The way back from a plan that was carried out, or from its first steps: users get ids like `n0`, tenants like `m0`.
pub(crate) fn way_back(plan: &Plan, before: &Live, steps: usize) -> Undo {
    let (mut users, mut tenants) = (BTreeMap::new(), BTreeMap::new());
    for step in plan.steps.iter().filter(|step| step.change.creates()) {
        let ids =
            |letter: char| (0..).map(move |round| format!("{letter}{}", step.id.0 + 100 * round));
        if matches!(step.change, Change::User { .. }) {
            let mut ids = ids('n').map(UserUuid::new);
            let free = ids.find(|id| !before.users.contains(id));
            users.insert(step.id, free.unwrap());
        } else {
            let mut ids = ids('m').map(TenantId::new);
            let free = ids.find(|id| !before.tenants.contains(id));
            tenants.insert(step.id, free.unwrap());
        }
    }
    let done: Vec<bool> = (0..plan.steps.len()).map(|index| index < steps).collect();
    let done = Done {
        steps: &done,
        users: &users,
        tenants: &tenants,
    };
    undo(plan, before, done)
}

fn show_back(back: &Undo) -> String {
    let mut text = match diff(&back.desired, &back.after, &Policy::default()) {
        Ok(Drafted::Plan(plan)) => show::plan(&plan, &back.after),
        Ok(Drafted::NeedsMore(missing)) => show::missing(&missing),
        Err(findings) => show::errors(&findings),
    };
    for what in &back.not_restored {
        text.push_str("\nnot restored: ");
        text.push_str(what);
    }
    text
}

fn back(manifest: &str, live_text: &str) -> String {
    let before = live(live_text);
    let plan = planned(manifest, &before);
    show_back(&way_back(&plan, &before, plan.steps.len()))
}

#[test]
fn a_grant_is_taken_back() {
    let manifest = "users: {a@x.example: {roles: [member, owner]}}";
    let live = "users: {u1: {email: a@x.example, roles: [member]}}
crowd: {users: 3, roles: [owner]}";
    assert_snapshot!(back(manifest, live), @r#"
    #0 users/a@x.example/roles
       PUT /users/u1/roles {"roles":["member"]}
       [member, owner] → [member]
    "#);
}

#[test]
fn a_revocation_is_taken_back() {
    let manifest = "tenants: {acme: {name: Acme, members: {a@x.example: []}}}";
    let live = "tenants: {t1: Acme}
users: {u1: {email: a@x.example, in: {t1: [owner]}}}";
    assert_snapshot!(back(manifest, live), @r#"
    #0 users/a@x.example/tenants/acme
       PUT /tenants/t1/users/u1/roles {"roles":["owner"]}
       [] → [owner]
    "#);
}

#[test]
fn fields_are_taken_back() {
    let manifest = r#"users: {a@x.example: {name: null, username: b, image: "https://x.example/b.png", phoneNumber: "+15550100"}}
tenants: {acme: {name: Acme, image: null}}"#;
    let live = r#"tenants: {t1: {name: Acme, image: "https://x.example/a.png"}}
users: {u1: {email: a@x.example, name: A, image: "https://x.example/a.png"}}"#;
    assert_snapshot!(back(manifest, live), @r#"
    #0 tenants/acme
       PUT /tenants/t1 {"image":"https://x.example/a.png"}
       image: null → "https://x.example/a.png"
    #1 users/a@x.example
       PUT /users/u1 {"image":"https://x.example/a.png","name":"A","phoneNumber":null,"username":null}
       name: null → "A"
       username: "b" → null
       image: "https://x.example/b.png" → "https://x.example/a.png"
       phoneNumber: "+15550100" → null
    "#);
}

#[test]
fn keys_of_data_are_taken_back() {
    let manifest = "users: {a@x.example: {data: {new: 1, old: null, other: 3}}}";
    let live = "users: {u1: {email: a@x.example, data: {old: {a: 1}, other: 2, kept: 4}}}";
    assert_snapshot!(back(manifest, live), @r#"
    #0 users/a@x.example
       reads, then PUT /users/u1 {"data":{"kept":4,"new":null,"old":{"a":1},"other":2}}
       data.new: 1 → null
       data.old: null → {"a":1}
       data.other: 3 → 2
    "#);
}

#[test]
fn a_creation_is_taken_back() {
    let manifest = "tenants: {acme: {name: Acme}}
users: {a@x.example: {name: A, roles: [member], tenants: {acme: [owner]}}, b@x.example: {invite: welcome}}";
    let live = "users: {u1: c@x.example}";
    assert_snapshot!(back(manifest, live), @r#"
    #0 users/a@x.example
       DELETE /users/n1
       held email "a@x.example", name "A"
       n1 loses [member] in the workspace
       n1 loses [owner] in m0
       danger: Removal, FewHolders
    #1 users/b@x.example
       DELETE /users/n2
       held email "b@x.example"
       danger: Removal
    #2 tenants/acme
       DELETE /tenants/m0
       held name "Acme"
       n1 loses [owner] in m0
       danger: Removal
    warning: removes the last holder of "member" in the workspace
    not restored: users/b@x.example: the invitation was sent
    "#);
}

#[test]
fn a_deletion_is_taken_back() {
    let manifest = "users: {a@x.example: {state: absent}}";
    let live = "tenants: {t1: Acme}
users: {u1: {email: a@x.example, name: A, username: a, data: {x: 1}, roles: [member], in: {t1: [owner], t2: [viewer]}}}
crowd: {users: 4, roles: [member], in: {t1: [owner], t2: [viewer]}}";
    assert_snapshot!(back(manifest, live), @r#"
    #0 users/a@x.example
       POST /users/createOrUpdate {"data":{"x":1},"email":"a@x.example","name":"A","username":"a"}
    #1 users/a@x.example/roles
       PUT /users/#0/roles {"roles":["member"]}
       [] → [member]
       needs #0
       danger: SensitiveGrant
    #2 users/a@x.example/tenants/id:t1
       PUT /tenants/t1/users/#0/roles {"roles":["owner"]}
       [] → [owner]
       needs #0
    #3 users/a@x.example/tenants/id:t2
       PUT /tenants/t2/users/#0/roles {"roles":["viewer"]}
       [] → [viewer]
       needs #0
    not restored: users/a@x.example: the user is created again, with another id and without the password
    "#);
}

#[test]
fn a_deletion_of_a_tenant_is_taken_back() {
    let manifest = "tenants: {acme: {name: Acme, state: absent}}";
    let live = r#"tenants: {t1: {name: Acme, image: "https://x.example/a.png", data: {x: 1}}, t2: Acme2}
users: {u1: {email: a@x.example, in: {t1: [owner], t2: [viewer]}}, u2: {name: Nobody, in: {t1: [viewer]}}}"#;
    assert_snapshot!(back(manifest, live), @r#"
    #0 tenants/acme
       POST /tenants {"data":{"x":1},"image":"https://x.example/a.png","name":"Acme"}
    #1 users/a@x.example/tenants/acme
       PUT /tenants/#0/users/u1/roles {"roles":["owner"]}
       [] → [owner]
       needs #0
    #2 users/id:u2/tenants/acme
       PUT /tenants/#0/users/u2/roles {"roles":["viewer"]}
       [] → [viewer]
       needs #0
    not restored: tenants/acme: the tenant is created again, with another id
    "#);
}

#[test]
fn a_deletion_beside_a_namesake_is_taken_back() {
    let manifest = "tenants: {acme: {tenantId: t1, state: absent}}";
    let live = "tenants: {t1: Acme, t2: Acme}";
    assert_snapshot!(back(manifest, live), @r#"
    #0 tenants/acme
       POST /tenants {"name":"Acme"}
       namesakes t2
    not restored: tenants/acme: the tenant is created again, with another id
    "#);
}

#[test]
fn a_tenant_and_its_member_are_deleted_and_come_back() {
    let manifest = "tenants: {acme: {name: Acme, state: absent}}
users: {a@x.example: {state: absent}}";
    let live = "tenants: {t1: Acme}
users: {u1: {email: a@x.example, roles: [x], in: {t1: [owner]}}}
crowd: {users: 3, roles: [x]}";
    assert_snapshot!(back(manifest, live), @r#"
    #0 tenants/acme
       POST /tenants {"name":"Acme"}
    #1 users/a@x.example
       POST /users/createOrUpdate {"email":"a@x.example"}
    #2 users/a@x.example/roles
       PUT /users/#1/roles {"roles":["x"]}
       [] → [x]
       needs #1
    #3 users/a@x.example/tenants/acme
       PUT /tenants/#0/users/#1/roles {"roles":["owner"]}
       [] → [owner]
       needs #1, #0
    not restored: tenants/acme: the tenant is created again, with another id
    not restored: users/a@x.example: the user is created again, with another id and without the password
    "#);
}

#[test]
fn a_lock_is_taken_back() {
    let manifest = "users: {a@x.example: {locked: true}}";
    let live = "users: {u1: {email: a@x.example, roles: [member]}}
crowd: {users: 3, roles: [member]}";
    assert_snapshot!(back(manifest, live), @r#"
    #0 users/a@x.example
       PUT /users/u1 {"locked":false}
       locked: true → false
       danger: SensitiveGrant
    "#);
}

#[test]
fn a_lock_by_pruning_is_taken_back() {
    let manifest = r#"prune: {users: {email: ["*@x.example"], action: lock}}"#;
    let live = "users: {u1: {email: a@x.example, roles: [member]}}
crowd: {users: 3, roles: [member]}";
    assert_snapshot!(back(manifest, live), @r#"
    #0 users/a@x.example
       PUT /users/u1 {"locked":false}
       locked: true → false
       danger: SensitiveGrant
    "#);
}

#[test]
fn an_unlock_is_taken_back() {
    let manifest = "users: {a@x.example: {locked: false}}";
    let live = "users: {u1: {email: a@x.example, locked: true}}";
    assert_snapshot!(back(manifest, live), @r#"
    #0 users/a@x.example
       PUT /users/u1 {"locked":true}
       locked: false → true
       danger: Removal
    "#);
}

#[test]
fn renames_are_taken_back() {
    let manifest = "users: {b@x.example: {renamedFrom: a@x.example, roles: [member]}}
tenants: {acme: {name: New, renamedFrom: Old, members: {b@x.example: [owner]}}}";
    let live = "tenants: {t1: Old}
users: {u1: a@x.example}";
    assert_snapshot!(back(manifest, live), @r#"
    #0 tenants/acme
       PUT /tenants/t1 {"name":"Old"}
       name: "New" → "Old"
    #1 users/a@x.example
       PUT /users/u1 {"email":"a@x.example"}
       email: "b@x.example" → "a@x.example"
       danger: EmailChange
    #2 users/a@x.example/roles
       PUT /users/u1/roles {"roles":[]}
       [member] → []
       danger: FewHolders
    #3 users/a@x.example/tenants/acme
       PUT /tenants/t1/users/u1/roles {"roles":[]}
       [owner] → []
       danger: FewHolders
    warning: removes the last holder of "member" in the workspace
    warning: removes the last holder of "owner" in acme
    "#);
}

#[test]
fn a_handover_is_taken_back() {
    let manifest = "users: {a@x.example: {roles: [owner]}, b@x.example: {roles: [admin]}}";
    let live = "users: {u1: {email: a@x.example, roles: [admin]}, u2: {email: b@x.example, roles: [owner]}}";
    assert_snapshot!(back(manifest, live), @r#"
    #0 users/a@x.example/roles
       PUT /users/u1/roles {"roles":["admin","owner"]}
       [owner] → [admin, owner]
       danger: SensitiveGrant
    #1 users/b@x.example/roles
       PUT /users/u2/roles {"roles":["admin","owner"]}
       [admin] → [admin, owner]
    #2 users/a@x.example/roles
       PUT /users/u1/roles {"roles":["admin"]}
       [admin, owner] → [admin]
       needs #0
       waits for h1
    #3 users/b@x.example/roles
       PUT /users/u2/roles {"roles":["owner"]}
       [admin, owner] → [owner]
       needs #1
       waits for h0
    handover h0: admin in the workspace by #0
    handover h1: owner in the workspace by #1
    "#);
}

#[test]
fn members_who_were_pruned_come_back() {
    let manifest = "tenants: {acme: {name: Acme}}
prune: {members: [acme]}";
    let live = "tenants: {t1: Acme}
users: {u1: {email: a@x.example, in: {t1: [owner]}}, u2: {name: Nobody, in: {t1: [owner, viewer]}}}";
    assert_snapshot!(back(manifest, live), @r#"
    #0 users/a@x.example/tenants/acme
       PUT /tenants/t1/users/u1/roles {"roles":["owner"]}
       [] → [owner]
    #1 users/id:u2/tenants/acme
       PUT /tenants/t1/users/u2/roles {"roles":["owner","viewer"]}
       [] → [owner, viewer]
    "#);
}

#[test]
fn users_without_an_address_come_back_where_that_is_possible() {
    let manifest =
        "users: {a@x.example: {userUuid: 0000000a-0000-4000-8000-000000000001, name: A}}";
    let live = "users: {0000000a-0000-4000-8000-000000000001: {name: Nobody}}";
    assert_snapshot!(back(manifest, live), @r#"
    #0 users/id:0000000a-0000-4000-8000-000000000001
       PUT /users/0000000a-0000-4000-8000-000000000001 {"email":null,"name":"Nobody"}
       email: "a@x.example" → null
       name: "A" → "Nobody"
       danger: EmailChange
    "#);
}

#[test]
fn the_way_back_breaks_guards_too() {
    let manifest = "users: {a@x.example: {roles: [admin]}}";
    let live = "users: {u1: a@x.example}";
    assert_snapshot!(back(manifest, live), @r#"
    #0 users/a@x.example/roles
       PUT /users/u1/roles {"roles":[]}
       [admin] → []
       danger: FewHolders
    guard keepHolders: leaves 0 of 1 holders of "admin" in the workspace, and at least 1 must remain
    warning: removes the last holder of "admin" in the workspace
    "#);
}

#[test]
fn only_what_was_done_is_taken_back() {
    let before = live("users: {u1: a@x.example}");
    let plan = planned(
        "users: {a@x.example: {name: A, roles: [member]}, b@x.example: {name: B}}",
        &before,
    );
    assert_snapshot!(show_back(&way_back(&plan, &before, 1)), @r#"
    #0 users/a@x.example
       PUT /users/u1 {"name":null}
       name: "A" → null
    "#);
    assert_snapshot!(show_back(&way_back(&plan, &before, 0)), @"nothing to do");
}

#[test]
fn one_grant_among_many_is_taken_back_without_an_alarm() {
    let admins = (1..=40)
        .map(|number| format!("a{number:02}: {{email: a{number}@x.example, roles: [admin]}}"));
    let live_text = format!(
        "users: {{{}, u1: b@x.example}}\ncrowd: {{users: 2959}}",
        admins.collect::<Vec<_>>().join(", ")
    );
    let manifest = "users: {b@x.example: {roles: [admin]}}";
    assert_snapshot!(back(manifest, &live_text), @r#"
    #0 users/b@x.example/roles
       PUT /users/u1/roles {"roles":[]}
       [admin] → []
    "#);
    // Where only the user was read, the holders are asked for; the number of those who were looked up says nothing.
    let little = "known: some\nusers: {u1: b@x.example}";
    assert_snapshot!(back(manifest, little), @"needs 3 holders, 2 of them confirmed, of admin in the workspace");
    let searched =
        format!("known: some\nsearched: [admin]\n{live_text}").replace("crowd: {users: 2959}", "");
    assert_snapshot!(back(manifest, &searched), @r#"
    #0 users/b@x.example/roles
       PUT /users/u1/roles {"roles":[]}
       [admin] → []
    "#);
}

#[test]
fn twenty_creations_are_held_against_all_users() {
    let new = (1..=20)
        .map(|number| format!("n{number}@x.example: {{}}"))
        .collect::<Vec<_>>()
        .join(", ");
    let manifest = format!("users: {{{new}}}");
    let last = |live: &str| back(&manifest, live).lines().last().unwrap().to_owned();
    assert_snapshot!(last("known: some"), @"needs everything");
    assert_snapshot!(last("crowd: {users: 80}"), @"guard maxDeletes: removes 20 of 100 users, and 5 are allowed");
    assert_snapshot!(last("crowd: {users: 380}"), @"   danger: Removal");
}

#[test]
fn the_guards_of_the_manifest_hold_on_the_way_back() {
    let manifest = "guards: {maxRoleRemovals: 0, protect: [a@x.example]}\nusers: {a@x.example: {roles: [member]}}";
    assert_snapshot!(back(manifest, "users: {u1: a@x.example}\ncrowd: {users: 3, roles: [member]}"), @r#"
    #0 users/a@x.example/roles
       PUT /users/u1/roles {"roles":[]}
       [member] → []
    guard maxRoleRemovals: takes away 1 of 4 roles held, and 0 are allowed
    guard protect: takes roles away from a@x.example, who is protected (users/a@x.example/roles)
    "#);
}
