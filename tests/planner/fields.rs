//! Every field of tenants and users: set, changed, cleared, left alone.

use insta::assert_snapshot;

use crate::live_text::plan;

#[test]
fn a_user_who_is_as_written_has_no_step() {
    let manifest = "users: {jane@example.com: {name: Jane, username: jane, image: 'https://x.example/j.png', phoneNumber: '+15550100', locked: false, data: {plan: pro}, roles: [member]}}";
    let live = "users: {u1: {email: jane@example.com, name: Jane, username: jane, image: 'https://x.example/j.png', phoneNumber: '+15550100', data: {plan: pro, other: 1}, roles: [member]}}";
    assert_snapshot!(plan(manifest, live), @"nothing to do");
}

#[test]
fn what_is_not_written_is_not_touched() {
    let manifest = "users: {jane@example.com: {}}";
    let live = "users: {u1: {email: jane@example.com, name: Jane, username: jane, image: 'https://x.example/j.png', phoneNumber: '+15550100', data: {plan: pro, other: 1}, roles: [member]}}";
    assert_snapshot!(plan(manifest, live), @"nothing to do");
}

#[test]
fn fields_of_a_user_are_set() {
    let manifest = r#"users: {jane@example.com: {name: Jane, username: jane, image: "https://x.example/j.png", phoneNumber: "+15550100", data: {plan: pro}}}"#;
    let live = "users: {u1: jane@example.com}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jane@example.com
       reads, then PUT /users/u1 {"data":{"plan":"pro"},"image":"https://x.example/j.png","name":"Jane","phoneNumber":"+15550100","username":"jane"}
       name: null → "Jane"
       username: null → "jane"
       image: null → "https://x.example/j.png"
       phoneNumber: null → "+15550100"
       data.plan: null → "pro"
    "#);
}

#[test]
fn fields_of_a_user_are_changed() {
    let manifest = r#"users: {jane@example.com: {name: Jane Doe, username: janed, image: "https://x.example/2.png", phoneNumber: "+15550101", data: {plan: free}}}"#;
    let live = "users: {u1: {email: jane@example.com, name: Jane, username: jane, image: 'https://x.example/j.png', phoneNumber: '+15550100', data: {plan: pro, other: 1}, roles: [member]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jane@example.com
       reads, then PUT /users/u1 {"data":{"other":1,"plan":"free"},"image":"https://x.example/2.png","name":"Jane Doe","phoneNumber":"+15550101","username":"janed"}
       name: "Jane" → "Jane Doe"
       username: "jane" → "janed"
       image: "https://x.example/j.png" → "https://x.example/2.png"
       phoneNumber: "+15550100" → "+15550101"
       data.plan: "pro" → "free"
    "#);
}

#[test]
fn fields_of_a_user_are_cleared() {
    let manifest = "users: {jane@example.com: {name: null, username: null, image: null, phoneNumber: null, data: null}}";
    let live = "users: {u1: {email: jane@example.com, name: Jane, username: jane, image: 'https://x.example/j.png', phoneNumber: '+15550100', data: {plan: pro, other: 1}, roles: [member]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jane@example.com
       reads, then PUT /users/u1 {"data":{"other":null,"plan":null},"image":null,"name":null,"phoneNumber":null,"username":null}
       name: "Jane" → null
       username: "jane" → null
       image: "https://x.example/j.png" → null
       phoneNumber: "+15550100" → null
       data.other: 1 → null
       data.plan: "pro" → null
    "#);
}

#[test]
fn what_is_cleared_already_stays() {
    let manifest = "users: {jane@example.com: {name: null, username: null, image: null, phoneNumber: null, locked: false, data: null}}";
    let live = "users: {u1: jane@example.com}";
    assert_snapshot!(plan(manifest, live), @"nothing to do");
}

#[test]
fn the_case_of_an_address_does_not_matter() {
    let manifest = "users: {Jane@Example.com: {name: Jane}}";
    let live = "users: {u1: {email: JANE@example.COM, name: Jane}}";
    assert_snapshot!(plan(manifest, live), @"nothing to do");
}

#[test]
fn the_case_of_a_name_matters() {
    let manifest = "users: {jane@example.com: {name: jane}}";
    let live = "users: {u1: {email: jane@example.com, name: Jane}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jane@example.com
       PUT /users/u1 {"name":"jane"}
       name: "Jane" → "jane"
    "#);
}

#[test]
fn a_user_is_locked_and_loses_everything() {
    let manifest = "users: {jane@example.com: {locked: true}}";
    let live = "tenants: {t1: Acme}
users: {u1: {email: jane@example.com, roles: [member], in: {t1: [viewer, owner]}, last: 2026-05-01T00:00:00Z}, u2: {email: b@example.com, roles: [member], in: {t1: [viewer, owner]}}, u3: {email: c@example.com, roles: [member], in: {t1: [viewer, owner]}}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jane@example.com
       PUT /users/u1 {"locked":true}
       locked: false → true
       last active 2026-05-01T00:00:00Z
       u1 loses [member] in the workspace
       u1 loses [owner, viewer] in t1
       danger: Removal
    "#);
}

#[test]
fn a_user_is_unlocked() {
    let manifest = "users: {jane@example.com: {locked: false}}";
    let live = "users: {u1: {email: jane@example.com, locked: true, roles: [admin]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jane@example.com
       PUT /users/u1 {"locked":false}
       locked: true → false
       danger: SensitiveGrant
    "#);
}

#[test]
fn who_is_locked_already_is_not_locked_again() {
    let manifest = "users: {jane@example.com: {locked: true, name: J}}";
    let live = "users: {u1: {email: jane@example.com, locked: true, roles: [admin]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jane@example.com
       PUT /users/u1 {"name":"J"}
       name: null → "J"
    "#);
}

#[test]
fn a_lock_and_other_fields_are_one_call() {
    let manifest = "users: {jane@example.com: {locked: true, name: J}}";
    let live = "users: {u1: {email: jane@example.com}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jane@example.com
       PUT /users/u1 {"locked":true,"name":"J"}
       name: null → "J"
       locked: false → true
       danger: Removal
    "#);
}

#[test]
fn a_key_of_data_is_set_and_the_others_are_kept() {
    let manifest = "users: {jane@example.com: {data: {seats: 3, plan: pro}}}";
    let live = "users: {u1: {email: jane@example.com, data: {plan: pro, other: {a: [1, 2]}}}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jane@example.com
       reads, then PUT /users/u1 {"data":{"other":{"a":[1,2]},"plan":"pro","seats":3}}
       data.seats: null → 3
    "#);
}

#[test]
fn a_key_of_data_is_removed_by_null() {
    let manifest = "users: {jane@example.com: {data: {plan: null, gone: null}}}";
    let live = "users: {u1: {email: jane@example.com, data: {plan: pro, other: 1}}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jane@example.com
       reads, then PUT /users/u1 {"data":{"other":1,"plan":null}}
       data.plan: "pro" → null
    "#);
}

#[test]
fn a_value_of_data_is_replaced_as_a_whole() {
    let manifest = "users: {jane@example.com: {data: {address: {city: Ulm}, list: [1]}}}";
    let live = r#"users: {u1: {email: jane@example.com, data: {address: {city: Ulm, zip: "1"}, list: [1]}}}"#;
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jane@example.com
       reads, then PUT /users/u1 {"data":{"address":{"city":"Ulm"},"list":[1]}}
       data.address: {"city":"Ulm","zip":"1"} → {"city":"Ulm"}
    "#);
}

#[test]
fn numbers_of_data_are_compared_by_value() {
    let manifest = "users: {jane@example.com: {data: {seats: 3, deep: {x: [1]}}}}";
    let live = "users: {u1: {email: jane@example.com, data: {seats: 3.0, deep: {x: [1.0]}}}}";
    assert_snapshot!(plan(manifest, live), @"nothing to do");
}

#[test]
fn a_text_of_data_is_no_number() {
    let manifest = r#"users: {jane@example.com: {data: {seats: "3"}}}"#;
    let live = "users: {u1: {email: jane@example.com, data: {seats: 3}}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jane@example.com
       reads, then PUT /users/u1 {"data":{"seats":"3"}}
       data.seats: 3 → "3"
    "#);
}

#[test]
fn data_of_several_keys_is_one_call() {
    let manifest = "tenants: {acme: {name: Acme, data: {b: 2, a: 1, c: null}}}";
    let live = "tenants: {t1: {name: Acme, data: {c: 3, d: 4}}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 tenants/acme
       reads, then PUT /tenants/t1 {"data":{"a":1,"b":2,"c":null,"d":4}}
       data.a: null → 1
       data.b: null → 2
       data.c: 3 → null
    "#);
}

#[test]
fn a_tenant_that_is_as_written_has_no_step() {
    let manifest =
        r#"tenants: {acme: {name: Acme, image: "https://x.example/a.png", data: {plan: pro}}}"#;
    let live =
        r#"tenants: {t1: {name: Acme, image: "https://x.example/a.png", data: {plan: pro, x: 1}}}"#;
    assert_snapshot!(plan(manifest, live), @"nothing to do");
}

#[test]
fn fields_of_a_tenant_are_set() {
    let manifest =
        r#"tenants: {acme: {name: Acme, image: "https://x.example/a.png", data: {plan: pro}}}"#;
    let live = "tenants: {t1: Acme}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 tenants/acme
       reads, then PUT /tenants/t1 {"data":{"plan":"pro"},"image":"https://x.example/a.png"}
       image: null → "https://x.example/a.png"
       data.plan: null → "pro"
    "#);
}

#[test]
fn fields_of_a_tenant_are_changed() {
    let manifest = r#"tenants: {acme: {tenantId: t1, name: Acme Inc., image: "https://x.example/b.png", data: {plan: pro}}}"#;
    let live =
        r#"tenants: {t1: {name: Acme, image: "https://x.example/a.png", data: {plan: free}}}"#;
    assert_snapshot!(plan(manifest, live), @r#"
    #0 tenants/acme
       reads, then PUT /tenants/t1 {"data":{"plan":"pro"},"image":"https://x.example/b.png","name":"Acme Inc."}
       name: "Acme" → "Acme Inc."
       image: "https://x.example/a.png" → "https://x.example/b.png"
       data.plan: "free" → "pro"
    "#);
}

#[test]
fn fields_of_a_tenant_are_cleared() {
    let manifest = "tenants: {acme: {name: Acme, image: null, data: null}}";
    let live = r#"tenants: {t1: {name: Acme, image: "https://x.example/a.png", data: {plan: free, seats: 1}}}"#;
    assert_snapshot!(plan(manifest, live), @r#"
    #0 tenants/acme
       reads, then PUT /tenants/t1 {"data":{"plan":null,"seats":null},"image":null}
       image: "https://x.example/a.png" → null
       data.plan: "free" → null
       data.seats: 1 → null
    "#);
}

#[test]
fn a_tenant_is_created() {
    let manifest = r#"tenants: {acme: {name: Acme, image: "https://x.example/a.png", data: {plan: pro, gone: null}}}"#;
    let live = "";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 tenants/acme
       POST /tenants {"data":{"plan":"pro"},"image":"https://x.example/a.png","name":"Acme"}
    "#);
}

#[test]
fn a_tenant_is_created_beside_one_of_another_case() {
    let manifest = "tenants: {acme: {name: Acme}}";
    let live = "tenants: {t1: ACME}";
    assert_snapshot!(plan(manifest, live), @"blocked tenants/acme: name_spelling: there is no tenant `Acme`, but a tenant `ACME`, whose name differs in its form only");
}

#[test]
fn a_user_is_created_with_all_fields() {
    let manifest = r#"users: {jane@example.com: {name: Jane, username: jane, image: "https://x.example/j.png", phoneNumber: "+15550100", locked: true, data: {plan: pro, gone: null}}}"#;
    let live = "";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jane@example.com
       POST /users/createOrUpdate {"data":{"plan":"pro"},"email":"jane@example.com","image":"https://x.example/j.png","locked":true,"name":"Jane","phoneNumber":"+15550100","username":"jane"}
    "#);
}

#[test]
fn a_user_is_created_with_cleared_fields() {
    let manifest = "users: {jane@example.com: {name: null, locked: false, data: null}}";
    let live = "";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jane@example.com
       POST /users/createOrUpdate {"email":"jane@example.com"}
    "#);
}

#[test]
fn a_user_is_invited() {
    let manifest = "users: {jane@example.com: {name: Jane, invite: welcome}, bob@example.com: {invite: {type: reset, duration: 2 days}}, eve@example.com: {invite: none}}";
    let live = "";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/bob@example.com
       POST /users/invite {"email":"bob@example.com","options":{"duration":"2 days","type":"reset"}}
    #1 users/eve@example.com
       POST /users/createOrUpdate {"email":"eve@example.com"}
    #2 users/jane@example.com
       POST /users/invite {"email":"jane@example.com","name":"Jane","options":{"type":"welcome"}}
    "#);
}

#[test]
fn who_exists_is_not_invited() {
    let manifest = "users: {jane@example.com: {name: Jane, invite: welcome}}";
    let live = "users: {u1: jane@example.com}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jane@example.com
       PUT /users/u1 {"name":"Jane"}
       name: null → "Jane"
    "#);
}

#[test]
fn a_user_is_deleted() {
    let manifest = "users: {jane@example.com: {state: absent}}";
    let live = "tenants: {t1: Acme}
users: {u1: {email: jane@example.com, name: Jane, data: {a: 1}, roles: [member], in: {t1: [viewer]}, last: 2026-05-01T00:00:00Z}}
crowd: {users: 3, roles: [member], in: {t1: [viewer]}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 users/jane@example.com
       DELETE /users/u1
       held email "jane@example.com", name "Jane", data.a 1
       last active 2026-05-01T00:00:00Z
       u1 loses [member] in the workspace
       u1 loses [viewer] in t1
       danger: Removal
    "#);
}

#[test]
fn who_is_absent_already_has_no_step() {
    let manifest = "users: {jane@example.com: {state: absent}}
tenants: {acme: {name: Acme, state: absent}}";
    let live = "";
    assert_snapshot!(plan(manifest, live), @"nothing to do");
}

#[test]
fn a_tenant_is_deleted_with_its_roles() {
    let manifest = "tenants: {acme: {name: Acme, state: absent}}";
    let live = "tenants: {t1: {name: Acme, data: {a: 1}}}
users: {u1: {email: jane@example.com, in: {t1: [viewer]}}, u2: {email: b@example.com, in: {t1: [owner, viewer]}}, u3: {email: c@example.com, in: {t2: [owner]}}}";
    assert_snapshot!(plan(manifest, live), @r#"
    #0 tenants/acme
       DELETE /tenants/t1
       held name "Acme", data.a 1
       u1 loses [viewer] in t1
       u2 loses [owner, viewer] in t1
       danger: Removal
    "#);
}
