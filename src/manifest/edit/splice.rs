//! Replacements of ranges of a text.

use std::ops::Range;

/// A range of bytes, and what comes in its place.
#[derive(Clone, Debug)]
pub(super) struct Splice {
    pub(super) range: Range<usize>,
    pub(super) text: String,
}

/// Carries out replacements; of two that overlap only the first is. Insertions at one place keep their order.
pub(super) fn apply(text: &str, mut splices: Vec<Splice>) -> String {
    splices.sort_by_key(|splice| splice.range.start);
    let mut edited = String::with_capacity(text.len());
    let mut at = 0;
    for Splice { range, text: new } in splices {
        if range.start < at {
            continue;
        }
        edited.push_str(text.get(at..range.start).unwrap_or_default());
        edited.push_str(&new);
        at = range.end;
    }
    edited.push_str(text.get(at..).unwrap_or_default());
    edited
}
