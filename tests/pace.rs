//! A server that limits the rate of calls: the run slows down, and nothing fails.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use serde_json::Value;
use ufsync::api::{ApiError, Client, Key, Settings};
use ufsync::emulator::switches::{RetryAfter, Switches};
use ufsync::emulator::{ModeState, Options, UserState};
use ufsync::model::UserId;
use ufsync::model::live::Data;

use crate::support::{Program, Server};

/// A server that takes so many calls a second, and has one user.
fn limited(rate: u32, retry_after: RetryAfter) -> Server {
    let options = Options {
        rate: Some(rate),
        switches: Switches {
            retry_after,
            ..Switches::default()
        },
        ..Options::default()
    };
    let jane = UserState {
        user_id: 1,
        email: Some("jane@example.com".into()),
        ..UserState::default()
    };
    let state = ModeState {
        users: vec![jane],
        ..ModeState::default()
    };
    Server::start(options, state)
}

/// Sends so many writes, 16 at once, and gives how many requests that took and how many were refused.
fn writes(server: &Server, count: usize) -> (usize, usize) {
    let roles = Data::from_iter([("roles".to_owned(), Value::Array(Vec::new()))]);
    let user = UserId(1);
    server.block_on(async {
        let mut answers = stream::iter(0..count)
            .map(|_| server.client.set_roles(user, &roles))
            .buffer_unordered(16);
        while let Some(answer) = answers.next().await {
            answer.unwrap();
        }
    });
    let requests = server.running.requests();
    let refused = requests.iter().filter(|it| it.status == Some(429)).count();
    (requests.len(), refused)
}

#[test]
fn a_run_that_is_slowed_does_not_fail_and_is_seldom_refused() {
    for retry_after in [RetryAfter::Seconds, RetryAfter::None] {
        let server = limited(400, retry_after);
        let (requests, refused) = writes(&server, 1500);
        assert_eq!(requests - refused, 1500);
        assert!(refused > 0, "the limit was not reached");
        assert!(refused * 100 <= requests * 5, "{refused} of {requests}");
    }
}

#[test]
fn many_more_refusals_than_attempts_fail_nothing() {
    // One call in 200 ms, and 16 that want to be first.
    let server = limited(5, RetryAfter::None);
    let (requests, refused) = writes(&server, 20);
    assert_eq!(requests - refused, 20);
}

#[test]
fn a_ceiling_keeps_below_the_limit() {
    let server = limited(200, RetryAfter::Seconds);
    let key = Key::parse(&server.running.keys().test_admin).unwrap();
    let mut settings = Settings::new(server.running.url().to_owned(), key);
    settings.max_rate = Some(100.0);
    let client = Client::new(settings).unwrap();
    server.block_on(async {
        let mut answers = stream::iter(0..200)
            .map(|_| client.roles())
            .buffer_unordered(16);
        while let Some(answer) = answers.next().await {
            answer.unwrap();
        }
    });
    assert_eq!(server.running.requests().len(), 200);
}

/// A server that gives the same answer to every connection.
fn always(answer: &'static str, patience: Duration) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            drop(stream.read(&mut [0; 8192]));
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    let key = Key::parse("uf_test_admin_demo1234_s3cret").unwrap();
    let mut settings = Settings::new(url, key);
    settings.patience = patience;
    settings.longest_pause = patience;
    Client::new(settings).unwrap()
}

#[test]
fn a_server_that_refuses_everything_is_given_up_for_all_calls_at_once() {
    for answer in [
        "HTTP/1.1 429 Too Many Requests\r\nretry-after: 30\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        "HTTP/1.1 429 Too Many Requests\r\nx-ratelimit-remaining: 0\r\nx-ratelimit-reset: 30\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
    ] {
        let client = always(answer, Duration::from_secs(2));
        let runtime = tokio::runtime::Runtime::new().unwrap();
        for attempts in [1, 0] {
            let error = runtime.block_on(client.roles()).unwrap_err();
            let ApiError::RateLimited { attempts: made, .. } = error else {
                panic!("{error}");
            };
            assert_eq!(made, attempts);
        }
    }
}

#[test]
fn the_program_takes_a_ceiling_and_refuses_nonsense() {
    let program = Program::new();
    program.write(
        "ufsync.yaml",
        "version: 1\nusers: { jane@example.com: {} }\n",
    );
    program
        .run(&["apply", "--sandbox", "--max-rate", "50/s"])
        .exits(0)
        .done();
    for nonsense in ["0", "-1/s", "inf", "NaN", "20/m", ""] {
        let flag = format!("--max-rate={nonsense}");
        program
            .run(&["plan", "--sandbox", &flag])
            .exits(64)
            .complains("as in 20/s")
            .done();
    }
}
