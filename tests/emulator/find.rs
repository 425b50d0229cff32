//! Searches: every comparison, orders, pages, and what is refused.

use super::support::{HOME, Server};
use serde_json::{Value, json};
use ufsync::emulator::{Options, State};

async fn people() -> Server {
    let users = json!([
        {"email": "Ann@example.com", "username": "ann", "name": "Ann", "locked": true,
         "createdAt": "2024-01-01T00:00:00Z", "lastActiveAt": "2024-06-01T00:00:00Z",
         "data": {"plan": "pro", "seats": 5, "beta": true, "tags": ["a", "b"], "deep": {"x": "y"},
                  "since": "2024-03-01"},
         "roles": {HOME: ["admin"], "acme0000": ["viewer", "owner"]}},
        {"email": "bob@example.org", "name": "Bob", "createdAt": "2024-02-01T00:00:00Z",
         "data": {"plan": "free", "seats": 2, "tags": []}, "roles": {"acme0000": ["viewer"]}},
        {"email": "cy@example.com", "name": "Ann", "createdAt": "2024-03-01T00:00:00Z",
         "isConfirmed": true, "data": {"seats": 9, "tags": ["b"]}},
    ]);
    let tenants = json!([{"tenantId": "acme0000", "name": "Acme"}]);
    let state = json!({"users": users, "tenants": tenants});
    Server::seeded(Options::default(), state).await
}

/// The ids that a search finds.
async fn ids(server: &Server, body: Value) -> Vec<u64> {
    let found = server.ok("POST", "/v0/users/find", body.clone()).await;
    let results = found["results"].as_array().unwrap();
    assert_eq!(found["totalCount"], found["meta"]["totalCount"], "{body}");
    assert_eq!(found["meta"]["count"], results.len(), "{body}");
    results
        .iter()
        .map(|user| user["userId"].as_u64().unwrap())
        .collect()
}

fn filter(attr: &str, kind: &str, comparison: &str, value: impl Into<Value>) -> Value {
    let value: Value = value.into();
    json!({"attr": attr, "type": kind, "comparison": comparison, "value": value})
}

fn groups(conjunction: &str, filters: &[Value]) -> Value {
    json!({"filters": {"conjunction": "and", "filterGroups": [
        {"conjunction": conjunction, "filters": filters}]}})
}

#[tokio::test]
async fn every_comparison() {
    let server = people().await;
    let uuid = server.ok("GET", "/v0/users/2", Value::Null).await["userUuid"].clone();
    let table: Vec<(&str, &str, &str, Value, &[u64])> = vec![
        ("email", "string", "is", json!("ANN@EXAMPLE.COM"), &[1]),
        ("email", "string", "is", json!("nobody@example.com"), &[]),
        ("email", "string", "ends with", json!(".COM"), &[1, 3]),
        ("username", "string", "is", json!("ann"), &[1]),
        ("username", "string", "is", json!("Ann"), &[]),
        ("username", "string", "is unknown", Value::Null, &[2, 3]),
        ("username", "string", "has any value", Value::Null, &[1]),
        ("userUuid", "string", "is", uuid, &[2]),
        ("name", "string", "is", json!("Ann"), &[1, 3]),
        ("name", "string", "contains", json!("n"), &[1, 3]),
        ("name", "string", "does not contain", json!("n"), &[2]),
        ("name", "string", "starts with", json!("B"), &[2]),
        ("data.plan", "string", "is", json!("pro"), &[1]),
        (
            "data.plan",
            "string",
            "does not contain",
            json!("pro"),
            &[2, 3],
        ),
        ("data.deep.x", "string", "is", json!("y"), &[1]),
        ("locked", "boolean", "is", json!(true), &[1]),
        ("locked", "boolean", "is not", json!(true), &[2, 3]),
        ("isConfirmed", "boolean", "is", json!(true), &[3]),
        ("data.beta", "boolean", "is", json!(true), &[1]),
        (
            "createdAt",
            "date",
            "before",
            json!("2024-02-01T00:00:00.000Z"),
            &[1],
        ),
        ("createdAt", "date", "after", json!("2024-02-01"), &[3]),
        (
            "createdAt",
            "date",
            "between",
            json!(["2024-01-15", "2024-03-01"]),
            &[2, 3],
        ),
        ("createdAt", "date", "more than", json!(30), &[1, 2, 3]),
        ("createdAt", "date", "less than", json!(30), &[]),
        ("updatedAt", "date", "less than", json!(30), &[]),
        ("lastActiveAt", "date", "more than", json!(1), &[1]),
        ("lastActiveAt", "string", "is unknown", Value::Null, &[2, 3]),
        ("data.since", "date", "after", json!("2024-02-01"), &[1]),
        ("userId", "number", "is", json!(2), &[2]),
        ("userId", "number", "more than", json!(1), &[2, 3]),
        ("data.seats", "number", "less than", json!(5.5), &[1, 2]),
        ("data.tags", "array", "contains", json!("b"), &[1, 3]),
        ("data.tags", "array", "contains", json!(["a", "b"]), &[1]),
        (
            "data.tags",
            "array",
            "does not contain",
            json!("a"),
            &[2, 3],
        ),
        ("data.tags", "array", "any", json!(["a", "z"]), &[1]),
        ("data.tags", "array", "any", Value::Null, &[1, 3]),
        (
            "role",
            "array",
            "contains",
            json!(format!("{HOME}:admin")),
            &[1],
        ),
        ("role", "string", "is", json!("acme0000"), &[1, 2]),
        ("role", "string", "is", json!("acme0000:owner"), &[1]),
        ("role", "string", "is", json!("nowhere0"), &[]),
        ("tenantId", "string", "is", json!(HOME), &[1, 2, 3]),
    ];
    for (attr, kind, comparison, value, expected) in table {
        let wanted = filter(attr, kind, comparison, value);
        let found = ids(&server, groups("and", std::slice::from_ref(&wanted))).await;
        assert_eq!(found, expected, "{wanted}");
        // The same must come out where no index can help.
        let always = filter("mode", "string", "is", json!("test"));
        let found = ids(&server, groups("and", &[wanted.clone(), always])).await;
        assert_eq!(found, expected, "{wanted}");
        let never = filter("name", "string", "is", json!("Nobody"));
        let found = ids(&server, groups("or", &[never, wanted.clone()])).await;
        assert_eq!(found, expected, "{wanted}");
    }
    server.ok("POST", "/v0/users/3/active", json!({})).await;
    let recent = filter("lastActiveAt", "date", "less than", json!(1));
    assert_eq!(ids(&server, groups("and", &[recent])).await, [3]);
}

#[tokio::test]
async fn conjunctions_and_orders() {
    let server = people().await;
    let email = |it: &str| filter("email", "string", "is", json!(it));
    let many = groups(
        "or",
        &[
            email("cy@example.com"),
            email("none@x.org"),
            email("ann@example.com"),
        ],
    );
    assert_eq!(ids(&server, many).await, [1, 3]);
    let both = groups("and", &[email("cy@example.com"), email("ann@example.com")]);
    assert_eq!(ids(&server, both).await, [0; 0]);
    let seats = filter("data.seats", "number", "more than", json!(2));
    let nested = json!({"order": "name_DESC", "filters": {"conjunction": "and", "filterGroups": [
        {"conjunction": "or", "filters": [email("bob@example.org"), email("ann@example.com")]},
        {"conjunction": "or", "filters": [seats]}]}});
    assert_eq!(ids(&server, nested).await, [1]);
    let orders: [(&str, [u64; 3]); 10] = [
        ("userId_ASC", [1, 2, 3]),
        ("userId_DESC", [3, 2, 1]),
        ("email_ASC", [1, 2, 3]),
        ("name_ASC", [1, 3, 2]),
        ("name_DESC", [2, 1, 3]),
        ("createdAt_DESC", [3, 2, 1]),
        ("lastActiveAt_ASC", [1, 2, 3]),
        ("lastActiveAt_DESC", [2, 3, 1]),
        ("tenantId_ASC", [1, 2, 3]),
        ("data.seats_ASC", [2, 1, 3]),
    ];
    for (order, expected) in orders {
        assert_eq!(
            ids(&server, json!({"order": order})).await,
            expected,
            "{order}"
        );
    }
}

#[tokio::test]
async fn pages_hold_everybody_once() {
    for order in ["userId_ASC", "userId_DESC", "name_ASC", "email_DESC"] {
        for filters in [
            Value::Null,
            groups("and", &[filter("userId", "number", "more than", json!(0))])["filters"].clone(),
        ] {
            let options = Options {
                page_size: 100,
                ..Options::default()
            };
            let server = Server::start(options, State::generate(HOME, 1234, 5, 7)).await;
            for gone in [1, 600, 601, 1234] {
                server
                    .ok("DELETE", &format!("/v0/users/{gone}"), Value::Null)
                    .await;
            }
            let mut seen = Vec::new();
            for page in 1..=13 {
                let body = json!({"order": order, "page": page, "filters": filters});
                let found = server.ok("POST", "/v0/users/find", body).await;
                let meta = &found["meta"];
                assert_eq!(meta["totalPages"], 13);
                assert_eq!(
                    meta["next"],
                    if page < 13 {
                        json!(page + 1)
                    } else {
                        Value::Null
                    }
                );
                assert_eq!(
                    meta["previous"],
                    if page > 1 {
                        json!(page - 1)
                    } else {
                        Value::Null
                    }
                );
                let results = found["results"].as_array().unwrap();
                seen.extend(results.iter().map(|user| user["userId"].as_u64().unwrap()));
            }
            assert_eq!(seen.len(), 1230, "{order}");
            seen.sort_unstable();
            seen.dedup();
            assert_eq!(seen.len(), 1230, "{order}");
        }
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let server = people().await;
    let bad_filters = [
        filter("email", "string", "resembles", json!("x")),
        filter("email", "string", "is", json!(5)),
        filter("email", "text", "is", json!("x")),
        filter("email", "number", "is", json!(5)),
        filter("shoeSize", "number", "is", json!(5)),
        filter("locked", "boolean", "is", json!("yes")),
        filter("locked", "boolean", "contains", json!(true)),
        filter("createdAt", "date", "before", json!("yesterday")),
        filter("createdAt", "date", "between", json!(["2024-01-01"])),
        filter("createdAt", "date", "less than", json!(-1)),
        filter("userId", "number", "is", json!("1")),
        filter("data.tags", "array", "contains", Value::Null),
        filter("role", "string", "starts with", json!("x")),
        filter("role", "string", "is", json!(7)),
        json!({"attr": "email"}),
        json!("email"),
    ];
    let mut bodies: Vec<Value> = bad_filters
        .iter()
        .map(|it| groups("and", std::slice::from_ref(it)))
        .collect();
    bodies.extend([
        json!({"order": "email"}),
        json!({"order": "shoeSize_ASC"}),
        json!({"order": 5}),
        json!({"page": -1}),
        json!({"page": "1"}),
        json!({"page": 1.5}),
        json!({"filters": []}),
        json!({"filters": {"conjunction": "xor", "filterGroups": []}}),
        json!({"filters": {"filterGroups": {}}}),
        json!({"filters": {"filterGroups": [5]}}),
    ]);
    for body in bodies {
        server.refused(400, "POST", "/v0/users/find", body).await;
    }
}
