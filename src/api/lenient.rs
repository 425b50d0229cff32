//! What servers write in several ways: texts also as numbers, or not at all, roles by their names or as objects, data as an
//! empty list.
//!
//! Read by hand: a derived reader of several forms makes an error message of each that does not fit, and every record has a
//! dozen of them. The crate `serde-untagged` takes 1.8 times as long for a user's record.

use std::fmt;
use std::sync::Arc;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::model::{LiveData, TenantId};

/// The methods of a visitor that gives the same for each of these forms, whatever is in them.
macro_rules! any_of {
    ($result:expr, $($method:ident: $form:ty),*) => {$(
        fn $method<E>(self, _: $form) -> Result<Self::Value, E> {
            Ok($result)
        }
    )*};
}

/// Text that a server may also write as a number, or leave out.
#[derive(Debug, Default)]
pub(crate) enum Loose {
    Text(Arc<str>),
    Number(u64),
    #[default]
    Nothing,
    /// Something that is no text: the record can't be read.
    Wrong,
}

impl Loose {
    pub(crate) fn text(self) -> Option<Arc<str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(number) => Some(Arc::from(number.to_string())),
            Self::Nothing | Self::Wrong => None,
        }
    }

    /// The text of a field that has to be read right, or be absent.
    ///
    /// # Errors
    /// Where it is something else than text.
    pub(crate) fn field(self, name: &str) -> Result<Option<Arc<str>>, String> {
        match self {
            Self::Wrong => Err(format!("`{name}` is not text")),
            readable => Ok(readable.text()),
        }
    }

    pub(crate) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Number(_) | Self::Nothing | Self::Wrong => None,
        }
    }

    pub(crate) fn number(&self) -> Option<u64> {
        match self {
            Self::Text(text) => text.parse().ok(),
            Self::Number(number) => Some(*number),
            Self::Nothing | Self::Wrong => None,
        }
    }

    /// An id that can stand in a path. Ids are letters, digits, `-` and `_`; anything else is not trusted with one.
    pub(crate) fn id(self, what: &str) -> Result<Option<Arc<str>>, String> {
        match self.field(what)? {
            Some(id) if !TenantId::is_plain(&id) => {
                Err(format!("the {what} has characters that an id can't have"))
            }
            id => Ok(id),
        }
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Loose;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_str<E>(self, text: &str) -> Result<Loose, E> {
        Ok(Loose::Text(Arc::from(text)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Loose, E> {
        Ok(Loose::Number(number))
    }

    any_of!(Loose::Wrong, visit_i64: i64, visit_f64: f64, visit_bool: bool);

    fn visit_unit<E>(self) -> Result<Loose, E> {
        Ok(Loose::Nothing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Loose, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose::Wrong)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Loose, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose::Wrong)
    }
}

/// Free-form data; a key that is `null` counts as absent, whichever way a server stores a removal.
#[derive(Debug)]
pub(crate) enum DataJson {
    Object(LiveData),
    /// Something else. Managing a key of it would replace the whole.
    Wrong,
}

impl DataJson {
    pub(crate) fn read(self) -> Result<LiveData, String> {
        match self {
            Self::Object(data) => Ok(data),
            Self::Wrong => Err("the data of a record is not an object".into()),
        }
    }
}

impl Default for DataJson {
    fn default() -> Self {
        Self::Object(LiveData::default())
    }
}

impl<'de> Deserialize<'de> for DataJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyData)
    }
}

struct AnyData;

impl<'de> Visitor<'de> for AnyData {
    type Value = DataJson;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<DataJson, A::Error> {
        LiveData::deserialize(MapAccessDeserializer::new(entries)).map(DataJson::Object)
    }

    fn visit_unit<E>(self) -> Result<DataJson, E> {
        Ok(DataJson::default())
    }

    /// Some languages write an empty object as an empty list.
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<DataJson, A::Error> {
        let mut data = DataJson::default();
        while items.next_element::<IgnoredAny>()?.is_some() {
            data = DataJson::Wrong;
        }
        Ok(data)
    }

    any_of!(
        DataJson::Wrong,
        visit_str: &str,
        visit_bool: bool,
        visit_u64: u64,
        visit_i64: i64,
        visit_f64: f64
    );
}

/// The name of a role, by itself or in an object.
#[derive(Debug)]
pub(crate) struct RoleJson(pub(crate) Arc<str>);

impl<'de> Deserialize<'de> for RoleJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Role)
    }
}

struct Role;

impl<'de> Visitor<'de> for Role {
    type Value = RoleJson;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a role")
    }

    fn visit_str<E>(self, name: &str) -> Result<RoleJson, E> {
        Ok(RoleJson(Arc::from(name)))
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<RoleJson, A::Error> {
        #[derive(serde::Deserialize)]
        struct Object {
            name: Arc<str>,
        }
        let Object { name } = Object::deserialize(MapAccessDeserializer::new(entries))?;
        Ok(RoleJson(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_is_read_from_its_name_or_its_object() {
        for json in [r#""admin""#, r#"{"id": 1, "name": "admin"}"#] {
            let role: RoleJson = serde_json::from_str(json).unwrap();
            assert_eq!(&*role.0, "admin", "{json}");
        }
        for json in ["1", "{}", r#"{"name": 1}"#, "[]"] {
            assert!(serde_json::from_str::<RoleJson>(json).is_err(), "{json}");
        }
    }

    #[test]
    fn every_json_value_is_text_or_nothing() {
        for (json, text) in [
            (r#""a\u0062""#, Some("ab")),
            ("17", Some("17")),
            ("-1", None),
            ("1.5", None),
            ("true", None),
            ("null", None),
            (r#"["a", {}]"#, None),
            (r#"{"a": [1]}"#, None),
        ] {
            let loose: Loose = serde_json::from_str(json).unwrap();
            assert_eq!(loose.text().as_deref(), text, "{json}");
        }
    }
}
