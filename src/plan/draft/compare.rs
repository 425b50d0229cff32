//! An entry and its record → the values that change.

use serde_json::Value;

use crate::model::{
    DataEntries, Field, FieldKey, LiveData, Origin, Record, RecordField, Scalar, Sources, Wanted,
    same,
};
use crate::plan::FieldChange;

/// What a record lacks of what an entry asks. A record that does not exist yet has no values.
pub(crate) fn changes<F: RecordField>(
    wanted: &Wanted<F>,
    data: &Field<DataEntries>,
    live: &Record<F>,
    sources: &Sources,
) -> Vec<FieldChange<F>> {
    let fields = wanted.iter().filter_map(|(field, wanted)| {
        let (before, after) = (live.get(field), wanted.value.as_ref());
        let change = FieldChange {
            field: FieldKey::Field(field),
            before: field.json(before),
            after: field.json(after),
            place: place(wanted.origin, sources),
        };
        (!field.same(before, after)).then_some(change)
    });
    fields
        .chain(data_changes(data, &live.data, sources))
        .collect()
}

/// The record that an entry asks for, where there is none.
pub(crate) fn record<F: RecordField>(wanted: &Wanted<F>, data: &Field<DataEntries>) -> Record<F> {
    let fields = wanted.iter();
    let fields = fields.map(|(field, value)| (field, value.value.clone()));
    let data = data.value().into_iter().flatten();
    let data = data.map(|(key, value)| (Box::from(&**key), value.value.clone()));
    Record::new(
        fields.collect::<Vec<(F, Option<Scalar>)>>(),
        data.collect::<LiveData>(),
    )
}

/// The keys of the data that change, in their order; `data: null` removes all that there are.
fn data_changes<F: RecordField>(
    desired: &Field<DataEntries>,
    live: &LiveData,
    sources: &Sources,
) -> Vec<FieldChange<F>> {
    let change = |key: &str, after: &Value, place| FieldChange {
        field: FieldKey::Data(key.into()),
        before: live.get(key).cloned().unwrap_or(Value::Null),
        after: after.clone(),
        place,
    };
    let mut changes: Vec<FieldChange<F>> = match desired {
        Field::Unmanaged => Vec::new(),
        Field::Clear => {
            let keys = live.iter();
            keys.map(|(key, _)| change(key, &Value::Null, None))
                .collect()
        }
        Field::Set(entries) => {
            let differing = entries.iter().filter(|(key, wanted)| {
                let wanted = Some(&wanted.value).filter(|value| !value.is_null());
                !same(live.get(key), wanted)
            });
            let changes = differing
                .map(|(key, wanted)| change(key, &wanted.value, place(wanted.origin, sources)));
            changes.collect()
        }
    };
    changes.sort_by(|a, b| a.field.cmp(&b.field));
    changes
}

/// A value that a manifest only clears, or that no text holds, has no place.
fn place(origin: Origin, sources: &Sources) -> Option<crate::model::Place> {
    (origin != Origin::default()).then(|| sources.place(origin))?
}
