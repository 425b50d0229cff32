//! What goes wrong on purpose, as a client sees it on the wire, and how it is set.

use super::support::{Server, answer};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use std::io::ErrorKind;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use ufsync::emulator::faults::draw::FaultKind::{self, *};
use ufsync::emulator::faults::draw::Faults;
use ufsync::emulator::switches::{RetryAfter, Switches};
use ufsync::emulator::{Options, State};

const SHORT: Duration = Duration::from_millis(50);

async fn server(faults: Faults) -> Server {
    let options = Options {
        faults,
        ..Options::default()
    };
    Server::start(options, State::default()).await
}

async fn always(kind: FaultKind) -> Server {
    server(
        Faults::parse([format!("{kind}=100")])
            .unwrap()
            .lasting(SHORT),
    )
    .await
}

/// Everything that came over a connection, and how it ended.
struct Heard {
    head: String,
    body: Vec<u8>,
    end: Result<(), ErrorKind>,
}

impl Heard {
    fn status(&self) -> Option<u16> {
        let status = self.head.split(' ').nth(1)?;
        Some(status.parse().unwrap())
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(field, _)| *field == name).map(|it| it.1)
    }
}

/// Asks for Jane to be created, on a connection of its own.
async fn ask(server: &Server) -> TcpStream {
    let address = server.running.url().strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let key = server.running.keys().test_admin;
    let body = r#"{"email": "jane@example.com"}"#;
    let length = body.len();
    let request = format!(
        "POST /v0/users HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {key}\r\n\
         content-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

async fn hear(mut stream: TcpStream) -> Heard {
    let mut bytes = Vec::new();
    let end = stream.read_to_end(&mut bytes).await;
    let head = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let head = head.map_or(bytes.len(), |place| place + 4);
    let body = bytes.split_off(head);
    Heard {
        head: String::from_utf8(bytes).unwrap(),
        body,
        end: end.map(drop).map_err(|error| error.kind()),
    }
}

/// The record of Jane, where she is there.
async fn jane(server: &Server) -> Option<String> {
    server.running.set_faults(Faults::default());
    let key = server.running.keys().test_admin;
    let request = server.request("GET", "/v0/users/1").bearer_auth(key);
    let response = request.send().await.unwrap();
    let found = response.status() == StatusCode::OK;
    let text = response.text().await.unwrap();
    found.then_some(text)
}

#[tokio::test]
async fn each_kind_does_and_answers_what_it_says() {
    // Whether the call is carried out, and what status the client sees.
    let table = [
        (ServerError, false, Some(500)),
        (ServerErrorAfterCommit, true, Some(500)),
        (Unavailable, false, Some(503)),
        (TooMany, false, Some(429)),
        (TooManyBare, false, Some(429)),
        (Html502, false, Some(502)),
        (Html502AfterCommit, true, Some(502)),
        (Transient, false, Some(400)),
        (PaymentRequired, false, Some(402)),
        (Reset, false, None),
        (ResetAfterCommit, true, None),
        (Timeout, false, None),
        (TimeoutAfterCommit, true, None),
        (Truncate, true, Some(200)),
    ];
    assert_eq!(table.map(|row| row.0), FaultKind::ALL);
    for (kind, committed, status) in table {
        let server = always(kind).await;
        let heard = hear(ask(&server).await).await;
        assert_eq!(heard.status(), status, "{kind}: {}", heard.head);
        let log = server.running.requests();
        let record = (log[0].fault, log[0].status, log[0].duration_ms.is_some());
        assert_eq!(
            (log.len(), record),
            (1, (Some(kind), status, true)),
            "{kind}"
        );
        let found = jane(&server).await;
        assert_eq!(found.is_some(), committed, "{kind}");
        match kind {
            Reset | ResetAfterCommit => {
                assert_eq!(heard.end, Err(ErrorKind::ConnectionReset), "{kind}");
            }
            Timeout | TimeoutAfterCommit => {
                assert!(log[0].duration_ms.unwrap() >= 50, "{kind}");
            }
            Truncate => {
                let whole = found.unwrap();
                let length = whole.len().to_string();
                assert_eq!(heard.header("content-length"), Some(&*length));
                assert_eq!(heard.body, whole.as_bytes()[..whole.len() / 2]);
                assert_eq!(heard.end, Ok(()));
            }
            Html502 | Html502AfterCommit => {
                assert_eq!(heard.header("content-type"), Some("text/html"));
                assert!(heard.body.starts_with(b"<html>"), "{kind}");
                assert_eq!(heard.end, Ok(()));
            }
            _ => {
                let body: Value = serde_json::from_slice(&heard.body).unwrap();
                assert_eq!(json!(status), body["statusCode"], "{kind}");
                assert_eq!(body["error"]["type"], "bad_request_error", "{kind}");
                let wait = (kind == TooMany).then_some("1");
                assert_eq!(heard.header("retry-after"), wait, "{kind}");
            }
        }
    }
}

#[tokio::test]
async fn a_timeout_holds_the_connection_until_the_emulator_stops() {
    let faults = Faults::parse(["timeout-after-commit=100"]).unwrap();
    let server = server(faults).await;
    let mut stream = ask(&server).await;
    let begun = Instant::now();
    while server.running.state().test.users.is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(30), "not carried out");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let mut byte = [0];
    let silence = tokio::time::timeout(Duration::from_millis(300), stream.read(&mut byte));
    silence.await.expect_err("it says something or hangs up");
    let log = server.running.requests();
    let record = (log[0].fault, log[0].status, log[0].duration_ms);
    assert_eq!(record, (Some(TimeoutAfterCommit), None, None), "under way");
    server.running.stop().await.unwrap();
    let heard = tokio::time::timeout(Duration::from_secs(30), hear(stream)).await;
    assert_eq!(
        heard
            .expect("the connection outlives the emulator")
            .status(),
        None
    );
}

#[tokio::test]
async fn a_request_from_before_a_reset_is_not_mixed_up_with_a_later_one() {
    let server = Server::new().await;
    let timeout = Faults::parse(["timeout=100"]).unwrap();
    server
        .running
        .set_faults(timeout.lasting(Duration::from_secs(1)));
    let held = ask(&server).await;
    while server
        .running
        .requests()
        .iter()
        .all(|it| it.fault.is_none())
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    control(&server, "POST", "/_emulator/reset", &Value::Null).await;
    server.user("bob@example.com").await;
    let log = server.running.requests();
    assert_eq!((log.len(), log[0].order, log[0].fault), (1, 1, None));
    assert_eq!(hear(held).await.status(), None);
    assert_eq!(server.running.requests(), log);
}

/// What 200 calls come to, one after the other.
async fn run(faults: &Faults) -> Vec<Option<u16>> {
    let server = server(faults.clone()).await;
    let key = server.running.keys().test_readonly;
    let mut seen = Vec::new();
    for _ in 0..200 {
        let request = server.request("GET", "/v0/roles").bearer_auth(&key);
        let response = request.send().await;
        seen.push(response.ok().map(|it| it.status().as_u16()));
    }
    let log = server.running.requests();
    assert_eq!(log.iter().map(|it| it.status).collect::<Vec<_>>(), seen);
    seen
}

#[tokio::test]
async fn the_same_seed_fails_the_same_calls() {
    let faults = Faults::parse(["500=20", "reset=15", "html-502=5.5"]).unwrap();
    let first = run(&faults).await;
    for outcome in [Some(200), Some(500), Some(502), None] {
        assert!(first.contains(&outcome), "{outcome:?} never came");
    }
    assert_eq!(run(&faults).await, first);
    assert_ne!(run(&faults.seeded(2)).await, first);
}

#[tokio::test]
async fn retry_after_has_the_form_of_the_switch() {
    for retry_after in [RetryAfter::Date, RetryAfter::None] {
        let options = Options {
            faults: Faults::parse(["429=100"]).unwrap(),
            switches: Switches {
                retry_after,
                ..Switches::default()
            },
            ..Options::default()
        };
        let server = Server::start(options, State::default()).await;
        let heard = hear(ask(&server).await).await;
        let date = heard.header("retry-after").map(httpdate::parse_http_date);
        match (retry_after, date) {
            (RetryAfter::Date, Some(Ok(_))) | (RetryAfter::None, None) => {}
            (switch, header) => panic!("{switch:?}: {header:?}"),
        }
    }
}

#[tokio::test]
async fn a_large_answer_is_cut_in_its_compressed_form() {
    let options = Options {
        faults: Faults::parse(["truncate=100"]).unwrap(),
        ..Options::default()
    };
    let state = State::generate("demo1234", 100, 2, 1);
    let server = Server::start(options, state).await;
    let key = server.running.keys().test_readonly;
    let find = |http: &Client| {
        let url = format!("{}/v0/users/find", server.running.url());
        http.post(url).bearer_auth(&key)
    };
    let response = find(&server.http).send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.text().await.expect_err("half of it was enough");
    let raw = Client::builder().no_proxy().no_gzip().build().unwrap();
    let length = async |encoding: &str| {
        let request = find(&raw).header("accept-encoding", encoding);
        request.send().await.unwrap().content_length().unwrap()
    };
    let (plain, packed) = (length("identity").await, length("gzip").await);
    assert!(packed < plain / 2, "{packed} of {plain}");
}

#[tokio::test]
async fn over_http2_nothing_comes_back_either() {
    let server = always(ResetAfterCommit).await;
    let two = Client::builder().no_proxy().http2_prior_knowledge();
    let url = format!("{}/v0/users", server.running.url());
    let request = two.build().unwrap().post(url);
    let request = request.bearer_auth(server.running.keys().test_admin);
    let request = request.json(&json!({"email": "jane@example.com"}));
    request.send().await.expect_err("an answer");
    assert!(jane(&server).await.is_some());
}

async fn control(server: &Server, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let request = server.request(method, path).json(body);
    answer(request.send().await.unwrap()).await
}

#[tokio::test]
async fn the_control_calls_set_and_show_the_faults_and_have_none() {
    let server = always(Reset).await;
    let path = "/_emulator/faults";
    for path in [
        path,
        "/_emulator/state",
        "/_emulator/requests",
        "/_emulator/invitations",
    ] {
        assert_eq!(
            control(&server, "GET", path, &Value::Null).await.0,
            200,
            "{path}"
        );
    }
    let of_the_start = json!({"faults": {"reset": 100.0}, "seed": 1, "timeoutMs": 50});
    assert_eq!(
        control(&server, "GET", path, &Value::Null).await.1,
        of_the_start
    );

    let set = json!({"faults": {"500": 99.5, "truncate": 0.5}, "seed": 7, "timeoutMs": 2000});
    assert_eq!(
        control(&server, "PUT", path, &set).await,
        (200, set.clone())
    );
    assert_eq!(
        control(&server, "GET", path, &Value::Null).await,
        (200, set)
    );
    let expected = Faults::parse(["500=99.5", "truncate=0.5"]).unwrap();
    let expected = expected.seeded(7).lasting(Duration::from_secs(2));
    assert_eq!(server.running.faults(), expected);
    assert_eq!(hear(ask(&server).await).await.status(), Some(500));

    let none = json!({"faults": {}});
    let (_, shown) = control(&server, "PUT", path, &none).await;
    let rest_stays = json!({"faults": {}, "seed": 7, "timeoutMs": 2000});
    assert_eq!(shown, rest_stays);
    server.user("bob@example.com").await;
    let (_, log) = control(&server, "GET", "/_emulator/requests", &Value::Null).await;
    assert_eq!(
        (&log[0]["fault"], &log[0]["status"], &log[1]["fault"]),
        (&json!("500"), &json!(500), &Value::Null)
    );
    assert!(log[1]["durationMs"].is_u64(), "{log}");

    assert_eq!(
        control(&server, "POST", "/_emulator/reset", &Value::Null)
            .await
            .0,
        200
    );
    assert_eq!(
        control(&server, "GET", path, &Value::Null).await.1,
        of_the_start
    );
}

#[tokio::test]
async fn faults_that_cannot_be_are_refused_and_change_nothing() {
    let table = [
        (json!({}), "faults is missing"),
        (json!({"faults": ["reset"]}), "faults must be an object"),
        (
            json!({"faults": {"rest": 5}}),
            r#"there is no fault "rest"; there are 500,"#,
        ),
        (
            json!({"faults": {"reset": "5"}}),
            r#"reset="5" is not a percentage"#,
        ),
        (
            json!({"faults": {"reset": -1}}),
            "reset=-1 is not a percentage",
        ),
        (
            json!({"faults": {"500": 60, "reset": 41}}),
            "add up to 101 %",
        ),
        (
            json!({"faults": {}, "seed": -1}),
            "seed must be a whole number that is not negative, and is -1",
        ),
        (
            json!({"faults": {}, "timeoutMs": "2s"}),
            "timeoutMs must be a whole number",
        ),
        (
            json!({"faults": {}, "sead": 1}),
            r#""sead" is not known; there are faults, seed and timeoutMs"#,
        ),
        (json!([]), "The body is not a JSON object"),
    ];
    let server = server(Faults::parse(["429=1"]).unwrap()).await;
    for (body, message) in table {
        let (status, answer) = control(&server, "PUT", "/_emulator/faults", &body).await;
        let said = answer["message"].as_str().unwrap();
        assert!(status == 400 && said.contains(message), "{status} {said}");
    }
    assert_eq!(server.running.faults(), Faults::parse(["429=1"]).unwrap());
}
