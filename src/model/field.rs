//! A field of a manifest entry: left out, cleared, or set.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a manifest says of one field. Left out is not the same as `null`:
/// what is not written is not touched.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Field<T> {
    /// Not written: whatever the server holds stays.
    #[default]
    Unmanaged,
    /// Written as `null`: the server's value is removed.
    Clear,
    /// Written with a value.
    Set(T),
}

impl<T> Field<T> {
    pub fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Unmanaged | Self::Clear => None,
        }
    }

    /// Whether the manifest leaves the field alone.
    pub fn is_unmanaged(&self) -> bool {
        matches!(self, Self::Unmanaged)
    }

    /// The same statement about another form of the value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Field<U> {
        match self {
            Self::Unmanaged => Field::Unmanaged,
            Self::Clear => Field::Clear,
            Self::Set(value) => Field::Set(change(value)),
        }
    }

    /// The same statement, borrowed.
    pub fn as_ref(&self) -> Field<&T> {
        match self {
            Self::Unmanaged => Field::Unmanaged,
            Self::Clear => Field::Clear,
            Self::Set(value) => Field::Set(value),
        }
    }
}

/// A field that is left alone is left out of what is written: it has no form of its own.
impl<T: Serialize> Serialize for Field<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Unmanaged | Self::Clear => serializer.serialize_none(),
            Self::Set(value) => value.serialize(serializer),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(|value| value.map_or(Self::Clear, Self::Set))
    }
}
