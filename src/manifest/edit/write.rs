//! Values as YAML that fits on one line.

use serde_json::Value;
use serde_saphyr::FlowSeq;

use crate::manifest::escape;
use crate::model::is_unsafe;

/// A value in flow style, as it may stand in a map or a list of either style.
pub(crate) fn flow(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(flow).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(map) if map.is_empty() => "{}".to_owned(),
        Value::Object(map) => {
            let entries = map
                .iter()
                .map(|(key, value)| format!("{}: {}", key_text(key), flow(value)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::String(value) => text(value),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

/// A text, in quotes where it needs them. A dollar sign that would begin a variable is doubled.
pub(crate) fn text(value: &str) -> String {
    key_text(&escape(value))
}

/// A key, in quotes where it needs them; nothing in it stands for a variable.
pub(crate) fn key_text(value: &str) -> String {
    if value.chars().any(is_unsafe) {
        // JSON's strings are YAML's; what can't be seen is written by its number.
        let quoted = Value::from(value).to_string();
        let escaped = quoted.chars().map(|c| {
            if is_unsafe(c) {
                format!("\\U{:08X}", u32::from(c))
            } else {
                c.to_string()
            }
        });
        return escaped.collect();
    }
    let mut list = String::new();
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    let written =
        serde_saphyr::to_fmt_writer_with_options(&mut list, &FlowSeq(vec![value]), options);
    let inner = list
        .trim()
        .strip_prefix('[')
        .and_then(|list| list.strip_suffix(']'));
    match (written, inner) {
        (Ok(()), Some(inner)) if !inner.contains('\n') => inner.to_owned(),
        _ => Value::from(value).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_are_read_back_as_they_were() {
        for value in [
            json!("plain"),
            json!("no"),
            json!("a, b: [c] # d"),
            json!("12"),
            json!("${X}"),
            json!("a\u{202e}b\u{200b}"),
            json!({"a": [1, true, null], "b c": {"d": "e\nf"}}),
        ] {
            let read: Value = serde_yaml::from_str(&flow(&value)).unwrap();
            let unescaped = read.to_string().replace("$${", "${");
            assert_eq!(unescaped, value.to_string());
        }
    }
}
