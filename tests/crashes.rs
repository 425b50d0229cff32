//! Runs that are killed: after whichever write that happens, running again does the rest, and nothing is doubled or lost.
//!
//! The server itself kills the program, after it has done what it was asked and before it answers, so that nothing
//! depends on time.

use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use ufsync::emulator::{Options, RequestRecord};

use crate::support::stores::without_ids;
use crate::support::watch::Watch;
use crate::support::{Program, Server, desired, world};

/// A program that is killed once the server has done so many writes of it.
#[derive(Debug)]
struct Doomed {
    writes_left: usize,
    child: Option<Child>,
    signal: Option<i32>,
}

impl Doomed {
    fn wrote(&mut self) {
        self.writes_left = self.writes_left.saturating_sub(1);
        if self.writes_left == 0
            && let Some(mut child) = self.child.take()
        {
            child.kill().unwrap();
            self.signal = child.wait().unwrap().signal();
        }
    }
}

/// So many more people.
const EXTRA: usize = 6;

/// More people than the world has, so that there are more writes.
fn manifest() -> String {
    let member =
        |number| format!("  extra{number}@example.com: {{ tenants: {{ fresh: [viewer] }} }}\n");
    let members: String = (0..EXTRA).map(member).collect();
    format!("{}{members}", world::MANIFEST)
}

const ARGUMENTS: [&str; 6] = [
    "apply",
    "--yes",
    "--no-rename-check",
    "--journal",
    "run.jsonl",
    "--parallel",
];

/// A workspace whose server kills the program after this write.
struct Trial {
    server: Server,
    watch: Watch,
    program: Program,
    doomed: Arc<Mutex<Doomed>>,
}

impl Trial {
    fn new(write: usize) -> Self {
        let doomed = Arc::new(Mutex::new(Doomed {
            writes_left: write,
            child: None,
            signal: None,
        }));
        let shared = Arc::clone(&doomed);
        let (watch, observer) = Watch::and(move || shared.lock().unwrap().wrote());
        let options = Options {
            observer: Some(observer),
            ..Options::default()
        };
        let server = Server::start(options, world::before());
        let program = Program::with(&server);
        program.write("ufsync.yaml", &manifest());
        Self {
            server,
            watch,
            program,
            doomed,
        }
    }

    /// Runs the program until it is killed; false where it was over before.
    fn is_killed(&self, more: &[&str]) -> bool {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ufsync"));
        command
            .env_clear()
            .env("UFSYNC_STATE_DIR", self.program.state())
            .env("USERFRONT_API_URL", self.server.running.url())
            .env("USERFRONT_API_KEY", &self.server.running.keys().test_admin)
            .current_dir(self.program.path())
            .args(ARGUMENTS)
            .args(more)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // Whoever kills it waits for this lock, and so for the child to be there.
        let mut doomed = self.doomed.lock().unwrap();
        doomed.child = Some(command.spawn().unwrap());
        drop(doomed);
        loop {
            let mut doomed = self.doomed.lock().unwrap();
            if let Some(signal) = doomed.signal {
                assert_eq!(signal, 9);
                return true;
            }
            let ended = doomed.child.as_mut().map(|child| child.try_wait().unwrap());
            if let Some(Some(status)) = ended {
                assert!(status.success(), "{status}");
                return false;
            }
            drop(doomed);
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Every write that the server has seen was in the journal before.
    fn is_in_the_journal(&self) {
        let journal = self.program.read("run.jsonl");
        let lines = journal.lines();
        let mut intents: Vec<Value> = lines
            .map(|line| serde_json::from_str(line).unwrap())
            .filter(|line: &Value| line["event"] == "intent")
            .collect();
        for request in self.server.running.requests() {
            if request.method == "GET" || request.path.ends_with("/find") {
                continue;
            }
            let places = 0..intents.len();
            let fitting = places.filter_map(|place| Some((fit(&intents[place], &request)?, place)));
            let best = fitting.max_by_key(|(known, place)| (*known, usize::MAX - place));
            let (_, place) = best.unwrap_or_else(|| panic!("{request:?} has no intent: {journal}"));
            intents.remove(place);
        }
    }

    /// Waits until the server is done with what it was sent before the kill: a run that reads meanwhile may find a record that
    /// it was about to make, and ends with 5.
    fn settle(&self) {
        let is_open = |request: &RequestRecord| request.duration_ms.is_none();
        while self.server.running.requests().iter().any(is_open) {
            std::thread::yield_now();
        }
    }
}

/// Whether an intent is about a request, and how many of its ids it knew; an id that is only now made it can't know.
fn fit(intent: &Value, request: &RequestRecord) -> Option<usize> {
    let (method, path) = intent["call"].as_str()?.split_once(' ')?;
    let parts = || path.split('/').zip(request.path.split('/'));
    let is_same = |(pattern, part): (&str, &str)| pattern == part || pattern.starts_with(':');
    if method != request.method
        || path.split('/').count() != request.path.split('/').count()
        || !parts().all(is_same)
    {
        return None;
    }
    let mut known = 0;
    for (pattern, part) in parts() {
        let id = match pattern {
            ":userId" => intent["user"].as_u64().map(|id| id.to_string()),
            ":tenantId" => intent["tenant"].as_str().map(str::to_owned),
            _ => None,
        };
        if let Some(id) = id {
            known += 1;
            if id != part {
                return None;
            }
        }
    }
    Some(known)
}

/// Kills a run after each write in turn, from this one on and by this step; after each a second run does the rest.
fn every_crash_is_survived(parallel: &str, first: usize, step: usize) {
    let desired = desired(&manifest());
    for write in (first..).step_by(step) {
        let trial = Trial::new(write);
        if !trial.is_killed(&[parallel]) {
            assert!(write > 40, "the plan has too few writes");
            return;
        }
        trial.is_in_the_journal();
        trial.settle();
        let mut again: Vec<&str> = ARGUMENTS.to_vec();
        again.push(parallel);
        trial.program.run(&again).exits(0).done();
        trial.is_in_the_journal();
        trial.watch.found_nothing();
        let left = trial.server.plan(&desired).steps;
        assert!(left.is_empty(), "killed after write {write}: {left:?}");
        let mut store = trial.server.store();
        let count = store.users.len();
        store
            .users
            .retain(|user| !world::email(user).starts_with("extra"));
        assert_eq!(count - store.users.len(), EXTRA);
        world::is_done(&store);
    }
}

/// Kills a run after each write in turn; after each the undo file brings back what there was before.
fn every_crash_is_undone(parallel: &str, first: usize, step: usize) {
    for write in (first..).step_by(step) {
        let trial = Trial::new(write);
        let before = without_ids(&trial.server.timeless());
        if !trial.is_killed(&[parallel, "--undo", "undo.json"]) {
            assert!(write > 40, "the plan has too few writes");
            return;
        }
        trial.settle();
        let left = trial.program.accept_saved("undo.json", &[]);
        assert_eq!(left.code, 0, "killed after write {write}: {left:?}");
        let after = without_ids(&trial.server.timeless());
        assert_eq!(after, before, "killed after write {write}");
        // A tenant or user that is made again has another id, which the file does not know.
        let again = trial.program.accept_saved("undo.json", &[]);
        assert!([0, 4].contains(&again.code), "{again:?}");
        let again = without_ids(&trial.server.timeless());
        assert_eq!(again, before, "undone twice after write {write}");
    }
}

#[test]
fn one_after_the_other_killed_and_undone_after_each_odd_write() {
    every_crash_is_undone("1", 1, 2);
}

#[test]
fn several_at_a_time_killed_and_undone_after_each_even_write() {
    every_crash_is_undone("4", 2, 2);
}

#[test]
fn one_after_the_other_killed_after_each_odd_write() {
    every_crash_is_survived("1", 1, 2);
}

#[test]
fn one_after_the_other_killed_after_each_even_write() {
    every_crash_is_survived("1", 2, 2);
}

#[test]
fn several_at_a_time_killed_after_each_odd_write() {
    every_crash_is_survived("4", 1, 2);
}

#[test]
fn several_at_a_time_killed_after_each_even_write() {
    every_crash_is_survived("4", 2, 2);
}
