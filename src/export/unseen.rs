//! Characters that can't be seen, or that a CI system takes for a command, are written as YAML's escapes. Writers of YAML do
//! not escape them, but they quote and escape U+FFFF. So a text is marked with it while it is written: U+FFFF and the eight
//! digits of the character's number become `\U` and the digits.

use std::borrow::Cow;

use serde_json::Value;

use crate::model::is_unsafe;

/// No text has it in its place: it is marked itself.
const MARK: char = '\u{ffff}';
/// How YAML writes the mark, and how it writes a character by eight digits.
const WRITTEN: (&str, &str) = ("\\uFFFF", "\\U");
/// How many digits follow.
const DIGITS: usize = 8;

/// A text with marks.
pub(crate) fn marked(text: &str) -> Cow<'_, str> {
    // Control characters are escaped by the writer.
    let is_plain = |c: char| (!is_unsafe(c) || c.is_control()) && c != MARK;
    let is_command = text.contains("##");
    // What looks like a mark that was written.
    let is_taken = text.contains(WRITTEN.0);
    if text.chars().all(is_plain) && !is_command && !is_taken {
        return Cow::Borrowed(text);
    }
    let mut marked = String::with_capacity(text.len() + DIGITS);
    for c in text.chars() {
        if is_plain(c) && !(c == '#' && is_command) && !(c == '\\' && is_taken) {
            marked.push(c);
        } else {
            marked.push(MARK);
            marked.extend(format!("{:0DIGITS$X}", u32::from(c)).chars());
        }
    }
    Cow::Owned(marked)
}

/// YAML with the escapes in place of the marks.
pub(crate) fn escaped(yaml: &str) -> String {
    yaml.replace(WRITTEN.0, WRITTEN.1)
}

/// A value in which every mark is the character again.
pub(crate) fn unmarked(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(original(&text)),
        Value::Array(items) => items.into_iter().map(unmarked).collect(),
        Value::Object(map) => map
            .into_iter()
            .map(|(key, value)| (original(&key), unmarked(value)))
            .collect(),
        value => value,
    }
}

fn original(text: &str) -> String {
    let mut parts = text.split(MARK);
    let mut original = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(DIGITS).unwrap_or((part, ""));
        let number = u32::from_str_radix(digits, 16).ok();
        original.extend(number.and_then(char::from_u32));
        original.push_str(rest);
    }
    original
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_marked_is_the_same_again() {
        for text in [
            "a\u{202e}b",
            "##[group]x",
            "\u{ffff}0000202E",
            "\\uFFFF\u{85}",
            "\\U",
            "a\nb",
        ] {
            let marked = marked(text);
            assert!(!marked.contains(['\u{202e}', '#']), "{marked:?}");
            assert_eq!(unmarked(Value::from(&*marked)), text);
        }
    }
}
