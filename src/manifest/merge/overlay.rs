//! Overlays: patches to a united manifest, as RFC 7396 merges JSON.
//!
//! Maps are merged, texts and lists replaced, and `null` removes the key from the manifest, which leaves what it managed
//! alone. To remove a value on the server, an overlay says `!clear`.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use crate::manifest::text::decode::{is_nothing, is_null};
use crate::manifest::text::node::{Entry, Key, Kind, Node};
use crate::manifest::{Finding, ManifestError, RuleMistake};
use crate::model::{Email, Origin};

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

/// Finds the values of other files that the overlay of a restricted file would replace. What it removes is found before.
pub(crate) fn refuse_replaced(
    base: &Node<'_>,
    overlay: &Node<'_>,
    file: &str,
    findings: &mut Vec<Finding>,
) {
    replaced(base, overlay, &Level::Root, &mut |key, before| {
        let mistake = RuleMistake::Restricted {
            file: file.to_owned(),
            reason: format!("`{}` replaces what another file says", key.text),
            help:
                "An overlay that `restrictions` are for may only add. Write it in the other file."
                    .to_owned(),
        };
        findings.push(Finding::new(mistake, key.origin).and(before, "the other value"));
    });
}

fn replaced(
    base: &Node<'_>,
    overlay: &Node<'_>,
    level: &Level,
    found: &mut impl FnMut(&Key<'_>, Origin),
) {
    let (Kind::Map(known), Kind::Map(changes)) = (&base.kind, &overlay.kind) else {
        return;
    };
    for change in changes {
        // It has to be said in each file.
        if matches!(level, Level::Root) && change.key.text == "version" {
            continue;
        }
        let key = level.folded(&change.key.text);
        let mut known = known.iter();
        let Some(before) = known.find(|it| level.folded(&it.key.text) == key) else {
            continue;
        };
        match (&before.value.kind, &change.value.kind) {
            (Kind::Map(_), Kind::Map(_)) => {
                let below = level.below(&change.key.text);
                replaced(&before.value, &change.value, &below, found);
            }
            (Kind::Scalar { text, .. }, Kind::Scalar { text: same, .. }) if text == same => {}
            // An empty map has no value that could be replaced.
            (_, Kind::Map(_)) if is_null(&before.value) => {}
            _ => found(&change.key, before.key.origin),
        }
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
