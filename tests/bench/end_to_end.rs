//! `cargo bench --bench end_to_end`: `ufsync plan` and `ufsync apply` as people run them, beside a client that does the least
//! work: the same requests, as many at once, their answers read and thrown away.
//!
//! The emulator runs in a process of its own, with a latency as of a network and with none. Each pair is run in turn, five
//! times after a warm-up; the medians and their ratio are printed. Times differ from machine to machine, ratios less.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a benchmark starts programs, measures time, prints it, and fails loudly"
)]

#[path = "common/emulator.rs"]
mod emulator;
#[path = "common/manifest.rs"]
mod manifest;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use emulator::{Emulator, KEY, PROGRAM};
use futures_util::{StreamExt as _, stream};
use granit_parser::Parser;
use manifest::manifest;
use serde_json::{Value, json};
use tokio::runtime::Runtime;

const RUNS: usize = 5;
const PARALLEL: usize = 32;

/// A request of the client that does the least.
type Bare = (reqwest::Method, String, Value);

async fn send(emulator: &Emulator, requests: Vec<Bare>) {
    let client = reqwest::Client::new();
    let answers = stream::iter(requests)
        .map(|(method, path, body)| {
            let request = client.request(method, format!("{}{path}", emulator.url));
            let request = request.bearer_auth(KEY).json(&body);
            async move {
                let answer = request.send().await.unwrap();
                assert!(answer.status().is_success(), "{}", answer.status());
                answer.bytes().await.unwrap().len()
            }
        })
        .buffer_unordered(PARALLEL);
    answers.for_each(|_| std::future::ready(())).await;
}

fn pages(users: usize) -> Vec<Bare> {
    let page = |page| {
        let body = json!({"order": "userId_ASC", "page": page});
        (reqwest::Method::POST, "/v0/users/find".to_owned(), body)
    };
    (1..=users.div_ceil(100)).map(page).collect()
}

fn creations(users: usize) -> Vec<Bare> {
    let create = |user: usize| {
        let body = json!({"email": format!("user{user}@example.com"), "name": format!("User Number {user}"), "username": format!("user{user}"), "data": {"department": "engineering", "seat": user}});
        (
            reqwest::Method::POST,
            "/v0/users/createOrUpdate".to_owned(),
            body,
        )
    };
    let grant = |user: usize| {
        let path = format!("/v0/users/{}/roles", user + 1);
        (reqwest::Method::PUT, path, json!({"roles": ["member"]}))
    };
    (0..users)
        .map(create)
        .chain((0..users).map(grant))
        .collect()
}

/// A plan on a server whose users' records do not contain the roles held in tenants: it asks tenant by tenant and role by role.
fn role_reads(runtime: &Runtime, folder: &Path) {
    const TENANTS: usize = 770;
    let roles = ["admin", "editor", "guest", "member", "owner", "viewer"];
    let tenant = |number: usize| json!({"tenantId": format!("tenant{number:03}"), "name": format!("Tenant {number}")});
    let user = |number: usize| {
        let held = (0..3).map(|step| (number * 3 + step) % TENANTS);
        let held = held.map(|tenant| (format!("tenant{tenant:03}"), json!([roles[tenant % 6]])));
        json!({"email": format!("user{number}@example.com"), "roles": held.collect::<Value>()})
    };
    let state = json!({"test": {
        "roles": roles,
        "tenants": (0..TENANTS).map(tenant).collect::<Vec<_>>(),
        "users": (0..300).map(user).collect::<Vec<_>>(),
    }});
    let seed = folder.join("roles.json");
    std::fs::write(&seed, state.to_string()).unwrap();
    let manifest = folder.join("roles.yaml");
    let prune = "version: 1\nprune: {members: [one]}\ntenants: {one: {tenantId: tenant001}}\nguards: {maxRoleRemovals: 100%}\n";
    std::fs::write(&manifest, prune).unwrap();
    let seed = [
        "--latency",
        "20ms",
        "--user-authorization",
        "own",
        "--seed",
        seed.to_str().unwrap(),
    ];
    let emulator = Emulator::start(folder, &seed);
    let plan = || ufsync(&emulator, &["plan"], &manifest);
    plan();
    let calls = runtime.block_on(calls(&emulator));
    let what = format!("plan with {} reads of roles at 20ms", calls.len());
    let floor = || runtime.block_on(send(&emulator, calls.clone()));
    compare(&what, 1.20, floor, plan);
}

/// The calls that the emulator has got so far; a search finds nobody, whoever it searched for.
async fn calls(emulator: &Emulator) -> Vec<Bare> {
    let client = reqwest::Client::new();
    let log = client.get(format!("{}/_emulator/requests", emulator.url));
    let log: Vec<Value> = log.send().await.unwrap().json().await.unwrap();
    let nobody =
        json!({"attr": "role", "type": "string", "comparison": "is", "value": "nowhere:none"});
    let group = json!({"conjunction": "or", "filters": [nobody]});
    let body = json!({"filters": {"conjunction": "and", "filterGroups": [group]}});
    let call = |record: &Value| {
        let method = record["method"].as_str().unwrap().parse().unwrap();
        let path = record["path"].as_str().unwrap().to_owned();
        let is_of_users = path == "/v0/users/find";
        let body = if is_of_users { body.clone() } else { json!({}) };
        (method, path, body)
    };
    log.iter().map(call).collect()
}

/// The medians of two things that are done in turn.
fn compare(what: &str, most: f64, mut floor: impl FnMut(), mut whole: impl FnMut()) {
    let (mut floors, mut wholes) = (Vec::new(), Vec::new());
    for run in 0..=RUNS {
        let time = |what: &mut dyn FnMut()| {
            let started = Instant::now();
            what();
            started.elapsed()
        };
        let (floor, whole) = (time(&mut floor), time(&mut whole));
        if run > 0 {
            floors.push(floor);
            wholes.push(whole);
        }
    }
    floors.sort();
    wholes.sort();
    let (floor, whole) = (
        floors[RUNS / 2].as_secs_f64(),
        wholes[RUNS / 2].as_secs_f64(),
    );
    println!(
        "{what}: {whole:.3} s, {:.2}× the least work ({floor:.3} s); at most {most:.2}× is wanted",
        whole / floor
    );
}

fn ufsync(emulator: &Emulator, arguments: &[&str], manifest: &Path) {
    let status = Command::new(PROGRAM)
        .args(arguments)
        .args(["-q", "--parallel", &PARALLEL.to_string(), "-f"])
        .arg(manifest)
        .env("USERFRONT_API_URL", &emulator.url)
        .env("USERFRONT_API_KEY", KEY)
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success(), "{arguments:?}: {status}");
}

fn main() {
    drop(rustls::crypto::ring::default_provider().install_default());
    let folder = tempfile::TempDir::new().unwrap();
    let path = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let runtime = Runtime::new().unwrap();
    let text = manifest(10_000);
    let large = path("large.yaml", &text);
    for (latency, most) in [("20ms", 1.25), ("0ms", 1.5)] {
        let emulator = Emulator::start(
            folder.path(),
            &["--latency", latency, "--seed", large.to_str().unwrap()],
        );
        let floor = || {
            assert!(Parser::new_from_str(&text).all(|event| event.is_ok()));
            runtime.block_on(send(&emulator, pages(10_000)));
        };
        let plan = || ufsync(&emulator, &["plan"], &large);
        compare(
            &format!("plan of 10,000 users at {latency}"),
            most,
            floor,
            plan,
        );
    }
    role_reads(&runtime, folder.path());
    for (latency, users, most) in [("20ms", 1_000, 1.10), ("0ms", 10_000, 1.5)] {
        let manifest = path("new.yaml", &manifest(users));
        let emulator = Emulator::start(folder.path(), &["--latency", latency]);
        let reset = || {
            let client = reqwest::Client::new();
            let reset = client
                .post(format!("{}/_emulator/reset", emulator.url))
                .send();
            runtime.block_on(reset).unwrap();
        };
        let floor = || {
            runtime.block_on(send(&emulator, creations(users)));
            reset();
        };
        let apply = || {
            ufsync(&emulator, &["apply", "--yes"], &manifest);
            reset();
        };
        compare(
            &format!("apply of {users} users with roles at {latency}"),
            most,
            floor,
            apply,
        );
    }
}
