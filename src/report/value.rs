//! JSON values in one line, as a person would write them in YAML.

use serde_json::Value;

use super::safe;

/// Text in quotes, a map as `{plan: pro, seats: 25}`, nothing as `(none)`.
pub(super) fn field(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "(none)".to_owned(),
        Some(Value::String(text)) => quoted(text),
        Some(value) => inline(value),
    }
}

/// The same, with quotes only where text could be read as something else.
pub(super) fn inline(value: &Value) -> String {
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
pub(super) fn is_nested(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Object(map)) => !map.is_empty(),
        Some(Value::Array(items)) => {
            items.iter().any(|item| item.is_object() || item.is_array()) || items.len() > 4
        }
        _ => false,
    }
}
