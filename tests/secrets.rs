//! The key is nowhere: not in what the program prints at any level, not in what it writes, whatever a server sends back,
//! and wherever somebody puts the key by mistake.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::runtime::Runtime;
use ufsync::api::{Client, Key, Settings};
use ufsync::emulator::faults::draw::{FaultKind, Faults};
use ufsync::emulator::switches::{RetryAfter, Switches};
use ufsync::emulator::{ModeState, Options, UserState};
use ufsync::model::live::Data;

use crate::support::secret::{KEY, SECRET, Searched, before, is_not_in};
use crate::support::tls::answering;
use crate::support::{Server, showcase};

fn address(server: &Server) -> SocketAddr {
    let url = server.running.url();
    url.strip_prefix("http://").unwrap().parse().unwrap()
}

/// The manifest without the guard that its plan breaks.
fn manifest() -> String {
    showcase::MANIFEST.replace(
        "guards: {maxRoleRemovals: 1}",
        "guards: {maxRoleRemovals: 100%}",
    )
}

#[test]
fn it_is_in_nothing_that_any_command_prints_or_writes() {
    let server = showcase::server();
    let searched = Searched::new(&before(&server.runtime, address(&server)));
    searched.program.write("ufsync.yaml", &manifest());
    let check = |arguments: &[&str], code| {
        for level in [
            &[][..],
            &["-v"],
            &["-vv"],
            &["-vv", "--log-format", "json"],
            &["-q"],
            &["--color=always", "-vv"],
        ] {
            searched
                .run(&[arguments, level].concat())
                .exits(code)
                .done();
        }
    };
    for format in ["human", "json", "markdown", "github"] {
        check(&["plan", "--no-rename-check", "--format", format], 0);
    }
    check(&["plan", "--no-rename-check", "--out", "plan.json"], 0);
    check(&["apply", "--rehearse", "--no-rename-check"], 0);
    check(&["explain", "jane@example.com"], 0);
    check(&["explain", "bob@example.com", "acme"], 0);
    check(&["validate"], 0);
    check(&["doctor"], 0);
    check(&["api", "GET", "/v0/users/1"], 0);
    check(&["api", "GET", "/v0/users/999"], 1);
    check(&["api", "POST", "/v0/users", "--data", "{}"], 1);
    check(&["export"], 0);
    check(&["export", "--pin", "-o", "export.yaml"], 0);
    check(&["export", "--split", "tenant", "-o", "by-tenant"], 0);
    check(&["export", "--split", "kind", "-o", "by-kind"], 0);
    check(&["export", "--snapshot", "-o", "live.json"], 0);
    check(
        &["export", "--snapshot", "--redact", "-o", "redacted.json"],
        0,
    );
    check(&["plan", "--no-rename-check", "--live", "live.json"], 0);
    check(&["schema", "plan"], 0);
    check(&["schema", "--from", "ufsync.yaml"], 0);
    check(&["show", "plan.json"], 0);
    check(&["show", "live.json", "--format", "json"], 0);
    check(&["completions", "bash"], 0);
    check(&["man"], 0);
    for help in [
        &["--help"][..],
        &["plan", "--help"],
        &["apply", "--help"],
        &["--version"],
    ] {
        searched.run(help).exits(0).done();
    }
    let runs = [
        ("plan.json", "json", "undo.json"),
        ("undo.json", "github", "redo.json"),
    ];
    for (plan, format, undo) in runs {
        let arguments = ["apply", plan, "--yes", "--format", format];
        let files = ["--journal", "run.jsonl", "--undo", undo, "-vv"];
        searched
            .run(&[&arguments[..], &files].concat())
            .exits(0)
            .done();
    }
    assert!(server.writes() > 20);
}

#[test]
fn it_is_not_in_the_lines_of_progress() {
    let server = Server::empty();
    let searched = Searched::new(&before(&server.runtime, address(&server)));
    let user = |number| format!("  user{number}@example.com: {{ name: User }}\n");
    let users: String = (0..24).map(user).collect();
    let manifest = format!("version: 1\nusers:\n{users}");
    searched.program.write("ufsync.yaml", &manifest);
    // A line comes every ten seconds.
    searched
        .run(&["apply", "--yes", "--max-rate", "2"])
        .exits(0)
        .complains("of 24 steps settled")
        .done();
}

#[test]
fn a_record_may_hold_it_and_no_report_shows_it() {
    let held = UserState {
        email: Some("jane@example.com".into()),
        name: Some(KEY.into()),
        ..UserState::default()
    };
    let state = ModeState {
        users: vec![held],
        ..ModeState::default()
    };
    let server = Server::start(Options::default(), state);
    let searched = Searched::new(&before(&server.runtime, address(&server)));
    let manifest = "version: 1\nusers: { jane@example.com: { name: Jane } }\n";
    searched.program.write("ufsync.yaml", manifest);
    for format in ["human", "json", "markdown", "github"] {
        searched
            .run(&["plan", "--format", format])
            .exits(0)
            .says("[hidden]")
            .done();
    }
    searched
        .run(&["api", "GET", "/v0/users/1"])
        .exits(0)
        .says("[hidden]")
        .done();
}

/// What a server may say about a key that it does not like, or likes too much.
fn echoes() -> Vec<String> {
    let bodies = [
        format!(r#"{{"statusCode": 400, "message": "bad header: Bearer {KEY}"}}"#),
        format!(
            r#"{{"message": "{}", "error": {{"type": "{KEY}"}}}}"#,
            KEY.replace('_', "\\u005f")
        ),
        format!(r#"{{"message": "{}"}}"#, KEY.replace("demo", "de\\u0000mo")),
        format!(r#"{{"message": "{}{KEY}"}}"#, "x".repeat(290)),
        format!(r#"{{"message": ["{KEY}"], "error": "{KEY}"}}"#),
        format!("<html>Authorization: Bearer {KEY}</html>"),
        KEY.to_owned(),
        format!(r#"{{"results": [{{"name": "{KEY}"}}], "totalCount": "{KEY}"}}"#),
        format!(r#"{{"userId": "{KEY}", "email": "{KEY}"}}"#),
        format!(r#"{{"{KEY}": 1}}"#),
        format!(r#"["{KEY}"]"#),
    ];
    let statuses = [
        "200 OK".to_owned(),
        format!("200 {KEY}"),
        format!("302 Found\r\nlocation: /{KEY}"),
        "400 Bad Request".into(),
        "401 Unauthorized".into(),
        "402 Payment Required".into(),
        "403 Forbidden".into(),
        "404 Not Found".into(),
        format!("418 {KEY}"),
        // Nobody waits as long as that.
        "429 Too Many Requests\r\nretry-after: 3600".into(),
        "500 Internal Server Error\r\nretry-after: 3600".into(),
        "501 Not Implemented".into(),
        format!("400 Bad Request\r\nx-request-id: {KEY}\r\ndate: {KEY}\r\nretry-after: {KEY}"),
    ];
    let answer = |status: &String, body: &String| {
        format!(
            "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        )
    };
    let pairs = statuses
        .iter()
        .flat_map(|status| bodies.iter().map(move |body| (status, body)));
    pairs.map(|(status, body)| answer(status, body)).collect()
}

#[test]
fn a_server_may_say_it_back_in_any_way() {
    let runtime = Runtime::new().unwrap();
    let jane = Data::from_iter([("email".to_owned(), "jane@example.com".into())]);
    let mut answers = 0;
    for answer in echoes() {
        let (address, heard) = answering(&runtime, answer.clone());
        let client = client(&format!("http://{address}"));
        let said = runtime.block_on(async {
            let read = client.roles().await;
            let made = client.create_user(&jane).await;
            let gone = client.delete_user(ufsync::model::UserId(1)).await;
            // What a server calls its records is theirs; only what went wrong is searched.
            let errors = [read.err(), made.err(), gone.err()];
            errors.map(|error| error.map(all_forms))
        });
        is_not_in(
            &format!("{said:?}\n{client:?}"),
            &format!("what came of {answer}"),
        );
        assert!(String::from_utf8_lossy(&heard.lock().unwrap()).contains(SECRET));
        answers += said.iter().flatten().count();
    }
    assert!(answers > 200, "{answers} errors");
}

#[test]
fn a_server_may_say_it_back_to_the_program() {
    let runtime = Runtime::new().unwrap();
    // Each status once, each body once.
    for answer in echoes().into_iter().step_by(5) {
        if answer.starts_with("HTTP/1.1 200") && !answer.ends_with('}') {
            // A page instead of an answer is asked for again, for half a minute.
            continue;
        }
        let (address, _) = answering(&runtime, answer);
        let searched = Searched::new(&format!("http://{address}"));
        searched.program.write("ufsync.yaml", &manifest());
        for arguments in [
            &["api", "GET", "/v0/roles", "-vv"][..],
            &["api", "POST", "/v0/users", "--data", "{}", "-vv"],
            &["doctor", "-vv"],
            &["apply", "--yes", "--journal", "run.jsonl", "-v"],
        ] {
            searched.run(arguments).done();
        }
    }
}

/// An error as it is shown, as it is debugged, and as a report of it is drawn.
fn all_forms(error: impl miette::Diagnostic + Send + Sync + 'static) -> String {
    let forms = format!("{error}\n{error:?}");
    format!("{forms}\n{:?}", miette::Report::new(error))
}

/// A client of little patience.
fn client(url: &str) -> Client {
    let mut settings = Settings::new(url.to_owned(), Key::parse(KEY).unwrap());
    settings.timeout = Duration::from_millis(100);
    settings.first_wait = Duration::from_millis(1);
    is_not_in(&format!("{settings:?} {:?}", settings.key), "the settings");
    Client::new(settings).unwrap()
}

#[test]
fn no_failure_of_the_network_brings_it_out() {
    let options = Options {
        switches: Switches {
            retry_after: RetryAfter::None,
            ..Switches::default()
        },
        ..Options::default()
    };
    let server = Server::start(options, ModeState::default());
    let client = client(&before(&server.runtime, address(&server)));
    let jane = Data::from_iter([("email".to_owned(), "jane@example.com".into())]);
    for kind in FaultKind::ALL {
        let faults = Faults::parse([format!("{kind}=100")]).unwrap();
        let faults = faults.lasting(Duration::from_millis(150));
        server.running.set_faults(faults);
        server.block_on(async {
            let read = client.roles().await.unwrap_err();
            let made = client.create_user(&jane).await.unwrap_err();
            for error in [read, made] {
                is_not_in(&all_forms(error), &kind.to_string());
            }
        });
    }
    is_not_in(&format!("{client:?} {:?}", client.key()), "the client");
}

#[test]
fn a_client_that_can_not_be_made_does_not_tell_it() {
    for url in [
        KEY.to_owned(),
        format!("https://{KEY}@api.userfront.example"),
        format!("https://jane:{KEY}@api.userfront.example"),
        format!("http://api.userfront.example/{KEY}"),
        format!("ftp://{KEY}"),
    ] {
        let searched = Searched::new(&url);
        searched
            .run(&["api", "GET", "/v0/roles", "-vv"])
            .exits(1)
            .done();
        searched.run(&["doctor", "--api-url", &url]).exits(1).done();
    }
    for key in [
        format!("{KEY} {KEY}"),
        format!("\"{KEY}\""),
        format!("Bearer {KEY}"),
        format!("{KEY}\u{fc}"),
        KEY.to_uppercase(),
        format!("{KEY}\n{KEY}"),
    ] {
        let mut searched = Searched::new("http://127.0.0.1:9");
        searched.plant("key.txt", &key);
        let arguments = ["doctor", "--api-key-file", "key.txt", "-vv"];
        searched
            .run(&arguments)
            .exits(1)
            .complains("key::malformed")
            .done();
    }
}

#[test]
fn it_may_be_put_where_an_argument_belongs() {
    let server = showcase::server();
    let searched = Searched::new(&before(&server.runtime, address(&server)));
    searched.program.write("ufsync.yaml", &manifest());
    let (flag, path) = (format!("--api-key={KEY}"), format!("/v0/{KEY}"));
    let (file, email) = (format!("{KEY}.yaml"), format!("{KEY}@example.com"));
    let (pair, json) = (format!("name={KEY}"), format!("{{\"name\": \"{KEY}\""));
    let guard = format!("{KEY}:abcdef");
    for arguments in [
        &[KEY][..],
        &["plan", KEY],
        &["plan", "--api-key", KEY],
        &["plan", &flag],
        &["plan", "-f", KEY],
        &["plan", "-f", &file],
        &["plan", "--target", KEY],
        &["plan", "--exclude", KEY],
        &["plan", "--var", KEY],
        &["plan", "--var", &pair],
        &["plan", "--format", KEY],
        &["plan", "--live", KEY],
        &["plan", "--accept", &guard],
        &["plan", "--color", KEY],
        &["plan", "--parallel", KEY],
        &["plan", "--api-key-file", KEY],
        &["plan", "--sandbox", KEY],
        &["apply", KEY],
        &["apply", "--yes", "--deadline", KEY],
        &["explain", KEY],
        &["explain", &email],
        &["explain", "jane@example.com", KEY],
        &["api", KEY, "/v0/roles"],
        &["api", "GET", KEY],
        &["api", "GET", &path],
        &["api", "POST", "/v0/users", "--data", KEY],
        &["api", "POST", "/v0/users", "--data", &json],
        &["validate", KEY],
        &["schema", KEY],
        &["completions", KEY],
        &["emulator", "--fault", KEY],
        &["emulator", "--seed", KEY],
        &["emulator", "--page-size", KEY],
    ] {
        searched.run(arguments).done();
        searched.run(&[arguments, &["-vv"]].concat()).done();
    }
}

#[test]
fn it_may_be_in_the_manifest() {
    let server = showcase::server();
    let url = before(&server.runtime, address(&server));
    for manifest in [
        format!("version: 1\nusers: {{ jane@example.com: {{ name: {KEY} }} }}\n"),
        format!("version: 1\nusers: {{ jane@example.com: {{ data: {{ deep: [{KEY}] }} }} }}\n"),
        format!("version: 1\nusers: {{ jane@example.com: {{ data: {{ {KEY}: 1 }} }} }}\n"),
        format!("version: 1\nusers: {{ jane@example.com: {{ {KEY}: 1 }} }}\n"),
        format!("version: 1\nusers: {{ {KEY}@example.com: {{ name: Jane }} }}\n"),
        format!("version: 1\nusers: {{ jane@{KEY}: {{ name: Jane }} }}\n"),
        format!("version: 1\nusers: {{ {KEY}: {{ name: Jane }} }}\n"),
        format!("version: 1\nusers: {{ jane@example.com: {{ roles: [{KEY}] }} }}\n"),
        format!("version: 1\ntenants: {{ {KEY}: {{ name: Acme }} }}\n"),
        format!("version: 1\ntenants: {{ new: {{ name: {KEY} }} }}\n"),
        format!("version: 1\nworkspace: {KEY}\n"),
        format!("version: {KEY}\n"),
        format!("{KEY}: 1\nversion: 1\n"),
        format!("version: 1 # {KEY}\nusers: 5 # {KEY}\n"),
        format!("version: 1\nusers: [ {KEY}\n"),
        format!("{KEY}\n"),
        "version: 1\nusers: { jane@example.com: { name: '${USERFRONT_API_KEY}' } }\n".to_owned(),
    ] {
        let mut searched = Searched::new(&url);
        searched.plant("ufsync.yaml", &manifest);
        for arguments in [
            &["validate"][..],
            &["validate", "--format", "json"],
            &["plan", "-vv"],
            &["plan", "--format", "json", "--out", "plan.json"],
            &["plan", "--format", "markdown"],
            &["plan", "--format", "github"],
            &["explain", "jane@example.com"],
            &["apply", "--rehearse"],
            &[
                "apply",
                "--yes",
                "-vv",
                "--journal",
                "run.jsonl",
                "--undo",
                "undo.json",
            ],
        ] {
            searched.run(arguments).done();
        }
    }
    let store = format!("{:?}", server.store());
    is_not_in(&store, "the server's store");
}
