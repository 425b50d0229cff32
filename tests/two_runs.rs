//! Two runs at once against one workspace: nobody is locked out, and what was done twice is said.
//!
//! `UFSYNC_SEEDS` as for the storms.

use fastrand::Rng;
use std::fmt::Write as _;
use ufsync::api::{Client, Key, Settings};
use ufsync::emulator::{ModeState, Options, UserState};
use ufsync::plan::Policy;
use ufsync::session::outcome::Outcome;
use ufsync::session::{self, ApplyOptions};

use crate::support::{Server, desired};

const SEEDS: u64 = 50;

fn client(server: &Server) -> Client {
    let key = Key::parse(&server.running.keys().test_admin).unwrap();
    Client::new(Settings::new(server.running.url().to_owned(), key)).unwrap()
}

fn user(number: u64, roles: &[&str]) -> UserState {
    UserState {
        user_id: number,
        email: Some(format!("user{number}@example.com")),
        roles: [(
            "demo1234".to_owned(),
            roles.iter().map(|role| (*role).to_owned()).collect(),
        )]
        .into(),
        ..UserState::default()
    }
}

/// Two admins and somebody else, on a server that takes its time.
fn start(random: &mut Rng) -> Server {
    let state = ModeState {
        users: vec![user(1, &["admin"]), user(2, &["admin"]), user(3, &[])],
        ..ModeState::default()
    };
    let options = Options {
        latency: std::time::Duration::from_millis(random.u64(1..8)),
        ..Options::default()
    };
    Server::start(options, state)
}

/// Plans both, and carries both out at once; the second starts a little later, by chance.
fn both(server: &Server, random: &mut Rng, manifests: [&str; 2]) -> [Option<Outcome>; 2] {
    let clients = [client(server), client(server)];
    let later = std::time::Duration::from_millis(random.u64(0..30));
    let one = async |client: &Client, manifest: &str, waits: bool| {
        if waits {
            tokio::time::sleep(later).await;
        }
        let desired = desired(manifest);
        let policy = Policy::default();
        let planned = session::plan(client, &desired, &policy).await.ok()?;
        let applied = session::apply(client, &planned.plan, ApplyOptions::new(4), |_| {});
        applied.await.ok()
    };
    let [a, b] = manifests;
    let (first, second) = server
        .block_on(async { tokio::join!(one(&clients[0], a, false), one(&clients[1], b, true)) });
    [first, second]
}

fn admins(server: &Server) -> usize {
    let users = server.store().users;
    let is_admin = |user: &&UserState| {
        !user.locked
            && user
                .roles
                .get("demo1234")
                .is_some_and(|roles| roles.contains(&"admin".to_owned()))
    };
    users.iter().filter(is_admin).count()
}

fn seeds() -> std::ops::Range<u64> {
    let count = std::env::var("UFSYNC_SEEDS").ok();
    0..count.map_or(SEEDS, |count| count.parse().unwrap_or(SEEDS))
}

#[test]
fn a_role_that_is_handed_over_in_opposite_directions_keeps_a_holder() {
    for seed in seeds() {
        let mut random = Rng::with_seed(seed);
        for [a, b] in [
            [
                "{user1@example.com: {roles: []}}",
                "{user2@example.com: {roles: []}}",
            ],
            [
                "{user1@example.com: {state: absent}}",
                "{user2@example.com: {state: absent}}",
            ],
            [
                "{user1@example.com: {locked: true}}",
                "{user2@example.com: {state: absent}}",
            ],
            [
                "{user1@example.com: {locked: true}}",
                "{user2@example.com: {roles: []}}",
            ],
        ] {
            let server = start(&mut random);
            let text = |users: &str| format!("version: 1\nusers: {users}\n");
            let ended = both(&server, &mut random, [&text(a), &text(b)]);
            assert!(admins(&server) > 0, "seed {seed}: {a} and {b}: {ended:?}");
            let is_done =
                |outcome: &Option<Outcome>| outcome.as_ref().is_some_and(Outcome::is_complete);
            assert!(!ended.iter().all(is_done), "seed {seed}: {ended:?}");
        }
    }
}

#[test]
fn the_same_manifest_twice_at_once_doubles_nothing_in_silence() {
    let mut manifest = "version: 1\ntenants:\n".to_owned();
    for number in 0..20 {
        writeln!(manifest, "  t{number}: {{name: Tenant {number}}}").unwrap();
    }
    manifest += "users:\n";
    for number in 10..30 {
        let tenant = number % 20;
        writeln!(
            manifest,
            "  user{number}@example.com: {{tenants: {{t{tenant}: [viewer]}}}}"
        )
        .unwrap();
    }
    for seed in seeds().take(usize::try_from(SEEDS).unwrap()) {
        let mut random = Rng::with_seed(seed);
        let server = start(&mut random);
        let ended = both(&server, &mut random, [&manifest, &manifest]);
        let store = server.store();
        assert_eq!(store.users.len(), 3 + 20, "seed {seed}");
        let said: usize = ended
            .iter()
            .flatten()
            .map(|outcome| outcome.duplicates.len())
            .sum();
        let twice = store.tenants.len() - 20;
        assert!(
            said >= twice,
            "seed {seed}: {twice} are there twice, and {said} were said"
        );
        assert!(twice == 0 || ended.iter().flatten().any(|outcome| !outcome.is_complete()));
    }
}
