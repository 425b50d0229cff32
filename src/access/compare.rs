//! What was granted, revoked and changed between two times.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::access::row::Access;
use crate::model::Email;

/// The differences between two lists of grants.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Difference {
    /// Held now, and not then.
    pub granted: Vec<Access>,
    /// Held then, and not now.
    pub revoked: Vec<Access>,
    /// Held both times, by a user who was locked or unlocked, or through something else.
    pub changed: Vec<Access>,
}

pub(crate) fn compare(before: Vec<Access>, now: Vec<Access>) -> Difference {
    let key = |row: &Access| {
        let role = row.role.clone();
        (Email::new(row.user.as_str()), row.tenant.clone(), role)
    };
    let mut before: BTreeMap<_, Access> = before.into_iter().map(|row| (key(&row), row)).collect();
    let mut difference = Difference::default();
    for row in now {
        match before.remove(&key(&row)) {
            None => difference.granted.push(row),
            Some(then) if then.locked != row.locked || then.through != row.through => {
                difference.changed.push(row);
            }
            Some(_) => {}
        }
    }
    difference.revoked = before.into_values().collect();
    difference
}
