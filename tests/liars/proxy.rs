//! A proxy that passes requests on to the emulator and, by seed, lies about some of the answers.
//!
//! It shares no code with the client or the emulator: requests and answers are texts to it, and JSON values.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

/// What the proxy may do to an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lie {
    /// A search finds all records, whatever it asks for.
    DropFilters,
    /// A search finds nothing, whatever it asks for; only searches with filters.
    FindNothing,
    /// The answer is the record of another user.
    AnotherRecord,
    /// A write is answered with an empty body, and not carried out.
    SwallowedEmpty,
    /// A write is answered with an object that says nothing, and not carried out.
    SwallowedObject,
    /// A write is answered with an error object and status 200, and not carried out.
    ErrorWithSuccess,
    /// A proxy's page with status 404.
    GatewaysPage,
    /// An empty 404.
    Empty404,
    /// A page counts more records than there are.
    HighTotal,
    /// An answer comes late.
    Late,
    /// A later page is the first one again.
    RepeatedPage,
    /// A field that was empty is filled.
    Filled,
    /// The record of another workspace is in the answer.
    Foreign,
    /// A write is answered as if it had been carried out.
    Swallowed,
    /// A search leaves out one of the records.
    LeftOut,
}

impl Lie {
    /// Lies that contradict their own request, or another answer of the run.
    pub(super) const DETECTABLE: [Self; 13] = [
        Self::DropFilters,
        Self::FindNothing,
        Self::AnotherRecord,
        Self::SwallowedEmpty,
        Self::SwallowedObject,
        Self::ErrorWithSuccess,
        Self::GatewaysPage,
        Self::Empty404,
        Self::HighTotal,
        Self::Late,
        Self::RepeatedPage,
        Self::Filled,
        Self::Foreign,
    ];
    /// Lies that nothing contradicts.
    pub(super) const CONSISTENT: [Self; 2] = [Self::Swallowed, Self::LeftOut];
}

/// Where the lies come from.
pub(super) struct Liar {
    pub(super) seed: u64,
    pub(super) lies: Vec<Lie>,
    /// How many requests of a hundred are answered with a lie.
    pub(super) percent: u64,
    /// How often each request has come: a repeated one may be answered otherwise.
    pub(super) seen: Mutex<HashMap<String, u64>>,
    /// A user whom another record is about.
    pub(super) stranger: Value,
}

impl Liar {
    /// Starts the proxy before this server. Returns its address.
    pub(super) fn start(self, server: &str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = server.strip_prefix("http://").unwrap().to_owned();
        let liar = Arc::new(self);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (liar, server) = (Arc::clone(&liar), server.clone());
                thread::spawn(move || liar.serve(stream.unwrap(), &server));
            }
        });
        url
    }

    fn serve(&self, mut stream: TcpStream, server: &str) {
        let Some(request) = Request::read(&mut stream) else {
            return;
        };
        let answer = match self.lie(&request) {
            None => request.send(server),
            Some(lie) => self.told(lie, &request, server),
        };
        let head = format!(
            "HTTP/1.1 {}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            answer.status,
            answer.body.len()
        );
        // The test may be over.
        drop(stream.write_all((head + &answer.body).as_bytes()));
        drop(stream.shutdown(Shutdown::Both));
    }

    /// Which lie answers this request, if any does.
    fn lie(&self, request: &Request) -> Option<Lie> {
        let key = format!("{} {}", request.line, request.body);
        let mut seen = self.seen.lock().unwrap();
        let times = seen.entry(key.clone()).or_default();
        *times += 1;
        let mut hasher = DefaultHasher::new();
        (self.seed, key, *times).hash(&mut hasher);
        let chance = hasher.finish();
        let lies: Vec<Lie> = self
            .lies
            .iter()
            .copied()
            .filter(|lie| request.fits(*lie))
            .collect();
        let place = usize::try_from(chance / 100).unwrap_or(0) % lies.len().max(1);
        (chance % 100 < self.percent).then(|| lies.get(place).copied())?
    }

    fn told(&self, lie: Lie, request: &Request, server: &str) -> Answer {
        let nothing =
            || json!({"results": [], "totalCount": 0, "meta": {"totalCount": 0, "totalPages": 0}});
        match lie {
            Lie::DropFilters => request
                .with(|body| drop(body.remove("filters")))
                .send(server),
            Lie::FindNothing => Answer::ok(&nothing()),
            Lie::AnotherRecord => Answer::ok(&self.stranger),
            Lie::SwallowedEmpty => Answer::new("200 OK", ""),
            Lie::SwallowedObject => Answer::ok(&json!({})),
            Lie::ErrorWithSuccess => {
                Answer::ok(&json!({"statusCode": 400, "message": "Problem with request"}))
            }
            Lie::GatewaysPage => Answer::new("404 Not Found", "<html>no such route</html>"),
            Lie::Empty404 => Answer::new("404 Not Found", ""),
            Lie::HighTotal => request.send(server).with(|json| {
                json["totalCount"] = json!(700);
                json["meta"] = json!({"totalCount": 700});
            }),
            Lie::Late => {
                thread::sleep(Duration::from_millis(30));
                request.send(server)
            }
            Lie::RepeatedPage => request
                .with(|body| drop(body.insert("page".to_owned(), json!(1))))
                .send(server),
            Lie::Filled => request.send(server).with(|json| {
                for record in records(json) {
                    if record["image"].is_null() {
                        record["image"] = json!("https://example.com/stock.png");
                    }
                }
            }),
            Lie::Foreign => request.send(server).with(|json| {
                for record in records(json) {
                    record["tenantId"] = json!("other123");
                    record["authorization"] = json!({});
                }
            }),
            Lie::Swallowed => {
                // The record as it would be, without being it.
                let path = request.path.trim_end_matches("/roles");
                let read = Request {
                    line: format!("GET {path} HTTP/1.1"),
                    body: String::new(),
                    ..request.clone()
                };
                let asked: Value = serde_json::from_str(&request.body).unwrap_or_default();
                read.send(server).with(|json| {
                    for (key, value) in asked.as_object().into_iter().flatten() {
                        json[key] = value.clone();
                    }
                })
            }
            Lie::LeftOut => request.send(server).with(|json| {
                let results = json["results"].as_array_mut();
                let left = results.map(|results| drop(results.pop()));
                if left.is_some() {
                    let total = json["totalCount"].as_u64().unwrap_or(1).saturating_sub(1);
                    json["totalCount"] = json!(total);
                    json["meta"] = json!({"totalCount": total});
                }
            }),
        }
    }
}

/// The records of an answer: of a page, or the one that it is.
fn records(json: &mut Value) -> Vec<&mut Value> {
    if json.get("results").is_some() {
        return json["results"]
            .as_array_mut()
            .into_iter()
            .flatten()
            .collect();
    }
    let is_user = json.get("userId").is_some();
    if is_user { vec![json] } else { Vec::new() }
}

#[derive(Clone)]
struct Request {
    /// The first line.
    line: String,
    path: String,
    authorization: String,
    body: String,
}

struct Answer {
    status: String,
    body: String,
}

impl Request {
    fn read(stream: &mut TcpStream) -> Option<Self> {
        let (mut text, mut buffer) = (String::new(), [0; 16 * 1024]);
        loop {
            let length = stream.read(&mut buffer).ok().filter(|length| *length > 0)?;
            text.push_str(std::str::from_utf8(&buffer[..length]).ok()?);
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                continue;
            };
            let header = |name: &str| {
                head.lines().find_map(|line| {
                    let (found, value) = line.split_once(':')?;
                    found
                        .eq_ignore_ascii_case(name)
                        .then(|| value.trim().to_owned())
                })
            };
            let length: usize =
                header("content-length").map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                let line = head.lines().next()?.to_owned();
                let path = line.split(' ').nth(1)?.to_owned();
                let authorization = header("authorization").unwrap_or_default();
                return Some(Self {
                    line,
                    path,
                    authorization,
                    body: body.to_owned(),
                });
            }
        }
    }

    fn with(&self, change: impl FnOnce(&mut serde_json::Map<String, Value>)) -> Self {
        let mut body: Value = serde_json::from_str(&self.body).unwrap_or_default();
        if let Some(body) = body.as_object_mut() {
            change(body);
        }
        Self {
            body: body.to_string(),
            ..self.clone()
        }
    }

    fn send(&self, server: &str) -> Answer {
        let mut stream = TcpStream::connect(server).unwrap();
        let kind = if self.body.is_empty() {
            ""
        } else {
            "content-type: application/json\r\n"
        };
        let text = format!(
            "{}\r\nhost: {server}\r\nauthorization: {}\r\nconnection: close\r\n{kind}content-length: {}\r\n\r\n{}",
            self.line,
            self.authorization,
            self.body.len(),
            self.body
        );
        stream.write_all(text.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.lines().next().unwrap().split_once(' ').unwrap().1;
        Answer {
            status: status.to_owned(),
            body: body.to_owned(),
        }
    }

    fn is_search(&self) -> bool {
        self.path.ends_with("/find")
    }

    fn writes(&self) -> bool {
        !self.line.starts_with("GET ") && !self.is_search()
    }

    /// Whether a lie can be an answer to this request.
    fn fits(&self, lie: Lie) -> bool {
        let filtered = self.is_search() && self.body.contains("\"filters\"");
        let about_user = self.path.starts_with("/v0/users/") && !self.is_search();
        match lie {
            Lie::DropFilters | Lie::FindNothing | Lie::LeftOut => filtered,
            Lie::AnotherRecord => about_user,
            Lie::SwallowedEmpty | Lie::SwallowedObject | Lie::ErrorWithSuccess => self.writes(),
            Lie::GatewaysPage | Lie::Late => true,
            Lie::Empty404 => !self.is_search(),
            Lie::HighTotal => self.is_search(),
            Lie::RepeatedPage => {
                self.is_search()
                    && !self.body.contains("\"page\":1,")
                    && !self.body.contains("\"page\":1}")
            }
            Lie::Filled | Lie::Foreign => self.is_search() || about_user,
            Lie::Swallowed => self.line.starts_with("PUT "),
        }
    }
}

impl Answer {
    fn new(status: &str, body: &str) -> Self {
        Self {
            status: status.to_owned(),
            body: body.to_owned(),
        }
    }

    fn ok(body: &Value) -> Self {
        Self::new("200 OK", &body.to_string())
    }

    fn with(self, change: impl FnOnce(&mut Value)) -> Self {
        let Ok(mut json) = serde_json::from_str::<Value>(&self.body) else {
            return self;
        };
        if self.status.starts_with('2') && json.is_object() {
            change(&mut json);
        }
        Self {
            body: json.to_string(),
            ..self
        }
    }
}
