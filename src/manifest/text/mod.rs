//! Bytes → a tree in which every value knows its place.

pub(crate) mod decode;
pub(crate) mod list_items;
pub(crate) mod node;
pub(crate) mod scalar;
pub(crate) mod source;
pub(crate) mod tree;
