//! Every call of the reference, through the real client against the real emulator over a socket.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use ufsync::api::{ApiError, Body, Client, Filter, Method, Query, UserKey};
use ufsync::emulator::{Options, TenantState, UserState};
use ufsync::model::{LiveTenant, LiveUser, RoleName, RoleSet, Scope, TenantId, UserUuid};

use crate::support::{Server, client};

fn body(json: Value) -> Body {
    match json {
        Value::Object(body) => body,
        other => panic!("{other} is no body"),
    }
}

fn email(email: &str) -> Body {
    body(json!({"email": email}))
}

fn roles(names: &[&str]) -> RoleSet {
    names.iter().map(|name| RoleName::new(*name)).collect()
}

fn set(names: &[&str]) -> Body {
    body(json!({"roles": names}))
}

/// A field of a user's record.
fn field(user: &LiveUser, name: &str) -> Value {
    json!(user.record)[name].clone()
}

async fn user(client: &Client, address: &str) -> LiveUser {
    let made = client.create_user(&email(address)).await;
    made.unwrap().unwrap().record
}

async fn tenant(client: &Client, name: &str) -> LiveTenant {
    let made = client.create_tenant(&body(json!({"name": name}))).await;
    made.unwrap().unwrap().record
}

/// Any call, as `ufsync api` makes it.
async fn post(client: &Client, path: &str, body: Value) -> Result<Value, ApiError> {
    client.call(Method::POST, path, Some(body)).await
}

/// Runs a test against an empty emulator.
fn check(test: impl AsyncFnOnce(&Client)) -> Server {
    let server = Server::empty();
    server.block_on(test(&server.client));
    server
}

#[test]
fn call_1_creates_a_user_with_every_field() {
    check(async |client| {
        let all = json!({
            "email": "jane@example.com",
            "name": "Jane Doe",
            "username": "jane",
            "image": "https://img.example/j.png",
            "phoneNumber": "+1-555-0100",
            "locked": true,
            "data": {"plan": "pro", "nested": {"deep": [1, null, "x"]}},
        });
        let made = post(client, "/v0/users", all.clone()).await.unwrap();
        let made = client.user(&uuid(&made)).await.unwrap();
        assert_eq!(json!(made.record), all);
        let again = json!({"email": "JANE@example.com"});
        let again = post(client, "/v0/users", again).await.unwrap_err();
        assert!(
            matches!(again, ApiError::Refused { status: 400, .. }),
            "{again}"
        );
    });
}

fn uuid(record: &Value) -> UserUuid {
    UserUuid::new(record["userUuid"].as_str().unwrap())
}

#[test]
fn calls_2_3_and_4_read_update_and_delete_a_user() {
    check(async |client| {
        let made = user(client, "jane@example.com").await;
        for name in [json!("Jane"), Value::Null] {
            let update = body(json!({"name": name}));
            let updated = client.update_user(made.id, &update).await.unwrap().unwrap();
            assert_eq!(field(&updated, "name"), name);
        }
        assert_eq!(client.user(&made.uuid).await.unwrap().id, made.id);
        client.delete_user(made.id).await.unwrap();
        assert!(matches!(
            client.user(made.id).await,
            Err(ApiError::NotFound { .. })
        ));
        client
            .delete_user(made.id)
            .await
            .expect("deleting what is gone is done already");
    });
}

#[test]
fn call_5_finds_users() {
    check(async |client| {
        for name in ["ada", "ben", "eve"] {
            user(client, &format!("{name}@example.com")).await;
        }
        let either = Query::any_of(vec![
            Filter::email("eve@example.com"),
            Filter::email("ada@example.com"),
        ]);
        let page = client.find_users(&either).await.unwrap();
        let found: Vec<Value> = page
            .results
            .iter()
            .map(|user| field(user, "email"))
            .collect();
        assert_eq!(
            (json!(found), page.total),
            (json!(["ada@example.com", "eve@example.com"]), 2)
        );
    });
}

#[test]
fn calls_6_15_and_18_invite_users() {
    let server = check(async |client| {
        let acme = tenant(client, "Acme").await;
        let options = json!({"type": "welcome", "duration": "2 days"});
        let invitation = body(json!({"email": "a@example.com", "options": options}));
        client.invite_user(&invitation).await.unwrap();
        let held = async |path: &str, email: &str, role: &str| {
            let options = json!({"type": "welcome", "duration": "2 days"});
            let invitation = json!({"email": email, "roles": [role], "options": options});
            let invited = post(client, path, invitation).await.unwrap();
            client.user(&uuid(&invited)).await.unwrap()
        };
        let invited = held("/v0/roles/invite", "b@example.com", "admin").await;
        assert_eq!(invited.roles(&Scope::Workspace), roles(&["admin"]));
        let path = format!("/v0/tenants/{}/roles/invite", acme.id);
        let invited = held(&path, "c@example.com", "viewer").await;
        assert_eq!(invited.roles(&Scope::Tenant(acme.id)), roles(&["viewer"]));
    });
    let sent: Vec<String> = server
        .store()
        .invitations
        .into_iter()
        .map(|invitation| invitation.email)
        .collect();
    assert_eq!(sent, ["a@example.com", "b@example.com", "c@example.com"]);
}

#[test]
fn call_7_creates_or_updates() {
    check(async |client| {
        let made = user(client, "jane@example.com").await;
        for key in [("userId", json!(made.id)), ("userUuid", json!(made.uuid))] {
            let renamed = json!({"name": key.0, key.0: key.1});
            let path = "/v0/users/createOrUpdate";
            let updated = post(client, path, renamed).await.unwrap();
            assert_eq!(updated["userId"], json!(made.id));
            let read = client.user(made.id).await.unwrap();
            assert_eq!(field(&read, "name"), key.0);
        }
    });
}

#[test]
fn call_8_marks_a_user_active() {
    check(async |client| {
        let made = user(client, "jane@example.com").await;
        assert_eq!(made.last_active_at, None);
        let path = format!("/v0/users/{}/active", made.id);
        post(client, &path, json!({})).await.unwrap();
        let active = client.user(made.id).await.unwrap();
        assert!(active.last_active_at.is_some());
    });
}

#[test]
fn calls_9_to_12_create_read_update_and_delete_a_tenant() {
    check(async |client| {
        let made = tenant(client, "Acme").await;
        let changes = body(json!({
            "name": "Acme Inc.",
            "image": "https://img.example/a.png",
            "data": {"plan": "pro"},
        }));
        let updated = client
            .update_tenant(&made.id, &changes)
            .await
            .unwrap()
            .unwrap();
        assert_eq!(json!(updated.record), json!(changes));
        assert_eq!(client.tenant(&made.id).await.unwrap().tenant, updated);
        let workspace = client.tenant(client.workspace()).await.unwrap();
        assert_eq!(
            (workspace.child_count, workspace.children.len()),
            (Some(1), 1)
        );
        client.delete_tenant(&made.id).await.unwrap();
        client
            .delete_tenant(&made.id)
            .await
            .expect("deleting what is gone is done already");
        assert!(matches!(
            client.tenant(&made.id).await,
            Err(ApiError::NotFound { .. })
        ));
    });
}

#[test]
fn calls_13_and_16_list_roles() {
    check(async |client| {
        let acme = tenant(client, "Acme").await;
        let made = user(client, "jane@example.com").await;
        client
            .set_tenant_roles(&acme.id, made.id, &set(&["only-here"]))
            .await
            .unwrap();
        assert!(client.roles().await.unwrap().contains("admin"));
        assert!(
            client
                .tenant_roles(&acme.id)
                .await
                .unwrap()
                .contains("only-here")
        );
        assert!(!client.roles().await.unwrap().contains("only-here"));
    });
}

#[test]
fn calls_14_and_17_replace_roles() {
    check(async |client| {
        let acme = tenant(client, "Acme").await;
        let key = UserKey::from(user(client, "jane@example.com").await.id);
        let (workspace, in_acme) = (Scope::Workspace, Scope::Tenant(acme.id.clone()));
        client
            .set_roles(&key, &set(&["admin", "member"]))
            .await
            .unwrap();
        client
            .set_tenant_roles(&acme.id, &key, &set(&["owner"]))
            .await
            .unwrap();
        let held = client.user(&key).await.unwrap();
        assert_eq!(
            (held.roles(&workspace), held.roles(&in_acme)),
            (roles(&["admin", "member"]), roles(&["owner"]))
        );
        client.set_roles(&key, &set(&["member"])).await.unwrap();
        client
            .set_tenant_roles(&acme.id, &key, &set(&[]))
            .await
            .unwrap();
        let held = client.user(&key).await.unwrap();
        assert_eq!(
            (held.roles(&workspace), held.roles(&in_acme)),
            (roles(&["member"]), RoleSet::new())
        );
    });
}

#[test]
fn tenants_are_found_page_by_page() {
    let tenants = (0..5).map(|number| TenantState {
        name: format!("Tenant {number}"),
        ..TenantState::default()
    });
    let state = ufsync::emulator::ModeState {
        tenants: tenants.collect(),
        ..Default::default()
    };
    let server = Server::start(
        Options {
            page_size: 2,
            ..Options::default()
        },
        state,
    );
    let query = Query::all();
    let mut seen = BTreeSet::new();
    for page in 1..=3 {
        let found = server
            .block_on(
                server
                    .client
                    .find_tenants(&TenantId::new("demo1234"), &query.at(page)),
            )
            .unwrap();
        assert_eq!((found.total, found.pages), (5, Some(3)));
        seen.extend(found.results.into_iter().map(|tenant| tenant.id));
    }
    assert_eq!(seen.len(), 5);
}

#[test]
fn a_readonly_key_reads_and_is_refused_writing() {
    let server = Server::start(
        Options::default(),
        ufsync::emulator::ModeState {
            users: vec![UserState {
                email: Some("jane@example.com".into()),
                ..UserState::default()
            }],
            ..Default::default()
        },
    );
    let readonly = client(server.running.url(), &server.running.keys().test_readonly);
    assert_eq!(
        server
            .block_on(readonly.find_users(&Query::all()))
            .unwrap()
            .total,
        1
    );
    let refused = server
        .block_on(readonly.create_user(&email("eve@example.com")))
        .unwrap_err();
    assert!(matches!(refused, ApiError::Forbidden { .. }), "{refused}");
}

#[test]
fn an_unknown_key_is_not_accepted() {
    let server = Server::empty();
    let stranger = client(server.running.url(), "uf_test_admin_demo1234_wrong");
    let refused = server.block_on(stranger.roles()).unwrap_err();
    assert!(
        matches!(refused, ApiError::Unauthorized { .. }),
        "{refused}"
    );
}
