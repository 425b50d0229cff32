//! Which records are made by a probe. In: a record of the server. Out: a [`Kinship`]. Pure.

use serde_json::{Value, json};

/// How the names and addresses of all records begin that are made here.
pub(crate) const PREFIX: &str = "ufsync-probe-";
/// The domain of their addresses, which is nobody's.
const DOMAIN: &str = "@example.com";
/// The key in `data` that all records have which are made here; the value is the tag of the run.
const MARK: &str = "ufsyncProbe";
/// How many hexadecimal digits a tag has.
const TAG: usize = 8;

/// What a record is to a probe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kinship {
    /// A probe made it: it may be deleted.
    Own,
    /// Its name begins like one of ours, and it is not certain that a probe made it.
    Similar,
    /// It has nothing to do with a probe.
    Other,
}

/// The `data` that every record gets.
pub(crate) fn mark(tag: &str) -> Value {
    json!({ MARK: tag })
}

/// The name of a record.
pub(crate) fn name(tag: &str, number: u32) -> String {
    format!("{PREFIX}{tag}-{number}")
}

/// The address of a user.
pub(crate) fn email(tag: &str, number: u32) -> String {
    format!("{}{DOMAIN}", name(tag, number))
}

/// What a user or a tenant is, by its `email` or its `name`. What the run with this `tag` made itself needs no mark: not every server
/// keeps `data`.
pub(crate) fn kinship(record: &Value, tag: &str) -> Kinship {
    let text = |field: &str| record.get(field).and_then(Value::as_str);
    let (word, domain) = match text("email") {
        Some(email) => (email, DOMAIN),
        None => (text("name").unwrap_or_default(), ""),
    };
    let word = word.to_lowercase();
    let Some(rest) = word.strip_prefix(PREFIX) else {
        return Kinship::Other;
    };
    let is_whole = |rest: &str| {
        let (found, number) = rest.strip_suffix(domain)?.split_once('-')?;
        let is_tag = found.len() == TAG && found.chars().all(|c| c.is_ascii_hexdigit());
        let is_number = !number.is_empty() && number.chars().all(|c| c.is_ascii_digit());
        (is_tag && is_number).then(|| found.to_owned())
    };
    let Some(found) = is_whole(rest) else {
        return Kinship::Similar;
    };
    let marked = record.get("data").and_then(|data| data.get(MARK));
    let has_mark = marked.and_then(Value::as_str) == Some(&*found);
    if has_mark || found == tag {
        Kinship::Own
    } else {
        Kinship::Similar
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_form_of_a_name_with_its_mark_is_a_probes() {
        let data = mark("00c0ffee");
        for (record, expected) in [
            (
                json!({"email": "ufsync-probe-00c0ffee-1@example.com", "data": data}),
                Kinship::Own,
            ),
            (
                json!({"email": "ufsync-probe-00C0FFEE-12@Example.com", "data": data}),
                Kinship::Own,
            ),
            (
                json!({"name": "ufsync-probe-00c0ffee-1", "data": data}),
                Kinship::Own,
            ),
            (
                json!({"email": "ufsync-probe-00c0ffee-1@example.com"}),
                Kinship::Similar,
            ),
            (
                json!({"email": "ufsync-probe-00c0ffee-1@example.com", "data": mark("0")}),
                Kinship::Similar,
            ),
            (
                json!({"email": "ufsync-probe-00c0ffee-1@example.com.evil.example", "data": data}),
                Kinship::Similar,
            ),
            (
                json!({"email": "ufsync-probe-00c0ffee@example.com", "data": data}),
                Kinship::Similar,
            ),
            (
                json!({"email": "ufsync-probe-team@example.com", "data": data}),
                Kinship::Similar,
            ),
            (
                json!({"name": "ufsync-probe-00c0ffee-1 and sons", "data": data}),
                Kinship::Similar,
            ),
            (
                json!({"email": "ufsync-probe-00c0fff0-1@example.com"}),
                Kinship::Own,
            ),
            (
                json!({"email": "jane@example.com", "name": "ufsync-probe-00c0ffee-1", "data": data}),
                Kinship::Other,
            ),
        ] {
            assert_eq!(kinship(&record, "00c0fff0"), expected, "{record}");
        }
    }
}
