//! No more connections are opened than the parallelism allows.

use std::fmt::Write as _;

use ufsync::emulator::{Options, State};

use crate::support::{Program, Server};

/// Many people to create, each with a role, and a pattern that takes reading everybody.
fn manifest() -> String {
    let mut text = "version: 1\nprune: {users: {email: [\"*nobody*\"]}}\nusers:\n".to_owned();
    for number in 0..300 {
        writeln!(text, "  new{number}@example.com: {{roles: [member]}}").unwrap();
    }
    text
}

#[test]
fn there_are_no_more_connections_than_calls_at_once() {
    for parallel in [1, 4, 16] {
        let options = Options {
            page_size: 10,
            ..Options::default()
        };
        let state = State::generate("demo1234", 2_000, 10, 1).test;
        let server = Server::start(options, state);
        let program = Program::with(&server);
        program.write("ufsync.yaml", &manifest());
        for (command, least) in [(&["plan"][..], 200), (&["apply", "--yes"], 800)] {
            let connections = server.running.connections();
            let requests = server.running.requests().len();
            let parallelism = ["--parallel", &parallel.to_string()];
            program
                .run(&[command, &parallelism].concat())
                .exits(0)
                .done();
            let requests = server.running.requests().len() - requests;
            assert!(requests >= least, "{command:?} asks only {requests} times");
            let opened = server.running.connections() - connections;
            assert!(
                (1..=parallel).contains(&opened),
                "{command:?}: {opened} connections for {parallel} calls at once"
            );
        }
    }
}
