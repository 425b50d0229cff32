//! Replacements of ranges of a text.

use std::collections::BTreeMap;
use std::ops::Range;

/// A range of bytes, and what comes in its place.
#[derive(Clone, Debug)]
pub(crate) struct Splice {
    pub(crate) range: Range<usize>,
    pub(crate) text: String,
    /// The key that it adds to a map.
    pub(crate) adds: Option<String>,
}

impl Splice {
    pub(crate) fn new(range: Range<usize>, text: impl Into<String>) -> Self {
        Self {
            range,
            text: text.into(),
            adds: None,
        }
    }
}

/// Replacements that do not touch each other.
#[derive(Default)]
pub(crate) struct Splices(BTreeMap<usize, Vec<Splice>>);

impl Splices {
    /// Adds some, unless one of them touches another: several insertions at one place do not, if they add different keys.
    pub(crate) fn add(&mut self, splices: Vec<Splice>) -> bool {
        if !splices.iter().all(|splice| self.has_room(splice)) {
            return false;
        }
        for splice in splices {
            self.0.entry(splice.range.start).or_default().push(splice);
        }
        true
    }

    fn has_room(&self, splice: &Splice) -> bool {
        let Range { start, end } = splice.range;
        let before = self.0.range(..start).next_back();
        let reaches = before.is_some_and(|(_, at)| at.iter().any(|it| it.range.end > start));
        let meets = self
            .0
            .range(start + 1..)
            .next()
            .is_some_and(|(next, _)| *next < end);
        let differs = |it: &Splice| {
            it.range.is_empty() && start == end && splice.adds.is_some() && it.adds != splice.adds
        };
        let mut here = self.0.get(&start).into_iter().flatten();
        !reaches && !meets && here.all(differs)
    }

    /// The text with all of them.
    pub(crate) fn apply(self, text: &str) -> String {
        let mut edited = String::with_capacity(text.len());
        let mut at = 0;
        for Splice {
            range, text: new, ..
        } in self.0.into_values().flatten()
        {
            edited.push_str(text.get(at..range.start).unwrap_or_default());
            edited.push_str(&new);
            at = range.end;
        }
        edited.push_str(text.get(at..).unwrap_or_default());
        edited
    }
}
