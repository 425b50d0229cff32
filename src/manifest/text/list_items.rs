//! What a tree holds, without asking whether it is right.

use crate::manifest::text::node::{Entry, Kind, Node};
use crate::model::Origin;

/// The pairs of a map; none where it is no map.
pub(crate) fn entries<'n, 't>(node: &'n Node<'t>) -> &'n [Entry<'t>] {
    match &node.kind {
        Kind::Map(entries) => entries,
        _ => &[],
    }
}

/// The pair of a map with this key.
pub(crate) fn named<'n, 't>(node: &'n Node<'t>, key: &str) -> Option<&'n Entry<'t>> {
    entries(node).iter().find(|entry| entry.key.text == key)
}

/// What the items of a list name: themselves, or what stands under a key of theirs. A list of `atLeast` is one as well.
pub(crate) fn texts<'n>(
    list: &'n Node<'_>,
    key: &'static str,
) -> impl Iterator<Item = (&'n str, Origin)> {
    let list = named(list, "atLeast").map_or(list, |inner| &inner.value);
    let items = match &list.kind {
        Kind::List(items) => items.as_slice(),
        _ => &[],
    };
    items.iter().filter_map(move |item| {
        let item = named(item, key).map_or(item, |entry| &entry.value);
        match &item.kind {
            Kind::Scalar { text, .. } => Some((text.as_ref(), item.origin)),
            _ => None,
        }
    })
}
