//! The one table of the fields of users and tenants, and records made of them.
//!
//! Everything that reads, compares, shows, sends, saves or takes back a field goes through this table: a new settable field
//! is one more line here, one more in the manifest's syntax, and one in the wire format.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::de::{Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::model::{Email, LiveData, same, stock};

/// How the value of a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Text; empty text and no value are the same, because servers store one as the other.
    Text,
    /// An e-mail address: case does not matter.
    Email,
    /// Yes or no; no value means no.
    Flag,
}

/// A table of fields: [`UserField`] or [`TenantField`].
pub trait RecordField: Copy + Ord + fmt::Debug + Send + Sync + 'static {
    /// All fields, in the order in which changes are shown, with their names in the API and in manifests.
    const TABLE: &'static [(Self, &'static str, FieldKind)];

    /// The row of the field. Every field has one, which the tests check.
    fn row(self) -> (&'static str, FieldKind) {
        Self::TABLE
            .iter()
            .find(|(field, ..)| *field == self)
            .map_or(("", FieldKind::Text), |(_, name, kind)| (name, *kind))
    }

    /// The name in the API and in manifests.
    fn name(self) -> &'static str {
        self.row().0
    }

    /// The field with this name.
    fn named(name: &str) -> Option<Self> {
        let row = Self::TABLE.iter().find(|(_, known, _)| *known == name);
        row.map(|(field, ..)| *field)
    }

    /// Whether a text is one that the server puts where there is no value.
    fn is_stock(self, text: &str) -> bool;

    /// Whether two values of the field mean the same. No value and one that the server made up are the same: cleared, it comes
    /// back.
    fn same(self, a: Option<&Scalar>, b: Option<&Scalar>) -> bool {
        match (self.row().1, a, b) {
            (_, None, Some(Scalar::Text(text))) | (_, Some(Scalar::Text(text)), None) => {
                self.is_stock(text)
            }
            (FieldKind::Email, Some(Scalar::Text(a)), Some(Scalar::Text(b))) => {
                Email::new(Arc::clone(a)) == Email::new(Arc::clone(b))
            }
            _ => a == b,
        }
    }

    /// A value as JSON: `null` where there is none, `false` for a flag.
    fn json(self, value: Option<&Scalar>) -> Value {
        match (value, self.row().1) {
            (Some(Scalar::Text(text)), _) => Value::from(&**text),
            (Some(Scalar::Flag(flag)), _) => Value::Bool(*flag),
            (None, FieldKind::Flag) => Value::Bool(false),
            (None, FieldKind::Text | FieldKind::Email) => Value::Null,
        }
    }

    /// Whether a JSON value can be one of the field.
    fn accepts(self, value: &Value) -> bool {
        match self.row().1 {
            FieldKind::Flag => matches!(value, Value::Bool(_) | Value::Null),
            FieldKind::Text | FieldKind::Email => {
                matches!(value, Value::String(_) | Value::Null)
            }
        }
    }

    /// A JSON value as a value of the field; nothing where it is none, or of another type.
    fn scalar(self, value: &Value) -> Option<Scalar> {
        match (self.row().1, value) {
            (FieldKind::Flag, Value::Bool(flag)) => Scalar::flag(*flag),
            (FieldKind::Text | FieldKind::Email, Value::String(text)) => {
                Scalar::text(text.as_str())
            }
            _ => None,
        }
    }
}

/// The fields of a user that a manifest may set (API reference, calls 1 and 3; `locked` and `phoneNumber` by the later
/// public documentation).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UserField {
    /// The address to log in with, unique in a workspace.
    Email,
    /// The full name.
    Name,
    /// The name to log in with, unique in a workspace.
    Username,
    /// The address of an image.
    Image,
    /// The telephone number.
    PhoneNumber,
    /// Whether the user can't log in.
    Locked,
}

impl RecordField for UserField {
    const TABLE: &'static [(Self, &'static str, FieldKind)] = &[
        (Self::Email, "email", FieldKind::Email),
        (Self::Name, "name", FieldKind::Text),
        (Self::Username, "username", FieldKind::Text),
        (Self::Image, "image", FieldKind::Text),
        (Self::PhoneNumber, "phoneNumber", FieldKind::Text),
        (Self::Locked, "locked", FieldKind::Flag),
    ];

    fn is_stock(self, text: &str) -> bool {
        match self {
            Self::Image => stock::is_picture(text),
            Self::Username => stock::is_made_up(text),
            Self::Email | Self::Name | Self::PhoneNumber | Self::Locked => false,
        }
    }
}

/// The fields of a tenant that a manifest may set (API reference, calls 9 and 11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TenantField {
    /// The name, which need not be unique.
    Name,
    /// The address of an image.
    Image,
}

impl RecordField for TenantField {
    const TABLE: &'static [(Self, &'static str, FieldKind)] = &[
        (Self::Name, "name", FieldKind::Text),
        (Self::Image, "image", FieldKind::Text),
    ];

    fn is_stock(self, text: &str) -> bool {
        self == Self::Image && stock::is_picture(text)
    }
}

/// The value of a field that has one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Scalar {
    /// Text that is not empty.
    Text(Arc<str>),
    /// Yes.
    Flag(bool),
}

impl Scalar {
    /// A text as a value; empty text is none.
    pub fn text(text: impl Into<Arc<str>>) -> Option<Self> {
        Some(text.into())
            .filter(|text: &Arc<str>| !text.is_empty())
            .map(Self::Text)
    }

    /// A flag as a value; `false` is none.
    pub fn flag(flag: bool) -> Option<Self> {
        flag.then_some(Self::Flag(true))
    }

    /// The text, where it is one.
    pub fn as_text(&self) -> Option<&Arc<str>> {
        match self {
            Self::Text(text) => Some(text),
            Self::Flag(_) => None,
        }
    }
}

/// One field of a record, or one key of its free-form data.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FieldKey<F> {
    /// A field of the table.
    Field(F),
    /// A key of `data`, at its top level.
    Data(Arc<str>),
}

impl<F: RecordField> FieldKey<F> {
    /// Whether two JSON values of the field mean the same.
    pub fn same(&self, a: &Value, b: &Value) -> bool {
        match self {
            Self::Field(field) => field.same(field.scalar(a).as_ref(), field.scalar(b).as_ref()),
            Self::Data(_) => same(Some(a), Some(b)),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        match text.strip_prefix("data.") {
            Some(key) => Some(Self::Data(Arc::from(key))),
            None => F::named(text).map(Self::Field),
        }
    }
}

impl<F: RecordField> fmt::Display for FieldKey<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(field) => f.write_str(field.name()),
            Self::Data(key) => write!(f, "data.{key}"),
        }
    }
}

impl<F: RecordField> Serialize for FieldKey<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, F: RecordField> Deserialize<'de> for FieldKey<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom(format!("there is no field `{text}`")))
    }
}

impl<F> JsonSchema for FieldKey<F> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "FieldKey".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "A field of a user or a tenant, or `data.` and a key of its data."
        })
    }
}

/// The values of a record: of the fields that have one, and the free-form data.
#[derive(Clone, Debug, PartialEq)]
pub struct Record<F> {
    /// In the order of the table. As long as it is: there may be a million records.
    fields: Box<[(F, Scalar)]>,
    /// Free-form data, without keys that are `null`.
    pub data: LiveData,
}

impl<F> Default for Record<F> {
    fn default() -> Self {
        Self {
            fields: Box::default(),
            data: LiveData::default(),
        }
    }
}

impl<F: RecordField> Record<F> {
    /// A record of these fields; those without a value are left out.
    pub fn new(fields: impl IntoIterator<Item = (F, Option<Scalar>)>, data: LiveData) -> Self {
        let with_value = fields
            .into_iter()
            .filter_map(|(field, value)| Some((field, value?)));
        let mut fields: Vec<(F, Scalar)> = with_value.collect();
        fields.sort_by_key(|(field, _)| *field);
        Self {
            fields: fields.into_boxed_slice(),
            data,
        }
    }

    /// The value of a field.
    pub fn get(&self, field: F) -> Option<&Scalar> {
        let found = self.fields.iter().find(|(known, _)| *known == field);
        found.map(|(_, value)| value)
    }

    /// The text of a field.
    pub fn text(&self, field: F) -> Option<&Arc<str>> {
        self.get(field).and_then(Scalar::as_text)
    }

    /// The fields that have a value.
    pub fn iter(&self) -> impl Iterator<Item = (F, &Scalar)> {
        self.fields.iter().map(|(field, value)| (*field, value))
    }

    /// The value of a field or of a key of the data, as JSON.
    pub fn at(&self, key: &FieldKey<F>) -> Value {
        match key {
            FieldKey::Field(field) => field.json(self.get(*field)),
            FieldKey::Data(key) => self.data.get(key).cloned().unwrap_or(Value::Null),
        }
    }

    /// The same record with another value in one place.
    #[must_use]
    pub fn with(&self, key: &FieldKey<F>, value: &Value) -> Self {
        let mut record = self.clone();
        match key {
            FieldKey::Field(field) => {
                let others = record.iter().filter(|(known, _)| known != field);
                let all = others
                    .map(|(field, value)| (field, Some(value.clone())))
                    .chain([(*field, field.scalar(value))]);
                record = Self::new(all.collect::<Vec<_>>(), record.data.clone());
            }
            FieldKey::Data(key) => {
                let mut data = record.data.to_map();
                data.insert(key.to_string(), value.clone());
                record.data = LiveData::from(&data);
            }
        }
        record
    }

    /// Every field and every key of the data that has a value.
    pub fn keys(&self) -> impl Iterator<Item = FieldKey<F>> {
        let fields = self.fields.iter().map(|(field, _)| FieldKey::Field(*field));
        let data = self
            .data
            .iter()
            .map(|(key, _)| FieldKey::Data(Arc::from(key)));
        fields.chain(data)
    }

    /// The same record, each text and the data passed through a function of its own.
    #[must_use]
    pub fn map(
        &self,
        mut text: impl FnMut(F, &Arc<str>) -> Arc<str>,
        data: impl FnOnce(&LiveData) -> LiveData,
    ) -> Self {
        let fields = self.iter().map(|(field, value)| {
            let value = match value {
                Scalar::Text(value) => Scalar::text(text(field, value)),
                Scalar::Flag(flag) => Scalar::flag(*flag),
            };
            (field, value)
        });
        Self::new(fields.collect::<Vec<_>>(), data(&self.data))
    }
}

impl<F: RecordField> Serialize for Record<F> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (field, value) in self.iter() {
            match value {
                Scalar::Text(text) => map.serialize_entry(field.name(), &**text)?,
                Scalar::Flag(flag) => map.serialize_entry(field.name(), flag)?,
            }
        }
        if !self.data.is_empty() {
            map.serialize_entry("data", &self.data.to_map())?;
        }
        map.end()
    }
}

impl<'de, F: RecordField> Deserialize<'de> for Record<F> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields<F>(std::marker::PhantomData<F>);

        impl<'de, F: RecordField> Visitor<'de> for Fields<F> {
            type Value = Record<F>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the fields of a record")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Record<F>, A::Error> {
                let (mut fields, mut data) = (Vec::new(), LiveData::default());
                while let Some(name) = map.next_key::<String>()? {
                    if name == "data" {
                        data = map.next_value()?;
                        continue;
                    }
                    let field = F::named(&name)
                        .ok_or_else(|| A::Error::custom(format!("there is no field `{name}`")))?;
                    let value: Value = map.next_value()?;
                    if !field.accepts(&value) {
                        return Err(A::Error::custom(format!("`{name}` can't be {value}")));
                    }
                    fields.push((field, field.scalar(&value)));
                }
                Ok(Record::new(fields, data))
            }
        }

        deserializer.deserialize_map(Fields(std::marker::PhantomData))
    }
}

impl<F> JsonSchema for Record<F> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Record".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "object",
            "description": "The fields of a user or a tenant that have a value, and its `data`."
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_field_is_in_its_table_once() {
        fn check<F: RecordField>(all: &[F]) {
            assert_eq!(F::TABLE.len(), all.len());
            for field in all {
                assert_eq!(F::named(field.name()), Some(*field));
            }
        }
        use UserField::{Email, Image, Locked, Name, PhoneNumber, Username};
        check(&[Email, Name, Username, Image, PhoneNumber, Locked]);
        check(&[TenantField::Name, TenantField::Image]);
    }

    #[test]
    fn a_record_is_read_back_as_it_was_written_and_refuses_what_it_does_not_know() {
        let text = json!({"email": "a@b.example", "locked": true, "data": {"plan": "pro"}});
        let record: Record<UserField> = serde_json::from_value(text.clone()).unwrap();
        assert_eq!(serde_json::to_value(&record).unwrap(), text);
        assert_eq!(record.at(&FieldKey::Field(UserField::Name)), Value::Null);
        for wrong in [
            json!({"emial": "a"}),
            json!({"name": 3}),
            json!({"locked": "true"}),
        ] {
            assert!(serde_json::from_value::<Record<UserField>>(wrong).is_err());
        }
    }

    #[test]
    fn empty_text_is_no_value_and_the_case_of_an_address_does_not_matter() {
        let name = FieldKey::Field(UserField::Name);
        assert!(name.same(&json!(""), &Value::Null));
        assert!(!name.same(&json!("A"), &json!("a")));
        let image = FieldKey::Field(UserField::Image);
        let stock = "https://res.cloudinary.com/component/image/upload/avatars/avatar-plain-3.png";
        assert!(image.same(&json!(stock), &Value::Null) && image.same(&Value::Null, &json!(stock)));
        assert!(!image.same(&json!(stock), &json!(stock.replace('3', "4"))));
        assert!(!image.same(&json!("https://a.example/a.png"), &Value::Null));
        let email = FieldKey::Field(UserField::Email);
        assert!(email.same(&json!("A@b.example"), &json!("a@B.example")));
    }
}
