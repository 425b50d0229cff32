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
