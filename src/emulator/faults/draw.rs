//! Which calls go wrong, and how. In: a percentage for each kind of fault, a seed, and a request's
//! order number. Out: the fault of that request, if any. Main types: [`Faults`] and [`FaultKind`].

use fastrand::Rng;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// Percentages are kept in parts per million, which add up exactly.
const MILLION: u32 = 1_000_000;

/// How many parts per million one per cent is.
const PER_CENT: f64 = 10_000.0;

/// The faults of an emulator. Which one a request gets depends only on the seed and on its
/// [`order`](crate::emulator::RequestRecord::order), so that calls made one after the other fail in the
/// same places in every run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults {
    parts: BTreeMap<FaultKind, u32>,
    /// What the draw starts from; another seed spreads the same percentages over other requests.
    pub seed: u64,
    /// How long a `timeout` holds its connection before closing it. Set it well above the client's
    /// own limit.
    pub timeout: Duration,
}

impl Default for Faults {
    fn default() -> Self {
        Self {
            parts: BTreeMap::new(),
            seed: 1,
            timeout: Duration::from_mins(1),
        }
    }
}

/// A kind of fault and how many calls have it, written `reset=2.5`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FaultShare {
    /// What happens.
    pub kind: FaultKind,
    /// To how many of a hundred calls: from 0 to 100, rounded to four decimals.
    pub percent: f64,
}

/// One way in which a call goes wrong between the client and the server.
///
/// What happens *after commit* is the harder half: the server has carried the call out like any
/// other (or refused it), and the client does not learn of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// `500`: an error of the server, which has done nothing.
    ServerError,
    /// `500-after-commit`: an error of the server, which has carried the call out.
    ServerErrorAfterCommit,
    /// `503`: the server is not available; nothing is done.
    Unavailable,
    /// `429`: too many requests; nothing is done. `Retry-After` says one second, in the form that
    /// [`RetryAfter`](crate::emulator::switches::RetryAfter) sets.
    TooMany,
    /// `429-bare`: the same, always without the header.
    TooManyBare,
    /// `html-502`: a proxy's page; the server never sees the call.
    Html502,
    /// `html-502-after-commit`: a proxy's page; the server has carried the call out.
    Html502AfterCommit,
    /// `400-transient`: refused with words that say nothing; nothing is done, and the next time it may pass.
    Transient,
    /// `402`: the request is right, and is not carried out, as beyond a limit of the plan.
    PaymentRequired,
    /// `reset`: the connection is reset without an answer; nothing is done.
    Reset,
    /// `reset-after-commit`: the call is carried out, then the connection is reset without an answer.
    ResetAfterCommit,
    /// `timeout`: nothing is done and nothing answered; the connection stays open for
    /// [`Faults::timeout`](crate::emulator::Faults::timeout), then it is closed.
    Timeout,
    /// `timeout-after-commit`: the call is carried out, and then the same.
    TimeoutAfterCommit,
    /// `truncate`: the call is carried out, the answer announces its full length, and after half of
    /// its body the connection is closed.
    Truncate,
}

impl FaultKind {
    /// Every kind.
    pub const ALL: [Self; 14] = [
        Self::ServerError,
        Self::ServerErrorAfterCommit,
        Self::Unavailable,
        Self::TooMany,
        Self::TooManyBare,
        Self::Html502,
        Self::Html502AfterCommit,
        Self::Transient,
        Self::PaymentRequired,
        Self::Reset,
        Self::ResetAfterCommit,
        Self::Timeout,
        Self::TimeoutAfterCommit,
        Self::Truncate,
    ];

    /// As the command line and the control calls write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ServerError => "500",
            Self::ServerErrorAfterCommit => "500-after-commit",
            Self::Unavailable => "503",
            Self::TooMany => "429",
            Self::TooManyBare => "429-bare",
            Self::Html502 => "html-502",
            Self::Html502AfterCommit => "html-502-after-commit",
            Self::Transient => "400-transient",
            Self::PaymentRequired => "402",
            Self::Reset => "reset",
            Self::ResetAfterCommit => "reset-after-commit",
            Self::Timeout => "timeout",
            Self::TimeoutAfterCommit => "timeout-after-commit",
            Self::Truncate => "truncate",
        }
    }

    /// The kind with this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

impl Serialize for FaultKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// Faults that are not valid.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FaultError {
    /// It has no `=`.
    #[error("{0:?} is not a fault: write KIND=PERCENT, as in reset=2.5")]
    NotAPair(String),
    /// A name that no kind has.
    #[error("there is no fault {0:?}; there are {names}", names = names())]
    UnknownKind(String),
    /// Not a number, or not one of a hundred.
    #[error("{kind}={text} is not a percentage: write a number from 0 to 100")]
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
    Over100(f64),
}

impl FaultShare {
    /// A percentage for the kind with this name.
    pub(crate) fn new(kind: &str, percent: &str) -> Result<Self, FaultError> {
        let kind =
            FaultKind::named(kind).ok_or_else(|| FaultError::UnknownKind(kind.to_owned()))?;
        match percent.parse() {
            Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(Self { kind, percent }),
            _ => Err(FaultError::NotAPercentage {
                kind,
                text: percent.to_owned(),
            }),
        }
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 100 per cent is 0 to a million parts; a cast makes anything else fit too"
    )]
    fn parts_per_million(self) -> u32 {
        (self.percent * PER_CENT).round() as u32
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
        for share in shares {
            let parts = share.parts_per_million();
            if faults.parts.insert(share.kind, parts).is_some() {
                return Err(FaultError::Twice(share.kind));
            }
        }
        let sum = faults.parts.values().copied().fold(0, u32::saturating_add);
        if sum > MILLION {
            return Err(FaultError::Over100(f64::from(sum) / PER_CENT));
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
    pub fn shares(&self) -> BTreeMap<FaultKind, f64> {
        let shares = self.parts.iter();
        shares
            .map(|(kind, parts)| (*kind, f64::from(*parts) / PER_CENT))
            .collect()
    }

    /// The fault of the request with this order number.
    pub(crate) fn draw(&self, order: u64) -> Option<FaultKind> {
        let start = Rng::with_seed(self.seed).u64(..);
        let mut rest = Rng::with_seed(start ^ order).u32(..MILLION);
        self.parts.iter().find_map(|(kind, parts)| {
            if rest < *parts {
                return Some(*kind);
            }
            rest -= parts;
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
        assert!((64_000..66_000).contains(&none), "{none}");
    }

    #[test]
    fn the_draw_depends_only_on_the_seed_and_the_number() {
        let faults = Faults::parse(["500=20", "reset=20"]).unwrap();
        let swapped = Faults::parse(["reset=20", "500=20"]).unwrap();
        let other = faults.clone().seeded(2);
        assert_eq!(drawn(&faults, 1000), drawn(&swapped, 1000));
        assert_ne!(drawn(&faults, 1000), drawn(&other, 1000));
    }

    #[test]
    fn what_is_no_percentage_is_refused() {
        for text in ["", "-1", "100.0001", "NaN", "inf", "5%", "1.2.3", "."] {
            assert!(FaultShare::new("reset", text).is_err(), "{text}");
        }
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
                r#"there is no fault "rest"; there are 500, 500-after-commit, 503, 429, 429-bare, html-502, html-502-after-commit, 400-transient, 402, reset, reset-after-commit, timeout, timeout-after-commit, truncate"#,
            ),
            (
                &["reset=101"],
                "reset=101 is not a percentage: write a number from 0 to 100",
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
