//! `cargo bench --bench scale [USERS]...`: how time and memory of `ufsync plan` grow with the users in the manifest and on the
//! server, and what a plan of a few takes among many.
//!
//! Each size is planned five times after a warm-up, and the median time and the highest memory are printed. The exponent
//! says how time grows from one size to the next: 1 is linear. Memory is known on Linux alone.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    reason = "a benchmark starts programs, measures time, prints it, and fails loudly"
)]

#[path = "common/emulator.rs"]
mod emulator;
#[path = "common/manifest.rs"]
mod manifest;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use emulator::{Emulator, KEY, PROGRAM};
use manifest::manifest;
use serde_json::Value;

const RUNS: usize = 5;
/// How many people are managed among many.
const FEW: usize = 200;

/// What a plan took: seconds, and MiB at most.
fn plan(emulator: &Emulator, manifest: &Path) -> (f64, f64) {
    let started = Instant::now();
    let mut process = Command::new(PROGRAM)
        .args(["plan", "-q", "-f"])
        .arg(manifest)
        .env("USERFRONT_API_URL", &emulator.url)
        .env("USERFRONT_API_KEY", KEY)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let mut memory = 0.0;
    loop {
        memory = peak(process.id()).unwrap_or(memory);
        if let Some(status) = process.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return (started.elapsed().as_secs_f64(), memory);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The most memory that a process has used so far, in MiB.
fn peak(process: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib / 1024.0)
}

/// The median time and the most memory of several plans.
fn measure(emulator: &Emulator, manifest: &Path) -> (f64, f64) {
    plan(emulator, manifest);
    let mut took: Vec<(f64, f64)> = (0..RUNS).map(|_| plan(emulator, manifest)).collect();
    took.sort_by(|one, other| one.0.total_cmp(&other.0));
    let memory = took.iter().map(|(_, memory)| *memory);
    (took[RUNS / 2].0, memory.fold(0.0, f64::max))
}

fn requests(emulator: &Emulator) -> usize {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let client = reqwest::Client::new();
    let log = client.get(format!("{}/_emulator/requests", emulator.url));
    let log = runtime.block_on(async { log.send().await.unwrap().json::<Value>().await });
    log.unwrap().as_array().unwrap().len()
}

fn main() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let given: Vec<usize> = std::env::args()
        .filter_map(|argument| argument.parse().ok())
        .collect();
    let sizes = if given.is_empty() {
        vec![10_000, 100_000, 1_000_000]
    } else {
        given
    };
    let folder = tempfile::TempDir::new().unwrap();
    let path = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let few = path("few.yaml", &manifest(FEW));
    let mut before: Option<(usize, f64)> = None;
    for users in sizes {
        let all = path("all.yaml", &manifest(users));
        let emulator = Emulator::start(folder.path(), &["--seed", all.to_str().unwrap()]);
        let (time, memory) = measure(&emulator, &all);
        let exponent =
            before.map(|(fewer, less)| (time / less).ln() / (users as f64 / fewer as f64).ln());
        let exponent = exponent.map_or_else(String::new, |it| format!(", exponent {it:.2}"));
        println!("{users} users: {time:.2} s{exponent}, {memory:.0} MiB");
        let asked = requests(&emulator);
        let (short, memory) = plan(&emulator, &few);
        println!(
            "{FEW} of {users}: {short:.2} s, {} requests, {memory:.0} MiB",
            requests(&emulator) - asked
        );
        before = Some((users, time));
    }
}
