//! Patterns → which addresses, handles or paths they match: the one matcher for `prune.users`, `guards.protect`, `rules`,
//! `restrictions`, `--target` and all other choices. Main types: [`AddressPatterns`], [`PathPattern`].
//!
//! Everything counts in characters. A pattern is compiled to a regular expression, which takes a time that grows with the text only.

mod strangers;
mod syntax;

use std::borrow::Cow;
use std::fmt;

use regex::bytes::{Regex, RegexBuilder, RegexSet, RegexSetBuilder};

use crate::model::Email;
use crate::model::canonical::composed;
pub(crate) use crate::model::pattern::strangers::says_no_domain;
use crate::model::pattern::syntax::Kind;

/// How much a compiled expression may take, in bytes, for all patterns of a set together.
const MOST_BYTES: usize = 10 << 20;

/// Patterns over whole addresses. The case of ASCII letters does not matter.
#[derive(Clone, Debug)]
pub struct AddressPatterns(RegexSet);

/// Patterns that can't be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError {
    /// The index of the pattern; none where all of them together are too many.
    pub index: Option<usize>,
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
        let regexes = patterns.into_iter().enumerate().map(|(index, pattern)| {
            let parts = syntax::parse(&composed(pattern), Kind::Name);
            let regex = parts.map(|parts| syntax::regex(&parts, Kind::Name, true));
            regex.map_err(|reason| PatternError {
                index: Some(index),
                reason,
            })
        });
        let regexes: Vec<String> = regexes.collect::<Result<_, _>>()?;
        let set = RegexSetBuilder::new(&regexes)
            .unicode(false)
            .case_insensitive(true)
            .dot_matches_new_line(true)
            .size_limit(MOST_BYTES)
            .dfa_size_limit(MOST_BYTES)
            .build();
        set.map(Self).map_err(|wrong| PatternError {
            index: None,
            reason: format!("together they are too many: {wrong}"),
        })
    }

    /// The indexes of the patterns that match an address, in whichever of its forms: as it is written, with the domain in
    /// Unicode, and with the domain in ASCII.
    pub fn matches(&self, email: &Email) -> Vec<usize> {
        let of = |form: &str| self.0.matches(form.as_bytes()).into_iter();
        let mut found: Vec<usize> = forms(email).flat_map(|form| of(&form)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether any of the patterns matches an address.
    pub fn is_match(&self, email: &Email) -> bool {
        forms(email).any(|form| self.matches_form(&form))
    }

    /// Whether any of the patterns matches this one form of an address.
    pub(crate) fn matches_form(&self, form: &str) -> bool {
        self.0.is_match(form.as_bytes())
    }
}

/// The forms of an address that a pattern may match. All are composed: a mark by itself is no character.
fn forms(email: &Email) -> impl Iterator<Item = Cow<'_, str>> {
    let others = email.other_forms().into_iter();
    let others = others.map(|form| Cow::Owned(composed(&form).into_owned()));
    std::iter::once(composed(email.as_str())).chain(others)
}

/// A pattern over whole paths.
#[derive(Clone, Debug)]
pub(crate) struct PathPattern(Regex);

impl PathPattern {
    /// Compiles a pattern. Case is that of ASCII letters.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub(crate) fn new(pattern: &str, ignores_case: bool) -> Result<Self, String> {
        let parts = syntax::parse(pattern, Kind::Path)?;
        let regex = RegexBuilder::new(&syntax::regex(&parts, Kind::Path, ignores_case))
            .unicode(false)
            .case_insensitive(ignores_case)
            .dot_matches_new_line(true)
            .size_limit(MOST_BYTES)
            .build();
        regex.map(Self).map_err(|wrong| wrong.to_string())
    }

    pub(crate) fn is_match(&self, path: &str) -> bool {
        self.0.is_match(path.as_bytes())
    }
}

/// Whether a pattern has no wildcard: it matches one address.
pub(crate) fn is_one_address(pattern: &str) -> bool {
    !pattern.contains(['*', '?', '[', ']', '{', '}', '\\'])
}

#[cfg(test)]
mod tests;
