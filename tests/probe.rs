//! `doctor --probe` finds out what the emulator's switches say, and an emulator that is like it behaves the same.

use serde_json::Value;
use ufsync::emulator::faults::draw::Faults;
use ufsync::emulator::switches::Switches;
use ufsync::emulator::{ModeState, Options};

use crate::support::{Emulator, Program, Server, switches};

fn server(switches: Switches) -> Server {
    let options = Options {
        switches,
        ..Options::default()
    };
    Server::start(options, ModeState::default())
}

/// What is found, by the name of the switch.
fn profile(program: &Program, name: &str) -> Value {
    let run = program
        .run(&["doctor", "--probe-all", "--save", name])
        .exits(0);
    run.says("not served at /v0/docs.json").done();
    let profile: Value = serde_json::from_str(&program.read(name)).unwrap();
    profile["answers"].clone()
}

#[test]
fn every_value_of_every_switch_is_found_and_copied() {
    for (name, values) in switches::choices() {
        if name == "retry-after" {
            continue;
        }
        for value in &values {
            let server = server(switches::with([(name.as_str(), value.as_str())]));
            let program = Program::with(&server);
            let found = profile(&program, "profile.json");
            assert_eq!(found[&name]["is"], **value, "{name}: {found}");
            let store = server.store();
            assert!(
                store.users.is_empty() && store.tenants.is_empty(),
                "{name}={value}"
            );
        }
    }
}

#[test]
fn an_emulator_that_is_like_a_server_gives_the_same_profile() {
    for seed in 0..6 {
        let mut random = fastrand::Rng::with_seed(seed);
        let limit = [None, std::num::NonZeroUsize::new(7)][random.usize(..2)];
        let server = server(Switches {
            find_limit: limit,
            ..switches::random(&mut random)
        });
        let program = Program::with(&server);
        let found = profile(&program, "profile.json");
        let saved = program.path().join("profile.json");
        let (copy, url) = Emulator::start(program.path(), &["--like", saved.to_str().unwrap()]);
        let program = program.set("USERFRONT_API_URL", &url);
        assert_eq!(profile(&program, "again.json"), found, "{seed}");
        drop(copy);
    }
}

#[test]
fn what_an_earlier_probe_left_behind_is_removed_and_nothing_else() {
    let state = serde_json::json!({
        "users": [
            {"email": "ufsync-probe-00c0ffee-1@example.com", "data": {"ufsyncProbe": "00c0ffee"}},
            // They only look like it: another form, no mark, another's mark, another domain.
            {"email": "ufsync-probe-team@example.com", "data": {"ufsyncProbe": "00c0ffee"}},
            {"email": "ufsync-probe-00c0ffee-2@example.com"},
            {"email": "ufsync-probe-00c0ffee-3@example.com", "data": {"ufsyncProbe": "other"}},
            {"email": "ufsync-probe-00c0ffee-4@evil.example", "data": {"ufsyncProbe": "00c0ffee"}},
            {"email": "jane@example.com"},
        ],
        "tenants": [
            {"tenantId": "aaaa0001", "name": "ufsync-probe-00c0ffee-5", "data": {"ufsyncProbe": "00c0ffee"}},
            {"tenantId": "aaaa0002", "name": "ufsync-probe-00c0ffee-6"},
            {"tenantId": "aaaa0003", "name": "ufsync-probe-of-us", "data": {"ufsyncProbe": "00c0ffee"}},
        ],
    });
    let state: ModeState = serde_json::from_value(state).unwrap();
    let server = Server::start(Options::default(), state);
    let program = Program::with(&server);
    program
        .run(&["doctor", "--probe"])
        .exits(0)
        .complains("Left alone: user ufsync-probe-team@example.com (")
        .complains("Left alone: user ufsync-probe-00c0ffee-2@example.com (")
        .complains("Left alone: tenant ufsync-probe-00c0ffee-6 (aaaa0002)")
        .done();
    let store = server.store();
    let users: Vec<&str> = store
        .users
        .iter()
        .filter_map(|it| it.email.as_deref())
        .collect();
    assert_eq!(
        users,
        [
            "ufsync-probe-team@example.com",
            "ufsync-probe-00c0ffee-2@example.com",
            "ufsync-probe-00c0ffee-3@example.com",
            "ufsync-probe-00c0ffee-4@evil.example",
            "jane@example.com",
        ]
    );
    let tenants: Vec<&str> = store.tenants.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(tenants, ["ufsync-probe-00c0ffee-6", "ufsync-probe-of-us"]);
}

#[test]
fn what_was_made_is_removed_after_failures() {
    let server = server(Switches::default());
    server
        .running
        .set_faults(Faults::parse(["500=10", "reset-after-commit=5"]).unwrap());
    let program = Program::with(&server);
    for _ in 0..3 {
        program.run(&["doctor", "--probe"]).done();
    }
    server.running.set_faults(Faults::default());
    program.run(&["doctor", "--probe"]).exits(0).done();
    let store = server.store();
    assert!(
        store.users.is_empty() && store.tenants.is_empty(),
        "{store:?}"
    );
}

#[test]
fn a_live_workspace_is_not_probed_and_a_readonly_key_writes_nothing() {
    let server = server(Switches::default());
    let keys = server.running.keys().clone();
    let live = Program::with(&server).set("USERFRONT_API_KEY", &keys.live_admin);
    let run = live.run(&["doctor", "--probe"]).exits(1);
    run.complains("ufsync::cli::probe_live").done();
    let readonly = Program::with(&server).set("USERFRONT_API_KEY", &keys.test_readonly);
    let run = readonly.run(&["doctor", "--probe"]).exits(0);
    run.says("search-order        any")
        .says("a key that may write")
        .done();
    assert_eq!(server.writes(), 0);
}
