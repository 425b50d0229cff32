//! Tenants below tenants.

use insta::assert_snapshot;

use crate::live_text::plan;

#[test]
fn a_tenant_is_made_below_its_parent_and_blocked_with_it() {
    let manifest = "tenants: {a: {name: A}, b: {name: B, parent: a}, c: {name: C, parent: b}, twin: {name: Twin}, d: {name: D, parent: twin}}";
    let live = "tenants: {t1: Twin, t2: Twin, t3: A}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 tenants/b
       POST /tenants/t3/tenants {"name":"B"}
    #1 tenants/c
       POST /tenants/#0/tenants {"name":"C"}
       needs #0
    blocked tenants/d: parent_blocked: it is below `twin`, which is blocked
    blocked tenants/twin: ambiguous: 2 tenants are called `Twin`
    "#);
}

#[test]
fn names_identify_within_a_parent() {
    let manifest = "tenants: {a: {name: A}, nn: {name: North, parent: a, image: x}, b: {name: B}, m: {name: North, parent: b}}";
    let live = "tenants: {t1: A, t2: {name: North, parent: t1}, t3: B}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 tenants/m
       POST /tenants/t3/tenants {"name":"North"}
       namesakes t2
    #1 tenants/nn
       PUT /tenants/t2 {"image":"x"}
       image: null → "x"
    "#);
}

#[test]
fn a_role_that_a_record_may_only_repeat_is_neither_granted_nor_taken() {
    // Jane's record shows `owner` below as well; it stays above.
    let manifest = "tenants: {a: {name: A}, nn: {name: North, parent: a}}
users: {jane@example.com: {tenants: {a: [owner], nn: [viewer]}}, bob@example.com: {tenants: {a: [], nn: [editor]}}}";
    let live = "tenants: {t1: A, t2: {name: North, parent: t1}}
users: {u1: {email: jane@example.com, in: {t1: [owner], t2: [owner, viewer]}}, u2: {email: bob@example.com, in: {t1: [editor], t2: [editor]}}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/bob@example.com/tenants/nn
       PUT /tenants/t2/users/u2/roles {"roles":["editor"]}
       [] → [editor]
    #1 users/bob@example.com/tenants/a
       PUT /tenants/t1/users/u2/roles {"roles":[]}
       [editor] → []
       danger: FewHolders
    warning: removes the last holder of "editor" in a (m:3)
    "#);
}

#[test]
fn a_record_that_does_not_repeat_shows_that_none_does() {
    let manifest = "tenants: {a: {name: A}, nn: {name: North, parent: a}}
users: {jane@example.com: {tenants: {a: [owner], nn: [viewer]}}}";
    let live = "tenants: {t1: A, t2: {name: North, parent: t1}}
users: {u1: {email: jane@example.com, in: {t1: [owner], t2: [owner, viewer]}}, u2: {email: bob@example.com, in: {t1: [editor]}}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jane@example.com/tenants/nn
       PUT /tenants/t2/users/u1/roles {"roles":["viewer"]}
       [owner, viewer] → [viewer]
       danger: FewHolders
    warning: removes the last holder of "owner" in nn (m:3)
    "#);
}

const ACME_WEST: &str = "tenants: {acme: {name: Acme}, west: {name: West, parent: acme}}";
const LIVE_TENANTS: &str = "tenants: {t1: Acme, t2: {name: West, parent: t1}}";

#[test]
fn a_role_that_is_only_repeated_is_not_written_as_the_users_own() {
    let manifest = format!(
        "{ACME_WEST}\nusers: {{ann@x.example: {{tenants: {{acme: [], west: {{atLeast: [viewer]}}}}}}}}"
    );
    let live = format!(
        "{LIVE_TENANTS}\nusers: {{u1: {{email: ann@x.example, in: {{t1: [editor], t2: [editor]}}}}}}"
    );
    let text = plan(&manifest, &live);
    assert!(
        text.contains(r#"PUT /tenants/t2/users/u1/roles {"roles":["viewer"]}"#),
        "{text}"
    );
}

#[test]
fn a_lock_that_gives_up_a_name_comes_before_the_user_who_takes_it() {
    for (field, one, other) in [
        ("username", "jo", "jo2"),
        ("phoneNumber", "\"+4930123456\"", "\"+4930123457\""),
    ] {
        let manifest = format!(
            "users: {{jo@x.example: {{locked: true, {field}: {other}}}, neil@x.example: {{{field}: {one}}}}}"
        );
        let live = format!(
            "users: {{u1: {{email: jo@x.example, {field}: {one}}}, u2: neil@x.example, u3: {{email: root@x.example, roles: [admin]}}}}"
        );
        let text = plan(&manifest, &live);
        assert!(text.starts_with("#0 users/jo@x.example"), "{text}");
        assert!(
            text.contains("#1 users/neil@x.example") && text.contains("needs #0"),
            "{text}"
        );
    }
}

#[test]
fn a_deletion_that_is_done_is_not_blocked_by_a_deeper_tenant_of_its_name() {
    let manifest = "tenants: {acme: {name: Acme, state: absent}, b: {name: B}}";
    let live = "tenants: {t1: B, t2: {name: Acme, parent: t1}}";
    assert_eq!(plan(manifest, live), "nothing to do");
}

#[test]
fn a_move_upwards_is_taken_back_where_records_repeat_the_role() {
    use crate::live_text::{live, planned};
    use ufsync::plan::saved::created::CreatedRecords;
    use ufsync::plan::saved::recheck::recheck;
    let manifest =
        format!("{ACME_WEST}\nusers: {{ann@x.example: {{tenants: {{acme: [owner], west: []}}}}}}");
    let before = live(&format!(
        "{LIVE_TENANTS}\nusers: {{u1: {{email: ann@x.example, in: {{t2: [owner]}}}}}}"
    ));
    let done = planned(&manifest, &before);
    let back = crate::undo::way_back(&done, &before, done.steps.len());
    let undo = crate::live_text::drafted(&back.desired, &back.after);
    // The record shows the role of the parent below it.
    let shown = live(&format!(
        "{LIVE_TENANTS}\nusers: {{u1: {{email: ann@x.example, in: {{t1: [owner], t2: [owner]}}}}}}"
    ));
    let found = recheck(&undo, &shown, &CreatedRecords::default()).unwrap();
    assert!(found.stale.is_empty(), "{:?}", found.stale);
    assert_eq!((found.done, found.plan.steps.len()), (0, 2));
}
