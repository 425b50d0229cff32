//! Rules for all access, judged on what a plan leaves. Mallory's address is not one that may hold `admin`.

use insta::{allow_duplicates, assert_snapshot};
use ufsync::plan::saved::created::CreatedRecords;
use ufsync::plan::saved::recheck::recheck;
use ufsync::plan::{Plan, Policy};

use crate::live_text::{drafted, live, plan, plan_with, planned};

const RULE: &str = "rules: [{ role: admin, onlyUsers: [\"*@us.example\"] }]";
const LOCKED: &str = "users: { u1: { email: mallory@evil.example, locked: true, roles: [admin] }, u2: { email: root@us.example, roles: [admin] } }";

/// What is said of rules, and which guards they break: with the manifest's users, and a live state.
fn judged(manifest: &str, live_text: &str) -> String {
    of_rules(&planned(manifest, &live(live_text)))
}

fn of_rules(plan: &Plan) -> String {
    let rules = plan.broken_rules.iter().map(|rule| {
        let kind = if rule.old { "old" } else { "new" };
        format!("{kind}: {}", rule.reason)
    });
    let guards = plan.broken_guards.iter();
    let guards = guards.map(|guard| format!("guard {}", guard.name));
    rules.chain(guards).collect::<Vec<_>>().join("\n")
}

#[test]
fn unlocking_a_user_does_not_avoid_a_rule() {
    for users in [
        "{ mallory@evil.example: { locked: false, roles: [admin] } }",
        "{ mallory@evil.example: { locked: false } }",
        "{ mallory@evil.example: { locked: false, name: M } }",
    ] {
        let said = judged(&format!("users: {users}\n{RULE}"), LOCKED);
        allow_duplicates! { assert_snapshot!(said, @r#"
        new: mallory@evil.example holds "admin" in the workspace, and only *@us.example may
        guard rule
        "#) };
    }
    // Unlocked, and granted the role in the same run.
    let live = LOCKED.replace(", locked: true, roles: [admin]", ", locked: true");
    let said = judged(
        &format!("users: {{ mallory@evil.example: {{ locked: false, roles: [admin] }} }}\n{RULE}"),
        &live,
    );
    assert_snapshot!(said, @r#"
    new: mallory@evil.example holds "admin" in the workspace, and only *@us.example may
    guard rule
    "#);
}

#[test]
fn a_locked_user_holds_nothing_that_counts() {
    let manifest =
        format!("users: {{ mallory@evil.example: {{ roles: [admin, member] }} }}\n{RULE}");
    assert_eq!(judged(&manifest, LOCKED), "");
    // A user who is created locked.
    let manifest =
        format!("users: {{ new@evil.example: {{ locked: true, roles: [admin] }} }}\n{RULE}");
    assert_eq!(judged(&manifest, LOCKED), "");
}

#[test]
fn a_group_grants_like_an_entry() {
    let manifest = format!(
        "groups: {{ ops: {{ users: [eve@evil.example], roles: [admin] }} }}\nusers: {{ eve@evil.example: {{ name: Eve }} }}\n{RULE}"
    );
    assert_snapshot!(judged(&manifest, "users: { u1: eve@evil.example, u2: { email: root@us.example, roles: [admin] } }"), @r#"
    new: eve@evil.example holds "admin" in the workspace, and only *@us.example may
    guard rule
    "#);
}

#[test]
fn what_was_broken_before_the_plan_stops_nothing() {
    let live = "users: { u1: { email: mallory@evil.example, roles: [admin] }, u2: { email: root@us.example, roles: [admin] }, u3: ann@us.example }";
    // With an entry that says so, and without one.
    for users in [
        "{ mallory@evil.example: { roles: [admin] } }",
        "{ ann@us.example: { name: Ann } }",
    ] {
        let said = judged(&format!("users: {users}\n{RULE}"), live);
        allow_duplicates! { assert_snapshot!(said, @r#"old: mallory@evil.example holds "admin" in the workspace, and only *@us.example may"#) };
    }
}

#[test]
fn an_address_outside_the_pattern_is_a_new_breach() {
    let manifest =
        format!("users: {{ ann@evil.example: {{ renamedFrom: ann@us.example }} }}\n{RULE}");
    let live = "users: { u1: { email: ann@us.example, roles: [admin] }, u2: { email: root@us.example, roles: [admin] } }";
    assert_snapshot!(judged(&manifest, live), @r#"
    new: ann@evil.example holds "admin" in the workspace, and only *@us.example may
    guard rule
    "#);
}

#[test]
fn a_grant_waits_for_the_address_that_allows_it() {
    let manifest = format!(
        "users: {{ ann@us.example: {{ renamedFrom: ann@evil.example, roles: [admin] }} }}\n{RULE}"
    );
    let held = "users: { u1: { email: ann@evil.example, roles: [admin] }, u2: { email: root@us.example, roles: [admin] } }";
    assert_eq!(judged(&manifest, held), "");
    let new = "users: { u1: ann@evil.example, u2: { email: root@us.example, roles: [admin] } }";
    assert_snapshot!(plan(&manifest, new), @r#"
    #0 users/ann@us.example
       PUT /users/u1 {"email":"ann@us.example"}
       email: "ann@evil.example" → "ann@us.example"
       danger: EmailChange
    #1 users/ann@us.example/roles
       PUT /users/u1/roles {"roles":["admin"]}
       [] → [admin]
       needs #0
       danger: SensitiveGrant
    "#);
    // A choice of the grant includes the step of the address.
    let mut policy = Policy::default();
    let target = ufsync::plan::select::Pattern::new("users/*/roles").unwrap();
    policy.selection.target = vec![target];
    assert!(plan_with(&manifest, new, &policy).contains("#0 users/ann@us.example\n"));
}

#[test]
fn a_lock_or_a_revocation_that_allows_a_step_comes_first() {
    // Eve may hold the role only because she is locked.
    let manifest =
        format!("users: {{ eve@evil.example: {{ locked: true, roles: [admin] }} }}\n{RULE}");
    let live = "users: { u1: eve@evil.example, u2: { email: root@us.example, roles: [admin] } }";
    let text = plan(&manifest, live);
    assert!(
        text.find("{\"locked\":true}") < text.find("{\"roles\":[\"admin\"]}"),
        "{text}"
    );
    assert!(text.contains("needs #0"), "{text}");
    // She is unlocked only once the role is gone.
    let manifest =
        format!("users: {{ mallory@evil.example: {{ locked: false, roles: [] }} }}\n{RULE}");
    let text = plan(&manifest, LOCKED);
    assert!(
        text.find("{\"roles\":[]}") < text.find("{\"locked\":false}"),
        "{text}"
    );
    assert!(text.contains("needs #0"), "{text}");
    assert!(!text.contains("guard rule"), "{text}");
}

const NESTED: &str = "tenants: { t1: Acme, t2: { name: West, parent: t1 } }
users: { u1: eve@us.example, u2: { email: boss@us.example, in: { t1: [approver, requester] } }, u3: { email: bob@us.example, in: { t2: [approver] } } }";
const TENANTS: &str = "tenants: { acme: { name: Acme }, west: { name: West, parent: acme } }";

#[test]
fn a_role_counts_in_the_tenants_below() {
    let together = "rules: [{ notTogether: [approver, requester] }]";
    let manifest = format!(
        "{TENANTS}\nusers: {{ eve@us.example: {{ tenants: {{ acme: [approver], west: [requester] }} }} }}\n{together}"
    );
    assert_snapshot!(judged(&manifest, NESTED), @r#"
    old: boss@us.example holds "approver" and "requester" together in tenant acme
    new: eve@us.example holds "approver" and "requester" together in tenant west
    guard rule
    "#);
    // The tenant below need not be in the manifest.
    let manifest = format!(
        "tenants: {{ acme: {{ name: Acme }} }}\nusers: {{ bob@us.example: {{ tenants: {{ acme: [requester] }} }} }}\n{together}"
    );
    assert_snapshot!(judged(&manifest, NESTED), @r#"
    old: boss@us.example holds "approver" and "requester" together in tenant acme
    new: bob@us.example holds "approver" and "requester" together in tenant t2
    guard rule
    "#);
    // A rule for one tenant, and a grant in the one above.
    let only = "rules: [{ role: owner, scope: tenants/west, onlyUsers: [\"boss@us.example\"] }]";
    let manifest = format!(
        "{TENANTS}\nusers: {{ eve@us.example: {{ tenants: {{ acme: [owner] }} }} }}\n{only}"
    );
    assert_snapshot!(judged(&manifest, NESTED), @r#"
    new: eve@us.example holds "owner" in tenant west, and only boss@us.example may
    guard rule
    "#);
    // The other way round it does not count.
    let only = only.replace("tenants/west", "tenants/acme");
    let manifest = format!(
        "{TENANTS}\nusers: {{ eve@us.example: {{ tenants: {{ west: [owner] }} }} }}\n{only}"
    );
    assert_eq!(judged(&manifest, NESTED), "");
}

#[test]
fn at_most_counts_from_above_and_at_least_does_not() {
    let rules = "rules: [{ role: approver, scope: tenants/west, atLeast: 2, atMost: 2 }]";
    let manifest = format!(
        "{TENANTS}\nusers: {{ eve@us.example: {{ tenants: {{ acme: [approver] }} }} }}\n{rules}"
    );
    assert_snapshot!(judged(&manifest, NESTED), @r#"
    old: tenant west has 1 user with "approver"; at least 2 is required
    new: tenant west has 3 users with "approver"; at most 2 is allowed
    guard rule
    "#);
}

#[test]
fn sides_and_sets_are_compared_and_not_how_far_a_rule_is_broken() {
    // No holder becomes four.
    let rules = "rules: [{ role: owner, scope: workspace, atLeast: 1, atMost: 3 }]";
    let live = "users: { u1: a@x.example, u2: b@x.example, u3: c@x.example, u4: d@x.example }";
    let manifest = format!(
        "users: {{ a@x.example: {{ roles: [owner] }}, b@x.example: {{ roles: [owner] }}, c@x.example: {{ roles: [owner] }}, d@x.example: {{ roles: [owner] }} }}\n{rules}"
    );
    assert_snapshot!(judged(&manifest, live), @r#"
    new: the workspace has 4 users with "owner"; at most 3 is allowed
    guard rule
    "#);
    // Another pair of three.
    let rules = "rules: [{ notTogether: [a, b, c] }]";
    let live = "users: { u1: { email: x@x.example, roles: [a, b] } }";
    let manifest = format!("users: {{ x@x.example: {{ roles: [b, c] }} }}\n{rules}");
    assert_snapshot!(judged(&manifest, live), @r#"
    new: x@x.example holds "b" and "c" together in the workspace
    guard rule
    "#);
    // One of three is taken.
    let live = "users: { u1: { email: x@x.example, roles: [a, b, c] } }";
    assert_snapshot!(judged(&manifest, live), @r#"old: x@x.example holds "b" and "c" together in the workspace"#);
}

#[test]
fn roles_that_no_user_may_hold_together_are_not_held_together_for_a_moment() {
    // Ann and Bob swap roles: each would hold both for a moment, or neither role would have a holder.
    let manifest = "users: { ann@x.example: { roles: [requester] }, bob@x.example: { roles: [approver] } }\nrules: [{ notTogether: [approver, requester] }]";
    let live = "users: { u1: { email: ann@x.example, roles: [approver] }, u2: { email: bob@x.example, roles: [requester] } }";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/ann@x.example/roles
       PUT /users/u1/roles {"roles":["requester"]}
       [approver] → [requester]
    #1 users/bob@x.example/roles
       PUT /users/u2/roles {"roles":["approver"]}
       [requester] → [approver]
    "#);
    // Where a holder has to stay, no order is safe.
    let kept = format!("{manifest}\nguards: {{ keepHolders: {{ approver: 1, requester: 1 }} }}");
    assert_snapshot!(plan(&kept, live), @r#"
    blocked users/ann@x.example/roles: wait_in_circle: these steps wait for each other: users/ann@x.example/roles, users/bob@x.example/roles
    blocked users/bob@x.example/roles: wait_in_circle: these steps wait for each other: users/ann@x.example/roles, users/bob@x.example/roles
    "#);
    // A third holder is the way out.
    let third = live.replace(" } }", " }, u3: { email: cy@x.example, roles: [approver] }, u4: { email: di@x.example, roles: [requester] } }");
    assert!(plan(&kept, &third).contains("#1 "));
}

#[test]
fn a_role_is_taken_first_where_no_exchange_can_be_first() {
    let live = "tenants: { t1: { name: Acme }, t2: { name: West, parent: t1 } }\nusers: { u1: { email: ann@x.example, in: { t1: [requester], t2: [requester] } } }";
    let manifest = "tenants: { acme: { name: Acme }, west: { name: West, parent: acme } }\nusers: { ann@x.example: { tenants: { acme: [approver], west: [approver] } } }\nrules: [{ notTogether: [approver, requester] }]";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/ann@x.example/tenants/acme
       PUT /tenants/t1/users/u1/roles {"roles":[]}
       [requester] → []
       danger: FewHolders
    #1 users/ann@x.example/tenants/west
       PUT /tenants/t2/users/u1/roles {"roles":[]}
       [requester] → []
    #2 users/ann@x.example/tenants/west
       PUT /tenants/t2/users/u1/roles {"roles":["approver"]}
       [] → [approver]
       needs #1, #0
    #3 users/ann@x.example/tenants/acme
       PUT /tenants/t1/users/u1/roles {"roles":["approver"]}
       [] → [approver]
       needs #0, #2
    warning: removes the last holder of "requester" in acme (m:3)
    "#);
}

#[test]
fn a_saved_plan_is_judged_by_its_rules_against_the_holders_of_now() {
    let manifest = format!(
        "users: {{ ann@us.example: {{ renamedFrom: ann@evil.example, roles: [admin] }} }}\n{RULE}"
    );
    let before = "users: { u1: { email: ann@evil.example, roles: [admin] }, u2: { email: root@us.example, roles: [admin] } }";
    let plan = planned(&manifest, &live(before));
    assert_eq!(plan.limits.rules.len(), 1);
    // Meanwhile Mallory became an admin: that was so before this run.
    let now = format!(
        "{}, u3: {{ email: mallory@evil.example, roles: [admin] }} }}",
        before.strip_suffix(" }").unwrap()
    );
    let found = recheck(&plan, &live(&now), &CreatedRecords::default()).unwrap();
    assert_snapshot!(of_rules(&found.plan), @r#"old: mallory@evil.example holds "admin" in the workspace, and only *@us.example may"#);
    // A plan that unlocks her now breaks the rule, although it did not when it was made.
    let manifest = format!("users: {{ mallory@evil.example: {{ locked: false }} }}\n{RULE}");
    let harmless = "users: { u1: { email: mallory@evil.example, locked: true }, u2: { email: root@us.example, roles: [admin] } }";
    let plan = planned(&manifest, &live(harmless));
    assert_eq!(of_rules(&plan), "");
    let found = recheck(&plan, &live(LOCKED), &CreatedRecords::default()).unwrap();
    assert_snapshot!(of_rules(&found.plan), @r#"
    new: mallory@evil.example holds "admin" in the workspace, and only *@us.example may
    guard rule
    "#);
}

#[test]
fn rules_go_with_the_way_back() {
    let manifest = format!("users: {{ mallory@evil.example: {{ locked: true }} }}\n{RULE}");
    let before = live(
        "users: { u1: { email: mallory@evil.example, roles: [admin] }, u2: { email: root@us.example, roles: [admin] } }",
    );
    let plan = planned(&manifest, &before);
    let back = crate::undo::way_back(&plan, &before, plan.steps.len());
    assert_snapshot!(of_rules(&drafted(&back.desired, &back.after)), @r#"
    new: mallory@evil.example holds "admin" in the workspace, and only *@us.example may
    guard rule
    "#);
}

#[test]
fn a_user_whom_a_rule_excepts_is_named_and_breaks_nothing() {
    let rule = "rules: [{ role: admin, onlyUsers: [\"*@us.example\"], except: [NOAH@evil.example, departed.person@other.example] }]";
    let live = "users: { u1: noah@evil.example, u2: { email: root@us.example, roles: [admin] }, u3: mallory@evil.example }";
    let manifest = format!(
        "users: {{ noah@evil.example: {{ roles: [admin] }}, mallory@evil.example: {{ roles: [admin] }} }}\n{rule}"
    );
    let plan = planned(&manifest, &crate::live_text::live(live));
    let warnings = plan.warnings.iter().map(|it| it.message.clone());
    let said: Vec<String> = std::iter::once(of_rules(&plan)).chain(warnings).collect();
    assert_snapshot!(said.join("\n"), @r#"
    new: mallory@evil.example holds "admin" in the workspace, and only *@us.example may
    guard rule
    `except: departed.person@other.example` matches no user in the manifest or on the server
    noah@evil.example holds "admin" in the workspace, as an exception to a rule
    "#);
    // An exception is for an address: with another one the user breaks the rule.
    let manifest =
        format!("users: {{ noah@other.example: {{ renamedFrom: noah@evil.example }} }}\n{rule}");
    let held = live.replace(
        "u1: noah@evil.example",
        "u1: { email: noah@evil.example, roles: [admin] }",
    );
    assert_snapshot!(judged(&manifest, &held), @r#"
    new: noah@other.example holds "admin" in the workspace, and only *@us.example may
    guard rule
    "#);
}

#[test]
fn many_breaches_of_one_kind_are_one_sentence() {
    let names: Vec<String> = (0..40).map(|it| format!("t{it:02}")).collect();
    let tenants = |line: &dyn Fn(&String) -> String| {
        let lines: Vec<String> = names.iter().map(line).collect();
        format!("tenants: {{ {} }}", lines.join(", "))
    };
    let manifest = format!(
        "{}\nusers: {{ ann@us.example: {{ tenants: {{ t00: [owner] }} }} }}\nrules: [{{ role: owner, scope: tenants, atLeast: 1 }}]",
        tenants(&|name| format!("{name}: {{ name: {name} }}"))
    );
    let live = format!(
        "{}\nusers: {{ u1: ann@us.example }}",
        tenants(&|name| format!("{name}: {name}"))
    );
    assert_snapshot!(judged(&manifest, &live), @r#"old: tenant t01 has 0 users with "owner"; at least 1 is required; tenant t02 has 0 users with "owner"; at least 1 is required; tenant t03 has 0 users with "owner"; at least 1 is required; and 36 more"#);
}

/// The codes of the guards that a plan breaks, each with what it is for.
fn codes(plan: &Plan) -> Vec<(String, String)> {
    let guards = plan.broken_guards.iter();
    let codes = guards.map(|guard| (guard.code.clone(), guard.reasons.join("; ")));
    codes.collect()
}

#[test]
fn a_code_accepts_one_sentence_only() {
    let manifest = "users: { mallory@evil.example: { roles: [admin] }, eve@evil.example: { roles: [owner] } }\nrules: [{ role: admin, onlyUsers: [\"*@us.example\"] }, { role: owner, onlyUsers: [\"*@us.example\"] }]";
    let before = live(
        "users: { u1: mallory@evil.example, u2: eve@evil.example, u3: { email: root@us.example, roles: [admin] } }",
    );
    let of_both = codes(&planned(manifest, &before));
    assert_eq!(of_both.len(), 2, "{of_both:?}");
    assert_ne!(
        of_both[0].0, of_both[1].0,
        "each breach has a code of its own"
    );
}

#[test]
fn a_code_is_about_how_many_there_are_before_and_after() {
    let manifest = "guards: { keepHolders: { owner: 2 } }\nusers: { a@us.example: { roles: [] } }";
    let two = "users: { u1: { email: a@us.example, roles: [owner] }, u2: { email: b@us.example, roles: [owner] } }";
    let one = two.replace("email: b@us.example, roles: [owner]", "email: b@us.example");
    let (first, later) = (
        codes(&planned(manifest, &live(two))),
        codes(&planned(manifest, &live(&one))),
    );
    assert_snapshot!(format!("{}\n{}", first[0].1, later[0].1), @r#"
    leaves 1 of 2 holders of "owner" in the workspace, and at least 2 must remain
    leaves 0 of 1 holders of "owner" in the workspace, and at least 1 must remain
    "#);
    assert_ne!(
        first[0].0, later[0].0,
        "the steps are the same, and the holders are not"
    );
    // What else is in the workspace is no part of the code.
    let more = two.replace("users: {", "users: { u9: z@us.example,");
    assert_eq!(first, codes(&planned(manifest, &live(&more))));
}
