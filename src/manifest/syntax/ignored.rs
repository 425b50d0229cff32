//! Keys of the root that begin with `x-`: a place for anchors, which nothing else reads.

use crate::manifest::text::node::{Kind, Node};

/// Takes these keys out of a root. Their values come back.
pub(crate) fn take_out<'t>(root: &mut Node<'t>) -> Vec<Node<'t>> {
    let Kind::Map(entries) = &mut root.kind else {
        return Vec::new();
    };
    let ignored = entries.extract_if(.., |entry| entry.key.text.starts_with("x-"));
    ignored.map(|entry| entry.value).collect()
}
