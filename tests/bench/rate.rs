//! `cargo bench --bench rate`: how close the client comes to a rate that it is not told.
//!
//! An emulator allows so many calls a second and refuses the rest; 3,000 writes are sent to it, 16 at once. Printed are
//! the throughput as a share of the allowed, and the share of the requests that were refused. The first is ruled by the
//! server's clock, not by the machine's speed.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::use_debug,
    clippy::cast_precision_loss,
    clippy::unwrap_used,
    reason = "a benchmark measures time, prints it, and fails loudly"
)]

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Instant;

use futures_util::{StreamExt as _, stream};
use ufsync::api::{Client, Key, Settings};
use ufsync::emulator::switches::{RetryAfter, Switches};
use ufsync::emulator::{ModeState, Options, Running, State, UserState};
use ufsync::model::UserId;
use ufsync::model::live::Data;

const WRITES: u64 = 3000;

async fn run(rate: Option<u32>, retry_after: RetryAfter) {
    let options = Options {
        rate,
        switches: Switches {
            retry_after,
            ..Switches::default()
        },
        ..Options::default()
    };
    let state = State {
        test: ModeState {
            users: vec![UserState {
                user_id: 1,
                email: Some("jane@example.com".to_owned()),
                ..UserState::default()
            }],
            ..ModeState::default()
        },
        ..State::default()
    };
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let server = Running::start(options, state, address).await.unwrap();
    let key = Key::parse(&server.keys().test_admin).unwrap();
    let client = Client::new(Settings::new(server.url().to_owned(), key)).unwrap();
    let roles = Data::from_iter([("roles".to_owned(), serde_json::Value::Array(Vec::new()))]);
    let user = UserId(1);
    let started = Instant::now();
    let failed = stream::iter(0..WRITES)
        .map(|_| client.set_roles(user, &roles))
        .buffer_unordered(16)
        .filter(|result| std::future::ready(result.is_err()))
        .count()
        .await;
    let time = started.elapsed().as_secs_f64();
    let requests = server.requests();
    let refused = requests.iter().filter(|it| it.status == Some(429)).count();
    let share = refused as f64 / requests.len() as f64;
    let reached = WRITES as f64 / time;
    match rate {
        Some(rate) => println!(
            "{rate}/s, Retry-After {retry_after:?}: {:.1} % of the allowed, {:.1} % refused, {failed} failed",
            100.0 * reached / f64::from(rate),
            100.0 * share
        ),
        None => println!("no limit: {reached:.0}/s, {failed} failed"),
    }
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        run(None, RetryAfter::None).await;
        for rate in [50, 400] {
            for retry_after in [RetryAfter::Seconds, RetryAfter::Date, RetryAfter::None] {
                run(Some(rate), retry_after).await;
            }
        }
    });
}
