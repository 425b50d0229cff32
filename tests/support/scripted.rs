//! A server of a few lines that answers with given texts, whatever it is asked.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use ufsync::api::Client;

use super::client;

/// A server that answers each connection with the next of these texts, and tells what it was sent.
pub(crate) fn scripted(answers: Vec<String>) -> (Client, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            stream
                .set_read_timeout(Some(Duration::from_secs(5)))
                .unwrap();
            let mut buffer = [0; 8192];
            let length = stream.read(&mut buffer).unwrap_or_default();
            // Where the test is over nobody listens any more.
            drop(sender.send(String::from_utf8_lossy(&buffer[..length]).into_owned()));
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    (client(&url, "uf_test_admin_demo1234_s3cret"), receiver)
}

/// An answer with a body.
pub(crate) fn answer(status: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}
