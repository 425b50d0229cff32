//! Which calls go wrong, and how. In: a percentage for each kind of fault, a seed, and a request's
//! order number. Out: the fault of that request, if any. Main type: [`Faults`].

use super::fault::FaultKind;
use super::ids::mix;
use super::percent::Percent;
use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::Duration;

/// How many requests of how many have a fault: the finest percentage is one of a million.
const MILLION: u64 = 1_000_000;

/// The faults of an emulator. Which one a request gets depends on the seed and on its
/// [`order`](super::RequestRecord::order) alone, so that calls made one after the other fail in the
/// same places in every run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults {
    shares: BTreeMap<FaultKind, Percent>,
    /// What the draw starts from; another seed spreads the same percentages over other requests.
    pub seed: u64,
    /// How long a `timeout` holds its connection before closing it. Set it well above the client's
    /// own limit.
    pub timeout: Duration,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            shares: BTreeMap::new(),
            seed: 1,
            timeout: Duration::from_mins(1),
        }
    }
}

/// A kind of fault and how many calls have it, written `reset=2.5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FaultShare {
    /// What happens.
    pub kind: FaultKind,
    /// To how many of a hundred calls.
    pub percent: Percent,
}

/// Faults that can't be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// Neither kind nor percentage can be told.
    #[error("{0:?} is not a fault: write KIND=PERCENT, as in reset=2.5")]
    NotAPair(String),
    /// A name that no kind has.
    #[error("there is no fault {0:?}; there are {names}", names = names())]
    UnknownKind(String),
    /// Not a number, or not one of a hundred.
    #[error(
        "{kind}={text} is not a percentage: write a number from 0 to 100 with at most four decimals"
    )]
    NotAPercentage {
        /// Of which kind.
        kind: FaultKind,
        /// What was written.
        text: String,
    },
    /// One kind with two percentages.
    #[error("the fault {0} is given twice: give it one percentage")]
    Twice(FaultKind),
    /// More faults than requests.
    #[error("the faults add up to {0} %, and a call has one at most: lower them to 100 % together")]
    Over100(Percent),
}

impl FaultShare {
    /// A percentage for the kind with this name.
    pub(super) fn new(kind: &str, percent: &str) -> Result<Self, FaultError> {
        let unknown = || FaultError::UnknownKind(kind.to_owned());
        let kind = FaultKind::named(kind).ok_or_else(unknown)?;
        let not_a_percentage = |()| FaultError::NotAPercentage {
            kind,
            text: percent.to_owned(),
        };
        let percent = percent.parse().map_err(not_a_percentage)?;
        Ok(Self { kind, percent })
    }
}

impl FromStr for FaultShare {
    type Err = FaultError;

    fn from_str(text: &str) -> Result<Self, FaultError> {
        let not_a_pair = || FaultError::NotAPair(text.to_owned());
        let (kind, percent) = text.split_once('=').ok_or_else(not_a_pair)?;
        Self::new(kind, percent)
    }
}

impl Faults {
    /// These shares, each kind once and 100 % together at most; the rest as by default.
    pub fn new(shares: impl IntoIterator<Item = FaultShare>) -> Result<Self, FaultError> {
        let mut faults = Self::default();
        for FaultShare { kind, percent } in shares {
            if faults.shares.insert(kind, percent).is_some() {
                return Err(FaultError::Twice(kind));
            }
        }
        let sum = Percent::sum(faults.shares.values().copied());
        if sum > Percent::ALL {
            return Err(FaultError::Over100(sum));
        }
        Ok(faults)
    }

    /// The same from texts such as `["500=5", "reset=2.5"]`.
    pub fn parse<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Result<Self, FaultError> {
        let shares = texts.into_iter().map(|text| text.as_ref().parse());
        Self::new(shares.collect::<Result<Vec<FaultShare>, _>>()?)
    }

    /// The same, drawn from another seed.
    #[must_use]
    pub fn seeded(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// The same, with timeouts of another length.
    #[must_use]
    pub fn lasting(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// The percentages, by kind.
    pub fn shares(&self) -> &BTreeMap<FaultKind, Percent> {
        &self.shares
    }

    /// The fault of the request with this order number.
    pub(super) fn draw(&self, order: u64) -> Option<FaultKind> {
        let mut rest = mix(mix(self.seed) ^ order) % MILLION;
        self.shares.iter().find_map(|(kind, percent)| {
            let share = u64::from(percent.of_a_million());
            if rest < share {
                return Some(*kind);
            }
            rest -= share;
            None
        })
    }
}

fn names() -> String {
    FaultKind::ALL.map(FaultKind::name).join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(faults: &Faults, count: u64) -> Vec<Option<FaultKind>> {
        (1..=count).map(|order| faults.draw(order)).collect()
    }

    #[test]
    fn every_kind_comes_as_often_as_it_is_to() {
        let faults = Faults::parse(FaultKind::ALL.map(|kind| format!("{kind}=2.5"))).unwrap();
        let drawn = drawn(&faults, 100_000);
        for kind in FaultKind::ALL.map(Some) {
            let count = drawn.iter().filter(|it| **it == kind).count();
            assert!((2_300..2_700).contains(&count), "{kind:?}: {count}");
        }
        let none = drawn.iter().filter(|it| it.is_none()).count();
        assert!((69_000..71_000).contains(&none), "{none}");
    }

    #[test]
    fn the_draw_depends_on_the_seed_and_the_number_alone() {
        let faults = Faults::parse(["500=20", "reset=20"]).unwrap();
        let swapped = Faults::parse(["reset=20", "500=20"]).unwrap();
        let other = faults.clone().seeded(2);
        assert_eq!(drawn(&faults, 1000), drawn(&swapped, 1000));
        assert_ne!(drawn(&faults, 1000), drawn(&other, 1000));
    }

    #[test]
    fn all_and_none_are_exact() {
        let all = Faults::parse(["timeout=33.3333", "500=66.6667"]).unwrap();
        assert!(drawn(&all, 10_000).iter().all(Option::is_some));
        let none = Faults::parse(["reset=0"]).unwrap();
        assert!(drawn(&none, 10_000).iter().all(Option::is_none));
    }

    #[test]
    fn what_is_wrong_is_said() {
        let table: [(&[&str], &str); 5] = [
            (
                &["reset"],
                r#""reset" is not a fault: write KIND=PERCENT, as in reset=2.5"#,
            ),
            (
                &["rest=5"],
                r#"there is no fault "rest"; there are 500, 500-after-commit, 503, 429, 429-bare, html-502, html-502-after-commit, reset, reset-after-commit, timeout, timeout-after-commit, truncate"#,
            ),
            (
                &["reset=101"],
                "reset=101 is not a percentage: write a number from 0 to 100 with at most four decimals",
            ),
            (
                &["500=1", "500=1"],
                "the fault 500 is given twice: give it one percentage",
            ),
            (
                &["500=60", "reset=40.5"],
                "the faults add up to 100.5 %, and a call has one at most: lower them to 100 % together",
            ),
        ];
        for (texts, message) in table {
            let error = Faults::parse(texts.iter().copied()).unwrap_err();
            assert_eq!(error.to_string(), message);
        }
    }
}
