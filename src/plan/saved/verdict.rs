//! What became of one step of a saved plan. In: what it says, and the record of now. Out: to do, done, or no longer fitting.

use serde_json::{Value, json};

use crate::model::{Record, RecordField};
use crate::plan::{Address, Edit, FieldChange};

/// A step that no longer fits.
#[derive(Clone, Debug, PartialEq)]
pub struct Stale {
    /// What the step is about.
    pub address: Address,
    /// What was known when the plan was made and is something else now, by name.
    pub changes: Vec<StaleValue>,
}

/// One value that changed since the plan was made.
#[derive(Clone, Debug, PartialEq)]
pub struct StaleValue {
    /// Its name: `exists`, `roles`, or that of a field.
    pub name: String,
    pub before: Value,
    pub now: Value,
}

pub(crate) enum Verdict {
    ToDo,
    Done,
    Stale(Vec<StaleValue>),
}

pub(crate) fn existing<F: RecordField>(
    record: Option<&Record<F>>,
    edit: &Edit<F>,
    mut changes: Vec<StaleValue>,
) -> Verdict {
    let is_deletion = matches!(edit, Edit::Delete { .. });
    let Some(record) = record else {
        return if is_deletion {
            Verdict::Done
        } else {
            Verdict::Stale(vec![gone()])
        };
    };
    if changes.is_empty() && !is_deletion && edit.unmet(record).is_empty() {
        return Verdict::Done;
    }
    let moved = edit.moved(record).into_iter();
    changes.extend(moved.map(
        |FieldChange {
             field,
             before,
             after,
             ..
         }| {
            // From what it holds now to what it held then.
            stale(&field.to_string(), after, before)
        },
    ));
    changes.dedup_by(|b, a| a.name == b.name);
    if changes.is_empty() {
        Verdict::ToDo
    } else {
        Verdict::Stale(changes)
    }
}

/// Whether a record that was created still has the values that it had then, of those that were asked.
pub(crate) fn unchanged<F: RecordField>(
    asked: &Record<F>,
    then: &Record<F>,
    now: &Record<F>,
) -> bool {
    let mut keys = asked.keys();
    keys.all(|key| key.same(&then.at(&key), &now.at(&key)))
}

pub(crate) fn stale(name: &str, before: Value, now: Value) -> StaleValue {
    StaleValue {
        name: name.to_owned(),
        before,
        now,
    }
}

pub(crate) fn gone() -> StaleValue {
    stale("exists", json!(true), json!(false))
}

/// What a creation has made.
pub(crate) struct Created<'r, T> {
    pub(crate) record: Option<&'r T>,
    pub(crate) verdict: Verdict,
}

impl<T> Created<'_, T> {
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self.verdict, Verdict::ToDo)
    }
}

/// A creation: not done, done with this record, or in the way of another one.
pub(crate) fn created<'r, T>(
    mut found: impl Iterator<Item = &'r T>,
    is_the_one: impl Fn(&T) -> bool,
) -> Created<'r, T> {
    let (record, verdict) = match (found.next(), found.next()) {
        (None, _) => (None, Verdict::ToDo),
        (Some(record), None) if is_the_one(record) => (Some(record), Verdict::Done),
        _ => {
            let exists = stale("exists", json!(false), json!(true));
            (None, Verdict::Stale(vec![exists]))
        }
    };
    Created { record, verdict }
}
