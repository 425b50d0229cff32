//! What holds for every verb of `edit`, whatever the manifest and its style: the plan shows exactly the change that was wanted,
//! and no comment is lost outside of what was taken out.

use serde_json::{Value, json};
use ufsync::manifest;
use ufsync::session::edit::{self, Editable, GrantEnd, RoleChange};

use crate::pull_laws::{input, random_manifest};
use crate::support::anything::cases;
use crate::support::{Program, Server};

/// What a plan is to show: its only address, with the roles before and after where it is about roles.
struct Wanted {
    address: String,
    roles: Option<(Value, Value)>,
}

fn wanted(address: impl Into<String>) -> Vec<Wanted> {
    vec![Wanted {
        address: address.into(),
        roles: None,
    }]
}

fn roles(address: String, before: Value, after: Value) -> Vec<Wanted> {
    vec![Wanted {
        address,
        roles: Some((before, after)),
    }]
}

/// A verb, and what the plan is to show after it.
fn verb(random: &mut fastrand::Rng, text: &str) -> (Vec<String>, Vec<Wanted>) {
    let user = format!("u{}@example.com", random.usize(..6));
    assert!(text.contains(&user));
    let (words, wanted): (Vec<&str>, _) = match random.usize(..8) {
        0 => (vec!["remove-user", &user], wanted(format!("users/{user}"))),
        1 => (
            vec!["rename-user", &user, "w@example.com"],
            wanted("users/w@example.com"),
        ),
        2 => (vec!["rename-tenant", "t0", "z"], Vec::new()),
        3 => (
            vec!["grant", &user, "admin"],
            roles(
                format!("users/{user}/roles"),
                json!(["member", "viewer"]),
                json!(["admin", "member", "viewer"]),
            ),
        ),
        4 => (
            vec!["revoke", &user, "viewer"],
            roles(
                format!("users/{user}/roles"),
                json!(["member", "viewer"]),
                json!(["member"]),
            ),
        ),
        5 => (
            vec!["grant", &user, "a: b", "no", "--tenant", "t1"],
            roles(
                format!("users/{user}/tenants/t1"),
                json!([]),
                json!(["a: b", "no"]),
            ),
        ),
        6 => (
            vec!["revoke", &user, "owner", "--tenant", "t0"],
            roles(
                format!("users/{user}/tenants/t0"),
                json!(["owner"]),
                json!([]),
            ),
        ),
        _ => (
            vec!["add-user", "u3b@example.com", "--name", "x: #y"],
            wanted("users/u3b@example.com"),
        ),
    };
    (words.into_iter().map(str::to_owned).collect(), wanted)
}

#[test]
fn a_plan_shows_exactly_what_a_verb_was_to_change() {
    for seed in 0..u64::from(cases(40)) {
        let mut random = fastrand::Rng::with_seed(seed);
        let (text, comments) = random_manifest(&mut random);
        let server = Server::empty();
        let program = Program::with(&server);
        program.write("ufsync.yaml", &text);
        program.run(&["apply", "--yes"]).exits(0).done();
        let (words, wanted) = verb(&mut random, &text);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let edit = [&["edit"], &words[..], &["--yes"]].concat();
        program.run(&edit).exits(0).done();
        let after = program.read("ufsync.yaml");
        let plan = program.run(&["plan", "--format", "json", "--no-rename-check"]);
        let plan: Value = serde_json::from_str(&plan.stdout).unwrap();
        let steps = plan["steps"].as_array().unwrap();
        let addresses: Vec<&str> = steps
            .iter()
            .map(|it| it["address"].as_str().unwrap())
            .collect();
        let expected: Vec<&str> = wanted.iter().map(|it| it.address.as_str()).collect();
        assert_eq!(addresses, expected, "{seed}: {words:?}\n{text}\n{after}");
        for (step, wanted) in steps.iter().zip(&wanted) {
            if let Some((before, after)) = &wanted.roles {
                assert_eq!(step["change"]["before"], *before, "{seed}");
                assert_eq!(step["change"]["after"], *after, "{seed}");
            }
        }
        // What is taken out is the entry from its key to the next one.
        let removed = match words[0] {
            "remove-user" => text.split_once(words[1]).unwrap().1,
            _ => "",
        };
        let removed = removed.split("@example.com").next().unwrap();
        let mut at = 0;
        let stands =
            |text: &str, comment: &str| text.lines().position(|line| line.ends_with(comment));
        let mut comments = comments.clone();
        comments.sort_by_key(|comment| stands(&text, comment));
        for comment in &comments {
            match stands(&after, comment) {
                Some(line) => {
                    assert!(line >= at, "{seed}: {comment} moved:\n{after}");
                    at = line;
                }
                None => assert!(
                    removed.contains(comment.as_str()) || stands(&text, comment).is_none(),
                    "{seed}: {words:?} lost {comment}:\n{text}\n{after}"
                ),
            }
        }
    }
}

#[test]
fn the_library_makes_the_texts_that_the_program_writes() {
    for seed in 0..u64::from(cases(20)) {
        let mut random = fastrand::Rng::with_seed(seed);
        let (text, _) = random_manifest(&mut random);
        let program = Program::new();
        program.write("ufsync.yaml", &text);
        let input = input(&text);
        let (desired, _) = manifest::load(input.clone()).ok().unwrap();
        let texts = input.texts();
        let editable = Editable {
            texts: &texts,
            desired: &desired,
        };
        let change = RoleChange {
            email: "u1@example.com".into(),
            roles: vec!["admin".into()],
            tenant: Some("t0".into()),
        };
        let (requests, verb) = match random.usize(..3) {
            0 => (
                edit::grant(&desired, &change, &GrantEnd::AsWritten).map(|granted| granted.edits),
                "grant u1@example.com admin --tenant t0",
            ),
            1 => (
                edit::rename_user(editable, "u1@example.com", "w@example.com"),
                "rename-user u1@example.com w@example.com",
            ),
            _ => (
                edit::rename_tenant(editable, "t0", "z", None),
                "rename-tenant t0 z",
            ),
        };
        let rewrites = edit::rewrites(&input, &requests.unwrap()).unwrap();
        let verb = ["edit"].into_iter().chain(verb.split(' ')).chain(["--yes"]);
        program.run(&verb.collect::<Vec<_>>()).exits(0).done();
        assert_eq!(rewrites[0].before, text);
        assert_eq!(rewrites[0].after, program.read("ufsync.yaml"), "{seed}");
        assert!(edit::rewritten(&input, &rewrites).is_ok(), "{seed}");
    }
}
