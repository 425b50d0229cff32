//! Documents that were handed in: every text in them is shown as text, in every form, or the document is refused.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use ufsync::emulator::{ModeState, Options};

use crate::support::{Program, Run, Server};

/// A colour, lines of a plan and of a page, a fence, an element, and commands of CI systems.
const NASTY: &str =
    "x\u{1b}[31m\n# forged\n+ forged\n```\n<img src=x>\n::error::forged\n##[error]forged\u{202e}";

fn digest(bytes: &[u8]) -> String {
    let digits = Sha256::digest(bytes);
    let digits = digits.iter().map(|byte| format!("{byte:02x}"));
    digits.collect::<Vec<_>>().concat()
}

/// The places of the texts in a document: the first item of each list is enough.
fn texts(value: &Value, path: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(path.to_owned()),
        Value::Array(items) => {
            if let Some(first) = items.first() {
                texts(first, &format!("{path}/0"), found);
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                let key = key.replace('~', "~0").replace('/', "~1");
                texts(value, &format!("{path}/{key}"), found);
            }
        }
        _ => {}
    }
}

fn is_text(run: &Run, what: &str, is_html: bool) {
    for output in [&run.stdout, &run.stderr] {
        assert!(
            !output.contains(['\u{1b}', '\u{202e}']) && !output.contains("##["),
            "{what}: {output}"
        );
        let mut fence: Option<usize> = None;
        for line in output.lines() {
            let ticks = line.chars().take_while(|c| *c == '`').count();
            match fence {
                None if ticks >= 3 => fence = Some(ticks),
                Some(open) if ticks >= open => fence = None,
                _ => {}
            }
            let word = line.trim_start();
            let is_forged = ["# forged", "+ forged", "::error::forged"]
                .iter()
                .any(|forged| word.starts_with(forged));
            assert!(!is_forged, "{what}: {output}");
            // A page of Markdown has it in fences only; a terminal shows it.
            let is_page = what.contains("markdown") && fence.is_none() || is_html;
            let is_markup = is_page && output == &run.stdout;
            assert!(!(is_markup && line.contains("<img")), "{what}: {output}");
        }
    }
}

/// A workspace and a plan with guards that break, a likely rename, a blocked entry and warnings.
fn workspace() -> (Server, Program) {
    let state = json!({
        "tenants": [{"tenantId": "acme0001", "name": "Acme", "data": {"plan": "free"}}],
        "users": [
            {"email": "root@example.com", "name": "Root", "roles": {"demo1234": ["admin"]}},
            {"email": "jane@example.com", "name": "Jane Doe", "roles": {"acme0001": ["owner"]}},
            {"email": "bob@example.com", "username": "taken", "name": "Bob"},
        ],
    });
    let state: ModeState = serde_json::from_value(state).unwrap();
    let server = Server::start(Options::default(), state);
    let program = Program::with(&server);
    program.write(
        "ufsync.yaml",
        "version: 1
workspace: demo1234
mode: test
roles: [admin, owner, viewer]
tenants: { acme: { name: Acme, data: { plan: pro } } }
users:
  root@example.com: { roles: [viewer] }
  jane@example.org: { name: Jane Doe, tenants: { acme: [{ role: viewer, until: 2031-01-01 }] } }
  new@example.com: { username: taken }
rules: [{ role: viewer, onlyUsers: [\"*@example.net\"] }]
guards: { protect: [\"root@*\"] }
groups: { team: { users: [root@example.com], tenants: { acme: [owner] } } }
",
    );
    (server, program)
}

fn mutants(program: &Program, name: &str, mut check: impl FnMut(&str)) {
    let document: Value = serde_json::from_str(&program.read(name)).unwrap();
    let mut places = Vec::new();
    texts(&document, "", &mut places);
    assert!(places.len() > 10, "{places:?}");
    for place in places {
        let mut forged = document.clone();
        *forged.pointer_mut(&place).unwrap() = json!(NASTY);
        program.write("forged.json", &forged.to_string());
        check(&place);
    }
}

/// The tokens of a JSON document, without white space between them.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = vec![String::new()];
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == '"' {
            let mut token = "\"".to_owned();
            while let Some(inside) = characters.next() {
                token.push(inside);
                match inside {
                    '\\' => token.extend(characters.next()),
                    '"' => break,
                    _ => {}
                }
            }
            tokens.extend([token, String::new()]);
        } else if !character.is_whitespace() {
            tokens.last_mut().unwrap().push(character);
        }
    }
    tokens
}

/// A plan with a fresh checksum, as whoever forges it would make.
fn sealed(mut tokens: Vec<String>) -> String {
    let at = tokens.iter().position(|it| it == "\"checksum\"").unwrap() + 2;
    "\"\"".clone_into(&mut tokens[at]);
    let sum = digest(tokens.concat().as_bytes());
    tokens[at] = format!("\"{sum}\"");
    tokens.concat()
}

/// Plans in which the first text of each key is another one, by their keys.
fn forged_plans(program: &Program) -> BTreeMap<String, String> {
    let tokens = tokens(&program.read("plan.json"));
    assert_eq!(
        sealed(tokens.clone()),
        tokens.concat(),
        "the sum is another one"
    );
    let mut plans = BTreeMap::new();
    let mut key = String::new();
    for (at, token) in tokens.iter().enumerate() {
        let is_key = tokens.get(at + 1).is_some_and(|next| next.starts_with(':'));
        if !token.starts_with('"') {
            continue;
        }
        if is_key {
            key.clone_from(token);
        } else if !plans.contains_key(&key) {
            let mut forged = tokens.clone();
            forged[at] = serde_json::to_string(NASTY).unwrap();
            plans.insert(key.clone(), sealed(forged));
        }
    }
    plans
}

#[test]
fn every_text_of_a_plan_is_shown_as_text() {
    let (_server, program) = workspace();
    program.run(&["plan", "--out", "plan.json"]).exits(3).done();
    let plans = forged_plans(&program);
    assert!(plans.len() > 20, "{:?}", plans.keys());
    for (place, plan) in plans {
        program.write("forged.json", &plan);
        for format in ["human", "markdown", "github"] {
            let run = program.run(&["show", "forged.json", "--format", format]);
            is_text(&run, &format!("{place} as {format}"), false);
        }
        let run = program.run(&["apply", "forged.json", "--yes"]);
        is_text(&run, &place, false);
    }
}

#[test]
fn every_text_of_a_report_is_shown_as_text() {
    let (_server, program) = workspace();
    let run = program.run_accepting(&["apply", "--yes", "--format", "json", "--no-rename-check"]);
    program.write("report.json", &run.stdout);
    assert!(Path::new(&program.path().join("report.json")).is_file());
    mutants(&program, "report.json", |place| {
        for format in ["human", "markdown", "github"] {
            let run = program.run(&["show", "forged.json", "--format", format]);
            is_text(&run, &format!("{place} as {format}"), false);
        }
    });
}

#[test]
fn every_text_of_a_snapshot_is_shown_as_text() {
    let (_server, program) = workspace();
    program
        .run(&["export", "--snapshot", "-o", "live.json"])
        .exits(0)
        .done();
    mutants(&program, "live.json", |place| {
        let shown = ["show", "forged.json", "--format"];
        for format in ["human", "markdown"] {
            let run = program.run(&[&shown[..], &[format]].concat());
            is_text(&run, &format!("{place} as {format}"), false);
        }
        let access = [
            "access",
            "--live",
            "forged.json",
            "--no-manifest",
            "--format",
        ];
        for format in ["table", "csv", "markdown", "html"] {
            let run = program.run(&[&access[..], &[format]].concat());
            is_text(&run, &format!("{place} as {format}"), format == "html");
        }
        let access = [
            "access",
            "--live",
            "live.json",
            "--no-manifest",
            "--compare",
            "forged.json",
            "--format",
        ];
        for format in ["table", "markdown", "html"] {
            let run = program.run(&[&access[..], &[format]].concat());
            is_text(
                &run,
                &format!("compare {place} as {format}"),
                format == "html",
            );
        }
        is_text(
            &program.run(&["plan", "--live", "forged.json"]),
            place,
            false,
        );
    });
}

#[test]
fn fields_of_a_known_form_are_checked_when_a_document_is_read() {
    let (_server, program) = workspace();
    program.run(&["plan", "--out", "plan.json"]).exits(3).done();
    let plans = forged_plans(&program);
    for key in ["tool", "hash", "code"] {
        program.write("forged.json", &plans[&format!("\"{key}\"")]);
        for command in [
            &["show", "forged.json"][..],
            &["apply", "forged.json", "--yes"],
        ] {
            let run = program.run(command).exits(1);
            run.complains("saved_plan::not_a_plan").done();
        }
    }
}
