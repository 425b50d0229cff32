//! What no client should send: always an answer, always in Userfront's form.

use super::support::{Server, answer};
use serde_json::{Value, json};

#[tokio::test]
async fn bodies_are_checked() {
    let server = Server::new().await;
    server.user("jane@example.com").await;
    let fields = [
        json!({"email": 5}),
        json!({"email": null}),
        json!({"email": "not an address"}),
        json!({"username": 5}),
        json!({"username": ""}),
        json!({"name": ["x"]}),
        json!({"image": 5}),
        json!({"phoneNumber": 5}),
        json!({"locked": "yes"}),
        json!({"locked": null}),
        json!({"data": []}),
        json!({"data": "x"}),
    ];
    for field in fields {
        server
            .refused(400, "PUT", "/v0/users/1", field.clone())
            .await;
        let mut body = json!({"email": "bob@example.com"});
        for (name, value) in field.as_object().unwrap() {
            body[name] = value.clone();
        }
        server.refused(400, "POST", "/v0/users", body).await;
    }
    let message = server.refused(400, "POST", "/v0/users", json!({})).await;
    assert_eq!(message, "email is required");
    for body in [
        json!({"name": 5}),
        json!({"name": ""}),
        json!({"name": "A", "data": 1}),
    ] {
        server.refused(400, "POST", "/v0/tenants", body).await;
    }
    assert_eq!(server.running.state().test.users.len(), 1);
}

#[tokio::test]
async fn text_that_is_no_json_object_is_refused() {
    let server = Server::new().await;
    let key = server.running.keys().test_admin;
    let deep = format!("{{\"data\":{}", "[".repeat(100_000));
    for text in [
        "{",
        "[]",
        "5",
        "\"x\"",
        "null",
        "{\"email\":}",
        "\u{0}",
        deep.as_str(),
    ] {
        for (method, path) in [
            ("POST", "/v0/users"),
            ("POST", "/v0/users/find"),
            ("PUT", "/v0/users/1"),
        ] {
            let request = server
                .request(method, path)
                .bearer_auth(&key)
                .body(text.to_owned());
            let (status, _) = answer(request.send().await.unwrap()).await;
            assert_eq!(status, 400, "{method} {path} {text:.9}");
        }
    }
    let bytes = server
        .request("POST", "/v0/users")
        .bearer_auth(&key)
        .body(vec![0xff, 0xfe]);
    assert_eq!(answer(bytes.send().await.unwrap()).await.0, 400);
    for size in [1 << 20, 5 << 20] {
        let large = json!({"email": "jane@example.com", "name": "x".repeat(size)});
        server.refused(413, "POST", "/v0/users", large).await;
    }
    let empty = server.request("POST", "/v0/users/find").bearer_auth(&key);
    assert_eq!(answer(empty.send().await.unwrap()).await.0, 200);
}

#[tokio::test]
async fn paths_and_methods_are_checked() {
    let server = Server::new().await;
    let table = [
        (404, "GET", "/"),
        (404, "GET", "/v0"),
        (404, "GET", "/v0/userz"),
        (404, "GET", "/v0/tenants/nowhere0"),
        (404, "GET", "/v0/tenants/%2F"),
        (400, "GET", "/v0/tenants/%ff"),
        (400, "GET", "/v0/users/jane"),
        (400, "GET", "/v0/users/-1"),
        (400, "GET", "/v0/users/99999999999999999999999"),
        (404, "GET", "/v0/users/9999999999"),
        (404, "POST", "/_emulator/nothing"),
        (400, "GET", "/_emulator/state?mode=other"),
    ];
    for (status, method, path) in table {
        server.refused(status, method, path, json!({})).await;
    }
    let wrong = [
        ("DELETE", "/v0/users", "GET,HEAD,POST"),
        ("GET", "/v0/users/find", "POST"),
        ("PATCH", "/v0/users/1", "GET,HEAD,PUT,DELETE"),
        ("POST", "/v0/roles", "GET,HEAD"),
        ("GET", "/_emulator/reset", "POST"),
    ];
    for (method, path, allowed) in wrong {
        let response = server.request(method, path).send().await.unwrap();
        assert_eq!(response.headers()["allow"], allowed, "{method} {path}");
        assert_eq!(answer(response).await.0, 405, "{method} {path}");
    }
    let other_scheme = server
        .request("GET", "/v0/roles")
        .header("authorization", "Basic eA==");
    assert_eq!(answer(other_scheme.send().await.unwrap()).await.0, 401);
    let lower = format!("bearer {}", server.running.keys().test_readonly);
    let lower = server
        .request("GET", "/v0/roles")
        .header("authorization", lower);
    assert_eq!(answer(lower.send().await.unwrap()).await.0, 200);
    let roles = server.ok("GET", "/v0/roles?unheard=of", Value::Null).await;
    assert_eq!(roles["totalCount"], 9);
}
