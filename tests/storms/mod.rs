//! Runs in bad weather: whatever mix of failures the network, proxies and the server throw in, every run ends converged
//! or says honestly what is left, repeating it converges, and at no moment is anything doubled or lost.
//!
//! `UFSYNC_SEEDS=1000` draws more weathers, `UFSYNC_SEEDS=17..18` repeats one.

mod weather;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use ufsync::api::{Client, Key, Settings};
use ufsync::emulator::Options;
use ufsync::emulator::faults::draw::Faults;
use ufsync::model::Desired;
use ufsync::plan::{Plan, Policy};
use ufsync::session::outcome::{Outcome, StepOutcome};
use ufsync::session::{self, ApplyOptions, ExecuteOptions, SessionError};

use crate::support::watch::Watch;
use crate::support::{Server, desired, world};
use weather::Weather;

/// How many weathers are tried, where `UFSYNC_SEEDS` does not say.
const SEEDS: usize = 200;
/// The shards of them. In each, some runs converge before the weather clears.
const SHARDS: usize = 8;
/// How many weathers are tried at a time; most of a run is waiting.
const LANES: usize = 25;
/// How often a run is repeated in its weather before that clears.
const REPEATS: usize = 4;
/// A weather clears no later than this: who is refused at random goes slowly, and on and on.
const LONGEST_WEATHER: Duration = Duration::from_secs(6);
/// After so much time a run reads no further, and starts no more steps, as with a deadline.
const LONGEST_RUN: Duration = Duration::from_secs(2);
/// How long a client waits for an answer. A timeout that is a fault lasts longer.
const TIMEOUT: Duration = Duration::from_millis(200);

/// How one run ended.
enum Ended {
    /// What is there could not be read, and why if the time was not up.
    Unread(Option<Box<SessionError>>),
    Applied(Box<(Plan, Outcome)>),
}

impl Ended {
    /// What kept the run from its end.
    fn told(&self) -> String {
        match self {
            Self::Unread(why) => format!("not read: {why:?}"),
            Self::Applied(applied) => format!("{:?}", applied.1),
        }
    }
}

/// One run from beginning to end, as a program of its own would do it. In clear weather it has all the time it needs.
fn run(server: &Server, desired: &Desired, parallel: usize, clear: bool) -> Ended {
    let longest = if clear { Duration::MAX } else { LONGEST_RUN };
    let key = Key::parse(&server.running.keys().test_admin).unwrap();
    let mut settings = Settings::new(server.running.url().to_owned(), key);
    settings.timeout = if clear {
        Duration::from_secs(10)
    } else {
        TIMEOUT
    };
    settings.first_wait = Duration::from_millis(2);
    settings.patience = Duration::from_secs(1);
    settings.parallel = parallel;
    let client = Client::new(settings).unwrap();
    server.block_on(async {
        let policy = Policy::default();
        let planned = session::plan(&client, desired, &policy);
        let plan = match tokio::time::timeout(longest, planned).await {
            Ok(Ok(planned)) => planned.plan,
            Ok(Err(error @ SessionError::Api(_))) => return Ended::Unread(Some(Box::new(error))),
            Ok(Err(error)) => panic!("{error:?}"),
            Err(_) => return Ended::Unread(None),
        };
        let started = Instant::now();
        let stop = || started.elapsed() > longest;
        let mut execute = ExecuteOptions::new(parallel);
        execute.stop = &stop;
        let options = ApplyOptions::new(parallel).executing(execute);
        let outcome = session::apply(&client, &plan, options, |_| {}).await;
        Ended::Applied(Box::new((plan, outcome.unwrap())))
    })
}

/// What a run says of itself against what is left to do.
fn is_honest(ended: &Ended, wrote: usize, left: &Plan) {
    let Ended::Applied(applied) = ended else {
        assert_eq!(wrote, 0, "nothing is written before everything is read");
        return;
    };
    let (plan, outcome) = &**applied;
    let steps = plan.steps.iter().zip(&outcome.steps);
    let not_done = steps
        .filter(|(_, outcome)| **outcome != StepOutcome::Done)
        .map(|(step, _)| step.address.to_string());
    let not_done: BTreeSet<String> = not_done.collect();
    // A user whose roles could not be read is blocked with all roles, and the plan says so.
    let is_blocked = |address: &str| {
        let mut blocked = plan.blocked.iter().map(|it| it.address.to_string());
        blocked.any(|entry| address == entry || address.starts_with(&format!("{entry}/")))
    };
    for step in &left.steps {
        let address = step.address.to_string();
        assert!(
            not_done.contains(&address) || is_blocked(&address),
            "{} was called done, and is planned again: {step:?}\n{outcome:?}",
            step.address
        );
    }
    assert!(outcome.mismatches.is_empty(), "{:?}", outcome.mismatches);
}

/// Runs until everything is done; true where that was before the weather cleared.
fn survives(seed: u64) -> bool {
    let Weather {
        faults,
        switches,
        page_size,
        parallel,
    } = Weather::draw(seed);
    let (watch, observer) = Watch::start();
    let options = Options {
        switches,
        page_size,
        observer: Some(observer),
        ..Options::default()
    };
    let server = Server::start(options, world::before());
    let desired = desired(world::MANIFEST);
    let started = Instant::now();
    let mut repeats = 0;
    let done = loop {
        let clear = repeats == REPEATS || started.elapsed() > LONGEST_WEATHER;
        if !clear {
            server.running.set_faults(faults.clone());
        }
        let before = server.writes();
        let ended = run(&server, &desired, parallel, clear);
        server.running.set_faults(Faults::default());
        is_honest(&ended, server.writes() - before, &server.plan(&desired));
        watch.found_nothing();
        if matches!(&ended, Ended::Applied(it) if it.0.blocked.is_empty() && it.1.is_complete()) {
            break !clear;
        }
        assert!(
            !clear,
            "in good weather, after {faults:?}: {}",
            ended.told()
        );
        repeats += 1;
    };
    world::is_done(&server.store());
    done
}

/// The seeds that are tried.
fn seeds() -> Vec<u64> {
    let all = match std::env::var("UFSYNC_SEEDS") {
        Ok(text) => match text.split_once("..") {
            Some((from, to)) => from.parse().unwrap()..to.parse().unwrap(),
            None => 0..text.parse().unwrap(),
        },
        Err(_) => 0..SEEDS as u64,
    };
    all.collect()
}

/// Tries some seeds, several at a time: those that failed, and how many converged before the weather cleared.
fn shard(seeds: &[u64]) -> (Vec<u64>, usize) {
    let (next, converged) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failed = std::thread::scope(|scope| {
        let lane = || {
            let mut failed = Vec::new();
            while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
                // A panic tells the name of its thread.
                let thread = std::thread::Builder::new().name(format!("seed {seed}"));
                let seed = *seed;
                match thread.spawn(move || survives(seed)).unwrap().join() {
                    Ok(true) => drop(converged.fetch_add(1, Ordering::Relaxed)),
                    Ok(false) => {}
                    Err(_) => failed.push(seed),
                }
            }
            failed
        };
        let lanes: Vec<_> = (0..LANES).map(|_| scope.spawn(lane)).collect();
        let failed = lanes.into_iter().flat_map(|lane| lane.join().unwrap());
        failed.collect()
    });
    (failed, converged.into_inner())
}

#[test]
fn every_weather_is_survived() {
    let all = seeds();
    // One shard after another: weathers that starve each other of the processor only look like worse ones.
    let shards = (0..SHARDS).map(|index| {
        let seeds: Vec<u64> = all.iter().skip(index).step_by(SHARDS).copied().collect();
        let (failed, converged) = shard(&seeds);
        (seeds.len(), failed, converged)
    });
    let shards: Vec<(usize, Vec<u64>, usize)> = shards.collect();
    let failed: Vec<u64> = shards
        .iter()
        .flat_map(|(_, failed, _)| failed.clone())
        .collect();
    assert!(failed.is_empty(), "failed: seeds {failed:?}");
    for (count, _, converged) in shards {
        assert!(
            count < 10 || converged * 10 > count,
            "only {converged} of {count} converged before the weather cleared"
        );
    }
}
