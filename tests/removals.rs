//! Removals read what they have to know of, which is rarely everybody, and plan what they would plan if it were.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};
use ufsync::emulator::switches::{EmailCase, SearchCase, Switches, TenantsFind, UserAuthorization};
use ufsync::emulator::{ModeState, Options, TenantState, UserState};

use crate::support::anything::{WORKSPACE, cases, config, live, manifest, roles, yaml};
use crate::support::{Program, Server};

/// A pattern that matches nobody, and says nothing about the end or the beginning of an address: everybody is read.
const NOBODY: &str = "*0nobody0*";

/// A plan as a document without costs and columns, or what the program says instead.
fn plan(program: &Program, manifest: &Value) -> (i32, Value, String) {
    program.write("ufsync.yaml", &yaml(manifest));
    let run = program.run(&["plan", "--format", "json", "--allow-prune-all", "-v"]);
    let mut plan: Value = serde_json::from_str(&run.stdout).unwrap();
    if plan.get("findings").is_some() {
        // What the live state shows to be wrong with the manifest, and nothing else, is an answer too.
        assert!(
            run.code == 1 && run.stderr.contains("ufsync::plan::"),
            "{}",
            run.stderr
        );
        let mistakes = run.stderr.lines().filter(|line| line.starts_with("  ×"));
        return (run.code, mistakes.collect(), run.stderr);
    }
    assert!([0, 3, 6].contains(&run.code), "{}", run.stderr);
    let parts = [
        "steps",
        "handovers",
        "brokenGuards",
        "likelyRenames",
        "warnings",
    ];
    let kept = parts.map(|key| {
        let mut part = plan[key].take();
        assert!(part.is_array(), "{key}");
        forget_columns(&mut part);
        part
    });
    (run.code, json!(kept), run.stderr)
}

fn forget_columns(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.remove("column");
            map.values_mut().for_each(forget_columns);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_columns),
        _ => {}
    }
}

/// The same manifest, for which everybody is read.
fn reading_everybody(manifest: &Value) -> Value {
    let mut manifest = manifest.clone();
    match manifest["prune"]["users"]["email"].as_array_mut() {
        Some(patterns) => patterns.push(json!(NOBODY)),
        None => manifest["prune"] = json!({"users": {"email": [NOBODY]}}),
    }
    manifest
}

/// Small letters, capitals, or both in turn.
fn spelt(email: &str, spelling: usize) -> String {
    let in_turn = |(index, c): (usize, char)| match index % 2 {
        0 => c.to_ascii_uppercase(),
        _ => c,
    };
    match spelling {
        0 => email.to_owned(),
        1 => email.to_uppercase(),
        _ => email.chars().enumerate().map(in_turn).collect(),
    }
}

const NAMES: [&str; 3] = ["bob", "test-", "x"];
const DOMAINS: [&str; 3] = ["acme.example", "example.com", "a.io"];

fn email() -> impl Strategy<Value = String> {
    (select(&NAMES), 0..4_u8, select(&DOMAINS))
        .prop_map(|(name, n, domain)| format!("{name}{n}@{domain}"))
}

fn uuid(id: usize) -> String {
    format!("0000000a-0000-4000-8000-{id:012}")
}

/// A live state with strangers, and one role that a tenant alone lists.
fn workspace() -> impl Strategy<Value = ModeState> {
    let stranger = (
        email(),
        prop::collection::vec(roles(), 2),
        prop::bool::weighted(0.2),
    );
    let strangers = prop::collection::vec(stranger, 8..24);
    (
        live(),
        strangers,
        prop::collection::vec(0..3_usize, 30),
        any::<bool>(),
    )
        .prop_map(|(mut state, strangers, spellings, dean)| {
            let tenant = state.tenants.last_mut().filter(|_| dean);
            let tenant = tenant.map(|tenant| {
                tenant.roles.push("dean".to_owned());
                tenant.tenant_id.clone()
            });
            let scopes = [Some(WORKSPACE.to_owned()), tenant];
            for (email, roles, locked) in strangers {
                let held = scopes.iter().flatten().cloned().zip(roles);
                let user = UserState {
                    email: Some(email),
                    roles: held.filter(|(_, roles)| !roles.is_empty()).collect(),
                    locked,
                    ..UserState::default()
                };
                if state.users.iter().all(|known| known.email != user.email) {
                    state.users.push(user);
                }
            }
            for (index, user) in state.users.iter_mut().enumerate() {
                user.user_id = index as u64 + 1;
                user.user_uuid = uuid(index + 1);
                user.email = user
                    .email
                    .as_deref()
                    .map(|email| spelt(&email.to_lowercase(), spellings[index]));
            }
            state
        })
}

fn pattern() -> impl Strategy<Value = String> {
    const STARTS: [&str; 11] = [
        "*", "?*", "bob", "Bob*", "TEST-*", "[a-z]*", "{x,bob}*", "\\b*", "", "*[02]", "bob1*",
    ];
    const ENDS: [&str; 10] = [
        "@acme.example",
        "*@ACME.Example",
        "@*",
        "*.io",
        "e",
        "1@A.IO",
        "@{acme.example,a.io}",
        "",
        "*a*",
        "@example.co[a-z]",
    ];
    let pattern = |(start, end)| match (start, end) {
        ("", "") => "x*".to_owned(),
        // A text that is neither an address nor has a wildcard is refused with the manifest.
        ("" | "bob", "e" | "@acme.example" | "1@A.IO" | "") => "bob1@a.io".to_owned(),
        (start, end) => format!("{start}{end}"),
    };
    (select(&STARTS), select(&ENDS)).prop_map(pattern)
}

/// A manifest that removes people in every way; tenants rarely.
fn removals() -> impl Strategy<Value = Value> {
    let limit = || {
        prop::option::of(select(vec![
            json!(0),
            json!(1),
            json!(3),
            json!("10%"),
            json!("100%"),
        ]))
    };
    let entry = prop_oneof![
        4 => Just(json!({"state": "absent"})),
        2 => Just(json!({"locked": true})),
        1 => (1..20_usize).prop_map(|id| json!({"userId": id})),
        1 => (1..20_usize).prop_map(|id| json!({"userId": id, "state": "absent"})),
        1 => (1..20_usize).prop_map(|id| json!({"userUuid": uuid(id).to_uppercase()})),
        1 => email().prop_map(|email| json!({"renamedFrom": email})),
        1 => Just(json!({"roles": ["dean"]})),
        1 => roles().prop_map(|roles| json!({"roles": roles})),
    ];
    let people = prop::collection::btree_map(email(), entry, 0..4);
    let prune = prop::option::of((
        prop::collection::vec(pattern(), 1..3),
        select(&["lock", "delete"]),
        any::<bool>(),
    ));
    let keep = prop::option::of((0..4_u8, 0..4_u8));
    let guards = (limit(), limit(), keep, prop::option::of(email()));
    (manifest(), people, prune, guards, prop::bool::weighted(0.9)).prop_map(
        |(mut manifest, mut people, prune, (deletes, removals, keep, protect), tenants_stay)| {
            // Two entries for one person are a mistake of the manifest.
            let mut named = BTreeSet::new();
            people.retain(|_, entry| {
                ["userId", "userUuid", "renamedFrom"]
                    .iter()
                    .all(|key| entry[key].is_null() || named.insert(entry[key].to_string()))
            });
            for tenant in manifest["tenants"]
                .as_object_mut()
                .unwrap()
                .values_mut()
                .filter(|_| tenants_stay)
            {
                tenant.as_object_mut().unwrap().remove("state");
            }
            manifest["users"].as_object_mut().unwrap().extend(people);
            let mut guards = json!({});
            if let Some(limit) = deletes {
                guards["maxDeletes"] = limit;
            }
            if let Some(limit) = removals {
                guards["maxRoleRemovals"] = limit;
            }
            if let Some((admins, viewers)) = keep {
                guards["keepHolders"] = json!({"admin": admins, "viewer": viewers});
            }
            if let Some(email) = protect {
                guards["protect"] = json!([email]);
            }
            manifest["guards"] = guards;
            match prune {
                Some((patterns, action, alone)) => {
                    if alone {
                        manifest["users"] = json!({});
                        manifest["groups"] = json!({});
                        for tenant in manifest["tenants"].as_object_mut().unwrap().values_mut() {
                            tenant.as_object_mut().unwrap().remove("members");
                        }
                    }
                    manifest["prune"] = json!({"users": {"email": patterns, "action": action}});
                }
                None => manifest["users"]["gone@example.com"] = json!({"state": "absent"}),
            }
            manifest
        },
    )
}

fn switches() -> impl Strategy<Value = Switches> {
    (
        select(&[EmailCase::Keep, EmailCase::Lower]),
        select(&[
            SearchCase::Ignore,
            SearchCase::Ignore,
            SearchCase::Sensitive,
        ]),
        select(&[
            UserAuthorization::Full,
            UserAuthorization::Full,
            UserAuthorization::Own,
        ]),
        select(&[TenantsFind::On, TenantsFind::On, TenantsFind::Off]),
    )
        .prop_map(
            |(email_case, search_case, user_authorization, tenants_find)| Switches {
                email_case,
                search_case,
                user_authorization,
                tenants_find,
                ..Switches::default()
            },
        )
}

/// A workspace of 5,000, of whom three are of a company that left, each in a spelling of their own.
fn five_thousand(switches: Switches) -> Server {
    let user = |number: usize| UserState {
        email: Some(match number {
            1_000 | 2_000 | 3_000 => {
                spelt(&format!("leaver{number}@acme.example"), number / 1_000 - 1)
            }
            _ => format!("User{number}@example.com"),
        }),
        roles: [("demo1234".to_owned(), vec!["member".to_owned()])].into(),
        ..UserState::default()
    };
    let state = ModeState {
        users: (0..5_000).map(user).collect(),
        ..ModeState::default()
    };
    Server::start(
        Options {
            switches,
            ..Options::default()
        },
        state,
    )
}

/// How many requests a run takes that finds this many people to remove, and what it says of them.
fn run(server: &Server, program: &Program, arguments: &[&str], says: &str) -> (usize, String) {
    let before = server.running.requests().len();
    let run = program.run(arguments).exits(0).says(says);
    (server.running.requests().len() - before, run.stderr)
}

const COMPANY: &str = "version: 1\nprune: {users: {email: ['*@acme.example']}}\n";

#[test]
fn people_to_remove_are_searched_for() {
    let server = five_thousand(Switches::default());
    let program = Program::with(&server);
    let one_more = "users: {user4000@example.com: {state: absent}}";
    program.write("ufsync.yaml", &format!("{COMPANY}{one_more}\n"));
    let (requests, said) = run(
        &server,
        &program,
        &["plan", "-v", "--out", "plan.json"],
        "4 users to delete",
    );
    assert!(
        said.contains("searching for users who may match a pattern"),
        "{said}"
    );
    assert_eq!(
        requests, 8,
        "users and tenants, the pattern, the one who is named, whether both ignore case, whether a search leaves users out, and who else is a member"
    );
    let (requests, _) = run(
        &server,
        &program,
        &["apply", "plan.json", "--yes"],
        "Applied: 4 calls.",
    );
    assert_eq!(
        requests - 4,
        8,
        "those who go, whether records tell roles in tenants, whether roles are searched for in two calls, the tenants, who else is a member, and the numbers of two whose uuids begin with digits"
    );
    let (requests, _) = run(&server, &program, &["plan"], "No changes");
    assert_eq!(
        requests, 8,
        "whether roles are searched for, in two calls; no user is found, and nobody else is a member then"
    );
}

#[test]
fn somebody_to_lock_is_looked_up() {
    let server = five_thousand(Switches::default());
    let program = Program::with(&server);
    program.write(
        "ufsync.yaml",
        "{version: 1, users: {leaver2000@acme.example: {locked: true}}}",
    );
    let (requests, _) = run(&server, &program, &["plan"], "1 user to lock");
    assert_eq!(
        requests, 6,
        "one of them is whether a search leaves users out"
    );
}

#[test]
fn everybody_is_read_where_a_search_could_overlook_somebody() {
    let server = five_thousand(Switches {
        search_case: SearchCase::Sensitive,
        ..Switches::default()
    });
    let program = Program::with(&server);
    program.write("ufsync.yaml", COMPANY);
    let (requests, said) = run(&server, &program, &["plan", "-v"], "3 users to delete");
    assert!(
        said.contains("nothing shows that the server searches addresses in any case"),
        "{said}"
    );
    assert_eq!(
        requests, 55,
        "50 pages, the tenants, whether roles are searched for in two calls, and two calls that find nothing"
    );
}

#[test]
fn whoever_goes_goes_in_every_spelling_of_the_address() {
    let server = five_thousand(Switches {
        search_case: SearchCase::Sensitive,
        ..Switches::default()
    });
    let program = Program::with(&server);
    program.write(
        "ufsync.yaml",
        "{version: 1, users: {User4000@example.com: {state: absent}}}",
    );
    let (requests, _) = run(&server, &program, &["plan"], "1 user to delete");
    assert_eq!(
        requests, 55,
        "50 pages, for such a server may have user4000 as well, the tenants, whether roles are searched for in two calls, and two calls that find nothing"
    );
}

#[test]
fn a_hidden_tenant_may_have_the_name_of_one_that_is_seen() {
    let tenant = |id: &str| TenantState {
        tenant_id: id.to_owned(),
        name: "Acme".to_owned(),
        ..TenantState::default()
    };
    let user = |number: usize| UserState {
        email: Some(format!("user{number}@example.com")),
        roles: [("hidden00".to_owned(), vec!["member".to_owned()])]
            .into_iter()
            .filter(|_| number == 20)
            .collect(),
        ..UserState::default()
    };
    let options = Options {
        page_size: 1,
        switches: Switches {
            tenants_find: TenantsFind::Off,
            ..Switches::default()
        },
        ..Options::default()
    };
    let state = ModeState {
        tenants: vec![tenant("aaaaaaaa"), tenant("hidden00")],
        users: (0..30).map(user).collect(),
        ..ModeState::default()
    };
    let server = Server::start(options, state);
    let program = Program::with(&server);
    program.write(
        "ufsync.yaml",
        "{version: 1, tenants: {acme: {name: Acme, members: {user1@example.com: [admin]}}}}",
    );
    program
        .run(&["plan"])
        .exits(6)
        .says("2 tenants are called `Acme`")
        .done();
}

#[test]
fn everybody_is_read_where_a_search_finds_as_many() {
    let server = five_thousand(Switches::default());
    let program = Program::with(&server);
    for (pattern, requests) in [("*[0-9]@example.com", 54), ("*0nobody0*", 53)] {
        program.write(
            "ufsync.yaml",
            &format!("{{version: 1, prune: {{users: {{email: ['{pattern}']}}}}}}"),
        );
        let before = server.running.requests().len();
        program.run(&["plan"]).done();
        assert_eq!(
            server.running.requests().len() - before,
            requests,
            "{pattern}"
        );
    }
}

#[test]
fn a_plan_is_the_one_that_reading_everybody_gives() {
    let (planned, refused) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let drawn = (workspace(), removals(), switches(), 1..4_usize);
    let mut runner = TestRunner::new(Config {
        cases: cases(96),
        ..config()
    });
    let compared = runner.run(&drawn, |(state, manifest, switches, page_size)| {
        let options = Options {
            page_size,
            switches,
            ..Options::default()
        };
        let server = Server::start(options, state);
        let program = Program::with(&server);
        let (code, document, said) = plan(&program, &manifest);
        let (full_code, full_document, full_said) = plan(&program, &reading_everybody(&manifest));
        let kind = if code == 1 { &refused } else { &planned };
        kind.fetch_add(1, Ordering::Relaxed);
        prop_assert_eq!(
            (code, &document),
            (full_code, &full_document),
            "{}\n---\n{}",
            said,
            full_said
        );
        Ok(())
    });
    compared.unwrap_or_else(|failure| panic!("{failure}"));
    let (planned, refused) = (planned.into_inner(), refused.into_inner());
    assert!(planned > refused, "{planned} plans and {refused} refusals");
}
