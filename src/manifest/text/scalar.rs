//! What a plain (unquoted) YAML scalar means, and where versions of YAML disagree about it.
//!
//! The rules are those of the YAML 1.2 core schema. What YAML 1.1 readers take for something else
//! (`no`, `0123`, `1:30`) is called ambiguous and refused, never guessed.

use serde_json::Number;

/// The meaning of a plain scalar.
#[derive(Debug, PartialEq)]
pub(crate) enum Plain {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A decimal number.
    Number(Number),
    Text,
    /// Read differently by different readers, for this reason.
    Ambiguous(&'static str),
}

impl Plain {
    /// What it is, as a message says it.
    pub(crate) fn describe(&self) -> &'static str {
        match self {
            Self::Null => "nothing (null)",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text => "text",
            Self::Ambiguous(reason) => reason,
        }
    }
}

pub(crate) fn classify(text: &str) -> Plain {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Plain::Null,
        "true" | "True" | "TRUE" => return Plain::Bool(true),
        "false" | "False" | "FALSE" => return Plain::Bool(false),
        _ => {}
    }
    match text.as_bytes().first() {
        Some(b'0'..=b'9' | b'+' | b'-' | b'.') => numeric(text),
        Some(b'y' | b'Y' | b'n' | b'N' | b'o' | b'O') if is_old_boolean(text) => {
            Plain::Ambiguous("a boolean in some versions of YAML, text in others")
        }
        _ => Plain::Text,
    }
}

fn is_old_boolean(text: &str) -> bool {
    ["y", "n", "yes", "no", "on", "off"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word))
}

fn numeric(text: &str) -> Plain {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(&unsigned) {
        return Plain::Ambiguous("a number that JSON does not have");
    }
    if !unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Plain::Text;
    }
    if is_decimal(unsigned) {
        let padded = unsigned.len() > 1
            && unsigned.starts_with('0')
            && !unsigned.starts_with("0.")
            && !unsigned.starts_with("0e")
            && !unsigned.starts_with("0E");
        if padded {
            return Plain::Ambiguous(
                "a decimal number in some versions of YAML, an octal one in others",
            );
        }
        return number(text).map_or(
            Plain::Ambiguous("a number too large to be kept exactly"),
            Plain::Number,
        );
    }
    if is_other_number(unsigned) {
        return Plain::Ambiguous("a number in some versions of YAML, text in others");
    }
    Plain::Text
}

/// `12`, `1.5`, `.5`, `1e3`: the numbers that JSON can carry.
fn is_decimal(text: &str) -> bool {
    let (mantissa, exponent) = text
        .split_once(['e', 'E'])
        .map_or((text, None), |(m, e)| (m, Some(e)));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_fits = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['+', '-']).unwrap_or(e);
        !e.is_empty() && digits(e)
    });
    digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty()) && exponent_fits
}

/// `0x1f`, `0o17`, `0b1`, `1_000`, `1:30`: numbers to some readers.
fn is_other_number(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let prefixed = |prefix: &str, digits: &str| {
        lower.strip_prefix(prefix).is_some_and(|rest| {
            !rest.is_empty() && rest.chars().all(|c| digits.contains(c) || c == '_')
        })
    };
    let grouped = lower.starts_with(|c: char| c.is_ascii_digit())
        && lower
            .chars()
            .all(|c| c.is_ascii_digit() || "_:.".contains(c))
        && lower.contains(['_', ':'])
        && lower.ends_with(|c: char| c.is_ascii_digit() || c == '_' || c == '.');
    prefixed("0x", "0123456789abcdef")
        || prefixed("0o", "01234567")
        || prefixed("0b", "01")
        || grouped
}

fn number(text: &str) -> Option<Number> {
    let text = text.strip_prefix('+').unwrap_or(text);
    if !text.contains(['.', 'e', 'E']) {
        let whole = text
            .parse::<i64>()
            .map(Number::from)
            .or_else(|_| text.parse::<u64>().map(Number::from));
        return whole.ok();
    }
    text.parse::<f64>().ok().and_then(Number::from_f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_versions_of_yaml_disagree_on_is_ambiguous() {
        for text in [
            "no",
            "Yes",
            "ON",
            "off",
            "y",
            "0123",
            "00",
            "0x1f",
            "0o17",
            "0b1",
            "1_000",
            "1:30",
            "12:30:45",
            ".inf",
            "-.INF",
            ".nan",
            "99999999999999999999",
        ] {
            assert!(matches!(classify(text), Plain::Ambiguous(_)), "{text}");
        }
    }

    #[test]
    fn numbers_booleans_and_nothing_are_recognised() {
        assert_eq!(classify("12"), Plain::Number(12.into()));
        assert_eq!(classify("-3"), Plain::Number((-3).into()));
        assert_eq!(
            classify("1e3"),
            Plain::Number(Number::from_f64(1000.0).unwrap())
        );
        assert_eq!(
            classify("0.5"),
            Plain::Number(Number::from_f64(0.5).unwrap())
        );
        assert_eq!(classify("True"), Plain::Bool(true));
        assert_eq!(classify("~"), Plain::Null);
    }

    #[test]
    fn everything_else_is_text() {
        for text in [
            "north",
            "Norway",
            "1.2.3",
            "a",
            "-",
            "+",
            ".",
            "..",
            "2024-01-01",
            "1 800 555",
            "e3",
            "-x",
            "12ab",
            "+1-555-0100",
            "v1:30",
            "1e",
            "10:00 am",
            "192.168.0.1",
        ] {
            assert_eq!(classify(text), Plain::Text, "{text}");
        }
    }
}
