//! `--target` and `--exclude`: what is chosen, and what comes and goes with it.

use insta::assert_snapshot;
use ufsync::plan::Policy;
use ufsync::plan::select::Pattern;

use crate::live_text::plan_with;

const MANIFEST: &str = "
tenants: {acme: {name: Acme}, globex: {name: Globex, data: {x: 1}}}
users:
  a@example.com: {name: A, roles: [admin]}
  b@example.com: {roles: []}
  new@example.com: {tenants: {acme: [viewer], globex: [owner]}}
  same@example.com: {}
";
const LIVE: &str = "
tenants: {t2: Globex}
users: {u1: a@example.com, u2: {email: b@example.com, roles: [admin]}, u3: same@example.com}
";

fn plan(target: &[&str], exclude: &[&str]) -> String {
    let mut policy = Policy::default();
    let patterns = |texts: &[&str]| {
        texts
            .iter()
            .map(|text| Pattern::new(text).unwrap())
            .collect()
    };
    policy.selection.target = patterns(target);
    policy.selection.exclude = patterns(exclude);
    plan_with(MANIFEST, LIVE, &policy)
}

#[test]
fn a_target_includes_what_is_below_it() {
    assert_snapshot!(plan(&["users/A@example.com"], &[]), @r#"
    #0 users/a@example.com
       PUT /users/u1 {"name":"A"}
       name: null → "A"
    #1 users/a@example.com/roles
       PUT /users/u1/roles {"roles":["admin"]}
       [] → [admin]
       danger: SensitiveGrant
    selection: included [], also left out [], 6 left out
    "#);
}

#[test]
fn a_target_includes_what_it_depends_on() {
    assert_snapshot!(plan(&["users/NEW@example.com/tenants/*"], &[]), @r#"
    #0 tenants/acme
       POST /tenants {"name":"Acme"}
    #1 users/new@example.com
       POST /users/createOrUpdate {"email":"new@example.com"}
    #2 users/new@example.com/tenants/acme
       PUT /tenants/#0/users/#1/roles {"roles":["viewer"]}
       [] → [viewer]
       needs #1, #0
    #3 users/new@example.com/tenants/globex
       PUT /tenants/t2/users/#1/roles {"roles":["owner"]}
       [] → [owner]
       needs #1
    selection: included [tenants/acme, users/new@example.com], also left out [], 4 left out
    "#);
}

#[test]
fn a_target_includes_the_grants_that_it_waits_for() {
    assert_snapshot!(plan(&["users/b@example.com"], &[]), @r#"
    #0 users/a@example.com/roles
       PUT /users/u1/roles {"roles":["admin"]}
       [] → [admin]
       danger: SensitiveGrant
    #1 users/b@example.com/roles
       PUT /users/u2/roles {"roles":[]}
       [admin] → []
       waits for h0
    handover h0: admin in the workspace by #0
    selection: included [users/a@example.com/roles], also left out [], 6 left out
    "#);
}

#[test]
fn what_is_excluded_takes_along_what_depends_on_it() {
    assert_snapshot!(plan(&["users/new@example.com"], &["tenants/acme"]), @r#"
    #0 users/new@example.com
       POST /users/createOrUpdate {"email":"new@example.com"}
    #1 users/new@example.com/tenants/globex
       PUT /tenants/t2/users/#0/roles {"roles":["owner"]}
       [] → [owner]
       needs #0
    selection: included [], also left out [users/new@example.com/tenants/acme], 6 left out
    "#);
}

#[test]
fn a_grant_that_is_excluded_keeps_the_role_of_who_has_it() {
    assert_snapshot!(plan(&[], &["users/a@example.com/roles", "tenants", "users/new@example.com"]), @r#"
    #0 users/a@example.com
       PUT /users/u1 {"name":"A"}
       name: null → "A"
    selection: included [], also left out [users/b@example.com/roles], 7 left out
    "#);
}

#[test]
fn guards_are_about_what_is_chosen() {
    assert_snapshot!(plan(&["tenants"], &[]), @r#"
    #0 tenants/acme
       POST /tenants {"name":"Acme"}
    #1 tenants/globex
       reads, then PUT /tenants/t2 {"data":{"x":1}}
       data.x: null → 1
    selection: included [], also left out [], 6 left out
    "#);
}

#[test]
fn an_exclusion_wins_over_a_target() {
    assert_snapshot!(plan(&["tenants/globex"], &["tenants/globex"]), @"selection: included [], also left out [], 8 left out");
}

#[test]
fn what_the_manifest_names_and_needs_no_change_is_a_choice() {
    assert_snapshot!(plan(&["users/same@example.com"], &[]), @"selection: included [], also left out [], 8 left out");
}

#[test]
fn a_pattern_that_matches_nothing_is_told_with_what_is_near() {
    assert_snapshot!(plan(&["users/smae@example.com"], &["user/*"]), @r#"
    selection: included [], also left out [], 8 left out
    unmatched: users/smae@example.com, near Some("users/same@example.com")
    unmatched: user/*, near None
    "#);
}
