//! `cargo bench --bench emulator`: how many requests a second the emulator answers on one core, and whether a search by
//! address takes longer where there are more users.
//!
//! The emulator runs in a process of its own, on one core where `taskset` is there, and is asked by a client that does the
//! least work: prepared bytes over 16 connections, one request at a time on each, answers counted and thrown away. What
//! counts is the last column, requests per second of the emulator's own time on the processor, since other programs and
//! the client slow down the rest. It is known on Linux alone.
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

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use emulator::{Emulator, KEY, PROGRAM};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const CONNECTIONS: usize = 16;
/// As many different requests are sent in turn.
const VARIETY: usize = 1_000;
const TENANTS: usize = 50;
const WANTED: f64 = 20_000.0;

/// On one core, where the system can say so.
fn start(folder: &Path, users: usize) -> Emulator {
    let (users, tenants) = (users.to_string(), TENANTS.to_string());
    let arguments = ["--users", &users, "--tenants", &tenants];
    let mut pinned = Command::new("taskset");
    pinned.args(["-c", "0", PROGRAM]);
    Emulator::by(pinned, folder, &arguments).unwrap_or_else(|_| Emulator::start(folder, &arguments))
}

fn address(emulator: &Emulator) -> &str {
    emulator.url.strip_prefix("http://").unwrap()
}

/// Seconds of the processor that it has used; none where the system does not tell.
fn used(emulator: &Emulator) -> Option<f64> {
    let stat = format!("/proc/{}/stat", emulator.process.id());
    let stat = std::fs::read_to_string(stat).ok()?;
    // The name in brackets may hold spaces; the times are the 14th and 15th of all, in hundredths.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |field: usize| fields[field].parse::<f64>().unwrap();
    Some((ticks(11) + ticks(12)) / 100.0)
}

/// A request in the bytes that ufsync's own client sends.
fn request(emulator: &Emulator, method: &str, path: &str, body: Option<&Value>) -> Vec<u8> {
    let head = format!(
        "{method} {path} HTTP/1.1\r\nuser-agent: ufsync/0.1.0\r\nauthorization: Bearer {KEY}\r\naccept: */*\r\naccept-encoding: gzip\r\nhost: {}\r\n",
        address(emulator)
    );
    let rest = body.map_or_else(
        || "\r\n".to_owned(),
        |body| {
            let body = body.to_string();
            let length = body.len();
            format!("content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
        },
    );
    (head + &rest).into_bytes()
}

fn find(emulator: &Emulator, emails: &[&str]) -> Vec<u8> {
    let filter = |email: &&str| json!({"attr": "email", "type": "string", "comparison": "is", "value": email});
    let filters: Vec<Value> = emails.iter().map(filter).collect();
    let group = json!({"conjunction": "or", "filters": filters});
    let body = json!({"order": "userId_ASC", "page": 1, "filters": {"conjunction": "and", "filterGroups": [group]}});
    request(emulator, "POST", "/v0/users/find", Some(&body))
}

/// Sends a request and reads the answer, whose body is left in the buffer from the place that is returned.
async fn exchange(stream: &mut TcpStream, request: &[u8], buffer: &mut Vec<u8>) -> usize {
    stream.write_all(request).await.unwrap();
    buffer.clear();
    let mut body = None;
    loop {
        assert!(stream.read_buf(buffer).await.unwrap() > 0, "hung up");
        let (start, length) = match body {
            Some(known) => known,
            None => match body_of(buffer) {
                Some(known) => *body.insert(known),
                None => continue,
            },
        };
        if length.map_or_else(
            || buffer.ends_with(b"\r\n0\r\n\r\n"),
            |it| buffer.len() >= start + it,
        ) {
            assert!(
                buffer.starts_with(b"HTTP/1.1 200"),
                "{}",
                String::from_utf8_lossy(buffer)
            );
            return start;
        }
    }
}

/// Where an answer's body starts and how long it is, once its head is there; one that is compressed comes in pieces.
fn body_of(answer: &[u8]) -> Option<(usize, Option<usize>)> {
    let end = answer.windows(4).position(|it| it == b"\r\n\r\n")?;
    let head = std::str::from_utf8(&answer[..end]).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    Some((end + 4, length.map(|length| length.parse().unwrap())))
}

/// The addresses of users that are spread over all.
async fn addresses(emulator: &Emulator, users: usize) -> Vec<String> {
    let mut stream = TcpStream::connect(address(emulator)).await.unwrap();
    let (mut addresses, mut buffer) = (Vec::new(), Vec::new());
    for turn in 0..VARIETY {
        let id = turn * users / VARIETY + 1;
        let request = format!(
            "GET /v0/users/{id} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {KEY}\r\n\r\n"
        );
        let body = exchange(&mut stream, request.as_bytes(), &mut buffer).await;
        let user: Value = serde_json::from_slice(&buffer[body..]).unwrap();
        addresses.push(user["email"].as_str().unwrap().to_owned());
    }
    addresses
}

/// What so many requests took, in microseconds for each: of the whole time, and of the emulator's own.
struct Took {
    whole: f64,
    own: Option<f64>,
}

async fn send(emulator: &Emulator, requests: Vec<Vec<u8>>, count: usize) -> Took {
    let requests = Arc::new(requests);
    let next = Arc::new(AtomicUsize::new(0));
    let mut connections = JoinSet::new();
    let (started, before) = (Instant::now(), used(emulator));
    for _ in 0..CONNECTIONS {
        let mut stream = TcpStream::connect(address(emulator)).await.unwrap();
        stream.set_nodelay(true).unwrap();
        let (requests, next) = (Arc::clone(&requests), Arc::clone(&next));
        connections.spawn(async move {
            let mut buffer = Vec::new();
            loop {
                let turn = next.fetch_add(1, Ordering::Relaxed);
                if turn >= count {
                    break;
                }
                exchange(&mut stream, &requests[turn % requests.len()], &mut buffer).await;
            }
        });
    }
    connections.join_all().await;
    let each = |seconds: f64| seconds * 1e6 / count as f64;
    let own = before.and_then(|before| Some(each(used(emulator)? - before)));
    Took {
        whole: each(started.elapsed().as_secs_f64()),
        own,
    }
}

async fn measure(emulator: &Emulator, what: &str, requests: Vec<Vec<u8>>, count: usize) -> Took {
    // To warm up.
    send(emulator, requests.clone(), count / 10).await;
    let took = send(emulator, requests, count).await;
    let (whole, own) = (1e6 / took.whole, took.own.map(|own| 1e6 / own));
    let own = own.map_or_else(|| "?".to_owned(), |own| format!("{own:.0}"));
    println!("{what:<42} {whole:>9.0} {own:>15}");
    took
}

async fn bench(folder: &Path, users: usize) -> (Took, Took) {
    let emulator = start(folder, users);
    let addresses = addresses(&emulator, users).await;
    let addresses: Vec<&str> = addresses.iter().map(String::as_str).collect();
    println!(
        "\n{:<42} {:>9} {:>15}",
        format!("{users} users, {TENANTS} tenants"),
        "/ s",
        "/ s of its core"
    );
    let id = |turn: usize| turn * users / VARIETY + 1;
    let get = |turn| request(&emulator, "GET", &format!("/v0/users/{}", id(turn)), None);
    let update = |turn| {
        let body = json!({"userId": id(turn), "name": format!("User Number {turn}"), "data": {"department": "engineering", "seat": turn}});
        request(&emulator, "POST", "/v0/users/createOrUpdate", Some(&body))
    };
    let roles = |turn| {
        let path = format!("/v0/users/{}/roles", id(turn));
        let roles = if turn % 2 == 0 {
            json!(["member"])
        } else {
            json!(["viewer"])
        };
        request(&emulator, "PUT", &path, Some(&json!({"roles": roles})))
    };
    let one = |turn: usize| find(&emulator, &addresses[turn..=turn]);
    let hundred = |turn: usize| {
        let start = turn * 100 % VARIETY;
        find(&emulator, &addresses[start..start + 100])
    };
    let page = |_| {
        let body = json!({"order": "userId_ASC", "page": 1});
        request(&emulator, "POST", "/v0/users/find", Some(&body))
    };
    let list = |make: &dyn Fn(usize) -> Vec<u8>| (0..VARIETY).map(make).collect::<Vec<_>>();
    let mix: Vec<_> = (0..VARIETY)
        .flat_map(|turn| [get(turn), update(turn), roles(turn), one(turn)])
        .collect();
    measure(&emulator, "read a user", list(&get), 100_000).await;
    measure(
        &emulator,
        "createOrUpdate with an id",
        list(&update),
        100_000,
    )
    .await;
    measure(&emulator, "set roles", list(&roles), 100_000).await;
    let single = measure(&emulator, "find by address", list(&one), 100_000).await;
    let mixed = measure(&emulator, "all four in turn", mix, 200_000).await;
    measure(
        &emulator,
        "find by 100 addresses, a page of 100",
        list(&hundred),
        5_000,
    )
    .await;
    measure(&emulator, "the first page of 100", list(&page), 5_000).await;
    (single, mixed)
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let folder = tempfile::TempDir::new().unwrap();
    let (few, mixed) = bench(folder.path(), 1_000).await;
    let (many, _) = bench(folder.path(), 1_000_000).await;
    let own = |took: &Took| took.own.unwrap_or(took.whole);
    println!(
        "\nall four in turn: {:.0} a second of one core; at least {WANTED:.0} are wanted",
        1e6 / own(&mixed)
    );
    println!(
        "find by address in 1,000,000 users: {:.2}× the time in 1,000; about 1 is wanted",
        own(&many) / own(&few)
    );
}
