//! What a guard says of a plan, and what an acceptance of it is about.

/// What a guard says of a plan, in one line.
#[derive(Debug)]
pub(crate) struct Sentence {
    pub(crate) text: String,
    /// What an acceptance of it is about: where, and who or how many before and after. No totals.
    pub(crate) about: String,
}

impl From<String> for Sentence {
    fn from(text: String) -> Self {
        Self {
            about: text.clone(),
            text,
        }
    }
}
