//! A server that lies: between the client and the emulator stands a proxy that drops filters, answers with another record, says
//! that something was done that was not, and more. Whatever it says, nobody is locked out and nobody becomes an admin by it.
//!
//! `UFSYNC_LIES=1000` draws more liars, `UFSYNC_LIES=17..18` repeats one.

mod proxy;

use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fastrand::Rng;
use serde_json::{Value, json};
use ufsync::api::{Client, Key, Settings};
use ufsync::emulator::{ModeState, Options, UserState};
use ufsync::plan::{Change, Plan, Policy};
use ufsync::session::{self, ApplyOptions};

use crate::support::watch::Watch;
use crate::support::world::{self, Grant};
use crate::support::{Server, desired};
use proxy::{Liar, Lie};

/// How many liars are tried, where `UFSYNC_LIES` does not say.
const SEEDS: u64 = 300;
/// A run that takes longer does not end.
const LONGEST_RUN: Duration = Duration::from_mins(1);
/// How many are tried at a time; most of a run is waiting.
const LANES: usize = 12;

/// What a run through a liar planned, and how it ended.
struct Ran {
    plan: Option<Plan>,
    complete: bool,
}

fn run(server: &Server, url: &str, parallel: usize) -> Ran {
    let key = Key::parse(&server.running.keys().test_admin).unwrap();
    let mut settings = Settings::new(url.to_owned(), key);
    settings.timeout = Duration::from_secs(5);
    settings.first_wait = Duration::from_millis(1);
    settings.patience = Duration::from_secs(1);
    settings.parallel = parallel;
    let client = Client::new(settings).unwrap();
    let desired = desired(world::MANIFEST);
    let run = async {
        let Ok(planned) = session::plan(&client, &desired, &Policy::default()).await else {
            return Ran {
                plan: None,
                complete: false,
            };
        };
        let options = ApplyOptions::new(parallel);
        let outcome = session::apply(&client, &planned.plan, options, |_| {}).await;
        Ran {
            complete: outcome.is_ok_and(|outcome| outcome.is_complete()),
            plan: Some(planned.plan),
        }
    };
    let ended = server.block_on(async { tokio::time::timeout(LONGEST_RUN, run).await });
    ended.expect("the run does not end")
}

/// A user of the world who is made an admin by no manifest.
fn stranger() -> Value {
    json!({
        "mode": "test", "userId": 999, "userUuid": "aaaaaaaa-0000-4000-8000-000000000999",
        "tenantId": "demo1234", "email": "stranger@example.com", "name": "Stranger",
        "locked": false, "data": {}, "authorization": {"demo1234": {"roles": ["viewer"]}}
    })
}

fn start(seed: u64, lies: &[Lie], server: &Server) -> (String, usize) {
    let mut random = Rng::with_seed(seed);
    let count = random.usize(1..=3);
    let lies = (0..count)
        .map(|_| lies[random.usize(..lies.len())])
        .collect();
    let liar = Liar {
        seed,
        lies,
        percent: [3, 10, 30, 100][random.usize(..4)],
        seen: Mutex::new(HashMap::new()),
        stranger: stranger(),
    };
    (liar.start(server.running.url()), [1, 8][random.usize(..2)])
}

/// Lies that contradict something that the run can see.
fn detectable(seed: u64) -> Ran {
    let (watch, observer) = Watch::start();
    let options = Options {
        observer: Some(observer),
        page_size: 3,
        ..Options::default()
    };
    let server = Server::start(options, world::before());
    let before = world::grants(&server.store());
    let (url, parallel) = start(seed, &Lie::DETECTABLE, &server);
    let ran = run(&server, &url, parallel);
    // At each moment: no role without its holders, nobody gone who was to stay, nothing twice.
    watch.found_nothing();
    outside_of_the_plan(&server, &before, ran.plan.as_ref());
    if ran.complete {
        world::is_done(&server.store());
    }
    ran
}

/// Lies that nothing contradicts.
fn consistent(seed: u64) -> Ran {
    let server = Server::start(
        Options {
            page_size: 3,
            ..Options::default()
        },
        world::before(),
    );
    let before = world::grants(&server.store());
    let (url, parallel) = start(seed, &Lie::CONSISTENT, &server);
    let ran = run(&server, &url, parallel);
    outside_of_the_plan(&server, &before, ran.plan.as_ref());
    ran
}

/// Nothing was granted or removed that the plan does not name.
fn outside_of_the_plan(server: &Server, before: &BTreeSet<Grant>, plan: Option<&Plan>) {
    let after = server.store();
    let Some(plan) = plan else {
        assert_eq!(
            *before,
            world::grants(&after),
            "nothing is written without a plan"
        );
        return;
    };
    let named: BTreeSet<(String, String)> = plan
        .steps
        .iter()
        .flat_map(|step| {
            let user = step
                .address
                .person()
                .and_then(|person| person.email())
                .map(|email| email.as_str().to_lowercase());
            let roles = match &step.change {
                Change::Roles { before, after, .. } => before
                    .symmetric_difference(after)
                    .map(ToString::to_string)
                    .collect(),
                _ => Vec::new(),
            };
            roles
                .into_iter()
                .map(move |role| (user.clone().unwrap_or_default(), role))
        })
        .collect();
    let old_address = |email: &str| email.replace("moved@example.com", "moved@example.org");
    for (email, scope, role) in world::grants(&after).difference(before) {
        let was = before
            .iter()
            .any(|(was, at, held)| old_address(was) == *email && at == scope && held == role);
        assert!(
            was || named.contains(&(email.clone(), role.clone())),
            "{email} holds {role} in {scope}, and no step says so"
        );
    }
    let people: BTreeSet<String> = after.users.iter().map(world::email).collect();
    let kept = world::before();
    for gone in kept
        .users
        .iter()
        .map(world::email)
        .filter(|email| !people.contains(&old_address(email)) && !people.contains(email))
    {
        let said = plan.steps.iter().any(|step| {
            let person = step.address.person().and_then(|person| person.email());
            step.change.deletes()
                && person.is_some_and(|email| email.as_str().eq_ignore_ascii_case(&gone))
        });
        assert!(said, "{gone} is gone, and no step says so");
    }
}

fn seeds() -> Vec<u64> {
    let all = match std::env::var("UFSYNC_LIES") {
        Ok(text) => match text.split_once("..") {
            Some((from, to)) => from.parse().unwrap()..to.parse().unwrap(),
            None => 0..text.parse().unwrap(),
        },
        Err(_) => 0..SEEDS,
    };
    all.collect()
}

/// How many runs came so far.
#[derive(Default)]
struct Tally {
    planned: AtomicUsize,
    complete: AtomicUsize,
}

impl Tally {
    fn count(&self, ran: &Ran) {
        let add =
            |count: &AtomicUsize, is: bool| count.fetch_add(usize::from(is), Ordering::Relaxed);
        add(&self.planned, ran.plan.is_some());
        add(&self.complete, ran.complete);
    }

    /// Lies that end every run at once, or that no run notices, would show nothing.
    fn proves_something(self, runs: usize) {
        let (planned, complete) = (self.planned.into_inner(), self.complete.into_inner());
        let few = runs / 8;
        assert!(
            runs < 40 || planned > few && complete > few && planned - complete > few,
            "of {runs} runs {planned} had a plan, and {complete} carried it out"
        );
    }
}

fn all_of(what: fn(u64) -> Ran, share: usize) {
    let tally = Tally::default();
    let seeds: Vec<u64> = seeds().into_iter().skip(share).step_by(2).collect();
    let next = AtomicUsize::new(0);
    let failed: Vec<u64> = std::thread::scope(|scope| {
        let lane = || {
            let mut failed = Vec::new();
            while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                let seed = *seed;
                let thread = std::thread::Builder::new().name(format!("seed {seed}"));
                match thread.spawn(move || what(seed)).unwrap().join() {
                    Ok(ran) => tally.count(&ran),
                    Err(_) => failed.push(seed),
                }
            }
            failed
        };
        let lanes: Vec<_> = (0..LANES).map(|_| scope.spawn(lane)).collect();
        lanes
            .into_iter()
            .flat_map(|lane| lane.join().unwrap())
            .collect()
    });
    assert!(failed.is_empty(), "failed: seeds {failed:?}");
    tally.proves_something(seeds.len());
}

#[test]
fn lies_that_contradict_themselves_change_nothing_that_they_must_not() {
    all_of(detectable, 0);
}

#[test]
fn lies_that_contradict_themselves_change_nothing_they_must_not_in_other_runs() {
    all_of(detectable, 1);
}

#[test]
fn lies_that_nothing_contradicts_add_nothing_to_the_plan() {
    all_of(consistent, 0);
}

#[test]
fn lies_that_nothing_contradicts_add_nothing_to_the_plan_in_other_runs() {
    all_of(consistent, 1);
}

/// A liar that tells one lie whenever it can.
fn always(lie: Lie, server: &Server) -> String {
    let liar = Liar {
        seed: 0,
        lies: vec![lie],
        percent: 100,
        seen: Mutex::new(HashMap::new()),
        stranger: stranger(),
    };
    liar.start(server.running.url())
}

fn client(server: &Server, url: &str) -> Client {
    let key = Key::parse(&server.running.keys().test_admin).unwrap();
    let mut settings = Settings::new(url.to_owned(), key);
    settings.first_wait = Duration::from_millis(1);
    Client::new(settings).unwrap()
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

#[test]
fn a_server_that_does_not_search_for_what_it_is_asked_is_read_to_the_end() {
    let users = (1..=1_200).map(|number| user(number, if number <= 2 { &["admin"] } else { &[] }));
    let state = ModeState {
        users: users.collect(),
        ..ModeState::default()
    };
    let server = Server::start(Options::default(), state);
    // One of two admins is taken away, one user exists and another does not.
    let manifest = desired(
        "version: 1\nusers: {user1@example.com: {roles: []}, user900@example.com: {name: Nine}, new@example.com: {}}\n",
    );
    let honest = server.plan(&manifest);
    assert_eq!(honest.steps.len(), 3);
    for lie in [Lie::DropFilters, Lie::FindNothing, Lie::LeftOut] {
        let client = client(&server, &always(lie, &server));
        let policy = Policy::default();
        let planned = session::plan(&client, &manifest, &policy);
        let plan = server.block_on(planned).unwrap().plan;
        assert_eq!(plan.steps, honest.steps, "{lie:?}");
        assert_eq!(plan.warnings, honest.warnings, "{lie:?}");
    }
}

#[test]
fn a_role_is_handed_over_only_once_the_grant_was_seen() {
    let state = || ModeState {
        users: vec![user(1, &["admin"]), user(2, &["viewer"])],
        ..ModeState::default()
    };
    for manifest in [
        "version: 1\nusers: {user1@example.com: {roles: []}, user2@example.com: {roles: [admin]}}\n",
        "version: 1\nusers: {user1@example.com: {state: absent}, user2@example.com: {roles: [admin]}}\n",
        "version: 1\nusers: {user1@example.com: {locked: true}, new@example.com: {roles: [admin]}}\n",
    ] {
        for lie in [
            Lie::SwallowedEmpty,
            Lie::SwallowedObject,
            Lie::ErrorWithSuccess,
            Lie::AnotherRecord,
            Lie::Empty404,
            Lie::GatewaysPage,
        ] {
            let server = Server::start(Options::default(), state());
            let planned = server.plan(&desired(manifest));
            let client = client(&server, &always(lie, &server));
            let applied = session::apply(&client, &planned, ApplyOptions::new(4), |_| {});
            let outcome = server.block_on(applied).unwrap();
            assert!(!outcome.is_complete(), "{lie:?}: {outcome:?}");
            let admin = &server.store().users[0];
            assert_eq!(admin.roles["demo1234"], ["admin"], "{lie:?}: {outcome:?}");
            assert!(!admin.locked, "{lie:?}: {outcome:?}");
        }
    }
}
