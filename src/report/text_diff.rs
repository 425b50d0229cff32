//! Differences inside values: the one user of `similar`.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use super::safe;
use super::style::{ADD, REMOVE, paint};

/// Two texts, the old in red and the new in green, what differs underlined.
pub(super) fn words(before: &str, after: &str) -> (String, String) {
    let (before, after) = (safe(before), safe(after));
    let diff = TextDiff::from_unicode_words(&*before, &*after);
    let side = |skipped: ChangeTag, style: anstyle::Style| -> String {
        let shown = diff
            .iter_all_changes()
            .filter(|change| change.tag() != skipped);
        shown
            .map(|change| match change.tag() {
                ChangeTag::Equal => paint(style, change.value()),
                ChangeTag::Delete | ChangeTag::Insert => paint(style.underline(), change.value()),
            })
            .collect()
    };
    (
        side(ChangeTag::Insert, REMOVE),
        side(ChangeTag::Delete, ADD),
    )
}

/// The lines that differ between two nested values, each with a little of what stands around it.
pub(super) fn nested(before: Option<&Value>, after: Option<&Value>) -> Vec<String> {
    let (before, after) = (pretty(before), pretty(after));
    let diff = TextDiff::from_lines(&before, &after);
    let mut shown = Vec::new();
    for (index, group) in diff.grouped_ops(1).iter().enumerate() {
        if index > 0 {
            shown.push("  ⋮".to_owned());
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let line = safe(change.value().trim_end_matches('\n'));
            shown.push(match change.tag() {
                ChangeTag::Equal => format!("  {line}"),
                ChangeTag::Delete => paint(REMOVE, format_args!("- {line}")),
                ChangeTag::Insert => paint(ADD, format_args!("+ {line}")),
            });
        }
    }
    shown
}

fn pretty(value: Option<&Value>) -> String {
    value.map(|value| format!("{value:#}")).unwrap_or_default()
}
