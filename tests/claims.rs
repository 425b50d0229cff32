//! What a server says of itself, its counts and its searches, is held against what it shows.

use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::Instant;

use serde_json::{Value, json};

use crate::support::Program;
use crate::support::second::{Answer, Asked, HOME, Second, Store};

/// A store with so many users.
fn users(count: usize) -> Store {
    let mut store = Store::default();
    for number in 0..count {
        let user = store.new_user(&format!("user{number}@example.com"));
        store.users.push(user);
    }
    store
}

fn own(store: &mut Store, asked: &Asked<'_>) -> Answer {
    store.answer(asked.method, asked.path, asked.body)
}

/// How many users an export has.
fn exported(server: &Second) -> usize {
    let export = server.program().run(&["export"]).exits(0).stdout;
    export.matches("@example.com").count()
}

#[test]
fn a_list_is_read_to_its_end_whatever_its_counts_say() {
    type Meta = fn(&mut Value, bool);
    let metas: [Meta; 2] = [
        |page, goes_on| page["meta"] = json!({"totalCount": 10, "next": goes_on.then_some("more")}),
        |page, _| page["meta"] = json!({"totalCount": 10}),
    ];
    for meta in metas {
        let server = Second::start(users(30), move |store, asked| {
            if !asked.path.ends_with("/users/find") {
                return None;
            }
            let mut page = own(store, asked).ok()?;
            let number: u64 = asked.body["page"].as_u64().unwrap_or(1);
            page["totalCount"] = json!(10);
            meta(&mut page, number < 10);
            Some(Ok(page))
        });
        assert_eq!(exported(&server), 30);
    }
}

#[test]
fn tenants_are_read_to_the_end_too() {
    let mut store = users(1);
    for number in 0..12 {
        store.tenants.push(
            json!({"tenantId": format!("t{number:07}"), "name": format!("Tenant {number}"),
            "parent": {"tenantId": HOME}, "data": {}, "roles": []}),
        );
    }
    let server = Second::start(store, |store, asked| {
        if !asked.path.ends_with("/tenants/find") {
            return None;
        }
        let mut page = own(store, asked).ok()?;
        let all = page["meta"]["totalPages"].as_u64()?;
        let goes_on = asked.body["page"].as_u64().unwrap_or(1) < all;
        page["totalCount"] = json!(all.min(4));
        page["meta"] = json!({"totalCount": all.min(4), "next": goes_on});
        Some(Ok(page))
    });
    let export = server.program().run(&["export"]).exits(0).stdout;
    assert_eq!(export.matches("name: Tenant").count(), 12, "{export}");
}

#[test]
fn an_order_that_is_refused_is_asked_for_once() {
    let server = Second::start(users(30), |_, _| None);
    assert_eq!(exported(&server), 30);
    let asked = server.store().bodies.clone();
    let refused = asked.iter().filter(|body| body["order"] == "userId_ASC");
    assert_eq!(refused.count(), 1);
}

#[test]
fn a_limit_that_says_503_is_a_limit() {
    let start = Instant::now();
    let bucket = Mutex::new((0.0_f64, 0.0_f64));
    let server = Second::start(users(1), move |_, _| {
        let mut bucket = bucket.lock().unwrap();
        let now = start.elapsed().as_secs_f64();
        let held = (bucket.0 - (now - bucket.1) * 100.0).max(0.0);
        *bucket = (held, now);
        if held >= 10.0 {
            return Some(Err(("503 Service Temporarily Unavailable", "limit")));
        }
        bucket.0 = held + 1.0;
        None
    });
    let program = server.program();
    let entries = (0..60).map(|number| format!("  new{number}@example.com: {{roles: [viewer]}}\n"));
    let entries = entries.collect::<Vec<_>>().concat();
    program.write("ufsync.yaml", &format!("version: 1\nusers:\n{entries}"));
    program
        .run(&["apply", "--yes"])
        .exits(0)
        .says("Applied: 120 calls")
        .done();
}

#[test]
fn a_role_that_all_users_hold_proves_no_search() {
    // Records show the workspace's roles only, all users are members, and every search finds all users.
    let mut store = users(4);
    for user in &mut store.users {
        user["authorization"] = json!({HOME: {"roles": ["member"]}});
    }
    store.tenants.push(json!({"tenantId": "acme0001", "name": "Acme", "parent": {"tenantId": HOME}, "data": {}, "roles": []}));
    let server = Second::start(store, |store, asked| {
        if !asked.path.ends_with("users/find") {
            return None;
        }
        let mut body = asked.body.clone();
        body.as_object_mut()?.remove("filters");
        Some(store.answer(asked.method, asked.path, &body))
    });
    let program = server.program();
    let run = program.run(&["export"]).exits(5);
    assert!(!run.stdout.contains("@example.com"), "{}", run.stdout);
    run.complains("a role that nobody holds finds users").done();
    // Of a plan only those are blocked whose roles in tenants matter.
    program.write(
        "ufsync.yaml",
        "version: 1\nworkspace: demo1234\nmode: test\ntenants: { acme: { name: Acme }, west: { name: West } }\nusers:\n  user0@example.com: { name: Zoe, roles: [member, viewer] }\n  user1@example.com: { name: Eve, tenants: { acme: [viewer] } }\n",
    );
    let run = program.run(&["plan"]).exits(6);
    run.says("+ tenant  west")
        .says("~ user    user0@example.com")
        .says("+ viewer")
        .says("blocked users/user1@example.com")
        .says("a role that nobody holds finds users")
        .says("Blocked: 1 change")
        .done();
    let run = program.run(&["apply", "--yes"]).exits(5);
    run.says("Applied").done();
    let store = server.store();
    assert!(store.tenants.iter().any(|tenant| tenant["name"] == "West"));
    assert!(store.users.iter().all(|user| user["name"] != "Eve"));
}

#[test]
fn an_ending_that_is_read_as_equality_does_not_hide_whom_a_prune_means() {
    let server = Second::start(users(60), |store, asked| {
        if !asked.path.ends_with("users/find") {
            return None;
        }
        let text = asked.body.to_string().replace("ends with", "is");
        let body: Value = serde_json::from_str(&text).ok()?;
        Some(store.answer(asked.method, asked.path, &body))
    });
    let program = server.program();
    program.write(
        "ufsync.yaml",
        "version: 1\nprune: { users: { email: ['*9@example.com'] } }\nguards: { maxDeletes: 50 }\n",
    );
    program.run(&["plan"]).says("6 users to delete").done();
}

#[test]
fn one_record_that_can_t_be_read_alone_stops_nothing_else() {
    type Refuse = fn(&mut Store) -> Answer;
    let refusals: [(&str, Refuse); 3] = [
        ("not found (404)", |_| Err(("404 Not Found", "Not Found"))),
        ("(403)", |_| Err(("403 Forbidden", "not this one"))),
        ("does not contain the roles", |store| {
            let mut user = store.users[1].clone();
            user.as_object_mut().unwrap().remove("authorization");
            Ok(user)
        }),
    ];
    for (reason, refusal) in refusals {
        let server = Second::start(users(3), move |store, asked| {
            let uuid = store.users[1]["userUuid"].as_str()?.to_owned();
            if asked.path.ends_with("users/find") {
                let mut page = own(store, asked).ok()?;
                for user in page["results"].as_array_mut()? {
                    if user["userUuid"] == *uuid {
                        user.as_object_mut()?.remove("authorization");
                    }
                }
                return Some(Ok(page));
            }
            (asked.method == "GET" && asked.path.ends_with(&uuid)).then(|| refusal(store))
        });
        let program = server.program();
        program
            .run(&["access", "--no-manifest"])
            .exits(5)
            .complains(reason)
            .done();
        let run = program.run(&["export"]).exits(5);
        assert_eq!(
            run.stdout.matches("@example.com").count(),
            2,
            "{}",
            run.stdout
        );
        run.complains("user1@example.com").complains(reason).done();
        program.write("ufsync.yaml", "version: 1\nusers: { user0@example.com: { name: Zero }, user1@example.com: { name: One } }\n");
        program.run(&["apply", "--yes"]).exits(5).done();
        assert_eq!(server.store().users[0]["name"], "Zero");
        assert_eq!(server.store().users[1]["name"], "");
    }
}

#[test]
fn a_revocation_is_not_judged_by_a_search_that_finds_everybody() {
    // The records show roles in tenants; a search for a role finds all users.
    let mut store = users(3);
    store.tenants.push(json!({"tenantId": "acme0001", "name": "Acme", "parent": {"tenantId": HOME}, "data": {}, "roles": []}));
    for user in &mut store.users {
        user["authorization"] =
            json!({"acme0001": {"name": "Acme", "roles": ["viewer", "editor"]}});
    }
    let server = Second::start(store, |store, asked| {
        let is_role = asked.body.to_string().contains("\"role\"");
        if !asked.path.ends_with("users/find") || !is_role {
            return None;
        }
        let mut body = asked.body.clone();
        body.as_object_mut()?.remove("filters");
        Some(store.answer(asked.method, asked.path, &body))
    });
    let program = server.program();
    program.write(
        "ufsync.yaml",
        "version: 1\nguards: { maxRoleRemovals: 100% }\ntenants: { acme: { name: Acme } }\nusers: { user0@example.com: { tenants: { acme: [viewer] } } }\n",
    );
    program.run(&["apply", "--yes"]).exits(0).done();
}

/// A store with tenants below each other.
fn nested(levels: usize) -> Store {
    let mut store = users(1);
    let mut above = HOME.to_owned();
    for level in 0..levels {
        let id = format!("t{level:07}");
        store.tenants.push(json!({"tenantId": id, "name": format!("Level {level}"), "parent": {"tenantId": above}, "data": {}, "roles": []}));
        above = id;
    }
    store
}

#[test]
fn tenants_below_others_are_found_without_a_search_for_tenants() {
    let server = Second::start(nested(4), |store, asked| {
        if asked.path.ends_with("/tenants/find") {
            return Some(Err(("404 Not Found", "Not Found")));
        }
        if asked.method != "GET"
            || !asked.path.starts_with("/v0/tenants/")
            || asked.path.ends_with("roles")
        {
            return None;
        }
        // Only one level of what is below.
        let mut tenant = own(store, asked).ok()?;
        let id = asked.path.rsplit('/').next()?;
        let below: Vec<Value> = store
            .tenants
            .iter()
            .filter(|it| it["parent"]["tenantId"] == *id)
            .cloned()
            .collect();
        tenant["children"] = json!({"totalCount": below.len(), "results": below});
        Some(Ok(tenant))
    });
    let export = server.program().run(&["export"]).exits(0).stdout;
    assert_eq!(export.matches("name: Level").count(), 4, "{export}");
}

#[test]
fn what_the_server_does_not_list_is_said() {
    let server = Second::start(users(1), |_, asked| {
        if asked.path.ends_with("/tenants/find") {
            return Some(Err(("404 Not Found", "Not Found")));
        }
        let own = format!("GET /v0/tenants/{HOME}");
        asked
            .is(&own)
            .then(|| Ok(json!({"tenantId": HOME, "children": {"totalCount": 2, "results": []}})))
    });
    let program = server.program();
    for command in [
        &["access", "--no-manifest"][..],
        &["export"],
        &["export", "--snapshot"],
    ] {
        let run = program.run(command).exits(5);
        run.complains("2 tenants that the server counts and does not list")
            .done();
    }
}

#[test]
fn tenants_without_end_are_not_read_without_end() {
    let server = Second::start(users(1), |_, asked| {
        if !asked.path.ends_with("/tenants/find") {
            return None;
        }
        let above = asked.path.split('/').nth(3)?;
        let number: u64 = above.trim_start_matches('t').parse().unwrap_or(0);
        let below = json!({"tenantId": format!("t{:07}", number + 1), "name": "Deeper", "children": {"totalCount": 1, "results": []}});
        Some(Ok(json!({"results": [below], "totalCount": 1})))
    });
    let run = server.program().run(&["export"]).exits(1);
    run.complains("more than 100 levels").done();
    assert!(server.store().asked.len() < 250);
}

#[test]
fn a_long_chain_of_groups_or_tenants_is_refused_at_once() {
    let mut groups = "version: 1\ngroups:\n".to_owned();
    let mut tenants = "version: 1\ntenants:\n".to_owned();
    for number in 0..10_000 {
        writeln!(groups, "  g{number}: {{ groups: [g{}] }}", number + 1).unwrap();
        writeln!(
            tenants,
            "  t{number}: {{ name: T, parent: t{} }}",
            number + 1
        )
        .unwrap();
    }
    groups += "  g10000: { users: [a@example.com] }\n";
    tenants += "  t10000: { name: T }\n";
    let program = Program::new();
    for (text, said) in [(groups, "group_too_deep"), (tenants, "tenant_too_deep")] {
        program.write("ufsync.yaml", &text);
        let start = Instant::now();
        program.run(&["validate"]).exits(1).complains(said).done();
        let taken = start.elapsed();
        // Of a program that is not optimised.
        assert!(taken.as_secs() < 5, "{said}: {taken:?}");
    }
}

#[test]
fn a_name_or_address_that_is_stored_in_another_form_is_not_made_again() {
    type Form = fn(&str) -> String;
    let forms: [Form; 2] = [
        |name| name.replace('&', "&amp;"),
        |name| name.chars().take(20).collect(),
    ];
    for form in forms {
        let server = Second::start(users(1), move |store, asked| {
            if !asked.is("POST /v0/tenants") {
                return None;
            }
            let mut body = asked.body.clone();
            body["name"] = json!(form(body["name"].as_str()?));
            Some(store.answer(asked.method, asked.path, &body))
        });
        let program = server.program();
        let text = "version: 1\ntenants: { smith: { name: Smith & Sons of Newcastle } }\n";
        program.write("ufsync.yaml", text);
        program
            .run(&["apply", "--yes"])
            .exits(0)
            .says("Smith & Sons of Newcastle")
            .done();
        let stored = form("Smith & Sons of Newcastle");
        let run = program.run(&["plan"]).exits(6);
        run.says("Smith & Sons of Newcastle").says(&stored).done();
        assert_eq!(server.store().tenants.len(), 1);
    }
    let server = Second::start(users(1), |store, asked| {
        let is_there = store
            .users
            .iter()
            .any(|user| user["email"] == "jane@example.com");
        if !asked.is("POST /v0/users/createOrUpdate") {
            return None;
        }
        if is_there {
            return Some(Err(("400 Bad Request", "Email is in use")));
        }
        let mut body = asked.body.clone();
        body["email"] = json!("jane@example.com");
        Some(store.answer(asked.method, asked.path, &body))
    });
    let program = server.program();
    program.write(
        "ufsync.yaml",
        "version: 1\nusers: { jane+tag@example.com: {} }\n",
    );
    let run = program.run(&["apply", "--yes"]).exits(5);
    run.says("asked \"jane+tag@example.com\", and it holds \"jane@example.com\"")
        .done();
    let run = program.run(&["apply", "--yes"]).exits(5);
    run.says("who has the address jane@example.com, and refuses jane+tag@example.com")
        .done();
}

#[test]
fn a_saved_plan_is_the_same_file_each_time() {
    let server = Second::start(users(3), |_, _| None);
    let program = server.program();
    program.write(
        "ufsync.yaml",
        "version: 1\nusers: { new@example.com: {} }\n",
    );
    for name in ["one.json", "two.json"] {
        program.run(&["plan", "--out", name]).exits(0).done();
    }
    assert_eq!(program.read("one.json"), program.read("two.json"));
}
