//! A YAML document as a tree in which every value knows its place.

use std::borrow::Cow;

use crate::model::Origin;

/// One value of a document.
#[derive(Clone, Debug)]
pub(crate) struct Node<'t> {
    pub(crate) origin: Origin,
    pub(crate) kind: Kind<'t>,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind<'t> {
    /// `!clear`: in an overlay, a `null` that is meant for the server.
    Clear,
    /// A value that could not be read, which is reported already: nothing more is said of it.
    Broken,
    /// Text, and whether it stands there without quotes, so that it could mean something else than text.
    Scalar {
        text: Cow<'t, str>,
        plain: bool,
    },
    List(Vec<Node<'t>>),
    /// A map in the order of the file; merge keys are already carried out.
    Map(Vec<Entry<'t>>),
}

#[derive(Clone, Debug)]
pub(crate) struct Entry<'t> {
    pub(crate) key: Key<'t>,
    pub(crate) value: Node<'t>,
}

/// The key of a pair: always text.
#[derive(Clone, Debug)]
pub(crate) struct Key<'t> {
    pub(crate) text: Cow<'t, str>,
    pub(crate) plain: bool,
    pub(crate) origin: Origin,
}

impl Node<'_> {
    /// What it is, as a message says it.
    pub(crate) fn describe(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar { plain: true, text } => {
                crate::manifest::text::scalar::classify(text).describe()
            }
            Kind::Scalar { plain: false, .. } => "text",
            Kind::Clear => "nothing (!clear)",
            Kind::Broken => "a value that can't be read",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a map",
        }
    }

    /// How many values it holds, and how deep they are nested; one value is one deep.
    pub(crate) fn size(&self) -> Size {
        let inner = |sizes: &mut dyn Iterator<Item = Size>| {
            sizes.fold(Size { count: 1, depth: 1 }, |all, size| Size {
                count: all.count + size.count,
                depth: all.depth.max(size.depth + 1),
            })
        };
        match &self.kind {
            Kind::Clear | Kind::Broken => Size { count: 1, depth: 1 },
            // A long text costs what it weighs.
            Kind::Scalar { text, .. } => Size {
                count: 1 + text.len() / 32,
                depth: 1,
            },
            Kind::List(items) => inner(&mut items.iter().map(Node::size)),
            Kind::Map(entries) => inner(&mut entries.iter().map(|entry| entry.value.size())),
        }
    }
}

/// How large a value is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Size {
    pub(crate) count: usize,
    pub(crate) depth: usize,
}
