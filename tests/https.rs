//! Over HTTPS: whom the program trusts, and to whom it never shows the key.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::runtime::Runtime;
use ufsync::emulator::{ModeState, Options};

use crate::support::tls::{Authority, Heard, answering, proxy, terminate};
use crate::support::{Program, Run, Server};

const MANIFEST: &str =
    "version: 1\nmode: test\nusers: { jane@example.com: { name: Jane, roles: [member] } }\n";

/// An emulator, and the address of a TLS listener before it whose certificate is for this host.
fn secured(authority: &Authority, host: &str) -> (Server, SocketAddr) {
    let server = reached_by_name();
    let behind = address(server.running.url());
    let address = terminate(&server.runtime, authority.server(host), behind);
    (server, address)
}

fn address(url: &str) -> SocketAddr {
    url.strip_prefix("http://").unwrap().parse().unwrap()
}

/// The program with the key of the emulator, an address, and an authority that it may trust.
fn program(url: &str, authority: Option<&Authority>) -> Program {
    let program = Program::new()
        .set("USERFRONT_API_URL", url)
        .set("USERFRONT_API_KEY", "uf_test_admin_demo1234_emulator");
    let Some(authority) = authority else {
        return program;
    };
    let file = program.write("authority.pem", &authority.pem);
    program.set("SSL_CERT_FILE", file.to_str().unwrap())
}

fn text(heard: &Heard) -> String {
    String::from_utf8_lossy(&heard.lock().unwrap()).into_owned()
}

/// Refused because of the certificate, with what to do about it, and at once.
fn is_refused(program: &Program, reason: &str) -> Run {
    let started = Instant::now();
    let run = program.run(&["api", "GET", "/v0/roles"]).exits(1);
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "it was tried again"
    );
    run.complains("ufsync::api::untrusted")
        .complains(reason)
        .complains("SSL_CERT_FILE")
}

/// A server that answers to the name that the certificates are for.
fn reached_by_name() -> Server {
    let options = Options {
        hosts: vec!["api.userfront.test".to_owned(), "0.0.0.0".to_owned()],
        ..Options::default()
    };
    Server::start(options, ModeState::default())
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_refused() {
    let authority = Authority::new();
    let (server, address) = secured(&authority, "localhost");
    let url = format!("https://localhost:{}", address.port());
    is_refused(&program(&url, None), "certificate").done();
    let other = Authority::new();
    is_refused(&program(&url, Some(&other)), "certificate").done();
    assert!(server.running.requests().is_empty());
}

#[test]
fn a_certificate_of_another_host_is_refused() {
    let authority = Authority::new();
    let (server, address) = secured(&authority, "api.userfront.example");
    let url = format!("https://localhost:{}", address.port());
    is_refused(&program(&url, Some(&authority)), "not valid for name").done();
    assert!(server.running.requests().is_empty());
}

#[test]
fn what_does_not_speak_tls_is_refused() {
    let runtime = Runtime::new().unwrap();
    let answer = "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n".to_owned();
    let (address, heard) = answering(&runtime, answer);
    let program = program(&format!("https://localhost:{}", address.port()), None);
    let run = program.run(&["api", "GET", "/v0/roles"]).exits(1);
    run.complains("ufsync::api::not_tls")
        .complains(&format!("https://localhost:{}", address.port()))
        .done();
    assert!(!text(&heard).contains("uf_test"));
}

#[test]
fn the_authority_that_a_file_names_is_trusted_and_nothing_but_requests_is_logged() {
    let authority = Authority::new();
    let (server, address) = secured(&authority, "localhost");
    let url = format!("https://localhost:{}", address.port());
    let program = program(&url, Some(&authority));
    program.write("ufsync.yaml", MANIFEST);
    let run = program.run(&["apply", "--yes", "-vv"]).exits(0);
    assert!(
        run.stderr.contains("request call=POST /v0/users"),
        "{run:?}"
    );
    for line in run.stderr.lines() {
        assert!(
            line.starts_with("DEBUG request call=") || line.starts_with(" INFO reading "),
            "{line}"
        );
    }
    run.says("Applied: 2 calls.").done();
    program
        .run(&["doctor"])
        .exits(0)
        .says("certificate accepted")
        .done();
    assert_eq!(server.store().users.len(), 1);
}

#[test]
fn a_redirect_is_not_followed_to_wherever_it_leads() {
    let authority = Authority::new();
    let runtime = Runtime::new().unwrap();
    let nothing = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".to_owned();
    let (plain, heard) = answering(&runtime, nothing);
    let other = terminate(&runtime, authority.old_server("127.0.0.1"), plain);
    for status in [301, 302, 303, 307, 308] {
        for target in [
            format!("http://127.0.0.1:{}/v0/roles", plain.port()),
            format!("https://127.0.0.1:{}/v0/roles", other.port()),
        ] {
            let answer = format!(
                "HTTP/1.1 {status} Moved\r\nlocation: {target}\r\ncontent-length: 0\r\n\r\n"
            );
            let (asked, asked_heard) = answering(&runtime, answer);
            let asked = terminate(&runtime, authority.old_server("localhost"), asked);
            let url = format!("https://localhost:{}", asked.port());
            let program = program(&url, Some(&authority));
            for call in [
                &["api", "GET", "/v0/roles"][..],
                &["api", "POST", "/v0/users", "--data", "{}"],
                &["api", "POST", "/v0/users/find", "--data", "{}"],
            ] {
                asked_heard.lock().unwrap().clear();
                program
                    .run(call)
                    .exits(1)
                    .complains("carry the key elsewhere")
                    .done();
                assert!(text(&asked_heard).contains("uf_test_admin_demo1234_emulator"));
            }
        }
    }
    assert_eq!(text(&heard), "", "a redirect was followed");
}

#[test]
fn plain_http_to_another_machine_is_refused() {
    for url in [
        "http://api.userfront.example",
        "http://0.0.0.0:1",
        "http://192.0.2.1",
    ] {
        program(url, None)
            .run(&["api", "GET", "/v0/roles"])
            .exits(1)
            .complains("ufsync::api::plain_http")
            .done();
    }
}

#[test]
fn a_proxy_is_passed_through_and_sees_the_hosts_name_alone() {
    let authority = Authority::new();
    let (server, address) = secured(&authority, "api.userfront.test");
    let (between, heard) = proxy(&server.runtime, address);
    let program = program("https://api.userfront.test", Some(&authority))
        .set("HTTPS_PROXY", &format!("http://{between}"));
    program.write("ufsync.yaml", MANIFEST);
    program.run(&["apply", "--yes"]).exits(0).done();
    assert_eq!(server.store().users.len(), 1);
    let heard = text(&heard);
    assert!(
        heard.starts_with("CONNECT api.userfront.test:443 HTTP/1.1\r\n"),
        "{heard}"
    );
    for secret in ["uf_test", "Bearer", "authorization", "/v0/", "jane"] {
        assert!(!heard.contains(secret), "the proxy saw {secret}");
    }
}

#[test]
fn a_proxy_with_another_certificate_is_refused() {
    let (theirs, ours) = (Authority::new(), Authority::new());
    let (server, address) = secured(&theirs, "api.userfront.test");
    let (between, heard) = proxy(&server.runtime, address);
    let program = program("https://api.userfront.test", Some(&ours))
        .set("HTTPS_PROXY", &format!("http://{between}"));
    is_refused(&program, "certificate").done();
    assert!(text(&heard).contains("CONNECT"));
    assert!(server.running.requests().is_empty());
}

/// No name of this machine but `localhost` is known everywhere. The address of every interface is not loopback, and
/// reaches it.
#[cfg(unix)]
#[test]
fn a_host_may_be_left_to_no_proxy() {
    let authority = Authority::new();
    let (server, address) = secured(&authority, "0.0.0.0");
    let (between, heard) = proxy(&server.runtime, address);
    let url = format!("https://0.0.0.0:{}", address.port());
    let program = program(&url, Some(&authority)).set("HTTPS_PROXY", &format!("http://{between}"));
    program.run(&["api", "GET", "/v0/roles"]).exits(0).done();
    let connect = format!("CONNECT 0.0.0.0:{} ", address.port());
    assert!(text(&heard).starts_with(&connect));
    heard.lock().unwrap().clear();
    let program = program.set("NO_PROXY", "0.0.0.0");
    program.run(&["api", "GET", "/v0/roles"]).exits(0).done();
    // The end of the first run's connection may arrive only now.
    assert!(!text(&heard).contains("CONNECT"));
    assert_eq!(server.running.requests().len(), 2);
}

#[test]
fn this_machine_is_reached_without_a_proxy() {
    let server = reached_by_name();
    let (between, heard) = proxy(&server.runtime, address(server.running.url()));
    let url = format!("http://{between}");
    let program = Program::with(&server)
        .set("HTTP_PROXY", &url)
        .set("http_proxy", &url)
        .set("ALL_PROXY", &url);
    program.run(&["api", "GET", "/v0/roles"]).exits(0).done();
    assert_eq!(text(&heard), "");
}
