//! Answers that are too long, too slow, or never come: a server written by hand sends them.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use ufsync::api::{ApiError, Client, Key, Settings};

use crate::support::Program;

/// A server that answers every request like this, and counts them.
fn server(
    answer: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + 'static,
) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::new(AtomicUsize::new(0));
    let counted = requests.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            drop(stream.read(&mut [0; 8192]));
            counted.fetch_add(1, Ordering::SeqCst);
            // The client hangs up as soon as it has enough.
            drop(answer(&mut stream));
        }
    });
    (url, requests)
}

/// What reading the roles ends with.
fn roles(url: &str, change: impl FnOnce(&mut Settings)) -> ApiError {
    let key = Key::parse("uf_test_admin_demo1234_s3cret").unwrap();
    let mut settings = Settings::new(url.to_owned(), key);
    settings.first_wait = Duration::from_millis(1);
    change(&mut settings);
    let client = Client::new(settings).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(client.roles()).unwrap_err()
}

fn head(stream: &mut TcpStream, more: &str) -> std::io::Result<()> {
    write!(
        stream,
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n{more}\r\n"
    )
}

#[test]
fn an_answer_that_never_ends_is_not_read_to_its_end_and_not_asked_for_again() {
    let (url, requests) = server(|stream| {
        head(stream, "")?;
        loop {
            stream.write_all(&[b' '; 4096])?;
        }
    });
    let error = roles(&url, |_| {});
    assert!(matches!(error, ApiError::TooLong { .. }), "{error}");
    assert!(error.to_string().contains(&url), "{error}");
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

#[test]
fn a_short_answer_that_unpacks_to_a_long_one_is_too_long() {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    for _ in 0..25_000 {
        packed.write_all(&[b' '; 4096]).unwrap();
    }
    let packed = packed.finish().unwrap();
    assert!(packed.len() < 3_000_000);
    let (url, requests) = server(move |stream| {
        let length = packed.len();
        head(
            stream,
            &format!("content-encoding: gzip\r\ncontent-length: {length}\r\n"),
        )?;
        stream.write_all(&packed)
    });
    let error = roles(&url, |_| {});
    assert!(matches!(error, ApiError::TooLong { .. }), "{error}");
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

#[test]
fn many_values_in_few_bytes_are_too_long_too() {
    let (url, requests) = server(|stream| {
        head(stream, "")?;
        write!(stream, "[{}[0]]", "[0],".repeat(1_000_000))
    });
    let error = roles(&url, |_| {});
    assert!(matches!(error, ApiError::TooLong { .. }), "{error}");
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}

#[test]
fn an_answer_that_comes_byte_by_byte_has_to_end_in_time() {
    let (url, requests) = server(|stream| {
        head(stream, "")?;
        loop {
            stream.write_all(b" ")?;
            stream.flush()?;
            std::thread::yield_now();
        }
    });
    let error = roles(&url, |settings| {
        settings.timeout = Duration::from_millis(50);
    });
    assert!(matches!(error, ApiError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("no whole answer within 0.05 s"));
    assert!(requests.load(Ordering::SeqCst) <= 2);
}

#[test]
fn the_doctor_says_once_that_nothing_answers() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let run = Program::new()
        .set("USERFRONT_API_KEY", "uf_test_admin_demo1234_s3cret")
        .set("USERFRONT_API_URL", &url)
        .run(&["doctor"])
        .exits(1);
    assert_eq!(run.stdout.matches("FAIL").count(), 1, "{}", run.stdout);
    run.says(&url).done();
}

#[test]
fn the_path_of_every_call_may_stand_in_the_address() {
    let server = crate::support::showcase::server();
    let program = Program::with(&server);
    for end in ["/", "/v0", "/v0/"] {
        let url = format!("{}{end}", server.running.url());
        program.run(&["doctor", "--api-url", &url]).exits(0).done();
    }
}

#[test]
fn how_long_a_server_asks_to_wait_is_said() {
    let (url, requests) = server(|stream| {
        let retry = "HTTP/1.1 429 Too Many Requests\r\nretry-after: 1800\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
        stream.write_all(retry.as_bytes())
    });
    let error = roles(&url, |_| {});
    assert!(
        error.to_string().contains("the server asks to wait 1800 s"),
        "{error}"
    );
    assert_eq!(requests.load(Ordering::SeqCst), 1);
}
