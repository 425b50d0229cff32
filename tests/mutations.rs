//! Manifests that a slip of the hand, or malice, has damaged: whatever comes, there is an answer and no panic.
//!
//! The samples are the fixtures and the examples; each case damages one of them a few times and runs every stage that
//! needs no server.

use std::path::Path;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::Config;
use ufsync::manifest::{self, File, Input, Vars};
use ufsync::model::{Live, Mode, TenantId};
use ufsync::plan::Policy;
use ufsync::plan::diff::diff;
use ufsync::report;

/// All YAML files below a folder.
fn collect(folder: &Path, samples: &mut Vec<Vec<u8>>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, samples);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            samples.push(std::fs::read(path).unwrap());
        }
    }
}

fn samples() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut samples = Vec::new();
    collect(&root.join("examples"), &mut samples);
    collect(&root.join("tests/cases"), &mut samples);
    assert!(samples.len() > 10, "there is too little to damage");
    samples.sort();
    samples
}

/// One way of damaging a text.
#[derive(Clone, Debug)]
enum Damage {
    Delete(Index, usize),
    Repeat(Index, usize),
    Insert(Index, &'static str),
    Set(Index, u8),
    Cut(Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let tokens = [
        "&a ",
        "*a",
        "<<: ",
        "? ",
        "- ",
        ": ",
        "{",
        "}",
        "[",
        "]",
        "'",
        "\"",
        "|\n",
        ">-\n",
        "\n",
        "  ",
        "\t",
        "#",
        "!clear ",
        "!!str ",
        "!x ",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "${",
        "${A:-",
        "$$",
        "\u{feff}",
        "\u{0}",
        "🦀",
        "null",
        "~",
        "no",
        "0123",
        "roles: ",
        "tenants: ",
        "users: ",
        "groups: ",
        "prune: ",
        "state: absent",
        "@",
    ];
    prop_oneof![
        (any::<Index>(), 1..20_usize).prop_map(|(at, length)| Damage::Delete(at, length)),
        (any::<Index>(), 1..60_usize).prop_map(|(at, length)| Damage::Repeat(at, length)),
        (any::<Index>(), prop::sample::select(tokens.to_vec()))
            .prop_map(|(at, token)| Damage::Insert(at, token)),
        (any::<Index>(), any::<u8>()).prop_map(|(at, byte)| Damage::Set(at, byte)),
        any::<Index>().prop_map(Damage::Cut),
    ]
}

fn apply(text: &mut Vec<u8>, damage: &Damage) {
    let length = text.len() + 1;
    match damage {
        Damage::Delete(at, count) => {
            let at = at.index(length);
            text.drain(at..(at + count).min(text.len()));
        }
        Damage::Repeat(at, count) => {
            let at = at.index(length);
            let part = text[at..(at + count).min(text.len())].to_vec();
            text.splice(at..at, part);
        }
        Damage::Insert(at, token) => {
            drop(text.splice(at.index(length)..at.index(length), token.bytes()));
        }
        Damage::Set(at, byte) => {
            if let Some(place) = text.get_mut(at.index(length)) {
                *place = *byte;
            }
        }
        Damage::Cut(at) => text.truncate(at.index(length)),
    }
}

fn nothing() -> Live {
    Live::empty(TenantId::new("demo1234"), Mode::Test)
}

/// Runs every stage that needs no server; what is wrong is drawn, and told as JSON.
fn survive(files: Vec<File>, overlays: Vec<File>) {
    let look = report::diagnostic::Look {
        color: true,
        width: 80,
    };
    let mut out = Vec::new();
    match manifest::load(Input {
        files,
        overlays,
        vars: Vars::default(),
        now: None,
    }) {
        Ok((desired, warnings)) => {
            report::diagnostic::findings(&warnings, look, &mut out).unwrap();
            if let Err(findings) = diff(&desired, &nothing(), &Policy::default()) {
                report::diagnostic::findings(&findings, look, &mut out).unwrap();
            }
        }
        Err(findings) => {
            assert!(findings.errors() > 0);
            report::diagnostic::findings(&findings, look, &mut out).unwrap();
            report::diagnostic_json::findings_json(&findings, &mut out).unwrap();
        }
    }
}

proptest! {
    #![proptest_config(Config { cases: crate::support::anything::cases(600), max_shrink_iters: 2000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn damaged_manifests_are_answered(which in any::<Index>(), damages in prop::collection::vec(damage(), 1..8)) {
        let mut text = which.get(samples().as_slice()).clone();
        for damage in &damages {
            apply(&mut text, damage);
        }
        survive(vec![File { name: "damaged.yaml".into(), bytes: text }], Vec::new());
    }

    #[test]
    fn damaged_overlays_are_answered(base in any::<Index>(), which in any::<Index>(), damages in prop::collection::vec(damage(), 0..5)) {
        let samples = samples();
        let mut text = which.get(samples.as_slice()).clone();
        for damage in &damages {
            apply(&mut text, damage);
        }
        let file = |name: &str, bytes: &[u8]| vec![File { name: name.into(), bytes: bytes.to_vec() }];
        survive(file("base.yaml", base.get::<Vec<u8>>(&samples)), file("overlay.yaml", &text));
    }
}

#[test]
fn a_small_file_can_not_grow_large() {
    let long = format!(
        "a: &a \"{}\"\nb: [{}]\n",
        "x".repeat(500_000),
        vec!["*a"; 20_000].join(", ")
    );
    let nested = format!(
        "a: {}{}{}\n",
        (0..90)
            .map(|level| format!("&n{level} ["))
            .collect::<Vec<_>>()
            .concat(),
        "1, ".repeat(100_000),
        "]".repeat(90)
    );
    for text in [long, nested] {
        let findings = manifest::load(Input {
            files: vec![File {
                name: "bomb.yaml".into(),
                bytes: text.into(),
            }],
            ..Input::default()
        })
        .unwrap_err();
        assert!(findings.list.iter().any(|finding| {
            finding
                .mistake
                .to_string()
                .contains("aliases repeat more than")
        }));
    }
}
