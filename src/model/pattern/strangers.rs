//! A pattern over addresses → whether it says which organisation it is about.

use crate::model::pattern::syntax::{Kind, Part, parse};

/// Second-level names below which every domain of a country stands.
const REGISTRIES: &[&str] = &[
    "ac", "co", "com", "edu", "go", "gov", "gv", "ltd", "mil", "ne", "net", "nhs", "or", "org",
    "plc", "sch",
];

/// Whether a pattern says nothing of the organisation that an address belongs to: it has no literal character in the second
/// level of the domain, as in `*`, `*@*`, `*.com`, `*@*.example`, or only that of a registry, as in `*.co.uk`.
pub(crate) fn says_no_domain(pattern: &str) -> bool {
    // One that can't be compiled is refused elsewhere.
    let parts = parse(pattern, Kind::Name).unwrap_or_default();
    alternatives(&parts).iter().any(|one| {
        let domain = one.rsplit(|letter| *letter == Some('@')).next();
        let labels: Vec<&[Option<char>]> = domain
            .unwrap_or_default()
            .split(|letter| *letter == Some('.'))
            .collect();
        let is_written = one.iter().all(Option::is_some);
        let from_end = |index: usize| {
            labels
                .len()
                .checked_sub(index)
                .and_then(|at| labels.get(at))
        };
        let names = |label: Option<&&[Option<char>]>| {
            let mut letters = label.into_iter().copied().flatten();
            letters.any(|letter| letter.is_some_and(char::is_alphanumeric))
        };
        let text = |label: &[Option<char>]| -> Option<String> {
            let letters = label
                .iter()
                .map(|letter| Some(letter.as_ref()?.to_ascii_lowercase()));
            letters.collect()
        };
        // `co.*` may be `co.uk`.
        let is_registry = from_end(1)
            .and_then(|label| text(label))
            .is_none_or(|top| top.len() == 2)
            && from_end(2)
                .and_then(|label| text(label))
                .is_some_and(|second| REGISTRIES.contains(&&*second));
        let level = if is_registry { 3 } else { 2 };
        !is_written && !names(from_end(level))
    })
}

/// More alternatives than this are not told apart.
const MOST_ALTERNATIVES: usize = 256;

/// A pattern without its braces: the characters of each combination of alternatives, and nothing for what matches different
/// characters. Where they are too many, one that says nothing stands for all.
fn alternatives(parts: &[Part]) -> Vec<Vec<Option<char>>> {
    let found = combine(parts);
    if found.len() > MOST_ALTERNATIVES {
        return vec![vec![None]];
    }
    found
}

fn combine(parts: &[Part]) -> Vec<Vec<Option<char>>> {
    parts.iter().fold(vec![Vec::new()], |heads, part| {
        let tails: Vec<Vec<Option<char>>> = match part {
            Part::Literal(c) => vec![vec![Some(*c)]],
            Part::Alternatives(branches) => {
                let tails = branches.iter().flat_map(|branch| combine(branch));
                tails.take(MOST_ALTERNATIVES + 1).collect()
            }
            _ => vec![vec![None]],
        };
        let both = heads
            .iter()
            .flat_map(|head| tails.iter().map(|tail| [&**head, &**tail].concat()));
        both.take(MOST_ALTERNATIVES + 1).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_says_a_domain_or_matches_strangers() {
        for broad in [
            "*",
            "**",
            "?*",
            "*@*",
            "*.com",
            "*@*.example",
            "*@*.*",
            "{*,x@acme.example}",
            "*@{acme,*}.example",
            "*@[a-z]*.example",
            "*@??.example",
            "jane@*",
            "*@*.co.uk",
            "*@co.*",
            "*@.example",
            "{a,b}*",
            "*[@]*",
            "*@-.example",
            "\\**",
        ] {
            assert!(says_no_domain(broad), "{broad}");
        }
        for narrow in [
            "*@acme.example",
            "*@*.acme.example",
            "*@{acme,globex}.example",
            "jane@acme.example",
            "*@acme-*.example",
            "*@acme.co.uk",
            "*@acme.*",
            "jane@localhost",
            "*@b\\*cme.example",
            "*acme.example",
        ] {
            assert!(!says_no_domain(narrow), "{narrow}");
        }
    }
}
