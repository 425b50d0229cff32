//! Every call of the reference, through the real client against the real emulator over a socket.

use std::collections::BTreeSet;
use std::sync::Arc;

use ufsync::api::directory::{Filter, Query, UserKey};
use ufsync::api::{ApiError, Client, Directory as _, ReadDirectory as _};
use ufsync::emulator::{Options, TenantState, UserState};
use ufsync::model::{
    Email, Field, Invite, InviteType, LiveTenant, LiveUser, RoleName, RoleSet, Scope, TenantFields,
    TenantId, UserFields,
};

use crate::support::{Server, client};

fn fields(email: &str) -> UserFields {
    UserFields {
        email: Some(Email::new(email)),
        ..UserFields::default()
    }
}

fn roles(names: &[&str]) -> RoleSet {
    names.iter().map(|name| RoleName::new(*name)).collect()
}

fn welcome() -> Invite {
    Invite {
        kind: InviteType::Welcome,
        duration: Some(Arc::from("2 days")),
    }
}

async fn user(client: &Client, email: &str) -> LiveUser {
    client.create_user(&fields(email)).await.unwrap()
}

async fn tenant(client: &Client, name: &str) -> LiveTenant {
    client
        .create_tenant(&TenantFields {
            name: Some(Arc::from(name)),
            ..TenantFields::default()
        })
        .await
        .unwrap()
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
        let data = serde_json::json!({"plan": "pro", "nested": {"deep": [1, null, "x"]}})
            .as_object()
            .cloned();
        let text = |text: &str| Field::Set(Arc::from(text));
        let all = UserFields {
            name: text("Jane Doe"),
            username: text("jane"),
            image: text("https://img.example/j.png"),
            phone_number: text("+1-555-0100"),
            locked: Some(true),
            data: data.clone(),
            ..fields("jane@example.com")
        };
        let made = client.create_user(&all).await.unwrap();
        assert_eq!(
            (
                made.name.as_deref(),
                made.username.as_deref(),
                made.phone_number.as_deref()
            ),
            (Some("Jane Doe"), Some("jane"), Some("+1-555-0100"))
        );
        assert_eq!((made.locked, Some(made.data.to_map())), (true, data));
        let again = client
            .create_user(&fields("JANE@example.com"))
            .await
            .unwrap_err();
        assert!(
            matches!(again, ApiError::Refused { status: 400, .. }),
            "{again}"
        );
    });
}

#[test]
fn calls_2_3_and_4_read_update_and_delete_a_user() {
    check(async |client| {
        let made = user(client, "jane@example.com").await;
        let key = UserKey::from(made.id);
        let changes = UserFields {
            name: Field::Set(Arc::from("Jane")),
            ..UserFields::default()
        };
        assert_eq!(
            client
                .update_user(&key, &changes)
                .await
                .unwrap()
                .unwrap()
                .name
                .as_deref(),
            Some("Jane")
        );
        let cleared = UserFields {
            name: Field::Clear,
            ..UserFields::default()
        };
        assert_eq!(
            client
                .update_user(&key, &cleared)
                .await
                .unwrap()
                .unwrap()
                .name,
            None
        );
        let by_uuid = UserKey::Uuid(made.uuid.clone().unwrap());
        assert_eq!(client.user(&by_uuid).await.unwrap().id, made.id);
        client.delete_user(&key).await.unwrap();
        assert!(matches!(
            client.user(&key).await,
            Err(ApiError::NotFound { .. })
        ));
        client
            .delete_user(&key)
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
        let either = Query {
            filters: vec![vec![
                Filter::email("ada@example.com"),
                Filter::email("eve@example.com"),
            ]],
            order: Some("userId_DESC"),
            page: 1,
        };
        let page = client.find_users(&either).await.unwrap();
        let found: Vec<&str> = page
            .results
            .iter()
            .filter_map(|user| user.email.as_ref())
            .map(Email::as_str)
            .collect();
        assert_eq!(
            (found, page.total),
            (vec!["eve@example.com", "ada@example.com"], 2)
        );
    });
}

#[test]
fn calls_6_15_and_18_invite_users() {
    let server = check(async |client| {
        let acme = tenant(client, "Acme").await;
        client
            .invite_user(&fields("a@example.com"), &welcome())
            .await
            .unwrap();
        let held = client
            .invite_to_roles(&fields("b@example.com"), &roles(&["admin"]), &welcome())
            .await
            .unwrap();
        assert_eq!(held.roles(&Scope::Workspace), roles(&["admin"]));
        let held = client
            .invite_to_tenant_roles(
                &acme.id,
                &fields("c@example.com"),
                &roles(&["viewer"]),
                &welcome(),
            )
            .await
            .unwrap();
        assert_eq!(held.roles(&Scope::Tenant(acme.id)), roles(&["viewer"]));
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
        let made = client
            .create_or_update_user(None, &fields("jane@example.com"))
            .await
            .unwrap()
            .unwrap();
        let renamed = UserFields {
            name: Field::Set(Arc::from("Jane")),
            ..UserFields::default()
        };
        for key in [
            UserKey::from(made.id),
            UserKey::Uuid(made.uuid.clone().unwrap()),
        ] {
            let updated = client
                .create_or_update_user(Some(&key), &renamed)
                .await
                .unwrap()
                .unwrap();
            assert_eq!(
                (updated.id, updated.name.as_deref()),
                (made.id, Some("Jane"))
            );
        }
    });
}

#[test]
fn call_8_marks_a_user_active() {
    check(async |client| {
        let made = user(client, "jane@example.com").await;
        assert_eq!(made.last_active_at, None);
        client.mark_active(&made.id.into()).await.unwrap();
        assert!(
            client
                .user(&made.id.into())
                .await
                .unwrap()
                .last_active_at
                .is_some()
        );
    });
}

#[test]
fn calls_9_to_12_create_read_update_and_delete_a_tenant() {
    check(async |client| {
        let made = tenant(client, "Acme").await;
        let data = serde_json::json!({"plan": "pro"}).as_object().cloned();
        let changes = TenantFields {
            name: Some(Arc::from("Acme Inc.")),
            image: Field::Set(Arc::from("https://img.example/a.png")),
            data,
        };
        let updated = client
            .update_tenant(&made.id, &changes)
            .await
            .unwrap()
            .unwrap();
        assert_eq!((&*updated.name, updated.data.len()), ("Acme Inc.", 1));
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
            .set_tenant_roles(&acme.id, &made.id.into(), &roles(&["only-here"]))
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
            .set_roles(&key, &roles(&["admin", "member"]))
            .await
            .unwrap();
        client
            .set_tenant_roles(&acme.id, &key, &roles(&["owner"]))
            .await
            .unwrap();
        let held = client.user(&key).await.unwrap();
        assert_eq!(
            (held.roles(&workspace), held.roles(&in_acme)),
            (roles(&["admin", "member"]), roles(&["owner"]))
        );
        client.set_roles(&key, &roles(&["member"])).await.unwrap();
        client
            .set_tenant_roles(&acme.id, &key, &RoleSet::new())
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
    let query = Query::all("tenantId_ASC");
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
        seen.extend(found.results.into_iter().map(|tenant| tenant.name));
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
            .block_on(readonly.find_users(&Query::all("userId_ASC")))
            .unwrap()
            .total,
        1
    );
    let refused = server
        .block_on(readonly.create_user(&fields("eve@example.com")))
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
