//! Laws of rules at every moment of a run: with faults of the server, with Ctrl-C at any call, and when the run goes on afterwards. The
//! oracle is a small check over the emulator's store, after each request that may change it.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use ufsync::api::{Client, Key, Settings};
use ufsync::emulator::faults::draw::{FaultKind, Faults};
use ufsync::emulator::switches::{Nesting, Switches};
use ufsync::emulator::{Observed, Observer, Options};
use ufsync::plan::Policy;
use ufsync::session::{self, ApplyOptions, Event, ExecuteOptions};

use crate::rule_laws::{breaches, case, domain, some};
use crate::support::cases::cases;
use crate::support::{Server, desired, steps};

type Breach = (String, &'static str, String);

/// What was seen of a run.
#[derive(Default)]
struct Moments {
    /// The breaches that were there before the run, and are no fault of it.
    before: BTreeSet<Breach>,
    looks: usize,
    new: Vec<(u64, Breach)>,
}

/// Users who are created, some of whom may not hold what the rules are about, and one who is deleted.
fn with_more(rng: &mut Rng, text: &str) -> String {
    let mut more = String::new();
    for index in 0..rng.usize(0..3) {
        // Most of them may hold what they get: a plan that breaks a rule is not carried out.
        let is_wild = rng.u8(0..5) == 0;
        let domain = if is_wild { domain(rng) } else { "us.example" };
        let one = ["approver", "requester"][rng.usize(..2)];
        let list = if is_wild {
            some(rng).join(", ")
        } else {
            one.to_owned()
        };
        let below = if rng.bool() { "west" } else { "acme" };
        let tenants = if is_wild {
            some(rng).join(", ")
        } else {
            one.to_owned()
        };
        writeln!(
            more,
            "  n{index}@{domain}: {{ roles: [{list}], tenants: {{ {below}: [{tenants}] }} }}"
        )
        .unwrap();
    }
    let (head, rules) = text.split_once("rules: [").unwrap();
    format!("{head}{more}rules: [{rules}")
}

/// One or two kinds of faults, or none.
fn faults(rng: &mut Rng, seed: u64) -> Faults {
    let kinds: Vec<String> = (0..rng.usize(0..3))
        .map(|_| {
            format!(
                "{}={}",
                FaultKind::ALL[rng.usize(..FaultKind::ALL.len())],
                rng.u32(1..12)
            )
        })
        .collect();
    let mut seen = BTreeSet::new();
    let kinds = kinds
        .into_iter()
        .filter(|kind| seen.insert(kind.split('=').next().unwrap_or_default().to_owned()));
    let faults = Faults::parse(kinds).unwrap().seeded(seed);
    faults.lasting(Duration::from_millis(30))
}

fn client(server: &Server) -> Client {
    let key = Key::parse(&server.running.keys().test_admin).unwrap();
    let mut settings = Settings::new(server.running.url().to_owned(), key);
    settings.timeout = Duration::from_millis(500);
    settings.first_wait = Duration::from_millis(1);
    settings.longest_pause = Duration::from_millis(100);
    Client::new(settings).unwrap()
}

/// What a whole check has run through.
#[derive(Debug, Default)]
struct Tally {
    drawn: usize,
    applied: usize,
    stopped: usize,
    looks: usize,
}

/// A run, and one more that goes on, both from a plan that breaks no rule.
fn run(seed: u64, tally: &mut Tally) {
    let rng = &mut Rng::with_seed(seed);
    let (state, text, rule) = case(rng);
    let text = with_more(rng, &text);
    let moments = Arc::new(Mutex::new(Moments::default()));
    let shared = Arc::clone(&moments);
    let look = move |observed: Observed<'_>| {
        let mut moments = shared.lock().unwrap();
        moments.looks += 1;
        let now = breaches(observed.state, rule);
        let new: Vec<Breach> = now.difference(&moments.before).cloned().collect();
        moments
            .new
            .extend(new.into_iter().map(|it| (observed.order, it)));
    };
    let options = Options {
        observer: Some(Observer::new(look)),
        faults: faults(rng, seed),
        switches: Switches {
            nesting: if rng.bool() {
                Nesting::Cascade
            } else {
                Nesting::default()
            },
            ..Switches::default()
        },
        ..Options::default()
    };
    let server = Server::start(options, state);
    for turn in 0..2 {
        let before = breaches(&server.store(), rule);
        moments.lock().unwrap().before.clone_from(&before);
        let client = client(&server);
        let policy = Policy::default();
        let planned = server.block_on(session::plan(&client, &desired(&text), &policy));
        let Ok(planned) = planned else { break };
        let plan = planned.plan;
        if !plan.broken_guards.is_empty() || !plan.likely_renames.is_empty() {
            break;
        }
        // Ctrl-C after so many calls, in the first run.
        let stop_after = if turn == 0 && rng.bool() {
            rng.usize(0..=plan.steps.len())
        } else {
            usize::MAX
        };
        let started = AtomicUsize::new(0);
        let stop = || started.load(Ordering::SeqCst) >= stop_after;
        let mut execute = ExecuteOptions::new([1, 2, 8][rng.usize(..3)]);
        execute.stop = &stop;
        let options = ApplyOptions::new(8).executing(execute);
        let outcome = session::apply(&client, &plan, options, |event| {
            if matches!(event, Event::Started { .. }) {
                started.fetch_add(1, Ordering::SeqCst);
            }
        });
        let outcome = server.block_on(outcome).unwrap();
        tally.applied += 1;
        tally.stopped += usize::from(stop());
        let after = breaches(&server.store(), rule);
        let shown = || steps(&plan, Some(&outcome));
        let moments = moments.lock().unwrap();
        assert!(
            moments.new.is_empty(),
            "seed {seed}, turn {turn}: {:?}\n{text}\n{}",
            moments.new,
            shown()
        );
        if outcome.is_complete() && plan.blocked.is_empty() {
            let new: Vec<_> = after.difference(&before).collect();
            assert!(new.is_empty(), "seed {seed}: {new:?}\n{text}\n{}", shown());
        }
    }
    tally.looks += moments.lock().unwrap().looks;
}

#[test]
fn no_call_gives_what_a_rule_forbids() {
    let all = usize::try_from(cases(40)).unwrap();
    let mut tally = Tally::default();
    // In a tenant and one below it, one role is exchanged for another: neither can be first.
    run(296, &mut tally);
    let mut seeds = 0..u64::MAX;
    while tally.applied < all {
        tally.drawn += 1;
        run(seeds.next().unwrap(), &mut tally);
        assert!(
            tally.drawn < all * 8,
            "too few plans break no rule: {tally:?}"
        );
    }
    assert!(
        tally.stopped > all / 10 && tally.looks > all * 2,
        "{tally:?}"
    );
}
