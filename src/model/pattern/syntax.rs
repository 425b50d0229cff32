//! The text of a pattern → its parts → a regular expression. `*`, `?`, `[…]` and `{a,b}`, all by characters; a backslash takes
//! the next character as it is. Main type: [`Part`].

use std::iter::Peekable;
use std::str::Chars;

/// A longer pattern takes more memory to compile than it can be worth.
const LONGEST: usize = 1000;
/// Braces within braces.
const DEEPEST: usize = 50;

/// What a pattern is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Addresses and handles: `*` matches anything.
    Name,
    /// Names with `/` between them: `*`, `?` and `[…]` stop there, `**` does not.
    Path,
}

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Literal(char),
    /// `?`
    One,
    /// `*`
    Star,
    /// `**` of a path: also across `/`.
    DoubleStar,
    /// `**/` where a name of a path begins: any folders, or none.
    Folders,
    /// `[…]`, as ranges with their ends.
    Class {
        is_negated: bool,
        ranges: Vec<(char, char)>,
    },
    /// `{…,…}`; as in shells that is text where nothing is in it.
    Alternatives(Vec<Vec<Self>>),
}

/// Reads a pattern.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn parse(text: &str, kind: Kind) -> Result<Vec<Part>, String> {
    if text.trim().is_empty() {
        return Err("it is empty".to_owned());
    }
    if text.chars().nth(LONGEST).is_some() {
        return Err(format!("a pattern has at most {LONGEST} characters"));
    }
    let mut parser = Parser {
        chars: text.chars().peekable(),
        kind,
    };
    let parts = parser.sequence(0, true)?;
    match parser.chars.next() {
        None => Ok(parts),
        Some(_) => {
            Err("unopened alternate group; missing '{' (maybe escape '}' with '[}]'?)".to_owned())
        }
    }
}

struct Parser<'p> {
    chars: Peekable<Chars<'p>>,
    kind: Kind,
}

impl Parser<'_> {
    /// Reads to the end, or to the `}` or (within braces) `,` behind it, which is left. A name of a path may begin here.
    fn sequence(&mut self, depth: usize, begins: bool) -> Result<Vec<Part>, String> {
        let mut parts = Vec::new();
        let mut begins = begins;
        while let Some(c) = self
            .chars
            .next_if(|c| *c != '}' && (depth == 0 || *c != ','))
        {
            let part = match c {
                '*' => self.stars(begins),
                '?' => Part::One,
                '[' => self.class()?,
                '{' => self.braces(depth + 1, begins)?,
                '\\' => Part::Literal(self.chars.next().ok_or("dangling '\\'")?),
                c => Part::Literal(c),
            };
            begins = matches!(part, Part::Literal('/') | Part::Folders);
            parts.push(part);
        }
        Ok(parts)
    }

    fn stars(&mut self, begins: bool) -> Part {
        let mut count = 1;
        while self.chars.next_if_eq(&'*').is_some() {
            count += 1;
        }
        match self.kind {
            Kind::Name => Part::Star,
            Kind::Path if count == 1 => Part::Star,
            Kind::Path if begins && self.chars.next_if_eq(&'/').is_some() => Part::Folders,
            Kind::Path => Part::DoubleStar,
        }
    }

    /// A `]` that comes first is a character of the class, and so is a `-` that comes first or last.
    fn class(&mut self) -> Result<Part, String> {
        let unclosed = "unclosed character class; missing ']'";
        let is_negated = self.chars.next_if(|c| matches!(c, '!' | '^')).is_some();
        let mut ranges = Vec::new();
        loop {
            let from = self.chars.next().ok_or(unclosed)?;
            if from == ']' && !ranges.is_empty() {
                return Ok(Part::Class { is_negated, ranges });
            }
            let mut ahead = self.chars.clone();
            let to = match (ahead.next(), ahead.next()) {
                (Some('-'), Some(to)) if to != ']' => {
                    self.chars = ahead;
                    to
                }
                _ => from,
            };
            if to < from {
                return Err(format!("invalid range; '{from}' > '{to}'"));
            }
            ranges.push((from, to));
        }
    }

    fn braces(&mut self, depth: usize, begins: bool) -> Result<Part, String> {
        if depth > DEEPEST {
            return Err(format!("its braces are more than {DEEPEST} deep"));
        }
        let mut branches = Vec::new();
        loop {
            branches.push(self.sequence(depth, begins)?);
            match self.chars.next() {
                Some(',') => {}
                Some(_) => break,
                None => {
                    let wrong =
                        "unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)";
                    return Err(wrong.to_owned());
                }
            }
        }
        // An alternative with nothing in it is none.
        branches.retain(|branch| !branch.is_empty());
        Ok(Part::Alternatives(branches))
    }
}

/// The parts as a regular expression over bytes, for the whole of a text in UTF-8.
pub(super) fn regex(parts: &[Part], kind: Kind, ignores_case: bool) -> String {
    let mut text = "^".to_owned();
    write(parts, kind, ignores_case, &mut text);
    text.push('$');
    text
}

fn write(parts: &[Part], kind: Kind, ignores_case: bool, text: &mut String) {
    for part in parts {
        match (part, kind) {
            (Part::Literal(c), _) => {
                text.push_str(&regex::escape(c.encode_utf8(&mut [0; 4])));
            }
            (Part::One, Kind::Name) => text.push_str("(?u-i:.)"),
            (Part::One, Kind::Path) => text.push_str("(?u-i:[^/])"),
            // What comes before and behind consists of whole characters, so bytes do.
            (Part::Star, Kind::Name) | (Part::DoubleStar, _) => text.push_str(".*"),
            (Part::Star, Kind::Path) => text.push_str("[^/]*"),
            (Part::Folders, _) => text.push_str("(?:.*/)?"),
            (Part::Class { is_negated, ranges }, _) => {
                text.push_str(if *is_negated { "(?u-i:[[^" } else { "(?u-i:[[" });
                for (from, to) in ranges.iter().copied() {
                    range(from, to, text);
                    if ignores_case {
                        other_case(from, to, text);
                    }
                }
                text.push_str(if kind == Kind::Path {
                    "]&&[^/]])"
                } else {
                    "]])"
                });
            }
            (Part::Alternatives(branches), _) => {
                for (index, branch) in branches.iter().enumerate() {
                    text.push_str(if index == 0 { "(?:" } else { "|" });
                    write(branch, kind, ignores_case, text);
                }
                if !branches.is_empty() {
                    text.push(')');
                }
            }
        }
    }
}

fn range(from: char, to: char, text: &mut String) {
    let end = |c: char| format!("\\x{{{:x}}}", u32::from(c));
    text.extend([&*end(from), "-", &*end(to)]);
}

/// The letters of a range in their other case. Only ASCII has cases here: the Kelvin sign is no `k`.
fn other_case(from: char, to: char, text: &mut String) {
    let within = |first: char, last: char| {
        let (first, last) = (from.max(first), to.min(last));
        (first <= last).then_some((first, last))
    };
    if let Some((first, last)) = within('A', 'Z') {
        range(first.to_ascii_lowercase(), last.to_ascii_lowercase(), text);
    }
    if let Some((first, last)) = within('a', 'z') {
        range(first.to_ascii_uppercase(), last.to_ascii_uppercase(), text);
    }
}
