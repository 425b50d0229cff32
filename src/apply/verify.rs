//! Compares what was asked with what the server stored: a server may normalise a value, ignore it, or drop it silently.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use serde_json::json;

use super::outcome::{Mismatch, MismatchedField};
use crate::api::Reader;
use crate::model::{LiveTenant, LiveUser, RecordField, RoleSet, Scope, TenantId, UserUuid};
use crate::plan::{Change, FieldChange, Step, StepId};

/// A record that a step wrote, and that has to be looked at again.
#[derive(Clone, Debug)]
pub(super) enum Written {
    User(UserUuid),
    Tenant(TenantId),
}

/// What a call answered, as far as it can be compared.
#[derive(Debug)]
pub(super) enum Answer {
    User(Box<LiveUser>),
    Tenant(Box<LiveTenant>),
    Roles(RoleSet),
}

/// Reads again what differed or was not in the answer, once, and says what is still not what was asked.
pub(super) async fn verify(
    reader: &Reader,
    to_verify: Vec<(&Step, Written, Option<TenantId>)>,
    parallel: usize,
) -> Vec<Mismatch> {
    let looks = stream::iter(to_verify).map(|(step, written, tenant)| async move {
        let answer = match written {
            Written::User(id) => {
                let user = reader.user(&id).await;
                user.map(|user| part(step, user, tenant.as_ref()))
            }
            Written::Tenant(id) => {
                let record = reader.tenant(&id).await;
                record.map(|record| Some(Answer::Tenant(Box::new(record.tenant))))
            }
        };
        // What can't be read can't be compared; the change itself was answered with success.
        let fields = differences(&step.change, &answer.ok().flatten()?);
        (!fields.is_empty()).then_some(Mismatch {
            step: step.id,
            fields,
        })
    });
    let found: BTreeMap<StepId, Mismatch> = looks
        .buffer_unordered(parallel.max(1))
        .filter_map(|mismatch| async { mismatch.map(|mismatch| (mismatch.step, mismatch)) })
        .collect()
        .await;
    found.into_values().collect()
}

/// The part of a user's record that a step is about. Nothing of roles in a scope that the record leaves out.
fn part(step: &Step, user: LiveUser, tenant: Option<&TenantId>) -> Option<Answer> {
    let Change::Roles { scope, .. } = &step.change else {
        return Some(Answer::User(Box::new(user)));
    };
    let scope: Scope = scope.as_ref().and_then(|_| tenant.cloned())?;
    user.told_roles(&scope).map(Answer::Roles)
}

/// The fields in which a record is not what a change asked.
pub(super) fn differences(change: &Change, answer: &Answer) -> Vec<MismatchedField> {
    match (change, answer) {
        (Change::Tenant { edit, .. }, Answer::Tenant(tenant)) => fields(edit.unmet(&tenant.record)),
        (Change::User { edit, .. }, Answer::User(user)) => fields(edit.unmet(&user.record)),
        (Change::Roles { after, .. }, Answer::Roles(held)) if after != held => {
            vec![MismatchedField {
                field: "roles".to_owned(),
                asked: json!(after),
                holds: json!(held),
            }]
        }
        _ => Vec::new(),
    }
}

fn fields<F: RecordField>(unmet: Vec<FieldChange<F>>) -> Vec<MismatchedField> {
    let unmet = unmet.into_iter();
    let fields = unmet.map(
        |FieldChange {
             field,
             before,
             after,
             ..
         }| MismatchedField {
            field: field.to_string(),
            asked: after,
            holds: before,
        },
    );
    fields.collect()
}
