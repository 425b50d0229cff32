//! Whether a record is what a search looks for. In: a filter and a record. Out: yes or no, and how
//! two records are ordered. Main types: [`Node`] and [`Cell`].
//!
//! What the documentation leaves open: a value that is absent or of another type fits no comparison
//! but the negative ones (`is not`, `does not contain`) and `is unknown`.

use crate::emulator::data::time::{Millis, parse};
use serde_json::{Map, Value};
use std::borrow::Cow;
use std::cmp::Ordering;

/// A field that can be searched and ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Mode,
    UserId,
    Uuid,
    TenantId,
    Email,
    Username,
    Name,
    Image,
    PhoneNumber,
    Locked,
    MfaRequired,
    Confirmed,
    LastActiveAt,
    CreatedAt,
    UpdatedAt,
    Type,
}

/// What an attribute names: a field, or a place in `data`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Attr {
    Field(Field),
    Data(Vec<String>),
}

/// A filter.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Node {
    /// All of them; an empty one fits everything.
    All(Vec<Self>),
    /// At least one of them.
    Any(Vec<Self>),
    /// A comparison.
    Test(Attr, Compare),
    /// Who holds a role in a scope, or any role there.
    Role { scope: String, role: Option<String> },
}

/// A comparison, with the value to compare with.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Compare {
    Text(TextTest, String),
    /// Without case; the text is in small letters.
    Folded(TextTest, String),
    Unknown,
    Known,
    Flag {
        value: bool,
        negated: bool,
    },
    Between(Millis, Millis),
    Number(Ordering, f64),
    HasAll(Vec<Value>),
    HasNone(Vec<Value>),
    /// At least one of them; of an empty list, anything.
    HasAny(Vec<Value>),
}

/// A comparison of texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TextTest {
    Is,
    Contains,
    Lacks,
    StartsWith,
    EndsWith,
}

/// The value of an attribute in one record.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Cell<'a> {
    Flag(bool),
    Number(f64),
    Time(Millis),
    Text(Cow<'a, str>),
    Json(&'a Value),
    Absent,
}

/// A record that can be searched.
pub(crate) trait Subject {
    /// The value of an attribute.
    fn cell(&self, attr: &Attr) -> Cell<'_>;
    /// Whether it holds this role, or any, in the scope.
    fn holds(&self, scope: &str, role: Option<&str>) -> bool;
}

impl Node {
    /// How many conditions it has.
    pub(crate) fn conditions(&self) -> usize {
        match self {
            Self::All(nodes) | Self::Any(nodes) => nodes.iter().map(Self::conditions).sum(),
            Self::Test(..) | Self::Role { .. } => 1,
        }
    }

    /// Whether the filter fits a record.
    pub(crate) fn fits(&self, subject: &impl Subject) -> bool {
        match self {
            Self::All(nodes) => nodes.iter().all(|node| node.fits(subject)),
            Self::Any(nodes) => nodes.iter().any(|node| node.fits(subject)),
            Self::Role { scope, role } => subject.holds(scope, role.as_deref()),
            Self::Test(attr, compare) => compare.fits(&subject.cell(attr)),
        }
    }
}

impl Compare {
    fn fits(&self, cell: &Cell<'_>) -> bool {
        match self {
            Self::Unknown => *cell == Cell::Absent,
            Self::Known => *cell != Cell::Absent,
            Self::Text(test, value) => test.fits(cell.text(), value),
            Self::Folded(test, value) => {
                test.fits(cell.text().map(str::to_lowercase).as_deref(), value)
            }
            Self::Flag { value, negated } => (*cell == Cell::Flag(*value)) != *negated,
            Self::Between(from, to) => cell.time().is_some_and(|it| (*from..=*to).contains(&it)),
            Self::Number(wanted, value) => {
                let Cell::Number(number) = cell else {
                    return false;
                };
                number.partial_cmp(value) == Some(*wanted)
            }
            Self::HasAll(values) => cell
                .items()
                .is_some_and(|items| values.iter().all(|value| items.contains(value))),
            Self::HasNone(values) => cell
                .items()
                .is_none_or(|items| !values.iter().any(|value| items.contains(value))),
            Self::HasAny(values) => cell.items().is_some_and(|items| {
                let any = values.iter().any(|value| items.contains(value));
                any || values.is_empty() && !items.is_empty()
            }),
        }
    }
}

impl TextTest {
    fn fits(self, text: Option<&str>, value: &str) -> bool {
        let Some(text) = text else {
            return self == Self::Lacks;
        };
        match self {
            Self::Is => text == value,
            Self::Contains => text.contains(value),
            Self::Lacks => !text.contains(value),
            Self::StartsWith => text.starts_with(value),
            Self::EndsWith => text.ends_with(value),
        }
    }
}

impl<'a> Cell<'a> {
    /// A text that may be absent.
    pub(crate) fn of(text: Option<&'a str>) -> Self {
        text.map_or(Cell::Absent, |text| Cell::Text(text.into()))
    }

    /// The value at a place in `data`.
    pub(crate) fn in_data(data: &'a Map<String, Value>, path: &[String]) -> Self {
        let found = path.split_first().and_then(|(first, rest)| {
            rest.iter()
                .try_fold(data.get(first)?, |value, key| value.get(key))
        });
        match found {
            None | Some(Value::Null) => Cell::Absent,
            Some(Value::Bool(flag)) => Cell::Flag(*flag),
            Some(Value::Number(number)) => number.as_f64().map_or(Cell::Absent, Cell::Number),
            Some(Value::String(text)) => Cell::Text(text.into()),
            Some(other) => Cell::Json(other),
        }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Cell::Text(text) => Some(text),
            _ => None,
        }
    }

    fn time(&self) -> Option<Millis> {
        match self {
            Cell::Time(time) => Some(*time),
            Cell::Text(text) => parse(text),
            _ => None,
        }
    }

    fn items(&self) -> Option<&[Value]> {
        match self {
            Cell::Json(Value::Array(items)) => Some(items),
            _ => None,
        }
    }

    /// The order of two values: what is absent comes last, unlike types in the order of the enum.
    pub(crate) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Cell::Flag(one), Cell::Flag(two)) => one.cmp(two),
            (Cell::Number(one), Cell::Number(two)) => one.total_cmp(two),
            (Cell::Time(one), Cell::Time(two)) => one.cmp(two),
            (Cell::Text(one), Cell::Text(two)) => one.cmp(two),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    fn rank(&self) -> u8 {
        match self {
            Cell::Flag(_) => 0,
            Cell::Number(_) => 1,
            Cell::Time(_) => 2,
            Cell::Text(_) => 3,
            Cell::Json(_) => 4,
            Cell::Absent => 5,
        }
    }
}
