//! Patterns against what they should match, and against a matcher that is as simple as one can be.

use std::collections::BTreeSet;
use std::ops::Range;

use proptest::prelude::*;

use super::*;

#[test]
fn an_address_is_matched_in_all_its_forms() {
    let matches = |pattern: &str, email: &str| {
        let patterns = AddressPatterns::new([pattern]).unwrap();
        patterns.is_match(&Email::new(email))
    };
    assert!(matches("*@Acme.example", "JANE@acme.EXAMPLE"));
    assert!(matches("*@bücher.example", "a@xn--bcher-kva.example"));
    assert!(matches("*@xn--bcher-kva.example", "a@bücher.example"));
    assert!(matches("jo\u{308}rg@a.example", "j\u{f6}rg@a.example"));
    assert!(!matches("*@acme.example", "jane@acme.example.org"));
    assert!(matches("j?rgen@a.example", "j\u{fc}rgen@a.example"));
    assert!(matches("j?rgen@a.example", "ju\u{308}rgen@a.example"));
    assert!(matches("[\u{e4}-\u{fc}]*@a.example", "\u{f6}@a.example"));
    // The Kelvin sign is no `k`: the address is a stranger's.
    assert!(!matches("kim@a.example", "\u{212a}im@a.example"));
    assert!(!matches("[k]im@a.example", "\u{212a}im@a.example"));
    assert!(matches("?im@a.example", "\u{212a}im@a.example"));
}

#[test]
fn a_pattern_that_can_not_be_compiled_is_an_error() {
    for wrong in ["", " ", "[", "{a", "a{b", "[z-a]", "a\\", &"*a".repeat(600)] {
        assert!(AddressPatterns::new([wrong]).is_err(), "{wrong}");
    }
    let error = AddressPatterns::new(["*@a.example", "["]).unwrap_err();
    assert_eq!(error.index, Some(1));
}

#[test]
fn a_star_of_a_path_stops_at_a_slash_and_two_do_not() {
    for (pattern, path, expected) in [
        ("a/*", "a/b", true),
        ("a/*", "a/b/c", false),
        ("a/**", "a/b/c", true),
        ("a/**", "a", false),
        ("**/a.yaml", "a.yaml", true),
        ("**/a.yaml", "b/c/a.yaml", true),
        ("**/a.yaml", "ba.yaml", false),
        ("a/**/b", "a/b", true),
        ("a/**/b", "a/c/d/b", true),
        ("a**b", "a/b", true),
        ("a?b", "a/b", false),
        ("a[!c]b", "a/b", false),
        ("a[/]b", "a/b", false),
        ("{a,b/*}/c", "b/x/c", true),
        ("j?rgen", "j\u{fc}rgen", true),
        ("A/b", "a/B", false),
        ("[A]", "a", false),
    ] {
        let is_match = PathPattern::new(pattern, false).unwrap().is_match(path);
        assert_eq!(is_match, expected, "{pattern} {path}");
    }
    let folds = PathPattern::new("A/[B-C]*", true).unwrap();
    assert!(folds.is_match("a/bc") && folds.is_match("A/Cb"));
}

/// Compiled and used in a time that grows with the text only, or refused.
#[test]
fn hostile_patterns_are_refused_or_harmless() {
    for refused in [
        "*".repeat(10_000),
        "{".repeat(400) + &"}".repeat(400),
        "{a,".repeat(300),
        "a*".repeat(501),
    ] {
        assert!(AddressPatterns::new([&*refused]).is_err(), "{refused}");
        assert!(PathPattern::new(&refused, true).is_err(), "{refused}");
    }
    let letters = "ab".repeat(5_000);
    for harmless in [
        "*".repeat(1_000),
        "{a,b}{c,d}".repeat(30),
        "{a,aa}".repeat(100),
        "*a".repeat(500),
        "{*a,*b}".repeat(100) + "c",
        "?".repeat(1_000),
        "[!c]".repeat(250),
        "**/".repeat(300) + "c",
    ] {
        let patterns = AddressPatterns::new([&*harmless]).unwrap();
        patterns.is_match(&Email::new(&*letters));
        let path = PathPattern::new(&harmless, true).unwrap();
        path.is_match(&letters);
    }
    let alternatives = "{a,b}{c,d}".repeat(30);
    let alternatives = AddressPatterns::new([&*alternatives]).unwrap();
    assert!(alternatives.is_match(&Email::new("ad".repeat(30))));
    assert!(!alternatives.is_match(&Email::new("ab".repeat(30))));
}

/// A piece of a pattern, for the simple matcher.
#[derive(Clone, Debug)]
enum Piece {
    Text(char),
    One,
    Star,
    DoubleStar,
    Class(bool, char, char),
    Either(Vec<Vec<Self>>),
}

fn piece() -> impl Strategy<Value = Piece> {
    let letter = || prop::sample::select(vec!['a', 'B', 'k', '\u{fc}', '\u{212a}', '/', '-', ']']);
    let end = || prop::sample::select(vec!['A', 'B', 'a', 'b', 'k', '\u{fc}']);
    let leaf = prop_oneof![
        4 => letter().prop_map(Piece::Text),
        2 => Just(Piece::One),
        2 => Just(Piece::Star),
        1 => Just(Piece::DoubleStar),
        2 => (any::<bool>(), end(), end())
            .prop_map(|(negated, from, to)| Piece::Class(negated, from.min(to), from.max(to))),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        let branch = row(inner, 1..3);
        prop::collection::vec(branch, 1..3).prop_map(Piece::Either)
    })
}

/// Pieces, and no star beside another: written, they would be one.
fn row(
    piece: impl Strategy<Value = Piece>,
    size: Range<usize>,
) -> impl Strategy<Value = Vec<Piece>> {
    let is_star = |piece: &Piece| matches!(piece, Piece::Star | Piece::DoubleStar);
    prop::collection::vec(piece, size).prop_map(move |mut pieces| {
        pieces.dedup_by(|next, piece| is_star(next) && is_star(piece));
        pieces
    })
}

/// The pattern as it is written.
fn written(pieces: &[Piece]) -> String {
    let text = |piece: &Piece| match piece {
        Piece::Text(c) => format!("\\{c}"),
        Piece::One => "?".to_owned(),
        Piece::Star => "*".to_owned(),
        Piece::DoubleStar => "**".to_owned(),
        Piece::Class(negated, from, to) => {
            format!("[{}{from}-{to}]", if *negated { "!" } else { "" })
        }
        Piece::Either(branches) => {
            let branches: Vec<String> = branches.iter().map(|branch| written(branch)).collect();
            format!("{{{}}}", branches.join(","))
        }
    };
    pieces.iter().map(text).collect()
}

/// Where a match that begins at one of these characters may end.
fn ends(pieces: &[Piece], text: &[char], from: BTreeSet<usize>, kind: Kind) -> BTreeSet<usize> {
    let stops = |c: char| kind == Kind::Path && c == '/';
    let step = |from: &BTreeSet<usize>, fits: &dyn Fn(char) -> bool| -> BTreeSet<usize> {
        let next = from
            .iter()
            .filter(|at| text.get(**at).is_some_and(|c| fits(*c)));
        next.map(|at| at + 1).collect()
    };
    let star = |from: BTreeSet<usize>, fits: &dyn Fn(char) -> bool| {
        (0..text.len()).fold(from, |mut ends, _| {
            ends.extend(step(&ends, fits));
            ends
        })
    };
    pieces.iter().fold(from, |from, piece| match piece {
        Piece::Text(wanted) => step(&from, &|c| c.eq_ignore_ascii_case(wanted)),
        Piece::One => step(&from, &|c| !stops(c)),
        Piece::Star => star(from, &|c| !stops(c)),
        Piece::DoubleStar => star(from, &|_| true),
        Piece::Class(negated, first, last) => step(&from, &|c| {
            let mut cases = [c, c.to_ascii_lowercase(), c.to_ascii_uppercase()].into_iter();
            !stops(c) && cases.any(|c| (*first..=*last).contains(&c)) != *negated
        }),
        Piece::Either(branches) => {
            let of = |branch: &Vec<Piece>| ends(branch, text, from.clone(), kind);
            branches.iter().flat_map(of).collect()
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(4_000) })]

    #[test]
    fn a_pattern_matches_what_the_simple_matcher_says(
        pieces in row(piece(), 1..6),
        text in "[abAB\u{fc}\u{212a}k/\\]-]{0,6}",
    ) {
        let pattern = written(&pieces);
        let chars: Vec<char> = text.chars().collect();
        let expected = |kind| ends(&pieces, &chars, BTreeSet::from([0]), kind).contains(&chars.len());
        let path = PathPattern::new(&pattern, true).unwrap();
        prop_assert_eq!(path.is_match(&text), expected(Kind::Path), "{} {}", &pattern, &text);
        let name = AddressPatterns::new([&*pattern]).unwrap();
        prop_assert_eq!(name.is_match(&Email::new(&*text)), expected(Kind::Name), "{} {}", &pattern, &text);
    }
}
