//! Records that were read, and how many there are.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How many there are of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Count {
    /// So many.
    Exactly(usize),
    /// So many were seen, and there may be more.
    AtLeast(usize),
}

impl Count {
    /// Both together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Exactly(a), Self::Exactly(b)) => Self::Exactly(a + b),
            (a, b) => Self::AtLeast(a.at_least() + b.at_least()),
        }
    }

    /// Without so many of them.
    #[must_use]
    pub fn less(self, count: usize) -> Self {
        match self {
            Self::Exactly(all) => Self::Exactly(all.saturating_sub(count)),
            Self::AtLeast(all) => Self::AtLeast(all.saturating_sub(count)),
        }
    }

    /// The number that is certain.
    pub fn at_least(self) -> usize {
        match self {
            Self::Exactly(count) | Self::AtLeast(count) => count,
        }
    }

    /// The whole number, where it is known.
    pub fn exactly(self) -> Option<usize> {
        match self {
            Self::Exactly(count) => Some(count),
            Self::AtLeast(_) => None,
        }
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(count) => count.fmt(f),
            Self::AtLeast(count) => write!(f, "at least {count}"),
        }
    }
}

/// Records that were read, and whether they are all there are. It has no length on purpose: how many records were read says
/// nothing of how many there are, for which there is [`total`](Known::total).
#[derive(Clone, Debug)]
pub struct Known<K, T> {
    records: BTreeMap<K, T>,
    complete: bool,
}

impl<K: Ord, T> Known<K, T> {
    /// All records that there are.
    pub fn all(records: BTreeMap<K, T>) -> Self {
        Self {
            records,
            complete: true,
        }
    }

    /// Some records; there may be others.
    pub fn some(records: BTreeMap<K, T>) -> Self {
        Self {
            records,
            complete: false,
        }
    }

    /// Whether all records were read.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// How many records there are. Only records that were read are counted, never what a server says of their number.
    pub fn total(&self) -> Count {
        if self.complete {
            Count::Exactly(self.records.len())
        } else {
            Count::AtLeast(self.records.len())
        }
    }

    /// The record with this id, where it was read.
    pub fn get(&self, id: &K) -> Option<&T> {
        self.records.get(id)
    }

    /// The same, to be changed.
    pub fn get_mut(&mut self, id: &K) -> Option<&mut T> {
        self.records.get_mut(id)
    }

    /// Whether the record with this id was read.
    pub fn contains(&self, id: &K) -> bool {
        self.records.contains_key(id)
    }

    /// The records that were read.
    pub fn found(&self) -> impl Iterator<Item = &T> {
        self.records.values()
    }

    /// The same, to be changed.
    pub fn found_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.records.values_mut()
    }

    /// The records that were read, by id.
    pub fn records(&self) -> &BTreeMap<K, T> {
        &self.records
    }

    /// Adds a record, in place of one with its id.
    pub fn insert(&mut self, id: K, record: T) {
        self.records.insert(id, record);
    }

    /// Adds a record, unless there is one with its id.
    pub fn entry(&mut self, id: K) -> std::collections::btree_map::Entry<'_, K, T> {
        self.records.entry(id)
    }

    /// Takes a record out.
    pub fn remove(&mut self, id: &K) -> Option<T> {
        self.records.remove(id)
    }
}
