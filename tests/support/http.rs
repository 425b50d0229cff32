//! A server of a few lines, for answers that the emulator does not give.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};

/// A server that runs until the test ends.
pub(crate) struct Http {
    pub(crate) url: String,
    requests: Arc<AtomicUsize>,
}

impl Http {
    /// Answers every request, of which it gets the whole text, with a status line's end and a body.
    pub(crate) fn start(
        answer: impl Fn(&str) -> (&'static str, Value) + Send + Sync + 'static,
    ) -> Self {
        Self::with_head(answer, String::new)
    }

    /// The same, where each answer says what time it is on the server.
    pub(crate) fn with_clock(
        answer: impl Fn(&str) -> (&'static str, Value) + Send + Sync + 'static,
    ) -> Self {
        Self::with_head(answer, || {
            let now = httpdate::fmt_http_date(std::time::SystemTime::now());
            format!("date: {now}\r\n")
        })
    }

    fn with_head(
        answer: impl Fn(&str) -> (&'static str, Value) + Send + Sync + 'static,
        head: fn() -> String,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let (answer, counted) = (Arc::new(answer), Arc::clone(&requests));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let answer = Arc::clone(&answer);
                counted.fetch_add(1, Ordering::Relaxed);
                thread::spawn(move || serve(stream.unwrap(), &*answer, &head));
            }
        });
        Self { url, requests }
    }

    /// How many requests have come.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

/// Sends a request to a server as it came, and returns its answer.
pub(crate) fn pass_on(asked: &str, server: &str) -> (&'static str, Value) {
    let mut stream = TcpStream::connect(server.strip_prefix("http://").unwrap()).unwrap();
    let (line, rest) = asked.split_once("\r\n").unwrap();
    let rest = rest.replace("accept-encoding:", "x-encoding:");
    let text = format!("{line}\r\nconnection: close\r\n{rest}");
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = match head.split(' ').nth(1).unwrap() {
        "400" => "400 Bad Request",
        "404" => "404 Not Found",
        _ => "200 OK",
    };
    (status, serde_json::from_str(body).unwrap_or_default())
}

/// A server that refuses to create what has this text in it, before one that does everything.
pub(crate) fn refusing(text: &'static str, server: &str) -> Http {
    let server = server.to_owned();
    Http::start(move |asked| {
        if asked.starts_with("POST /v0/users/createOrUpdate ") && asked.contains(text) {
            let message = json!({"statusCode": 400, "message": "Not this one"});
            return ("400 Bad Request", message);
        }
        pass_on(asked, &server)
    })
}

/// Whether a request has come to its end: its head, and as much body as that announces.
fn is_whole(asked: &[u8]) -> bool {
    let Some(head) = asked.windows(4).position(|end| end == b"\r\n\r\n") else {
        return false;
    };
    let text = String::from_utf8_lossy(&asked[..head]).to_lowercase();
    let length = text.split("content-length:").nth(1);
    let length = length.and_then(|length| length.lines().next()?.trim().parse().ok());
    asked.len() >= head + 4 + length.unwrap_or(0_usize)
}

/// Reads a request, and answers it.
pub(crate) fn serve(
    mut stream: TcpStream,
    answer: &dyn Fn(&str) -> (&'static str, Value),
    date: &dyn Fn() -> String,
) {
    let (mut asked, mut buffer) = (Vec::new(), [0; 8192]);
    while !is_whole(&asked) {
        let length = stream.read(&mut buffer).unwrap();
        if length == 0 {
            return;
        }
        asked.extend_from_slice(&buffer[..length]);
    }
    let (status, body) = answer(std::str::from_utf8(&asked).unwrap());
    let body = body.to_string();
    let length = body.len();
    let date = date();
    let head =
        format!("HTTP/1.1 {status}\r\nconnection: close\r\n{date}content-length: {length}\r\n\r\n");
    // Whoever has gone does not need the answer.
    drop(stream.write_all((head + &body).as_bytes()));
}
