//! What a guard says of a plan, and the steps → the code that accepts exactly this.

use serde_json::{Value, json};

use crate::model::{Live, RecordField, sha256};
use crate::plan::{Change, Edit, Removal, Step};

/// How many characters of the digest a plan shows.
const SHOWN: usize = 12;
/// How many of them accept a guard at the least.
const LEAST: usize = 6;

/// The start of the SHA-256 over a guard, what it says (where, and who or how many before and after), the workspace and its mode,
/// and the steps in their order, each with its target and what is there before and after. Times, totals, activity and places in
/// the manifest are no part of it.
pub(crate) fn code(guard: &str, about: &str, live: &Live, steps: &[Step]) -> String {
    let head = [guard, about, live.workspace.as_str(), live.mode.as_str()];
    let head = head.into_iter().map(|part| part.as_bytes().to_vec());
    let steps = steps.iter().map(|step| essence(&step.change));
    let steps = steps.map(|essence| essence.to_string().into_bytes());
    let parts: Vec<Vec<u8>> = head.chain(steps).collect();
    let digest = sha256(parts.iter().map(Vec::as_slice));
    digest.chars().take(SHOWN).collect()
}

/// Whether two plans do the same, in the same order, and warn of the same.
pub(crate) fn same_steps(one: &[Step], other: &[Step]) -> bool {
    let shown = |steps: &[Step]| -> Vec<Value> {
        let shown = |step: &Step| json!([essence(&step.change), step.dangers]);
        steps.iter().map(shown).collect()
    };
    shown(one) == shown(other)
}

/// Whether a code that was passed is the one that a plan shows, or the start of it.
pub(crate) fn is_code(passed: &str, shown: &str) -> bool {
    may_be_code(passed) && shown.starts_with(&passed.to_ascii_lowercase())
}

/// Whether a text can be a code.
pub(crate) fn may_be_code(text: &str) -> bool {
    text.len() >= LEAST && text.chars().all(|c| c.is_ascii_hexdigit())
}

/// What a change does, and nothing else.
fn essence(change: &Change) -> Value {
    match change {
        Change::Tenant { target, edit, .. } => json!(["tenant", target, of_edit(edit)]),
        Change::User {
            target,
            edit,
            invite,
        } => json!(["user", target, of_edit(edit), invite]),
        Change::Roles {
            user,
            scope,
            before,
            after,
            ..
        } => json!(["roles", user, scope, before, after]),
    }
}

fn of_edit<F: RecordField>(edit: &Edit<F>) -> Value {
    let lost = |removal: Option<&Removal>| json!(removal.map(|removal| &removal.lost));
    match edit {
        Edit::Create { record } => json!(["create", record]),
        Edit::Update {
            changes, removal, ..
        } => {
            let changes = changes.iter();
            let changes = changes
                .map(|change| json!([change.field.to_string(), change.before, change.after]));
            json!([
                "update",
                changes.collect::<Vec<_>>(),
                lost(removal.as_ref())
            ])
        }
        Edit::Delete { record, removal } => json!(["delete", record, lost(Some(removal))]),
    }
}
