//! A server of a few lines, for answers that the emulator does not give.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::Value;

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
