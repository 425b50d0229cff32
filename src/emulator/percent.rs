//! A percentage without rounding. In: text such as `2.5`. Out: a number that adds up exactly.
//! Main type: [`Percent`].

use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// How many parts one per cent has.
const PARTS: u32 = 10_000;

/// How many decimals that is.
const DECIMALS: usize = 4;

/// From 0 to 100 with at most four decimals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(u32);

impl Percent {
    /// 100.
    pub(super) const ALL: Self = Self(100 * PARTS);

    /// How many requests of a million.
    pub(super) fn of_a_million(self) -> u32 {
        self.0
    }

    /// The sum, which may be more than can be written.
    pub(super) fn sum(list: impl Iterator<Item = Self>) -> Self {
        Self(list.fold(0, |sum, percent| sum.saturating_add(percent.0)))
    }
}

impl FromStr for Percent {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
        let is_number = |digits: &str| digits.bytes().all(|digit| digit.is_ascii_digit());
        if !is_number(whole) || !is_number(decimals) || decimals.len() > DECIMALS {
            return Err(());
        }
        let whole: u32 = whole.parse().map_err(|_| ())?;
        let parts: u32 = format!("{decimals:0<DECIMALS$}").parse().map_err(|_| ())?;
        match whole
            .checked_mul(PARTS)
            .and_then(|it| it.checked_add(parts))
        {
            Some(sum) if sum <= 100 * PARTS => Ok(Self(sum)),
            _ => Err(()),
        }
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, parts) = (self.0 / PARTS, self.0 % PARTS);
        if parts == 0 {
            return write!(out, "{whole}");
        }
        let decimals = format!("{parts:0DECIMALS$}");
        write!(out, "{whole}.{}", decimals.trim_end_matches('0'))
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_multiple_of(PARTS) {
            return serializer.serialize_u32(self.0 / PARTS);
        }
        serializer.serialize_f64(f64::from(self.0) / f64::from(PARTS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_is_shown() {
        for text in ["0", "5", "2.5", "0.0001", "33.3333", "100"] {
            let percent: Percent = text.parse().unwrap();
            assert_eq!(percent.to_string(), text);
            assert_eq!(serde_json::to_string(&percent).unwrap(), text);
        }
        assert_eq!("5.0".parse(), "5".parse::<Percent>());
    }

    #[test]
    fn what_is_no_percentage_is_refused() {
        for text in [
            "",
            "-1",
            "+1",
            "100.0001",
            "1e1",
            "1.00001",
            "NaN",
            "5%",
            "99999999999",
            "1.2.3",
            ".",
        ] {
            assert_eq!(text.parse::<Percent>(), Err(()), "{text}");
        }
    }
}
