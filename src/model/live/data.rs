//! The free-form data of a live record, in as little memory as it takes: most records have a key or two, and a map of two
//! takes as much as one of eleven.

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::{Map, Value};

/// Free-form data as JSON: an object, its keys in order.
pub type Data = Map<String, Value>;

/// Free-form data as the server holds it, in the order of its keys, each once. A key that is `null` is left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LiveData(Box<[(Box<str>, Value)]>);

impl LiveData {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let place = self.0.binary_search_by(|(known, _)| (**known).cmp(key));
        let (_, value) = self.0.get(place.ok()?)?;
        Some(value)
    }

    /// The keys and their values.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.0.iter().map(|(key, value)| (&**key, value))
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same as a JSON object.
    pub fn to_map(&self) -> Map<String, Value> {
        let owned = |(key, value): (&str, &Value)| (key.to_owned(), value.clone());
        self.iter().map(owned).collect()
    }
}

impl FromIterator<(Box<str>, Value)> for LiveData {
    /// Of several values of one key the last counts.
    fn from_iter<I: IntoIterator<Item = (Box<str>, Value)>>(entries: I) -> Self {
        let mut entries: Vec<_> = entries.into_iter().collect();
        entries.reverse();
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        entries.dedup_by(|(later, _), (first, _)| later == first);
        entries.retain(|(_, value)| !value.is_null());
        Self(entries.into_boxed_slice())
    }
}

impl From<&Map<String, Value>> for LiveData {
    fn from(map: &Map<String, Value>) -> Self {
        let owned = |(key, value): (&String, &Value)| (Box::from(&**key), value.clone());
        map.iter().map(owned).collect()
    }
}

impl<'de> Deserialize<'de> for LiveData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = LiveData;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<LiveData, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(entries.into_iter().collect())
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn it_reads_as_the_same_object_without_keys_that_are_null() {
        let text = r#"{"b": 1, "a": {"z": null}, "n": null, "b": 2, "c": 3, "c": null}"#;
        let data: LiveData = serde_json::from_str(text).unwrap();
        assert_eq!(json!(data.to_map()), json!({"a": {"z": null}, "b": 2}));
        assert_eq!(data.get("b"), Some(&json!(2)));
        assert_eq!(data.get("n"), None);
        assert_eq!(data, LiveData::from(&data.to_map()));
    }
}
