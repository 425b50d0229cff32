//! Patterns over e-mail addresses → which addresses they match: the one matcher for `prune.users` and `guards.protect`.

use std::fmt;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use unicode_normalization::UnicodeNormalization as _;

use crate::model::Email;

/// A longer pattern is refused: no address has so many characters.
const LONGEST: usize = 1000;

/// Patterns over whole addresses.
#[derive(Clone, Debug)]
pub struct AddressPatterns(GlobSet);

/// Patterns that can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// The index of the pattern; none where all of them together are too many.
    pub index: Option<usize>,
    /// What is wrong.
    pub reason: String,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl AddressPatterns {
    /// Compiles patterns. One that can't be compiled is an error, never a pattern that matches nothing.
    ///
    /// # Errors
    /// Which pattern can't be used, and why.
    pub fn new<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Result<Self, PatternError> {
        let mut set = GlobSetBuilder::new();
        for (index, pattern) in patterns.into_iter().enumerate() {
            let error = |reason: String| PatternError {
                index: Some(index),
                reason,
            };
            if pattern.trim().is_empty() {
                return Err(error("it is empty".to_owned()));
            }
            if pattern.len() > LONGEST {
                return Err(error(format!(
                    "it is longer than {LONGEST} characters, which no address is"
                )));
            }
            let pattern: String = pattern.nfc().collect();
            let glob = GlobBuilder::new(&pattern).case_insensitive(true).build();
            set.add(glob.map_err(|wrong| error(wrong.kind().to_string()))?);
        }
        set.build().map(Self).map_err(|wrong| PatternError {
            index: None,
            reason: format!("together they are too many: {}", wrong.kind()),
        })
    }

    /// The indexes of the patterns that match an address, in whichever of its forms: as it is written, with the domain in
    /// Unicode, and with the domain in ASCII.
    pub fn matches(&self, email: &Email) -> Vec<usize> {
        let written: String = email.as_str().nfc().collect();
        let mut found = self.0.matches(&written);
        if let Some((local, domain)) = written.rsplit_once('@')
            && (!domain.is_ascii() || domain.to_ascii_lowercase().contains("xn--"))
        {
            let (unicode, _) = idna::domain_to_unicode(domain);
            let ascii = idna::domain_to_ascii(domain).unwrap_or_default();
            for form in [unicode, ascii] {
                found.extend(self.0.matches(format!("{local}@{form}")));
            }
            found.sort_unstable();
            found.dedup();
        }
        found
    }

    /// Whether any of the patterns matches an address.
    pub fn is_match(&self, email: &Email) -> bool {
        !self.matches(email).is_empty()
    }
}

/// Whether a pattern has no wildcard: it matches one address.
pub fn is_one_address(pattern: &str) -> bool {
    !pattern.contains(['*', '?', '[', ']', '{', '}', '\\'])
}

/// Second-level names below which every domain of a country stands.
const REGISTRIES: &[&str] = &[
    "ac", "co", "com", "edu", "go", "gov", "gv", "ltd", "mil", "ne", "net", "nhs", "or", "org",
    "plc", "sch",
];

/// Whether a pattern says nothing of the organisation that an address belongs to: it has no literal character in the second
/// level of the domain, as in `*`, `*@*`, `*.com`, `*@*.example`, or only that of a registry, as in `*.co.uk`.
pub fn says_no_domain(pattern: &str) -> bool {
    alternatives(pattern).iter().any(|one| {
        let domain = one.rsplit(|part| *part == Part::Literal('@')).next();
        let labels: Vec<&[Part]> = domain
            .unwrap_or_default()
            .split(|part| *part == Part::Literal('.'))
            .collect();
        let is_written = one.iter().all(|part| matches!(part, Part::Literal(_)));
        let from_end = |index: usize| {
            labels
                .len()
                .checked_sub(index)
                .and_then(|at| labels.get(at))
        };
        let names = |label: Option<&&[Part]>| {
            let mut parts = label.into_iter().copied().flatten();
            parts.any(|part| matches!(part, Part::Literal(c) if c.is_alphanumeric()))
        };
        let text = |label: &[Part]| -> Option<String> {
            let letters = label.iter().map(|part| match part {
                Part::Literal(c) => Some(c.to_ascii_lowercase()),
                Part::Wild => None,
            });
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

/// A piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Literal(char),
    /// Something that matches different characters.
    Wild,
}

/// More alternatives than this are not told apart.
const MOST_ALTERNATIVES: usize = 256;

/// A pattern without its braces: what each combination of alternatives consists of. Where they are too many, one that says
/// nothing stands for all.
fn alternatives(pattern: &str) -> Vec<Vec<Part>> {
    let mut chars = pattern.chars().peekable();
    let found = sequence(&mut chars, 0);
    if found.len() > MOST_ALTERNATIVES {
        return vec![vec![Part::Wild]];
    }
    found
}

type Chars<'p> = std::iter::Peekable<std::str::Chars<'p>>;

/// Reads to the end, or within braces to the `,` or `}` that ends an alternative, which is left.
fn sequence(chars: &mut Chars<'_>, depth: usize) -> Vec<Vec<Part>> {
    let mut found: Vec<Vec<Part>> = vec![Vec::new()];
    while let Some(c) = chars.peek().copied() {
        if depth > 0 && (c == ',' || c == '}') {
            break;
        }
        chars.next();
        let part = match c {
            '{' if depth < MOST_ALTERNATIVES => {
                let inner = braces(chars, depth + 1);
                found = found
                    .iter()
                    .flat_map(|head| inner.iter().map(|tail| [&**head, &**tail].concat()))
                    .take(MOST_ALTERNATIVES + 1)
                    .collect();
                continue;
            }
            '[' => {
                class(chars);
                Part::Wild
            }
            '\\' => chars.next().map_or(Part::Wild, Part::Literal),
            '*' | '?' | '{' => Part::Wild,
            c => Part::Literal(c),
        };
        for one in &mut found {
            one.push(part);
        }
    }
    found
}

fn braces(chars: &mut Chars<'_>, depth: usize) -> Vec<Vec<Part>> {
    let mut found = Vec::new();
    loop {
        found.extend(sequence(chars, depth));
        found.truncate(MOST_ALTERNATIVES + 1);
        match chars.next() {
            Some(',') => {}
            _ => return found,
        }
    }
}

/// Skips a class; a `]` that stands first in it is one of its characters.
fn class(chars: &mut Chars<'_>) {
    chars.next_if(|c| matches!(c, '!' | '^'));
    chars.next_if_eq(&']');
    for c in chars.by_ref() {
        if c == ']' {
            break;
        }
    }
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
    }

    #[test]
    fn a_pattern_that_can_not_be_compiled_is_an_error() {
        for wrong in ["", " ", "[", "{a", "a{b", "[z-a]", &"*a".repeat(600)] {
            assert!(AddressPatterns::new([wrong]).is_err(), "{wrong}");
        }
        let error = AddressPatterns::new(["*@a.example", "["]).unwrap_err();
        assert_eq!(error.index, Some(1));
    }
}
