//! Plans as files: written, read again, and compared with the live state of now.

pub mod created;
pub(crate) mod digest;
pub mod document;
pub(crate) mod over;
pub mod recheck;
pub(crate) mod refresh;
pub(crate) mod touched;
pub mod undo;
pub mod undoes;
pub(crate) mod unfinished;
pub(crate) mod validate;
pub mod verdict;
