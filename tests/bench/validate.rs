//! `cargo bench --bench validate [USERS]`: what reading and checking a manifest costs beside the bare YAML parser.
//!
//! Both read the same text in turn, five times each after a warm-up; the medians and their ratio are printed. Times differ
//! from machine to machine, ratios hardly.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark measures time and prints it"
)]

use std::time::{Duration, Instant};

use granit_parser::Parser;
use ufsync::manifest::{File, Input, load};

const RUNS: usize = 5;

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

fn median(mut run: impl FnMut()) -> Duration {
    run();
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let started = Instant::now();
            run();
            started.elapsed()
        })
        .collect();
    times.sort();
    times.get(RUNS / 2).copied().unwrap_or_default()
}

fn main() {
    let users = std::env::args()
        .find_map(|argument| argument.parse().ok())
        .unwrap_or(100_000);
    let text = manifest(users);
    let bare = median(|| assert!(Parser::new_from_str(&text).all(|event| event.is_ok())));
    let whole = median(|| {
        let file = File {
            name: "bench.yaml".to_owned(),
            bytes: text.clone().into_bytes(),
        };
        let (desired, _) = load(Input {
            files: vec![file],
            ..Input::default()
        })
        .unwrap_or_else(|findings| std::process::exit(i32::from(findings.errors() > 0)));
        assert!(desired.users.len() == users);
    });
    println!("{users} users, {:.1} MB", text.len() as f64 / 1e6);
    println!("bare parser   {:.3} s", bare.as_secs_f64());
    println!("read + check  {:.3} s", whole.as_secs_f64());
    println!(
        "ratio         {:.2}",
        whole.as_secs_f64() / bare.as_secs_f64()
    );
}
