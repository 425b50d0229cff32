//! Which record a handle of a restricted file means. In: what `restrictions` say of it, and the entry. Out: where the entry says
//! something else, the line to write for an entry, and the entry with what it leaves out.

use std::borrow::Cow;

use crate::manifest::syntax::rule_syntax::RestrictedRecord;
use crate::manifest::text::list_items::entries;
use crate::manifest::text::node::{Entry, Key, Kind, Node};
use crate::model::Origin;

/// The fields by which a record is found.
const CHOICES: [&str; 4] = ["name", "parent", "renamedFrom", "tenantId"];

/// The fields of an entry that choose a record.
pub(crate) fn choices<'n>(entry: &'n Entry<'_>) -> impl Iterator<Item = (&'n str, Origin)> {
    let fields = entries(&entry.value).iter();
    let keys = fields.map(|field| (field.key.text.as_ref(), field.key.origin));
    keys.filter(|(key, _)| CHOICES.contains(key))
}

/// The fields of an entry that choose another record than `restrictions` do.
pub(crate) fn differences<'n>(
    record: &RestrictedRecord,
    entry: &'n Entry<'_>,
) -> Vec<(&'n str, Origin)> {
    let fields = entries(&entry.value).iter();
    let chosen = fields.filter(|field| CHOICES.contains(&field.key.text.as_ref()));
    let other = chosen.filter(|field| {
        let key = field.key.text.as_ref();
        // The id chooses; the name is then a field like others.
        if key == "name" && record.tenant_id.is_some() {
            return false;
        }
        let Kind::Scalar { text, .. } = &field.value.kind else {
            return true;
        };
        record.field(key) != Some(text.as_ref())
    });
    other
        .map(|field| (field.key.text.as_ref(), field.value.origin))
        .collect()
}

/// What to write in `restrictions` for an entry.
pub(crate) fn line(entry: &Entry<'_>) -> String {
    let text = |key: &str| {
        let mut fields = entries(&entry.value).iter();
        let field = fields.find(|field| field.key.text == key)?;
        match &field.value.kind {
            Kind::Scalar { text, .. } => Some(text.as_ref()),
            _ => None,
        }
    };
    let mut parts = vec![format!("handle: {}", entry.key.text)];
    match (text("tenantId"), text("name")) {
        (Some(id), _) => parts.push(format!("tenantId: {}", quoted(id))),
        (None, name) => parts.push(format!("name: {}", quoted(name.unwrap_or("Acme Inc.")))),
    }
    for key in ["parent", "renamedFrom"] {
        parts.extend(text(key).map(|text| format!("{key}: {}", quoted(text))));
    }
    format!("{{ {} }}", parts.join(", "))
}

/// A text as it can be written inside braces.
fn quoted(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, ' ' | '.' | '-' | '_');
    let starts = text.starts_with(char::is_alphabetic);
    let words = ["true", "false", "null", "yes", "no", "on", "off", "y", "n"];
    let is_word = words.contains(&&*text.to_lowercase());
    if starts && !is_word && !text.ends_with(' ') && text.chars().all(is_plain) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(serde_json::Value::from(text).to_string())
    }
}

/// Adds to the entries of a restricted file what `restrictions` say of their records.
pub(crate) fn complete(root: &mut Node<'_>, records: &[RestrictedRecord]) {
    let Kind::Map(top) = &mut root.kind else {
        return;
    };
    let tenants = top.iter_mut().find(|entry| entry.key.text == "tenants");
    let Some(Kind::Map(tenants)) = tenants.map(|entry| &mut entry.value.kind) else {
        return;
    };
    for entry in tenants {
        let mut known = records.iter();
        let Some(record) = known.find(|record| entry.key.text == record.handle) else {
            continue;
        };
        if !matches!(entry.value.kind, Kind::Map(_)) {
            if !crate::manifest::text::decode::is_nothing(&entry.value) {
                continue;
            }
            entry.value.kind = Kind::Map(Vec::new());
        }
        let Kind::Map(fields) = &mut entry.value.kind else {
            continue;
        };
        for key in CHOICES {
            let Some(text) = record.field(key) else {
                continue;
            };
            if fields.iter().all(|field| field.key.text != key) {
                fields.push(Entry {
                    key: Key {
                        text: Cow::Borrowed(key),
                        plain: true,
                        origin: record.origin,
                    },
                    value: Node {
                        origin: record.origin,
                        kind: Kind::Scalar {
                            text: Cow::Owned(text.to_owned()),
                            plain: false,
                        },
                    },
                });
            }
        }
    }
}
