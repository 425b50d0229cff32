//! Another user in the place of one who is created: whatever the server answers, that user gets nothing.

use serde_json::{Value, json};
use ufsync::session::outcome::{Outcome, StepOutcome};
use ufsync::session::{self, ApplyOptions};

use crate::support::desired;
use crate::support::second::{HOME, Second, Store};

const CREATE: &str = "POST /v0/users/createOrUpdate";
const FIND: &str = "POST /v0/users/find";

/// Plans and applies this manifest, one call after another.
fn apply(server: &Second, manifest: &str) -> Outcome {
    let client = server.client();
    let manifest = desired(manifest);
    let run = async {
        let policy = ufsync::plan::Policy::default();
        let planned = session::plan(&client, &manifest, &policy).await.unwrap();
        let applied = session::apply(&client, &planned.plan, ApplyOptions::new(1), |_| {});
        applied.await.unwrap()
    };
    tokio::runtime::Runtime::new().unwrap().block_on(run)
}

/// A user who was there before.
fn ann(store: &mut Store) -> Value {
    let mut ann = store.new_user("ann@example.com");
    ann["createdAt"] = json!("2024-05-15T23:04:50.787Z");
    ann["authorization"] = json!({HOME: {"roles": ["viewer"]}});
    ann
}

fn store() -> Store {
    let mut store = Store {
        updates: true,
        ..Store::default()
    };
    let ann = ann(&mut store);
    store.users.push(ann);
    store
}

fn held(server: &Second, email: &str) -> Value {
    let store = server.store();
    let user = store.users.iter().find(|user| user["email"] == email);
    user.unwrap()["authorization"].clone()
}

/// A server on which mallory signs up, as `mallory` says, right when the user is created.
fn with_mallory(mallory: impl Fn(&mut Value) + Send + Sync + 'static) -> Second {
    Second::start(store(), move |store, asked| {
        let is_new = !store
            .users
            .iter()
            .any(|user| user["email"] == "new@example.com");
        if asked.is(CREATE) && is_new {
            let mut user = store.new_user("new@example.com");
            mallory(&mut user);
            store.users.push(user);
        }
        None
    })
}

const NEW_ADMIN: &str = "version: 1\nusers: {new@example.com: {roles: [admin]}}\n";

#[test]
fn a_user_who_signs_up_with_the_address_during_the_apply_is_given_nothing() {
    type Sign = fn(&mut Value);
    let signs: [(&str, Sign); 6] = [
        ("created before the call", |user| {
            user["createdAt"] =
                json!((jiff::Timestamp::now() - jiff::SignedDuration::from_secs(3)).to_string());
        }),
        ("a name that was not sent", |user| {
            user["name"] = json!("Mallory");
        }),
        ("`plan` in its data", |user| {
            user["data"] = json!({"plan": "free"});
        }),
        ("holds \"viewer\" in the workspace", |user| {
            user["authorization"] = json!({HOME: {"roles": ["viewer"]}});
        }),
        ("has been active", |user| {
            user["lastActiveAt"] = user["createdAt"].clone();
        }),
        ("a phone number", |user| {
            user["phoneNumber"] = json!("+15550100");
        }),
    ];
    for (sign, mallory) in signs {
        let server = with_mallory(mallory);
        let before = {
            let mut user = json!({"authorization": {}});
            mallory(&mut user);
            user["authorization"].clone()
        };
        let outcome = apply(&server, NEW_ADMIN);
        let StepOutcome::NotOurs { id, reason } = &outcome.steps[0] else {
            panic!("{sign}: {outcome:?}");
        };
        assert!(reason.contains(sign), "{reason}");
        assert_eq!(*id, "00000000-0000-4000-8000-000000000002");
        assert!(outcome.made.0.is_empty(), "{outcome:?}");
        assert_eq!(held(&server, "new@example.com"), before, "{sign}");
        assert!(!outcome.is_complete());
    }
}

#[test]
fn an_admin_and_an_invited_user_are_looked_up_singly_right_before_they_are_created() {
    // Mallory signs up as soon as the first of the others is created.
    let server = Second::start(store(), |store, asked| {
        let is_first = !store
            .users
            .iter()
            .any(|user| user["email"] == "new@example.com");
        if asked.is(CREATE) && is_first && asked.body["email"] != "new@example.com" {
            let mallory = store.new_user("new@example.com");
            store.users.push(mallory);
        }
        None
    });
    let manifest = "version: 1\nusers: {a@example.com: {roles: [viewer]}, b@example.com: {roles: [viewer]}, new@example.com: {roles: [admin]}, other@example.com: {invite: welcome}}\n";
    let outcome = apply(&server, manifest);
    let exists = outcome
        .steps
        .iter()
        .filter(|step| matches!(step, StepOutcome::Exists(_)));
    assert_eq!(exists.count(), 1, "{outcome:?}");
    assert_eq!(held(&server, "new@example.com"), json!({}));
    let asked = server.store().asked.clone();
    let first = asked.iter().position(|call| call == CREATE).unwrap();
    let looks = asked[first - 1..]
        .iter()
        .filter(|call| *call == FIND)
        .count();
    // One of the batch, two of single ones, one for what is there twice.
    assert_eq!(looks, 4, "{asked:?}");
}

#[test]
fn a_user_who_was_read_before_is_not_the_one_who_is_created() {
    // The server answers a creation with another user's record.
    let server = Second::start(store(), |store, asked| {
        asked.is(CREATE).then(|| {
            let mut ann = store.users[0].clone();
            ann["email"] = asked.body["email"].clone();
            ann["createdAt"] = json!(jiff::Timestamp::now().to_string());
            ann["authorization"] = json!({});
            Ok(ann)
        })
    });
    let outcome = apply(
        &server,
        "version: 1\nusers: {ann@example.com: {}, new@example.com: {roles: [admin]}}\n",
    );
    let said = outcome.steps[0].error().unwrap().to_string();
    assert!(said.contains("who existed before"), "{said}");
    assert_eq!(
        held(&server, "ann@example.com"),
        json!({HOME: {"roles": ["viewer"]}})
    );
}

#[test]
fn a_created_user_with_a_tenant_of_their_own_is_the_one() {
    let server = Second::start(store(), |store, asked| {
        if !asked.is(CREATE) {
            return None;
        }
        let mut user = store.new_user("new@example.com");
        let now = jiff::Timestamp::now().to_string();
        store.tenants.push(
            json!({"tenantId": "own00001", "name": "New", "createdAt": now, "data": {},
            "parent": {"tenantId": HOME}}),
        );
        user["authorization"] = json!({"own00001": {"roles": ["owner"]}});
        store.users.push(user.clone());
        Some(Ok(user))
    });
    let outcome = apply(&server, NEW_ADMIN);
    assert!(outcome.is_complete(), "{outcome:?}");
}

#[test]
fn a_stranger_in_place_of_a_created_user_is_named_and_not_in_the_list_of_what_was_created() {
    let server = with_mallory(|user| user["name"] = json!("Mallory"));
    let program = server.program();
    program.write("ufsync.yaml", NEW_ADMIN);
    program.run(&["plan", "--out", "p.json"]).exits(0).done();
    program
        .run(&["apply", "p.json", "--yes"])
        .exits(5)
        .says("the server answered with user 00000000-0000-4000-8000-000000000002, who has a name that was not sent")
        .done();
    assert!(
        !program.read("p.json.applied").contains("Created")
            && !program.read("p.json.applied").contains("created")
    );
}

#[test]
fn a_creation_that_a_gateway_sends_twice_is_not_a_mistake_of_the_manifest() {
    for roles in ["[viewer]", "[admin]"] {
        let server = Second::start(store(), |store, asked| {
            store.updates = false;
            if asked.is(CREATE) {
                let mut user = store.new_user("new@example.com");
                user["name"] = json!("");
                store.users.push(user);
            }
            None
        });
        let program = server.program();
        program.write(
            "ufsync.yaml",
            &format!("version: 1\nusers: {{new@example.com: {{roles: {roles}}}}}\n"),
        );
        let run = program.run(&["apply", "--yes"]).exits(5);
        run.says("it exists by now, as 00000000-0000-4000-8000-000000000002")
            .says("gateway that sent the call twice")
            .says("Run again")
            .done();
        assert_eq!(held(&server, "new@example.com"), json!({}));
    }
}
