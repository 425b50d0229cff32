//! How one record changes, as `before → after` of its fields.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{
    Data, FieldKey, LiveData, Place, Record, RecordField, RoleSet, Scope, UserUuid,
};

/// How a record changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "action", rename_all = "camelCase", bound = "")]
#[schemars(bound = "F: RecordField", rename = "Edit")]
pub enum Edit<F: RecordField> {
    /// It is created with these values.
    Create {
        /// The values.
        record: Record<F>,
    },
    /// Some of its values change. Locking a user is a change of `locked`.
    #[serde(rename_all = "camelCase")]
    Update {
        /// Which, and how.
        changes: Vec<FieldChange<F>>,
        /// Where a key of the data changes: how many other keys the data had when this was planned. They are kept.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        other_keys: Option<usize>,
        /// What goes with it, where the user can't log in then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        removal: Option<Removal>,
    },
    /// It is deleted.
    Delete {
        /// What it held.
        record: Record<F>,
        /// What goes with it.
        removal: Removal,
    },
}

/// One value that changes. Null is no value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, bound = "")]
#[schemars(bound = "F: RecordField", rename = "FieldChange")]
pub struct FieldChange<F: RecordField> {
    /// The field, or `data.` and a key of the data.
    pub field: FieldKey<F>,
    /// The value on the server.
    pub before: Value,
    /// The value that it gets.
    pub after: Value,
    /// Where the manifest says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

/// What goes with a user who is deleted or locked, or with a tenant that is deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Removal {
    /// When the user was last active, in the server's spelling.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub last_active_at: Option<Arc<str>>,
    /// The roles that are held no longer, and by which users.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<Loss>,
}

/// Roles that a user holds no longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Loss {
    /// The user.
    pub user: UserUuid,
    /// Where.
    pub scope: Scope,
    /// Which.
    pub roles: RoleSet,
}

impl<F: RecordField> Edit<F> {
    /// Changes values of this record.
    pub(crate) fn update(
        record: &Record<F>,
        changes: Vec<FieldChange<F>>,
        removal: Option<Removal>,
    ) -> Self {
        let is_data = |change: &FieldChange<F>| matches!(change.field, FieldKey::Data(_));
        let changes_key = |key: &str| {
            let is_it = |change: &FieldChange<F>| matches!(&change.field, FieldKey::Data(it) if **it == *key);
            changes.iter().any(is_it)
        };
        let others = || {
            record
                .data
                .iter()
                .filter(|(key, _)| !changes_key(key))
                .count()
        };
        Self::Update {
            other_keys: changes.iter().any(is_data).then(others),
            changes,
            removal,
        }
    }

    /// The values that change; none for a deletion.
    pub fn changes(&self) -> &[FieldChange<F>] {
        match self {
            Self::Update { changes, .. } => changes,
            Self::Create { .. } | Self::Delete { .. } => &[],
        }
    }

    /// What goes with the record.
    pub fn removal(&self) -> Option<&Removal> {
        match self {
            Self::Create { .. } => None,
            Self::Update { removal, .. } => removal.as_ref(),
            Self::Delete { removal, .. } => Some(removal),
        }
    }

    /// Whether a key of the data changes, for which the whole object is sent.
    pub fn writes_data(&self) -> bool {
        let is_data = |change: &FieldChange<F>| matches!(change.field, FieldKey::Data(_));
        self.changes().iter().any(is_data)
    }

    /// The value that a field gets, where it changes or the record is created.
    pub fn after(&self, field: F) -> Option<Value> {
        match self {
            Self::Create { record } => record.get(field).map(|value| field.json(Some(value))),
            Self::Update { changes, .. } => {
                let key = FieldKey::Field(field);
                let change = changes.iter().find(|change| change.field == key)?;
                Some(change.after.clone())
            }
            Self::Delete { .. } => None,
        }
    }

    /// What is sent; `data` is the record's data of now. A key that is removed is sent as null, because a server may replace
    /// the object or merge into it.
    pub(crate) fn body(&self, data: &LiveData) -> Data {
        let mut body = Data::new();
        match self {
            Self::Create { record } => {
                body.extend(
                    record
                        .iter()
                        .map(|(field, value)| (field.name().to_owned(), field.json(Some(value)))),
                );
                if !record.data.is_empty() {
                    body.insert("data".to_owned(), record.data.to_map().into());
                }
            }
            Self::Update { changes, .. } => {
                let mut whole = data.to_map();
                for FieldChange { field, after, .. } in changes {
                    match field {
                        FieldKey::Field(field) => {
                            body.insert(field.name().to_owned(), after.clone())
                        }
                        FieldKey::Data(key) => whole.insert(key.to_string(), after.clone()),
                    };
                }
                if self.writes_data() {
                    body.insert("data".to_owned(), whole.into());
                }
            }
            Self::Delete { .. } => {}
        }
        body
    }

    /// The same edit, from the values that an earlier one gave.
    pub(crate) fn following(&self, earlier: &Self) -> Self {
        let mut edit = self.clone();
        if let Self::Update { changes, .. } = &mut edit {
            for change in changes {
                let before = earlier.changes().iter().find(|it| it.field == change.field);
                if let Some(before) = before {
                    change.before = before.after.clone();
                }
            }
        }
        edit
    }

    /// The values of a record that are not what the edit asks: what is left to do, or was not kept.
    pub fn unmet(&self, record: &Record<F>) -> Vec<FieldChange<F>> {
        let wanted: Vec<(FieldKey<F>, Value)> = match self {
            Self::Create { record } => record
                .keys()
                .map(|key| {
                    let value = record.at(&key);
                    (key, value)
                })
                .collect(),
            Self::Update { changes, .. } => {
                let changes = changes.iter();
                changes
                    .map(|change| (change.field.clone(), change.after.clone()))
                    .collect()
            }
            Self::Delete { .. } => Vec::new(),
        };
        differences(wanted, record)
    }

    /// The values of a record that are no longer what they were when the edit was planned, and not what it asks either.
    pub fn moved(&self, record: &Record<F>) -> Vec<FieldChange<F>> {
        let was = self
            .changes()
            .iter()
            .filter(|change| !change.field.same(&record.at(&change.field), &change.after));
        differences(
            was.map(|change| (change.field.clone(), change.before.clone())),
            record,
        )
    }
}

/// The keys at which a record does not hold these values: from what it holds to what is wanted.
fn differences<F: RecordField>(
    wanted: impl IntoIterator<Item = (FieldKey<F>, Value)>,
    record: &Record<F>,
) -> Vec<FieldChange<F>> {
    let differing = wanted.into_iter().filter_map(|(field, after)| {
        let before = record.at(&field);
        let change = FieldChange {
            field,
            before,
            after,
            place: None,
        };
        (!change.field.same(&change.before, &change.after)).then_some(change)
    });
    differing.collect()
}
