//! Plans as files: written, read again, and compared with the live state of now.

pub(crate) mod created;
pub(crate) mod digest;
pub(crate) mod document;
pub(crate) mod over;
pub(crate) mod recheck;
pub(crate) mod refresh;
pub(crate) mod touched;
pub(crate) mod undo;
pub(crate) mod validate;
pub(crate) mod verdict;
