//! Runs that end before their end: a server that goes away, SIGTERM, a deadline.

use std::net::TcpListener;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use ufsync::api::error::EndReason;
use ufsync::api::{Client, Key, Method, Settings};
use ufsync::emulator::{ModeState, Options};
use ufsync::session::outcome::{Outcome, StepOutcome};
use ufsync::session::{self, ApplyOptions};

#[cfg(unix)]
use crate::support::signal;
use crate::support::stores::without_ids;
use crate::support::{Http, Program, Server, desired, pass_on, serve, world};

/// Far less than waiting for all that is left, and far more than a busy machine needs.
const SOON: Duration = Duration::from_mins(1);

fn is_write(asked: &str) -> bool {
    let line = asked.lines().next().unwrap_or_default();
    !line.starts_with("GET ") && !line.contains("/find ")
}

/// A server before another one, which listens no more after so many writes.
fn leaving(server: &Server, writes: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = server.running.url().to_owned();
    let seen = Arc::new(AtomicUsize::new(0));
    thread::spawn(move || {
        while seen.load(Ordering::SeqCst) < writes {
            let (stream, _) = listener.accept().unwrap();
            let (server, seen) = (server.clone(), Arc::clone(&seen));
            let answer = move |asked: &str| {
                seen.fetch_add(usize::from(is_write(asked)), Ordering::SeqCst);
                pass_on(asked, &server)
            };
            serve(stream, &answer, &String::new);
        }
    });
    url
}

/// A server before another one, which passes writes on, and answers none after so many.
fn falling_silent(server: &Server, writes: usize) -> Http {
    let server = server.running.url().to_owned();
    let seen = AtomicUsize::new(0);
    Http::with_clock(move |asked| {
        if is_write(asked) && seen.fetch_add(1, Ordering::SeqCst) >= writes {
            thread::sleep(Duration::from_mins(10));
        }
        pass_on(asked, &server)
    })
}

/// What comes of 400 steps against a server, for a client that bears only a short silence.
fn applied(server: &Server, url: &str) -> (Outcome, Option<EndReason>) {
    let key = Key::parse(&server.running.keys().test_admin).unwrap();
    let mut settings = Settings::new(url.to_owned(), key);
    settings.timeout = Duration::from_secs(2);
    settings.first_wait = Duration::from_millis(20);
    settings.longest_silence = Duration::from_millis(100);
    let client = Client::new(settings).unwrap();
    let planned = server
        .planned(&desired(&world::many(200, "viewer")))
        .unwrap();
    let apply = session::apply(&client, &planned.plan, ApplyOptions::new(16), |_| {});
    (server.block_on(apply).unwrap(), client.end())
}

fn count(outcome: &Outcome, is_it: impl Fn(&StepOutcome) -> bool) -> usize {
    outcome.steps.iter().filter(|step| is_it(step)).count()
}

fn ended_early(server: &Server, (outcome, end): &(Outcome, Option<EndReason>)) {
    assert_eq!(*end, Some(EndReason::NoAnswer));
    let done = count(outcome, |step| *step == StepOutcome::Done);
    // Roles of a user whose creation failed are blocked; for neither is anything asked.
    let not_asked = count(outcome, |step| {
        matches!(step, StepOutcome::NotStarted | StepOutcome::Blocked(_))
    });
    assert!(done >= 10, "{done}");
    assert!(not_asked > 300, "{not_asked}");
    assert!(server.writes() < 60);
}

#[test]
fn a_server_that_goes_away_ends_the_run() {
    let server = Server::empty();
    let url = leaving(&server, 30);
    ended_early(&server, &applied(&server, &url));
}

#[test]
fn a_server_that_never_answers_ends_the_run() {
    let server = Server::empty();
    let silent = falling_silent(&server, 30);
    ended_early(&server, &applied(&server, &silent.url));
}

#[test]
fn the_program_says_that_the_server_is_gone() {
    let server = Server::empty();
    let url = leaving(&server, 30);
    let program = Program::with(&server).set("USERFRONT_API_URL", &url);
    program.write("ufsync.yaml", &world::many(200, "viewer"));
    let began = Instant::now();
    let before = without_ids(&server.timeless());
    program
        .run(&["apply", "--yes", "--undo", "undo.json"])
        .exits(5)
        .says("Applied in part:")
        .complains("ufsync::cli::no_answer")
        .complains("no longer answers: the run was")
        .done();
    assert!(began.elapsed() < SOON);
    let program = program.set("USERFRONT_API_URL", server.running.url());
    program.accept_saved("undo.json", &[]).exits(0).done();
    assert_eq!(without_ids(&server.timeless()), before);
}

/// How a run of the program ended that got SIGTERM.
struct Terminated {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Starts the program, and sends SIGTERM as soon as that is asked.
#[cfg(unix)]
fn terminated(program: &Program, arguments: &[&str], is_time: impl Fn() -> bool) -> Terminated {
    let mut child = program
        .command(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    signal(&mut child, "-TERM", is_time);
    let began = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(began.elapsed() < SOON);
    Terminated {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A server before another one, which answers no write after so many, and carries these out or not.
#[cfg(unix)]
fn hanging(server: &Server, writes: usize, carries_out: bool) -> (Http, Arc<AtomicUsize>) {
    let server = server.running.url().to_owned();
    let seen = Arc::new(AtomicUsize::new(0));
    let hung = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&hung);
    let http = Http::with_clock(move |asked| {
        if is_write(asked) && seen.fetch_add(1, Ordering::SeqCst) >= writes {
            if carries_out {
                pass_on(asked, &server);
            }
            count.fetch_add(1, Ordering::SeqCst);
            thread::sleep(Duration::from_mins(10));
        }
        pass_on(asked, &server)
    });
    (http, hung)
}

/// Terminates a run at a call that is not answered, and undoes it.
#[cfg(unix)]
fn terminated_and_undone(writes: usize, carries_out: bool) {
    let server = Server::start(Options::default(), world::before());
    let before = without_ids(&server.timeless());
    let (http, hung) = hanging(&server, writes, carries_out);
    let program = Program::with(&server).set("USERFRONT_API_URL", &http.url);
    program.write("ufsync.yaml", world::MANIFEST);
    let arguments = [
        "apply",
        "--yes",
        "--no-rename-check",
        "--journal",
        "run.jsonl",
        "--undo",
        "undo.json",
        "--format",
        "json",
        "--parallel",
        "2",
    ];
    let ended = terminated(&program, &arguments, || hung.load(Ordering::SeqCst) > 0);
    assert_eq!(ended.code, Some(130), "{}", ended.stderr);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    let steps = report["steps"].as_array().unwrap();
    let unknown: Vec<&Value> = steps
        .iter()
        .filter(|step| step["outcome"] == "unknown")
        .collect();
    assert_eq!(unknown.len(), hung.load(Ordering::SeqCst), "{report}");
    for step in unknown {
        let message = step["error"]["message"].as_str().unwrap();
        assert!(message.starts_with("unknown: may have been carried out"));
    }
    let journal = program.read("run.jsonl");
    assert!(journal.contains("\"outcome\":\"unknown\""), "{journal}");
    let program = program.set("USERFRONT_API_URL", server.running.url());
    let undone = program.accept_saved("undo.json", &[]);
    assert_eq!(undone.code, 0, "after {writes}: {undone:?}");
    assert_eq!(
        without_ids(&server.timeless()),
        before,
        "after {writes} writes"
    );
}

#[cfg(unix)]
#[test]
fn a_terminated_run_whose_last_calls_were_carried_out_can_be_undone() {
    for writes in [0, 3, 6, 12, 18, 24, 30] {
        terminated_and_undone(writes, true);
    }
}

#[cfg(unix)]
#[test]
fn a_terminated_run_whose_last_calls_were_not_carried_out_can_be_undone() {
    for writes in [1, 5, 10, 16, 22, 28] {
        terminated_and_undone(writes, false);
    }
}

/// A server before another one, which asks to wait: for reads, or for writes only.
fn asking_to_wait(server: &Server, reads: bool) -> Http {
    let server = server.running.url().to_owned();
    Http::start(move |asked| {
        if reads || is_write(asked) {
            let message = json!({"statusCode": 429, "message": "Too Many Requests"});
            return ("429 Too Many Requests\r\nretry-after: 800", message);
        }
        pass_on(asked, &server)
    })
}

#[cfg(unix)]
#[test]
fn sigterm_ends_every_command_that_waits_for_the_server() {
    let server = Server::start(Options::default(), ModeState::default());
    let program = Program::with(&server);
    program.write("ufsync.yaml", &world::many(2, "viewer"));
    let commands: [&[&str]; 7] = [
        &["plan"],
        &["apply", "--yes"],
        &["export"],
        &["access"],
        &["pull", "--yes"],
        &["explain", "user1@example.com"],
        &["api", "GET", "/v0/users/1"],
    ];
    let mut program = program;
    for arguments in commands {
        let waiting = asking_to_wait(&server, true);
        program = program.set("USERFRONT_API_URL", &waiting.url);
        let ended = terminated(&program, arguments, || waiting.requests() > 0);
        assert_eq!(ended.code, Some(130), "{arguments:?}: {}", ended.stderr);
    }
    let writes = asking_to_wait(&server, false);
    let program = program.set("USERFRONT_API_URL", &writes.url);
    let ended = terminated(&program, &["apply", "--yes"], || writes.requests() > 4);
    assert_eq!(ended.code, Some(130), "{}", ended.stderr);
    assert!(ended.stdout.contains("Applied in part: 0 of 4 calls"));
    assert_eq!(server.writes(), 0);
}

#[test]
fn a_deadline_counts_from_the_start_and_ends_the_reads() {
    let server = Server::empty();
    for http in [
        asking_to_wait(&server, true),
        Http::start(|_| {
            thread::sleep(Duration::from_mins(10));
            ("200 OK", Value::Null)
        }),
    ] {
        let program = Program::with(&server).set("USERFRONT_API_URL", &http.url);
        program.write("ufsync.yaml", &world::many(2, "viewer"));
        let began = Instant::now();
        let run = program
            .run(&["apply", "--yes", "--deadline", "2s"])
            .exits(1);
        assert!(began.elapsed() < SOON);
        let says = ["800 s", "deadline has"];
        assert!(says.iter().any(|text| run.stderr.contains(text)), "{run:?}");
    }
    assert_eq!(server.writes(), 0);
}

#[test]
fn a_deadline_that_passes_between_calls_ends_in_part() {
    let options = Options {
        latency: Duration::from_millis(150),
        ..Options::default()
    };
    let server = Server::start(options, ModeState::default());
    let program = Program::with(&server);
    program.write("ufsync.yaml", &world::many(500, "viewer"));
    program
        .run(&["apply", "--yes", "--deadline", "6s", "--parallel", "2"])
        .exits(5)
        .says("Applied in part:")
        .done();
    assert!(server.writes() > 0 && server.writes() < 500);
}

#[cfg(unix)]
#[test]
fn an_undo_leaves_a_stranger_alone() {
    let server = Server::empty();
    let (http, hung) = hanging(&server, 0, false);
    let program = Program::with(&server).set("USERFRONT_API_URL", &http.url);
    program.write("ufsync.yaml", &world::many(1, "viewer"));
    let arguments = ["apply", "--yes", "--undo", "undo.json"];
    let ended = terminated(&program, &arguments, || hung.load(Ordering::SeqCst) > 0);
    assert_eq!(ended.code, Some(130), "{}", ended.stderr);
    let stranger = json!({"email": "user0@example.com", "data": {"theirs": true}});
    let path = "/v0/users/createOrUpdate";
    let created = server.client.call(Method::POST, path, Some(stranger));
    server.block_on(created).unwrap();
    let program = program.set("USERFRONT_API_URL", server.running.url());
    program
        .apply_saved("undo.json", &[])
        .exits(0)
        .says("it is not certain that the run created user")
        .done();
    assert_eq!(server.store().users.len(), 1);
}
