//! What a saved plan says of dangers, guards and what goes along is worked out again.

use insta::assert_snapshot;
use ufsync::plan::saved::created::CreatedRecords;
use ufsync::plan::saved::recheck::recheck;
use ufsync::plan::{Change, Edit};

use crate::live_text::{live, planned};
use crate::recheck::{again, check};

#[test]
fn guards_are_about_the_live_state_of_now() {
    let manifest = "users: {a@x.example: {roles: []}}";
    let then = "users: {u1: {email: a@x.example, roles: [admin]}, u2: {email: b@x.example, roles: [admin]}, u3: {email: c@x.example, roles: [admin]}}";
    let now = "users: {u1: {email: a@x.example, roles: [admin]}, u2: {email: b@x.example, roles: [admin], locked: true}}";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    #0 users/a@x.example/roles
       PUT /users/u1/roles {"roles":[]}
       [admin] → []
       danger: FewHolders
    guard keepHolders: leaves 0 of 1 holders of "admin" in the workspace, and at least 1 must remain
    warning: removes the last holder of "admin" in the workspace (m:2)
    "#);
}

#[test]
fn warnings_of_then_are_not_kept() {
    let manifest = "users: {a@x.example: {roles: []}}";
    let then = "users: {u1: {email: a@x.example, roles: [owner]}}";
    let now = "users: {u1: {email: a@x.example, roles: [owner]}}
crowd: {users: 5, roles: [owner]}";
    assert_snapshot!(again(manifest, then, now), @r#"
    0 done
    #0 users/a@x.example/roles
       PUT /users/u1/roles {"roles":[]}
       [owner] → []
    "#);
}

#[test]
fn what_is_not_known_has_to_be_read() {
    let manifest = "users: {a@x.example: {roles: []}}";
    let then = "users: {u1: {email: a@x.example, roles: [admin]}, u2: {email: b@x.example, roles: [admin]}, u3: {email: c@x.example, roles: [admin]}}";
    let now = "known: some
users: {u1: {email: a@x.example, roles: [admin]}}";
    assert_snapshot!(again(manifest, then, now), @"needs 3 holders, 2 of them confirmed, of admin in the workspace");
}

#[test]
fn roles_that_are_not_told_have_to_be_read() {
    let manifest = "users: {a@x.example: {roles: []}}";
    let then = "users: {u1: {email: a@x.example, roles: [admin]}, u2: {email: b@x.example, roles: [admin]}, u3: {email: c@x.example, roles: [admin]}}";
    let now = "users: {u1: {email: a@x.example, untold: true}}";
    assert_snapshot!(again(manifest, then, now), @"needs the roles of u1");
}

#[test]
fn members_that_are_not_known_have_to_be_read() {
    let manifest = "tenants: {acme: {name: Acme, state: absent}}";
    let then = "tenants: {t1: Acme}";
    let now = "known: some
tenants: {t1: Acme}";
    assert_snapshot!(again(manifest, then, now), @"needs everything");
}

#[test]
fn a_file_without_guards_is_held_against_the_built_in_ones() {
    let absent = (1..=30).map(|number| format!("user{number}@example.com: {{state: absent}}"));
    let manifest = format!(
        "guards: {{maxDeletes: 30}}\nusers: {{{}}}",
        absent.collect::<Vec<_>>().join(", ")
    );
    let mut plan = planned(&manifest, &live("crowd: {users: 31}"));
    plan.limits = ufsync::plan::Limits::default();
    plan.broken_guards.clear();
    let said = check(&plan, "crowd: {users: 31}");
    assert_snapshot!(said.lines().last().unwrap(), @"guard maxDeletes: removes 30 of 31 users, and 5 are allowed");
}

#[test]
fn a_file_that_hides_what_goes_with_a_user_is_stale() {
    let now = "users: {u1: {email: a@x.example, roles: [admin]}}";
    for manifest in [
        "users: {a@x.example: {locked: true}}",
        "users: {a@x.example: {state: absent}}",
    ] {
        let mut plan = planned(manifest, &live(now));
        let Change::User { edit, .. } = &mut plan.steps[0].change else {
            panic!()
        };
        match edit {
            Edit::Update { removal, .. } => *removal = None,
            Edit::Delete { removal, .. } => removal.lost.clear(),
            Edit::Create { .. } => panic!(),
        }
        plan.steps[0].dangers.clear();
        assert_eq!(
            check(&plan, now).lines().nth(1).unwrap(),
            r#"stale users/a@x.example: roles was {}, is {"":["admin"]}"#
        );
    }
}

#[test]
fn dangers_of_a_file_are_not_believed() {
    let live_text = "users: {u1: {email: a@x.example, roles: [admin]}, u2: b@x.example}";
    let manifest = "users: {a@x.example: {state: absent}, b@x.example: {roles: [admin]}}";
    let mut plan = planned(manifest, &live(live_text));
    let (steps, guards) = (plan.steps.clone(), plan.broken_guards.clone());
    plan.steps.iter_mut().for_each(|step| step.dangers.clear());
    plan.broken_guards.clear();
    let found = recheck(&plan, &live(live_text), &CreatedRecords::default())
        .unwrap()
        .plan;
    assert_eq!((found.steps, found.broken_guards), (steps, guards));
}
