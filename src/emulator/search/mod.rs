//! Searches: how they are written, what they match, and pages of results.

pub(crate) mod find;
pub(crate) mod matching;
pub(crate) mod page;
pub(crate) mod parse;
