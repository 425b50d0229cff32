//! Overlays: patches to a united manifest, as RFC 7396 merges JSON.
//!
//! Maps are merged, texts and lists replaced, and `null` removes the key from the manifest, which leaves what it managed
//! alone. To remove a value on the server, an overlay says `!clear`.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::manifest::text::decode::{is_nothing, is_null};
use crate::manifest::text::node::{Entry, Kind, Node};
use crate::manifest::{Finding, ManifestError};
use crate::model::Email;

/// Applies an overlay to a manifest. An overlay without content changes nothing: it must not take the manifest with it.
pub(crate) fn patch<'t>(base: &mut Node<'t>, overlay: Node<'t>, findings: &mut Vec<Finding>) {
    match overlay.kind {
        Kind::Map(_) => {
            refuse_nothing(&overlay, findings);
            patch_at(base, overlay, &Level::Root);
        }
        _ if is_null(&overlay) => {}
        _ => findings.push(Finding::new(
            ManifestError::WrongType {
                expected: "a map",
                found: overlay.describe(),
                help: "Write a map here.".to_owned(),
            },
            overlay.origin,
        )),
    }
}

/// Finds keys with nothing behind them: whether the key is to be removed from the manifest, or its value on the server, has
/// to be written.
fn refuse_nothing(node: &Node<'_>, findings: &mut Vec<Finding>) {
    let Kind::Map(entries) = &node.kind else {
        return;
    };
    for Entry { key, value } in entries {
        if is_nothing(value) {
            let mistake = ManifestError::NothingInOverlay {
                key: key.text.clone().into_owned(),
            };
            findings.push(Finding::new(mistake, key.origin));
        } else {
            refuse_nothing(value, findings);
        }
    }
}

/// Where in a manifest a map stands, as far as it decides how its keys are compared.
enum Level {
    Root,
    /// The keys are e-mails.
    People,
    Tenants,
    Tenant,
    Other,
}

impl Level {
    fn below(&self, key: &str) -> Self {
        match (self, key) {
            (Self::Root, "users") | (Self::Tenant, "members") => Self::People,
            (Self::Root, "tenants") => Self::Tenants,
            (Self::Tenants, _) => Self::Tenant,
            _ => Self::Other,
        }
    }

    /// A key as it is compared.
    fn folded(&self, key: &str) -> String {
        match self {
            Self::People => Email::new(key).canonical().into_owned(),
            _ => key.to_owned(),
        }
    }
}

fn patch_at<'t>(base: &mut Node<'t>, overlay: Node<'t>, level: &Level) {
    let (Kind::Map(entries), Kind::Map(_)) = (&mut base.kind, &overlay.kind) else {
        *base = without_nulls(overlay);
        return;
    };
    let Kind::Map(changes) = overlay.kind else {
        return;
    };
    let mut index: HashMap<String, usize> = HashMap::with_capacity(entries.len());
    for (place, entry) in entries.iter().enumerate() {
        // Of two entries for one key, which are found later, the first is patched.
        index.entry(level.folded(&entry.key.text)).or_insert(place);
    }
    let mut removed = HashSet::new();
    for change in changes {
        let key = level.folded(&change.key.text);
        let below = level.below(&change.key.text);
        match index.get(&key).and_then(|place| entries.get_mut(*place)) {
            _ if is_removal(&change.value) => drop(removed.insert(key)),
            Some(entry) => patch_at(&mut entry.value, change.value, &below),
            None => entries.push(Entry {
                key: change.key,
                value: without_nulls(change.value),
            }),
        }
    }
    if !removed.is_empty() {
        entries.retain(|entry| !removed.contains(&level.folded(&entry.key.text)));
    }
}

fn is_removal(node: &Node<'_>) -> bool {
    is_null(node) && !matches!(node.kind, Kind::Clear)
}

/// What an overlay adds: nulls remove what is not there, and `!clear` becomes the null that the server is to see.
fn without_nulls(node: Node<'_>) -> Node<'_> {
    let kind = match node.kind {
        Kind::Clear => Kind::Scalar {
            text: Cow::Borrowed("null"),
            plain: true,
        },
        Kind::Map(entries) => {
            let kept = entries
                .into_iter()
                .filter(|entry| !is_removal(&entry.value));
            Kind::Map(
                kept.map(|entry| Entry {
                    value: without_nulls(entry.value),
                    ..entry
                })
                .collect(),
            )
        }
        kind @ (Kind::Scalar { .. } | Kind::List(_) | Kind::Broken) => kind,
    };
    Node { kind, ..node }
}
