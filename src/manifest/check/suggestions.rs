//! "Did you mean" for many wrong words: comparing all of them with all known words would take minutes in a large manifest.

use crate::model::suggest;
use hashbrown::HashMap;

/// So many words are compared with the known ones.
const MOST: usize = 200;

/// What was suggested so far.
#[derive(Default)]
pub(crate) struct Suggestions(HashMap<String, String>);

impl Suggestions {
    /// The nearest known word, or the known words where they are few.
    pub(crate) fn help<'w>(
        &mut self,
        word: &str,
        known: impl IntoIterator<Item = &'w str> + Clone,
    ) -> String {
        if let Some(help) = self.0.get(word) {
            return help.clone();
        }
        if self.0.len() >= MOST {
            return "Check the spelling.".to_owned();
        }
        let help = suggest::help(word, known);
        self.0.insert(word.to_owned(), help.clone());
        help
    }
}
