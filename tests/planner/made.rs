//! A saved plan of which an earlier run created something.

use insta::assert_snapshot;
use serde_json::json;
use ufsync::plan::Plan;
use ufsync::plan::saved::created::{CreatedRecord, CreatedRecords};
use ufsync::plan::saved::recheck::recheck;

use crate::live_text::{live, planned};
use crate::recheck::again;
use crate::show;

/// A plan against now, of which an earlier run made something.
fn after_making(plan: &Plan, now: &str, made: &CreatedRecords) -> String {
    let now = live(now);
    match recheck(plan, &now, made) {
        Ok(found) => show::recheck(&found, &now),
        Err(missing) => show::missing(&missing),
    }
}

/// The users and tenants of a live state, as what a plan made, by their addresses.
fn made(of: &str, addresses: &[&str]) -> CreatedRecords {
    let of = live(of);
    let users = of.users.found().map(CreatedRecord::user);
    let records = of.tenants.found().map(CreatedRecord::tenant).chain(users);
    let addresses = addresses
        .iter()
        .map(|address| serde_json::from_value(json!(address)).unwrap());
    CreatedRecords(addresses.zip(records).collect())
}

#[test]
fn what_was_created_is_used() {
    let manifest = "tenants: {acme: {name: Acme}}
users: {a@x.example: {name: A, roles: [member], tenants: {acme: [owner]}}}";
    let now = "tenants: {t9: Acme}
users: {u9: {email: a@x.example, name: A}}";
    let made = made(now, &["tenants/acme", "users/a@x.example"]);
    let plan = planned(manifest, &live(""));
    assert_snapshot!(after_making(&plan, now, &made), @r#"
    2 done
    #0 users/a@x.example/roles
       PUT /users/u9/roles {"roles":["member"]}
       [] → [member]
       danger: SensitiveGrant
    #1 users/a@x.example/tenants/acme
       PUT /tenants/t9/users/u9/roles {"roles":["owner"]}
       [] → [owner]
    "#);
}

#[test]
fn whoever_has_the_address_of_a_creation_is_a_stranger() {
    // All that the plan would write is there: anybody can sign up with any name.
    let manifest = "users: {a@x.example: {name: A, roles: [admin]}}";
    assert_snapshot!(again(manifest, "", "users: {u9: {email: a@x.example, name: A}}"), @r#"
    0 done
    stale users/a@x.example: exists was false, is true
    #0 users/a@x.example
       POST /users/createOrUpdate {"email":"a@x.example","name":"A"}
    #1 users/a@x.example/roles
       PUT /users/#0/roles {"roles":["admin"]}
       [] → [admin]
       needs #0
       danger: SensitiveGrant
    "#);
}

#[test]
fn what_was_created_and_changed_since_is_in_the_way() {
    let manifest = "tenants: {acme: {name: Acme, image: i}}";
    let then = made("tenants: {t9: {name: Acme, image: i}}", &["tenants/acme"]);
    let plan = planned(manifest, &live(""));
    assert_snapshot!(after_making(&plan, "tenants: {t9: {name: Acme, image: other}}", &then), @r#"
    0 done
    stale tenants/acme: exists was false, is true
    #0 tenants/acme
       POST /tenants {"image":"i","name":"Acme"}
    "#);
}

#[test]
fn what_the_server_stored_in_another_form_is_what_was_created() {
    let manifest = "tenants: {acme: {name: \"Acme \u{e9}\"}}
users: {a@x.example: {phoneNumber: \"+15550100\", roles: [member]}}";
    let now = "tenants: {t9: {name: \"Acme e\u{301}\"}}
users: {u9: {email: a@x.example, phoneNumber: \"15550100\"}}";
    let then = made(now, &["tenants/acme", "users/a@x.example"]);
    let plan = planned(manifest, &live(""));
    assert_snapshot!(after_making(&plan, now, &then), @r#"
    2 done
    #0 users/a@x.example/roles
       PUT /users/u9/roles {"roles":["member"]}
       [] → [member]
       danger: SensitiveGrant
    "#);
}
