//! How much is read: as much as a plan needs, by whichever way takes fewer calls, and never so little that the plan differs.

use std::fmt::Write as _;
use std::num::NonZeroUsize;

use proptest::prelude::*;
use serde_json::{Value, json};
use ufsync::emulator::switches::Switches;
use ufsync::emulator::{ModeState, Options, TenantState, UserState};

use crate::support::anything::{config, live, manifest, yaml};
use crate::support::{Http, Program, Server};

/// A workspace of so many users, the first of them an admin.
fn workspace(users: usize) -> ModeState {
    let user = |number: usize| UserState {
        email: Some(format!("User{number}@example.com")),
        roles: [(
            "demo1234".to_owned(),
            vec![if number == 0 { "admin" } else { "member" }.to_owned()],
        )]
        .into(),
        ..UserState::default()
    };
    ModeState {
        users: (0..users).map(user).collect(),
        ..ModeState::default()
    }
}

/// The requests that planning this manifest takes, and its exit code.
fn plan(server: &Server, manifest: &str) -> (Vec<String>, i32) {
    let before = server.running.requests().len();
    let program = Program::with(server);
    program.write("ufsync.yaml", manifest);
    let run = program.run(&["plan", "--detailed-exitcode"]);
    let requests = &server.running.requests()[before..];
    let told = format!(", {} requests", requests.len());
    assert!(
        run.stdout.contains(&told),
        "not{told}, as it says:\n{}",
        run.stdout
    );
    let paths = requests.iter().map(|request| request.path.clone());
    (paths.collect(), run.code)
}

fn entries(numbers: impl Iterator<Item = usize>, entry: &str) -> String {
    let mut text = "version: 1\nusers:\n".to_owned();
    for number in numbers {
        writeln!(text, "  user{number}@example.com: {entry}").unwrap();
    }
    text
}

#[test]
fn reading_grows_with_the_manifest_and_not_with_the_workspace() {
    let server = Server::start(Options::default(), workspace(3_000));
    let (requests, code) = plan(&server, &entries(0..200, "{}"));
    assert_eq!(
        (requests.len(), code),
        (4, 0),
        "the first page and three searches, each with two users who exist: {requests:?}"
    );
    let (requests, code) = plan(&server, &entries(0..2_900, "{}"));
    assert_eq!((requests.len(), code), (30, 0), "all pages and no search");
    let (requests, code) = plan(&server, &entries(2_990..3_010, "{}"));
    assert_eq!(
        (requests.len(), code),
        (3, 2),
        "the first page, a search, and whether it ignores case: {requests:?}"
    );
}

/// What planning this manifest gives, and how many requests it takes.
fn document(server: &Server, manifest: &str) -> (Value, usize) {
    let before = server.running.requests().len();
    let program = Program::with(server);
    program.write("ufsync.yaml", manifest);
    let run = program.run(&["plan", "--format", "json"]).exits(0);
    let document: Value = serde_json::from_str(&run.stdout).unwrap();
    let kept = ["steps", "guards", "warnings", "suspects", "summary"];
    let kept = kept.map(|part| (part.to_owned(), document[part].clone()));
    let requests = server.running.requests().len() - before;
    (Value::Object(kept.into_iter().collect()), requests)
}

#[test]
fn a_search_is_as_long_as_the_server_takes_it() {
    let state = || {
        let tenant = |number: usize| TenantState {
            name: format!("Tenant {number}"),
            ..TenantState::default()
        };
        ModeState {
            tenants: (0..3_000).map(tenant).collect(),
            ..workspace(3_000)
        }
    };
    let mut manifest = entries(2_900..3_100, "{name: Somebody}");
    manifest.push_str("tenants:\n");
    for number in 2_900..3_100 {
        writeln!(manifest, "  t{number}: {{name: Tenant {number}}}").unwrap();
    }
    let limited = |limit| {
        let switches = Switches {
            find_limit: NonZeroUsize::new(limit),
            ..Switches::default()
        };
        let options = Options {
            switches,
            ..Options::default()
        };
        document(&Server::start(options, state()), &manifest)
    };
    let (plan, requests) = limited(0);
    assert_eq!(plan["steps"].as_array().unwrap().len(), 300);
    // The first page of users and of tenants, three searches of each, whether a search ignores case, and who else is called
    // Somebody; and the workspace's record, which says that no tenant is below another.
    assert_eq!(requests, 11);
    // Searches for 98 names and two witnesses, or for 49, 24 names and so on, until they fit. All that are under way find out.
    for (limit, refused, accepted) in [(64, 1, 2), (7, 5, 65)] {
        let (same, limited) = limited(limit);
        assert!(same == plan, "{limit}");
        let refused = 2 * refused..=2 * 3 * refused;
        let more = limited.checked_sub(requests + 2 * accepted);
        assert!(
            more.is_some_and(|more| refused.contains(&more)),
            "{limit}: {requests}, then {limited}"
        );
    }
    // Where no name fits beside the witnesses, everything is read.
    let (same, limited) = limited(1);
    assert!(same == plan);
    assert!(limited < 100, "{limited}");
}

#[test]
fn who_else_holds_a_role_is_looked_up_before_it_is_taken_away() {
    let server = Server::start(Options::default(), workspace(1_000));
    let (requests, code) = plan(&server, &entries(0..1, "{roles: []}"));
    assert_eq!(
        (requests.len(), code),
        (3, 3),
        "the last admin stays: {requests:?}"
    );
    let (requests, code) = plan(&server, &entries(1..3, "{roles: []}"));
    assert_eq!(code, 2);
    assert_eq!(
        requests.len(),
        3,
        "one page of those who hold it is enough: {requests:?}"
    );
    let (requests, code) = plan(&server, &entries(1..31, "{roles: []}"));
    assert_eq!(code, 2, "30 of 1,000 roles are less than 5 %");
    assert!(requests.len() > 10, "a share is of everybody");
}

#[test]
fn verbose_output_says_how_it_was_read() {
    let server = Server::start(Options::default(), workspace(1_000));
    let program = Program::with(&server);
    program.write("ufsync.yaml", &entries(0..5, "{}"));
    program
        .run(&["plan", "-v"])
        .exits(0)
        .complains("looking up the users that the manifest names")
        .done();
    program.write("ufsync.yaml", &entries(0..999, "{}"));
    program
        .run(&["plan", "-v"])
        .exits(0)
        .complains("reading all users")
        .done();
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn looking_up_gives_the_plan_that_reading_everything_gives(state in live(), manifest in manifest()) {
        let plan = |page_size| {
            let server = Server::start(Options { page_size, ..Options::default() }, state.clone());
            let program = Program::with(&server);
            program.write("ufsync.yaml", &yaml(&manifest));
            let run = program.run(&["plan", "--format", "json"]);
            // Nothing that is drawn here is wrong: a run that ends otherwise shows nothing about the plan.
            assert!([0, 3, 6].contains(&run.code), "{}", run.stderr);
            let document: Value = serde_json::from_str(&run.stdout).unwrap();
            let parts = ["steps", "handovers", "brokenGuards", "likelyRenames", "warnings"];
            (run.code, parts.map(|part| document[part].as_array().unwrap().clone()))
        };
        prop_assert_eq!(plan(1), plan(100));
    }
}

/// A server with one user that refuses every page but the first.
fn with_one_page() -> Http {
    Http::start(|asked| {
        if asked.contains("\"page\":1}") {
            let user = json!({"userId": 1, "email": "jane@example.com", "authorization": {}});
            ("200 OK", json!({"results": [user], "totalCount": 1}))
        } else {
            ("400 Bad Request", json!({"message": "no such page"}))
        }
    })
}

#[test]
fn a_page_that_is_not_needed_may_be_refused() {
    let server = with_one_page();
    let program = Program::new()
        .set("USERFRONT_API_URL", &server.url)
        .set("USERFRONT_API_KEY", "uf_test_admin_demo1234_s3cret");
    program.write("ufsync.yaml", &entries(0..250, "{}"));
    program
        .run(&["plan"])
        .exits(0)
        .says("250 users to create")
        .done();
}
