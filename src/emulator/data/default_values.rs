//! What a new record has where nothing was given. In: a number. Out: the same value for the same number.

use crate::emulator::switches::{NewRecords, Normalise, Switches};
use fastrand::Rng;

const PICTURES: &str = "https://res.cloudinary.com/component/image/upload/avatars";
const FIRST: [&str; 6] = ["fantastic", "quiet", "bright", "gentle", "swift", "calm"];
const SECOND: [&str; 6] = ["sun", "river", "forest", "cloud", "meadow", "stone"];

impl Switches {
    /// A user's picture.
    pub(crate) fn avatar(&self, number: u64) -> Option<String> {
        self.fills()
            .then(|| format!("{PICTURES}/avatar-plain-{}.png", number % 9 + 1))
    }

    /// A tenant's picture.
    pub(crate) fn icon(&self, number: u64) -> Option<String> {
        self.fills()
            .then(|| format!("{PICTURES}/icon-{}.png", number % 9 + 1))
    }

    /// A name that is not there.
    pub(crate) fn no_name(&self) -> Option<String> {
        self.fills().then(String::new)
    }

    pub(crate) fn username(&self, number: u64) -> Option<String> {
        let mut random = Rng::with_seed(number);
        let (first, second) = (random.usize(..FIRST.len()), random.usize(..SECOND.len()));
        let (first, second) = (FIRST.get(first)?, SECOND.get(second)?);
        self.fills()
            .then(|| format!("{first}-{second}-{:05}", number % 100_000))
    }

    fn fills(&self) -> bool {
        self.new_records == NewRecords::Filled
    }

    /// A text as it is stored.
    pub(crate) fn stored(&self, text: String) -> String {
        match self.normalise {
            Normalise::Trim => text.trim().to_owned(),
            Normalise::None | Normalise::Lower | Normalise::Phone => text,
        }
    }

    /// An address or a username as it is stored.
    pub(crate) fn stored_name(&self, text: String) -> String {
        match self.normalise {
            Normalise::Lower => text.to_lowercase(),
            _ => self.stored(text),
        }
    }

    /// A telephone number as it is stored.
    pub(crate) fn stored_phone(&self, text: String) -> String {
        match self.normalise {
            Normalise::Phone => text
                .chars()
                .filter(|c| c.is_ascii_digit() || *c == '+')
                .collect(),
            _ => self.stored(text),
        }
    }
}
