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
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(AtomicUsize::new(0));
        let (answer, counted) = (Arc::new(answer), Arc::clone(&requests));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let answer = Arc::clone(&answer);
                counted.fetch_add(1, Ordering::Relaxed);
                thread::spawn(move || serve(stream.unwrap(), &*answer));
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

fn serve(mut stream: TcpStream, answer: &dyn Fn(&str) -> (&'static str, Value)) {
    let (mut asked, mut buffer) = (String::new(), [0; 8192]);
    // A request ends with its head if that announces no body, else with the end of the JSON.
    let has_body = |asked: &str| !asked.starts_with("GET ") && !asked.starts_with("DELETE ");
    while !(asked.ends_with('}') || !has_body(&asked) && asked.ends_with("\r\n\r\n")) {
        let length = stream.read(&mut buffer).unwrap();
        if length == 0 {
            return;
        }
        asked.push_str(std::str::from_utf8(&buffer[..length]).unwrap());
    }
    let (status, body) = answer(&asked);
    let body = body.to_string();
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
    // Whoever has gone does not need the answer.
    drop(stream.write_all((head + &body).as_bytes()));
}
