//! A record, and when the server says that it was created.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// How far the clocks of the machines of one service may be apart, in milliseconds.
const CLOCKS: i128 = 250;

/// A record that was created, and when.
#[derive(Clone, Debug)]
pub struct Dated<T> {
    /// The record.
    pub record: T,
    /// When the server says that it was created.
    pub created: Option<Timestamp>,
}

impl<T> Dated<T> {
    pub(crate) fn map<U, E>(self, read: impl FnOnce(T) -> Result<U, E>) -> Result<Dated<U>, E> {
        Ok(Dated {
            record: read(self.record)?,
            created: self.created,
        })
    }

    /// Only the time.
    pub fn without_record(&self) -> Dated<()> {
        Dated {
            record: (),
            created: self.created,
        }
    }

    /// Whether it is sure to have been created after a time by the server's clock.
    pub fn is_newer(&self, than: Timestamp) -> bool {
        let created = self.created;
        created.is_some_and(|created| created.duration_since(than).as_secs() > 2)
    }

    /// Whether it was created before a time by the server's clock, give or take what the clocks of one service differ.
    pub fn is_before(&self, time: Timestamp) -> bool {
        let Some(created) = self.created else {
            return false;
        };
        // One that is written in whole seconds may have been up to one later.
        let precision = if created.subsec_nanosecond() == 0 {
            1_000
        } else {
            0
        };
        time.duration_since(created).as_millis() > precision + CLOCKS
    }

    /// Whether it is known to have been created not before a time by the server's clock.
    pub fn is_since(&self, time: Timestamp) -> bool {
        self.created.is_some() && !self.is_before(time)
    }

    /// Whether it is sure to have been created before a time by the server's clock. Clocks are told apart to two seconds.
    pub fn is_older(&self, than: Option<Timestamp>) -> bool {
        let (Some(created), Some(than)) = (self.created, than) else {
            return false;
        };
        than.duration_since(created).as_secs() > 2
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Dated<T> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let json = Value::deserialize(deserializer)?;
        let created = json.get("createdAt").and_then(Value::as_str);
        Ok(Self {
            created: created.and_then(|created| created.parse().ok()),
            record: serde_json::from_value(json).map_err(serde::de::Error::custom)?,
        })
    }
}
