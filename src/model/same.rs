//! When two JSON values mean the same.

use serde_json::Value;

/// Whether two values mean the same. JSON has one kind of number: `1` and `1.0` are equal, as servers turn one into
/// the other.
pub(crate) fn same(a: Option<&Value>, b: Option<&Value>) -> bool {
    match (a, b) {
        (Some(Value::Number(a)), Some(Value::Number(b))) if a.is_f64() || b.is_f64() => {
            a.as_f64() == b.as_f64()
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(Some(a), Some(b)))
        }
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            a.len() == b.len() && a.iter().all(|(key, value)| same(Some(value), b.get(key)))
        }
        (a, b) => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_by_value_at_any_depth() {
        let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        let pairs = [
            ("1", "1.0", true),
            ("[{\"a\": 2}]", "[{\"a\": 2.0}]", true),
            ("1", "1.5", false),
            ("9007199254740993", "9007199254740992", false),
            ("[1]", "[1, 2]", false),
            ("{\"a\": 1}", "{\"b\": 1}", false),
            ("\"1\"", "1", false),
        ];
        for (a, b, equal) in pairs {
            assert_eq!(same(Some(&json(a)), Some(&json(b))), equal, "{a} {b}");
        }
        assert!(same(None, None) && !same(None, Some(&json("1"))));
    }
}
