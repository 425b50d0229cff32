//! What the reference leaves open, both ways.

use super::support::{HOME, Server};
use clap::ValueEnum;
use serde_json::{Value, json};
use std::num::NonZeroUsize;
use ufsync::emulator::switches::{
    DataUpdate, DeleteAbsent, EmailCase, ExistingEmail, PastEnd, RetryAfter, SearchCase, Switches,
    TenantsFind, UnknownRoles, Updates, UserAuthorization, UuidPaths,
};

#[tokio::test]
async fn existing_email() {
    let body = json!({"email": "JANE@example.com", "name": "Jane"});
    for (existing_email, status) in [(ExistingEmail::Refuse, 400), (ExistingEmail::Update, 200)] {
        let server = Server::with(Switches {
            existing_email,
            ..Switches::default()
        })
        .await;
        server.user("jane@example.com").await;
        let (got, answer) = server
            .call("POST", "/v0/users/createOrUpdate", body.clone())
            .await;
        assert_eq!(got, status, "{answer}");
        assert_eq!(server.running.state().test.users.len(), 1);
        server.refused(400, "POST", "/v0/users", body.clone()).await;
    }
}

#[tokio::test]
async fn data() {
    let table = [
        (DataUpdate::Replace, json!({"b": null, "c": {"y": 2}})),
        (DataUpdate::Merge, json!({"a": 1, "c": {"y": 2}})),
    ];
    for (data, expected) in table {
        let server = Server::with(Switches {
            data,
            ..Switches::default()
        })
        .await;
        let first = json!({"a": 1, "b": 2, "c": {"x": 1}});
        let second = json!({"data": {"b": null, "c": {"y": 2}}});
        let user = json!({"email": "jane@example.com", "data": first});
        server.ok("POST", "/v0/users", user).await;
        let user = server.ok("PUT", "/v0/users/1", second.clone()).await;
        assert_eq!(user["data"], expected);
        let tenant = json!({"name": "Acme", "data": first});
        let tenant = server.ok("POST", "/v0/tenants", tenant).await;
        let path = format!("/v0/tenants/{}", tenant["tenantId"].as_str().unwrap());
        assert_eq!(server.ok("PUT", &path, second).await["data"], expected);
        let cleared = server.ok("PUT", &path, json!({"data": null})).await;
        assert_eq!(cleared["data"], json!({}));
    }
}

#[tokio::test]
async fn email_case() {
    let table = [
        (EmailCase::Keep, "Jane@Example.com"),
        (EmailCase::Lower, "jane@example.com"),
    ];
    for (email_case, stored) in table {
        let server = Server::with(Switches {
            email_case,
            ..Switches::default()
        })
        .await;
        assert_eq!(server.user("Jane@Example.com").await["email"], stored);
    }
}

#[tokio::test]
async fn search_case() {
    for (search_case, found) in [(SearchCase::Ignore, 1), (SearchCase::Sensitive, 0)] {
        let server = Server::with(Switches {
            search_case,
            ..Switches::default()
        })
        .await;
        server.user("Jane@Example.com").await;
        let tests = [
            ("is", "Jane@Example.com"),
            ("starts with", "Jane@"),
            ("ends with", "@Example.com"),
        ];
        for (comparison, text) in tests {
            let find = async |text: String| {
                let filter = json!({"attr": "email", "type": "string", "comparison": comparison, "value": text});
                let body = json!({"filters": {"filters": [filter]}});
                server.ok("POST", "/v0/users/find", body).await["totalCount"].clone()
            };
            assert_eq!(find(text.to_owned()).await, 1, "{comparison}");
            assert_eq!(find(text.to_lowercase()).await, found, "{comparison}");
        }
    }
}

#[tokio::test]
async fn unknown_roles() {
    for (unknown_roles, status) in [(UnknownRoles::Create, 200), (UnknownRoles::Refuse, 400)] {
        let server = Server::with(Switches {
            unknown_roles,
            ..Switches::default()
        })
        .await;
        server.user("jane@example.com").await;
        let (got, _) = server
            .call("PUT", "/v0/users/1/roles", json!({"roles": ["dean"]}))
            .await;
        assert_eq!(got, status);
        let invite = json!({"email": "bob@example.com", "roles": ["tutor"]});
        assert_eq!(
            server.call("POST", "/v0/roles/invite", invite).await.0,
            status
        );
        let roles = server.ok("GET", "/v0/roles", Value::Null).await;
        assert_eq!(roles["totalCount"], if status == 200 { 11 } else { 9 });
        let users = server.running.state().test.users.len();
        assert_eq!(users, if status == 200 { 2 } else { 1 });
    }
}

#[tokio::test]
async fn tenants_find() {
    for (tenants_find, status) in [(TenantsFind::On, 200), (TenantsFind::Off, 404)] {
        let server = Server::with(Switches {
            tenants_find,
            ..Switches::default()
        })
        .await;
        let path = format!("/v0/tenants/{HOME}/tenants/find");
        assert_eq!(server.call("POST", &path, json!({})).await.0, status);
    }
}

#[tokio::test]
async fn user_authorization() {
    for (user_authorization, scopes) in [(UserAuthorization::Full, 2), (UserAuthorization::Own, 1)]
    {
        let server = Server::with(Switches {
            user_authorization,
            ..Switches::default()
        })
        .await;
        server.user("jane@example.com").await;
        let tenant = server.tenant("Acme").await;
        server
            .ok("PUT", "/v0/users/1/roles", json!({"roles": ["admin"]}))
            .await;
        let path = format!("/v0/tenants/{tenant}/users/1/roles");
        let user = server.ok("PUT", &path, json!({"roles": ["viewer"]})).await;
        let shown = user["authorization"].as_object().unwrap();
        assert_eq!(shown.len(), scopes);
        assert!(shown.contains_key(HOME));
    }
}

#[tokio::test]
async fn delete_absent() {
    for (delete_absent, status) in [(DeleteAbsent::NotFound, 404), (DeleteAbsent::Ok, 200)] {
        let server = Server::with(Switches {
            delete_absent,
            ..Switches::default()
        })
        .await;
        for path in ["/v0/users/7", "/v0/tenants/gone0000"] {
            assert_eq!(
                server.call("DELETE", path, Value::Null).await.0,
                status,
                "{path}"
            );
        }
    }
}

#[tokio::test]
async fn uuid_paths() {
    for (uuid_paths, status) in [(UuidPaths::All, 200), (UuidPaths::Read, 404)] {
        let server = Server::with(Switches {
            uuid_paths,
            ..Switches::default()
        })
        .await;
        let tenant = server.tenant("Acme").await;
        let user = server.user("jane@example.com").await;
        let by_number = format!("/v0/users/{}", user["userId"]);
        let by_uuid = format!("/v0/users/{}", user["userUuid"].as_str().unwrap());
        let in_tenant = format!("/v0/tenants/{tenant}{}/roles", &by_uuid[3..]);
        let same = server.ok("GET", &by_uuid, Value::Null).await;
        assert_eq!(same, server.ok("GET", &by_number, Value::Null).await);
        let calls = [
            ("PUT", by_uuid.clone(), json!({"name": "Jane"})),
            ("POST", format!("{by_uuid}/active"), Value::Null),
            (
                "PUT",
                format!("{by_uuid}/roles"),
                json!({"roles": ["admin"]}),
            ),
            ("PUT", in_tenant, json!({"roles": ["viewer"]})),
            ("DELETE", by_uuid, Value::Null),
        ];
        for (method, path, body) in calls {
            let (got, answer) = server.call(method, &path, body).await;
            assert_eq!(got, status, "{method} {path}: {answer}");
        }
        let (left, _) = server.call("GET", &by_number, Value::Null).await;
        assert_eq!(left, if status == 200 { 404 } else { 200 });
        // In a body it is not a path.
        let body = json!({"userUuid": user["userUuid"], "name": "Jane"});
        let (got, _) = server.call("POST", "/v0/users/createOrUpdate", body).await;
        assert_eq!(got, left);
    }
}

#[tokio::test]
async fn updates() {
    for (updates, kept) in [(Updates::Atomic, 2), (Updates::Slow, 1)] {
        let server = Server::with(Switches {
            updates,
            ..Switches::default()
        })
        .await;
        server.user("jane@example.com").await;
        let (one, two) = (server.tenant("Acme").await, server.tenant("Beta").await);
        let set = async |tenant: &str| {
            let path = format!("/v0/tenants/{tenant}/users/1/roles");
            server.ok("PUT", &path, json!({"roles": ["viewer"]})).await
        };
        tokio::join!(set(&one), set(&two));
        assert_eq!(server.running.state().test.users[0].roles.len(), kept);
        // One after the other, none is lost.
        set(&one).await;
        set(&two).await;
        assert_eq!(server.running.state().test.users[0].roles.len(), 2);
    }
}

#[tokio::test]
async fn a_slow_update_that_is_refused_changes_nothing() {
    let server = Server::with(Switches {
        updates: Updates::Slow,
        ..Switches::default()
    })
    .await;
    server.user("jane@example.com").await;
    server.user("bob@example.com").await;
    let taken = server.call("PUT", "/v0/users/1", json!({"email": "bob@example.com"}));
    let renamed = server.call("PUT", "/v0/users/1", json!({"username": "jane"}));
    let ((refused, _), (done, _)) = tokio::join!(taken, renamed);
    assert_eq!((refused, done), (400, 200));
    let jane = server.ok("GET", "/v0/users/1", Value::Null).await;
    assert_eq!(jane["email"], "jane@example.com");
    assert_eq!(jane["username"], "jane");
    server.ok("DELETE", "/v0/users/1", Value::Null).await;
    // Neither index still knows the deleted user.
    server.user("jane@example.com").await;
}

#[tokio::test]
async fn past_end() {
    for (past_end, status) in [(PastEnd::Empty, 200), (PastEnd::NotFound, 404)] {
        let server = Server::with(Switches {
            past_end,
            ..Switches::default()
        })
        .await;
        let find = async |page: usize| {
            server
                .call("POST", "/v0/users/find", json!({"page": page}))
                .await
        };
        assert_eq!(find(1).await.0, 200);
        server.user("jane@example.com").await;
        assert_eq!(find(1).await.0, 200);
        let (got, answer) = find(2).await;
        assert_eq!(got, status);
        if got == 200 {
            assert_eq!(
                (&answer["results"], &answer["totalCount"]),
                (&json!([]), &json!(1))
            );
        }
    }
}

#[tokio::test]
async fn find_limit() {
    let mail =
        json!({"attr": "email", "type": "string", "comparison": "is", "value": "jane@example.com"});
    let name = json!({"attr": "name", "type": "string", "comparison": "is", "value": "Acme"});
    let group =
        |filter: &Value, count| json!({"conjunction": "or", "filters": vec![filter; count]});
    let tenants = format!("/v0/tenants/{HOME}/tenants/find");
    for (limit, length, status) in [(None, 500, 200), (Some(7), 6, 200), (Some(7), 8, 400)] {
        let server = Server::with(Switches {
            find_limit: limit.and_then(NonZeroUsize::new),
            ..Switches::default()
        })
        .await;
        server.user("jane@example.com").await;
        for (path, filter) in [("/v0/users/find", &mail), (tenants.as_str(), &name)] {
            // All conditions count, in whichever group they are.
            let groups = json!([
                group(filter, length / 2),
                group(filter, length - length / 2)
            ]);
            let body = json!({"filters": {"conjunction": "and", "filterGroups": groups}});
            let (got, answer) = server.call("POST", path, body).await;
            assert_eq!(got, status, "{answer}");
        }
    }
}

/// The names on the command line, the default first.
fn names<T: ValueEnum + Default + PartialEq>() -> String {
    let values = T::value_variants();
    assert!(values[0] == T::default());
    let names = values.iter().map(|it| it.to_possible_value().unwrap());
    let names: Vec<String> = names.map(|it| it.get_name().to_owned()).collect();
    names.join(" ")
}

#[test]
fn values_are_named_as_documented() {
    assert_eq!(names::<ExistingEmail>(), "refuse update");
    assert_eq!(names::<DataUpdate>(), "replace merge");
    assert_eq!(names::<EmailCase>(), "keep lower");
    assert_eq!(names::<SearchCase>(), "ignore sensitive");
    assert_eq!(names::<UnknownRoles>(), "create refuse");
    assert_eq!(names::<TenantsFind>(), "on off");
    assert_eq!(names::<RetryAfter>(), "seconds date none");
    assert_eq!(names::<UserAuthorization>(), "full own");
    assert_eq!(names::<DeleteAbsent>(), "404 200");
    assert_eq!(names::<PastEnd>(), "empty 404");
    assert_eq!(names::<UuidPaths>(), "all read");
    assert_eq!(names::<Updates>(), "atomic slow");
}
