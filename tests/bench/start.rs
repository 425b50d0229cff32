//! `cargo bench --bench start`: what starting costs beside a program that does nothing, and what reading and checking a
//! manifest costs beside the bare YAML parser.
//!
//! Both of a pair are run in turn after a warm-up; the medians and their ratio are printed. Times differ from machine to
//! machine, ratios hardly.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    reason = "a benchmark starts programs, measures time, prints it, and fails loudly"
)]

use std::hint::black_box;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use granit_parser::Parser;
use ufsync::manifest::{File, Input, load};

/// The program's own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A manifest in which everybody has a name, data, and roles in two scopes.
fn manifest(users: usize) -> String {
    let mut text = String::from(
        "version: 1\nworkspace: demo1234\nmode: test\nroles: [admin, member, viewer]\ntenants:\n",
    );
    for tenant in 0..100 {
        text.extend([format!("  tenant{tenant}: {{ name: Tenant {tenant} }}\n")]);
    }
    text.push_str("users:\n");
    for user in 0..users {
        let tenant = user % 100;
        text.extend([format!(
            "  user{user}@example.com:\n    name: User Number {user}\n    username: user{user}\n    data: {{ department: engineering, seat: {user} }}\n    roles: [member, viewer]\n    tenants: {{ tenant{tenant}: [admin] }}\n"
        )]);
    }
    text
}

/// The medians of two things that are done in turn, so many times.
fn pair(runs: usize, mut one: impl FnMut(), mut other: impl FnMut()) -> (f64, f64) {
    let time = |what: &mut dyn FnMut()| {
        let started = Instant::now();
        what();
        started.elapsed()
    };
    let median = |mut times: Vec<Duration>| {
        times.sort();
        times
            .get(runs / 2)
            .copied()
            .unwrap_or_default()
            .as_secs_f64()
    };
    let warm_up = (time(&mut one), time(&mut other));
    black_box(warm_up);
    let (ones, others) = (0..runs)
        .map(|_| (time(&mut one), time(&mut other)))
        .unzip();
    (median(ones), median(others))
}

fn start(program: &str, arguments: &[&str]) {
    let status = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{program}: {status}");
}

fn read_and_check(text: &str, users: usize) {
    let file = File {
        name: "bench.yaml".to_owned(),
        bytes: text.as_bytes().to_owned(),
    };
    let input = Input {
        files: vec![file],
        ..Input::default()
    };
    assert_eq!(load(input).unwrap().0.users.len(), users);
}

fn main() {
    let (nothing, help) = pair(
        200,
        || start("true", &[]),
        || start(env!("CARGO_BIN_EXE_ufsync"), &["--help"]),
    );
    println!(
        "ufsync --help: {:.1} ms, {:.2}× a program that does nothing; at most 3× is wanted",
        help * 1e3,
        help / nothing
    );
    for (users, runs) in [(1_000, 51), (100_000, 5)] {
        let text = manifest(users);
        let (bare, whole) = pair(
            runs,
            || assert!(Parser::new_from_str(&text).all(|event| event.is_ok())),
            || read_and_check(&text, users),
        );
        println!(
            "reading and checking {users} users ({:.1} MB): {:.1} ms, {:.2}× the bare parser; at most 2.5× is wanted",
            text.len() as f64 / 1e6,
            whole * 1e3,
            whole / bare
        );
    }
}
