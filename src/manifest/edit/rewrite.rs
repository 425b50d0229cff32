//! A file whose text is to be another.

/// A file whose text is to be another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rewrite {
    /// Its name, as it was read.
    pub file: String,
    /// The text that was read.
    pub before: String,
    /// The text that is to be written.
    pub after: String,
}
