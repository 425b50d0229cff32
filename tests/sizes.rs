//! Large manifests: how many calls and sentences they take. Times differ between machines, so that none is measured.

use std::fmt::Write as _;

use crate::support::{Program, Server};

const HEAD: &str = "version: 1\nworkspace: demo1234\nmode: test\n";

#[test]
fn a_thousand_creations_take_few_calls_beside_their_own() {
    let server = Server::empty();
    let program = Program::with(&server);
    let mut text = format!("{HEAD}users:\n");
    for number in 0..1_000 {
        writeln!(text, "  u{number}@x.example: {{ name: N {number} }}").unwrap();
    }
    program.write("ufsync.yaml", &text);
    program.run(&["plan"]).exits(0).done();
    let plan = server.running.requests().len();
    // One before these users were looked up again before their creation.
    assert!(plan <= 3, "{plan} calls for a plan");
    program.run(&["apply", "--yes"]).exits(0).done();
    let apply = server.running.requests().len() - plan;
    // 1,021 before; at most 3 % more.
    assert!(apply <= 1_051, "{apply} calls for an apply");
}

#[test]
fn two_hundred_rules_in_many_tenants_are_a_few_sentences() {
    let (tenants, rules) = (300, 200);
    let mut text = format!("{HEAD}tenants:\n");
    for number in 0..tenants {
        writeln!(
            text,
            "  t{number}: {{ name: T{number}, members: {{ u{}@x.example: [r{}, s] }} }}",
            number % 50,
            number % 10
        )
        .unwrap();
    }
    text += "users:\n";
    for number in 0..50 {
        writeln!(text, "  u{number}@x.example: {{}}").unwrap();
    }
    text += "rules:\n";
    for number in 0..rules {
        let role = format!("r{}", number % 10);
        let rule = match number % 4 {
            0 => format!("role: {role}, scope: tenants, atLeast: 1"),
            1 => format!("role: {role}, scope: tenants, atMost: 0"),
            2 => format!("role: {role}, onlyUsers: [\"*@y{number}.example\"]"),
            _ => format!("notTogether: [s, {role}]"),
        };
        writeln!(text, "  - {{ {rule} }}").unwrap();
    }
    let program = Program::new();
    program.write("ufsync.yaml", &text);
    let run = program.run(&["validate"]).exits(1);
    let sentences = run.stderr.matches("ufsync::plan::broken_rule\n").count();
    assert!((rules / 2..=rules).contains(&sentences), "{sentences}");
    // Of hundreds of breaches the first three, and a count.
    assert!(run.stderr.contains("more"), "{}", run.stderr);
    assert!(run.stderr.len() < rules * 3_000, "{}", run.stderr.len());
}
