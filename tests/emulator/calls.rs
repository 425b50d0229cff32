//! Every call of the reference once happy and once refused, the keys, and the two modes.

use super::support::{HOME, Server, answer};
use serde_json::{Value, json};

#[tokio::test]
async fn users_are_created_read_updated_and_deleted() {
    let server = Server::new().await;
    let body = json!({"email": "Jane@Example.com", "username": "jane", "name": "Jane Doe",
        "image": "https://i.example/j.png", "phoneNumber": "+1", "locked": true,
        "data": {"plan": "pro"}, "unheardOf": 1});
    let user = server.ok("POST", "/v0/users", body).await;
    let uuid = user["userUuid"].as_str().unwrap();
    let stamp = user["createdAt"].as_str().unwrap();
    assert_eq!(stamp.len(), "2024-05-15T23:04:50.787Z".len());
    let expected = json!({
        "mode": "test", "userId": 1, "userUuid": uuid, "uuid": uuid, "tenantId": HOME,
        "email": "Jane@Example.com", "username": "jane", "name": "Jane Doe",
        "image": "https://i.example/j.png", "phoneNumber": "+1", "data": {"plan": "pro"},
        "locked": true, "isMfaRequired": false, "isEmailConfirmed": false, "isConfirmed": false,
        "lastActiveAt": null, "createdAt": stamp, "updatedAt": stamp, "authorization": {},
        "tenant": {"tenantId": HOME, "name": "Demo", "image": null},
    });
    assert_eq!(user, expected);
    assert_eq!(server.ok("GET", "/v0/users/1", Value::Null).await, expected);
    let by_uuid = format!("/v0/users/{uuid}");
    assert_eq!(server.ok("GET", &by_uuid, Value::Null).await, expected);

    let change = json!({"name": "Jane Roe", "image": null, "locked": false});
    let changed = server.ok("PUT", &by_uuid, change).await;
    assert_eq!(changed["name"], "Jane Roe");
    let stock = changed["image"].as_str().unwrap();
    assert!(stock.contains("avatar-plain"), "{stock}");
    assert_eq!(changed["locked"], false);
    assert_eq!(changed["data"], json!({"plan": "pro"}));
    assert_eq!(changed["username"], "jane");

    let active = server.ok("POST", "/v0/users/1/active", json!({})).await;
    assert!(active["lastActiveAt"].is_string());
    let deleted = server.ok("DELETE", "/v0/users/1", Value::Null).await;
    assert_eq!(deleted, json!({"message": "OK"}));
    for (method, path) in [
        ("GET", "/v0/users/1"),
        ("GET", by_uuid.as_str()),
        ("PUT", "/v0/users/1"),
        ("DELETE", "/v0/users/1"),
        ("POST", "/v0/users/1/active"),
        ("PUT", "/v0/users/1/roles"),
    ] {
        server
            .refused(404, method, path, json!({"roles": []}))
            .await;
    }
    // The number and the address are free again; the uuid is another.
    let again = server.user("jane@example.com").await;
    assert_eq!(again["userId"], 1);
    assert_ne!(again["userUuid"], expected["userUuid"]);
}

#[tokio::test]
async fn addresses_and_usernames_are_unique() {
    let server = Server::new().await;
    server.user("jane@example.com").await;
    server.user("bob@example.com").await;
    server
        .ok("PUT", "/v0/users/1", json!({"username": "jane"}))
        .await;
    let message = server
        .refused(
            400,
            "POST",
            "/v0/users",
            json!({"email": "JANE@example.com"}),
        )
        .await;
    assert_eq!(message, "email is already in use");
    server
        .refused(
            400,
            "PUT",
            "/v0/users/2",
            json!({"email": "jane@EXAMPLE.com"}),
        )
        .await;
    server
        .refused(400, "PUT", "/v0/users/2", json!({"username": "jane"}))
        .await;
    // One's own address in another case is no conflict.
    let own = server
        .ok("PUT", "/v0/users/1", json!({"email": "JANE@example.com"}))
        .await;
    assert_eq!(own["email"], "JANE@example.com");
    // What is given up may be taken.
    let given_up = json!({"email": "j@example.com", "username": null});
    server.ok("PUT", "/v0/users/1", given_up).await;
    let taken = json!({"email": "jane@example.com", "username": "jane"});
    server.ok("PUT", "/v0/users/2", taken).await;
}

#[tokio::test]
async fn create_or_update_goes_by_id() {
    let server = Server::new().await;
    let path = "/v0/users/createOrUpdate";
    let made = server
        .ok("POST", path, json!({"email": "a@example.com"}))
        .await;
    let by_id = server
        .ok("POST", path, json!({"userId": 1, "name": "A"}))
        .await;
    assert_eq!(by_id["name"], "A");
    let by_uuid = json!({"userUuid": made["userUuid"], "name": "B"});
    assert_eq!(server.ok("POST", path, by_uuid).await["userId"], 1);
    let message = server
        .refused(400, "POST", path, json!({"name": "C"}))
        .await;
    assert_eq!(message, "email is required");
    server
        .refused(404, "POST", path, json!({"userId": 9, "name": "C"}))
        .await;
    server
        .refused(400, "POST", path, json!({"userId": true}))
        .await;
}

#[tokio::test]
async fn tenants_are_created_read_updated_listed_and_deleted() {
    let server = Server::new().await;
    let body = json!({"name": "Acme", "image": "https://i.example/a.png", "data": {"seats": 5}});
    let tenant = server.ok("POST", "/v0/tenants", body).await;
    let id = tenant["tenantId"].as_str().unwrap();
    assert_eq!(id.len(), 8);
    let roles = [
        "admin",
        "author",
        "contributor",
        "editor",
        "member",
        "owner",
        "subscriber",
        "support",
        "viewer",
    ];
    let roles = roles.map(|name| json!({"name": name}));
    let nothing = json!({"totalCount": 0, "totalPages": 0, "results": []});
    let expected = json!({
        "tenantId": id, "name": "Acme", "image": "https://i.example/a.png", "data": {"seats": 5},
        "type": "basic", "roles": roles, "children": nothing,
        "parent": {"tenantId": HOME, "name": "Demo", "image": null},
        "descendantCount": {"descendants": 0, "children": 0, "basic": 0, "multiuser": 0, "enterprise": 0},
    });
    assert_eq!(tenant, expected);
    let path = format!("/v0/tenants/{id}");
    assert_eq!(server.ok("GET", &path, Value::Null).await, expected);
    let other = server.tenant("Acme").await;
    assert_ne!(other, id, "names are not unique");
    let changed = server
        .ok("PUT", &path, json!({"name": "Acme Inc.", "image": null}))
        .await;
    assert_eq!(changed["name"], "Acme Inc.");
    assert_eq!(changed["data"], json!({"seats": 5}));

    let home_path = format!("/v0/tenants/{HOME}");
    let home = server.ok("GET", &home_path, Value::Null).await;
    assert_eq!(home["parent"]["tenantId"], "unknown0");
    assert_eq!(home["children"]["totalCount"], 2);
    assert_eq!(home["children"]["totalPages"], 1);
    let order = json!({"order": "name_DESC"});
    let found = server
        .ok("POST", &format!("{home_path}/tenants/find"), order)
        .await;
    assert_eq!(found["totalCount"], 2);
    assert_eq!(found["results"][0]["name"], "Acme Inc.");
    assert_eq!(found["results"][1]["tenantId"], *other);
    let none = server
        .ok("POST", &format!("{path}/tenants/find"), json!({}))
        .await;
    assert_eq!(none["results"], json!([]));

    server.refused(400, "DELETE", &home_path, Value::Null).await;
    server
        .refused(400, "POST", "/v0/tenants", json!({"image": "x"}))
        .await;
    assert_eq!(
        server.ok("DELETE", &path, Value::Null).await,
        json!({"message": "OK"})
    );
    for (method, path) in [
        ("GET", path.clone()),
        ("PUT", path.clone()),
        ("DELETE", path.clone()),
        ("GET", format!("{path}/roles")),
        ("POST", format!("{path}/tenants/find")),
    ] {
        server.refused(404, method, &path, json!({})).await;
    }
}

#[tokio::test]
async fn roles_are_set_listed_and_go_with_their_tenant() {
    let server = Server::new().await;
    server.user("jane@example.com").await;
    let tenant = server.tenant("Acme").await;
    let in_tenant = format!("/v0/tenants/{tenant}/users/1/roles");
    for method in ["PUT", "POST"] {
        let roles = json!({"roles": ["admin", "member", "admin"]});
        server.ok(method, "/v0/users/1/roles", roles).await;
        let user = server
            .ok(method, &in_tenant, json!({"roles": ["dean"]}))
            .await;
        let expected = json!({
            HOME: {"tenantId": HOME, "name": "Demo", "roles": ["admin", "member"]},
            tenant.clone(): {"tenantId": tenant, "name": "Acme", "roles": ["dean"]},
        });
        assert_eq!(user["authorization"], expected);
    }
    let own = server
        .ok("GET", &format!("/v0/tenants/{tenant}/roles"), Value::Null)
        .await;
    assert_eq!(own["totalCount"], 10);
    assert_eq!(own["results"][9], json!({"name": "dean"}));
    let all = server.ok("GET", "/v0/roles", Value::Null).await;
    assert_eq!(
        (&all["totalCount"], &all["totalPages"]),
        (&json!(9), &json!(1))
    );

    // A name that both lists have is listed once.
    server
        .ok("PUT", "/v0/users/1/roles", json!({"roles": ["dean"]}))
        .await;
    let list = format!("/v0/tenants/{tenant}/roles");
    let again = server.ok("GET", &list, Value::Null).await;
    assert_eq!(again["totalCount"], 10);
    let bare = server
        .ok("PUT", "/v0/users/1/roles", json!({"roles": []}))
        .await;
    assert!(bare["authorization"].get(HOME).is_none());
    server
        .ok("DELETE", &format!("/v0/tenants/{tenant}"), Value::Null)
        .await;
    let user = server.ok("GET", "/v0/users/1", Value::Null).await;
    assert_eq!(user["authorization"], json!({}));
    server
        .refused(404, "PUT", &in_tenant, json!({"roles": ["admin"]}))
        .await;
    for roles in [
        json!({}),
        json!({"roles": "admin"}),
        json!({"roles": [1]}),
        json!({"roles": [""]}),
    ] {
        server.refused(400, "PUT", "/v0/users/1/roles", roles).await;
    }
}

#[tokio::test]
async fn invitations_make_users_and_are_recorded() {
    let server = Server::new().await;
    let tenant = server.tenant("Acme").await;
    let first = json!({"email": "a@example.com", "name": "A", "options": {"duration": "2 days"}});
    server.ok("POST", "/v0/users/invite", first).await;
    let again = json!({"email": "A@example.com", "name": "B", "roles": ["member"],
        "options": {"type": "reset"}});
    let kept = server.ok("POST", "/v0/roles/invite", again).await;
    assert_eq!(kept["name"], "A");
    assert_eq!(kept["authorization"][HOME]["roles"], json!(["member"]));
    let path = format!("/v0/tenants/{tenant}/roles/invite");
    for role in ["viewer", "admin"] {
        let body = json!({"email": "b@example.com", "roles": [role]});
        server.ok("POST", &path, body).await;
    }
    let user = server.ok("GET", "/v0/users/2", Value::Null).await;
    assert_eq!(
        user["authorization"][&tenant]["roles"],
        json!(["viewer", "admin"])
    );

    let response = server
        .request("GET", "/_emulator/invitations?mode=test")
        .send()
        .await;
    let (_, list) = answer(response.unwrap()).await;
    let shown: Vec<_> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["type"].as_str().unwrap(),
                it["duration"].as_str().unwrap(),
                it["userId"].as_u64().unwrap(),
            )
        })
        .collect();
    let expected = [
        ("welcome", "2 days", 1),
        ("reset", "1 hour", 1),
        ("welcome", "3 days", 2),
        ("welcome", "3 days", 2),
    ];
    assert_eq!(shown, expected);
    assert_eq!(list[2]["tenantId"], *tenant);

    let bodies = [
        json!({}),
        json!({"email": "c@example.com", "options": {"type": "hello"}}),
        json!({"email": "c@example.com", "options": {"duration": "9 seconds"}}),
        json!({"email": "c@example.com", "options": 5}),
    ];
    for body in bodies {
        server.refused(400, "POST", "/v0/users/invite", body).await;
    }
    server
        .refused(
            400,
            "POST",
            "/v0/roles/invite",
            json!({"email": "c@example.com"}),
        )
        .await;
    let nowhere = json!({"email": "c@example.com", "roles": ["admin"]});
    server
        .refused(404, "POST", "/v0/tenants/nowhere0/roles/invite", nowhere)
        .await;
    assert_eq!(
        server.running.state().test.users.len(),
        2,
        "a refusal changes nothing"
    );
}

#[tokio::test]
async fn a_readonly_key_reads_and_searches() {
    let server = Server::new().await;
    server.user("jane@example.com").await;
    let tenant = server.tenant("Acme").await;
    let key = server.running.keys().test_readonly;
    assert_eq!(key, "uf_test_readonly_demo1234_emulator");
    let table = [
        (403, "POST", "/v0/users"),
        (200, "GET", "/v0/users/1"),
        (403, "PUT", "/v0/users/1"),
        (403, "DELETE", "/v0/users/1"),
        (200, "POST", "/v0/users/find"),
        (403, "POST", "/v0/users/invite"),
        (403, "POST", "/v0/users/createOrUpdate"),
        (403, "POST", "/v0/users/1/active"),
        (403, "POST", "/v0/tenants"),
        (200, "GET", "/v0/tenants/T"),
        (403, "PUT", "/v0/tenants/T"),
        (403, "DELETE", "/v0/tenants/T"),
        (200, "POST", "/v0/tenants/T/tenants/find"),
        (200, "GET", "/v0/roles"),
        (403, "PUT", "/v0/users/1/roles"),
        (403, "POST", "/v0/roles/invite"),
        (200, "GET", "/v0/tenants/T/roles"),
        (403, "PUT", "/v0/tenants/T/users/1/roles"),
        (403, "POST", "/v0/tenants/T/roles/invite"),
    ];
    for (status, method, path) in table {
        let path = path.replace("/T", &format!("/{tenant}"));
        let (got, _) = server.with_key(&key, method, &path, json!({})).await;
        assert_eq!(got, status, "{method} {path}");
        let (got, _) = server
            .with_key("uf_test_admin_other", method, &path, json!({}))
            .await;
        assert_eq!(got, 401, "{method} {path}");
        let (got, _) = answer(server.request(method, &path).send().await.unwrap()).await;
        assert_eq!(got, 401, "{method} {path}");
    }
}

#[tokio::test]
async fn the_modes_are_apart() {
    let server = Server::new().await;
    let keys = server.running.keys();
    let test = server.user("jane@example.com").await;
    let body = json!({"email": "jane@example.com"});
    let live = server
        .with_key(&keys.live_admin, "POST", "/v0/users", body)
        .await
        .1;
    assert_eq!(
        (&live["mode"], &live["userId"]),
        (&json!("live"), &json!(1))
    );
    assert_ne!(live["userUuid"], test["userUuid"]);
    server.ok("DELETE", "/v0/users/1", Value::Null).await;
    let (status, _) = server
        .with_key(&keys.live_readonly, "GET", "/v0/users/1", Value::Null)
        .await;
    assert_eq!(status, 200);
    let state = server.running.state();
    assert_eq!((state.test.users.len(), state.live.users.len()), (0, 1));
}
