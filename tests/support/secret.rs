//! A key of our own, a server that accepts it, and the search for it in everything that the program writes.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

use super::{Program, Run};

/// What must be nowhere.
pub(crate) const SECRET: &str = "Zq7xK3vW";
/// The key, as long as the emulator's own.
pub(crate) const KEY: &str = "uf_test_admin_demo1234_Zq7xK3vW";
const HEADER: &str = "authorization: Bearer uf_test_admin_demo1234_Zq7xK3vW\r\n";
const THEIRS: &str = "authorization: Bearer uf_test_admin_demo1234_emulator\r\n";
/// The start of the key in base 64, at each of the three places where it can start.
const BASE_64: [&str; 3] = ["WnE3eEszdl", "pxN3hLM3ZX", "acTd4SzN2V"];

/// Stands before an emulator and puts its key in the place of ours. Yields its address.
pub(crate) fn before(runtime: &Runtime, behind: SocketAddr) -> String {
    let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)));
    let listener = listener.unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(pass(stream, behind));
        }
    });
    format!("http://{address}")
}

async fn pass(mut client: TcpStream, behind: SocketAddr) {
    let mut server = TcpStream::connect(behind).await.unwrap();
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let there = async {
        let mut buffer = vec![0; 1 << 20];
        while let Ok(length @ 1..) = from_client.read(&mut buffer).await {
            let sent = &mut buffer[..length];
            // A head comes in one piece, since it is written in one.
            let place = sent
                .windows(HEADER.len())
                .position(|part| part == HEADER.as_bytes());
            if let Some(place) = place {
                sent[place..place + HEADER.len()].copy_from_slice(THEIRS.as_bytes());
            }
            if to_server.write_all(sent).await.is_err() {
                break;
            }
        }
    };
    let back = tokio::io::copy(&mut from_server, &mut to_client);
    tokio::select! {
        () = there => {}
        _ = back => {}
    }
}

/// Fails where a text has the secret.
pub(crate) fn is_not_in(text: &str, what: &str) {
    for needle in [SECRET].into_iter().chain(BASE_64) {
        assert!(!text.contains(needle), "the key is in {what}:\n{text}");
    }
}

/// The program with the key in its environment, everything of which is searched.
pub(crate) struct Searched {
    pub(crate) program: Program,
    /// Files that have the key because the test put it there.
    known: Vec<PathBuf>,
}

impl Searched {
    pub(crate) fn new(url: &str) -> Self {
        let program = Program::new();
        let summary = program.path().join("summary.md");
        let program = program
            .set("USERFRONT_API_URL", url)
            .set("USERFRONT_API_KEY", KEY)
            .set("GITHUB_STEP_SUMMARY", summary.to_str().unwrap());
        Self {
            program,
            known: Vec::new(),
        }
    }

    /// Writes a file that has the key.
    pub(crate) fn plant(&mut self, name: &str, text: &str) {
        self.known.push(self.program.write(name, text));
    }

    /// Runs the program, and searches what it printed and every file.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let run = self.program.run(arguments);
        let what =
            |stream: &str| format!("the {stream} of {arguments:?}, which ended in {}", run.code);
        is_not_in(&run.stdout, &what("stdout"));
        is_not_in(&run.stderr, &what("stderr"));
        assert!(run.code != 101, "a panic: {run:?}");
        self.search(self.program.path(), arguments);
        run
    }

    fn search(&self, folder: &Path, arguments: &[&str]) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.search(&path, arguments);
            } else if !self.known.contains(&path) {
                let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
                let what = format!("{}, after {arguments:?}", path.display());
                is_not_in(&path.display().to_string(), "the name of a file");
                is_not_in(&text, &what);
            }
        }
    }
}
