//! What was read is a part of what there is, and is never counted as the whole.

use std::time::Duration;

use serde_json::{Value, json};
use ufsync::api::{Key, Reader, Settings};
use ufsync::emulator::{ModeState, Options, UserState};
use ufsync::plan::cost::{Pace, cost};
use ufsync::plan::saved::created::CreatedRecords;
use ufsync::plan::saved::document::{ManifestInfo, PlanFile, Source};
use ufsync::plan::warning::WarningKind;
use ufsync::session;

use crate::support::{Http, Program, Server, desired};

/// A workspace of 3,000 users, of whom 40 are admins.
fn three_thousand() -> (Server, Program) {
    let user = |number: u64| UserState {
        user_id: number,
        email: Some(format!("user{number}@example.com")),
        username: Some(format!("name{number}")),
        roles: [("demo1234".to_owned(), vec!["admin".to_owned()])]
            .into_iter()
            .filter(|_| number <= 40)
            .collect(),
        ..UserState::default()
    };
    let state = ModeState {
        users: (1..=3_000).map(user).collect(),
        ..ModeState::default()
    };
    let server = Server::start(Options::default(), state);
    let program = Program::with(&server);
    (server, program)
}

/// The undo plan that an apply of this manifest writes, which has to break no guard and to warn of nothing.
fn undone(program: &Program, manifest: &str) -> Value {
    program.write("ufsync.yaml", manifest);
    program
        .run(&["apply", "--yes", "--undo", "undo.json"])
        .exits(0)
        .complains("To take back what was done: ufsync apply undo.json --sha256 ")
        .done();
    let undo: Value = serde_json::from_str(&program.read("undo.json")).unwrap();
    assert_eq!(undo["brokenGuards"], json!([]));
    assert_eq!(undo["warnings"], json!([]));
    undo
}

#[test]
fn one_grant_among_forty_admins_is_taken_back_without_an_alarm() {
    let (server, program) = three_thousand();
    let before = server.timeless();
    let undo = undone(
        &program,
        "version: 1\nusers: {user41@example.com: {roles: [admin]}}\n",
    );
    let steps = undo["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 1);
    assert!(!undo.to_string().contains("fewHolders"), "{undo}");
    program
        .apply_saved("undo.json", &[])
        .exits(0)
        .says("Applied: 1 call.")
        .done();
    assert_eq!(server.timeless(), before);
}

#[test]
fn twenty_creations_of_three_thousand_are_taken_back_without_an_alarm() {
    let (server, program) = three_thousand();
    let entry = |number| format!("  new{number}@example.com: {{}}\n");
    let entries: String = (0..20).map(entry).collect();
    undone(&program, &format!("version: 1\nusers:\n{entries}"));
    program.apply_saved("undo.json", &[]).exits(0).done();
    assert_eq!(server.store().users.len(), 3_000);
}

#[test]
fn twenty_creations_of_thirty_are_measured_by_how_many_there_are() {
    let state = ModeState {
        users: (1..=10)
            .map(|number| UserState {
                email: Some(format!("user{number}@example.com")),
                ..UserState::default()
            })
            .collect(),
        ..ModeState::default()
    };
    let server = Server::start(Options::default(), state);
    let program = Program::with(&server);
    let entry = |number| format!("  new{number}@example.com: {{}}\n");
    let entries: String = (0..20).map(entry).collect();
    program.write("ufsync.yaml", &format!("version: 1\nusers:\n{entries}"));
    program
        .run(&["apply", "--yes", "--undo", "undo.json"])
        .exits(0)
        .complains("To take back what was done: ufsync apply undo.json --sha256 ")
        .done();
    program
        .apply_saved("undo.json", &[])
        .exits(3)
        .says("removes 20 of 30 users, and 5 are allowed")
        .done();
}

#[test]
fn who_has_a_username_is_known_although_not_read() {
    let (server, program) = three_thousand();
    for entry in ["new@example.com", "user7@example.com"] {
        program.write(
            "ufsync.yaml",
            &format!("version: 1\nusers: {{{entry}: {{username: name2500}}}}\n"),
        );
        program
            .run(&["apply", "--rehearse"])
            .exits(5)
            .says("the username `name2500` belongs to user2500@example.com")
            .done();
    }
    assert_eq!(server.writes(), 0);
}

#[test]
fn a_total_that_is_far_too_high_ends_the_reading_and_is_named() {
    // One user, and as if there were ten million; past the end nothing, or the last page again.
    for repeats in [false, true] {
        let server = Http::start(move |asked| {
            if asked.starts_with("GET /v0/roles ") {
                return ("200 OK", json!(["admin"]));
            }
            let user = json!({"userId": 1, "authorization": {}});
            let tenant = json!({"tenantId": "acme0001"});
            let record = if asked.contains("/tenants/find") {
                tenant
            } else {
                user
            };
            let has_page = repeats || asked.contains("\"page\":1}");
            let records = if has_page { vec![record] } else { Vec::new() };
            let page = json!({"results": records, "totalCount": 10_000_000});
            ("200 OK", page)
        });
        let program = Program::new()
            .set("USERFRONT_API_URL", &server.url)
            .set("USERFRONT_API_KEY", "uf_test_admin_demo1234_s3cret");
        program
            .run(&["export"])
            .exits(1)
            .complains("it counts 10000000")
            .done();
        assert!(server.requests() < 100, "{}", server.requests());
    }
}

#[test]
fn the_way_back_is_kept_although_the_server_is_gone() {
    let (server, _program) = three_thousand();
    let entry = |number| format!("  new{number}@example.com: {{}}\n");
    let entries: String = (0..20).map(entry).collect();
    let desired = desired(&format!("version: 1\nusers:\n{entries}"));
    let planned = server.planned(&desired).unwrap();
    let outcome = server.apply(&planned.plan);
    let key = Key::parse(&server.running.keys().test_admin).unwrap();
    let mut settings = Settings::new("http://127.0.0.1:1".to_owned(), key);
    settings.first_wait = Duration::from_millis(1);
    settings.patience = Duration::from_secs(1);
    let gone = Reader::new(settings).unwrap();
    let undo = session::undo(&gone, &planned.plan, &planned.live, &outcome);
    let undo = server.block_on(undo).unwrap().plan;
    assert_eq!(undo.steps.len(), 20);
    assert_eq!(undo.warnings[0].kind, WarningKind::NotJudged);
    // It is judged once the server can be read.
    let info = ManifestInfo {
        hash: String::new(),
        mode: None,
    };
    let cost = cost(&undo, Pace::default());
    let file = PlanFile::new(undo, Source::Server, info, cost);
    let rechecked = server.block_on(session::recheck(
        &server.client,
        &file,
        session::RecheckMode::default(),
        &CreatedRecords::default(),
    ));
    let left = rechecked.unwrap().recheck.plan;
    assert_eq!((left.steps.len(), left.warnings.len()), (20, 0));
}
