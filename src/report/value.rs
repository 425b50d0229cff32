//! JSON values as a reader would write them in YAML, and the differences between two of them.

use anstyle::Style;
use serde_json::Value;
use similar::{ChangeTag, TextDiff};

use crate::report::text::{ADD, REMOVE, paint, safe};

/// Text in quotes, a map as `{plan: pro, seats: 25}`, no value as `(none)`.
pub(crate) fn field(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) => quoted(text),
        value => inline(value),
    }
}

/// The same in data, where text has quotes only if it could be read as something else.
pub(crate) fn data(value: &Value) -> String {
    match value {
        Value::Null => field(value),
        value => inline(value),
    }
}

fn inline(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if is_plain(text) => text.clone(),
        Value::String(text) => quoted(text),
        Value::Array(items) => format!(
            "[{}]",
            items.iter().map(inline).collect::<Vec<_>>().join(", ")
        ),
        Value::Object(map) => {
            let pairs: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{}: {}", safe(key), inline(value)))
                .collect();
            format!("{{{}}}", pairs.join(", "))
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", safe(text).replace('"', "\\\""))
}

fn is_plain(text: &str) -> bool {
    let words = ["true", "false", "null", "yes", "no", "on", "off"];
    text.starts_with(|c: char| c.is_alphabetic())
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || "_-./@".contains(c))
        && !words.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// Whether a value needs more than one line to be compared.
pub(crate) fn is_nested(value: &Value) -> bool {
    match value {
        Value::Object(map) => !map.is_empty(),
        Value::Array(items) => {
            items.iter().any(|item| item.is_object() || item.is_array()) || items.len() > 4
        }
        _ => false,
    }
}

/// Two texts, the first in red and the second in green, the differences underlined.
pub(crate) fn words(before: &str, after: &str) -> (String, String) {
    let (before, after) = (safe(before), safe(after));
    let diff = TextDiff::from_unicode_words(&*before, &*after);
    let side = |skipped: ChangeTag, style: Style| -> String {
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

/// The lines that differ between two nested values, each with one line around it.
pub(crate) fn lines(before: &Value, after: &Value) -> Vec<String> {
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

fn pretty(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        value => format!("{value:#}"),
    }
}
