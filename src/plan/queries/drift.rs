//! Which changes a manifest asks for, and which the manifest before asked for too: drift, because the server was changed by hand.
//! In: the plans of a manifest and of the manifest before, from one reading. Out: the first, its steps marked.

use std::collections::BTreeSet;

use crate::model::RecordField;
use crate::plan::{Address, Change, Drift, Edit, Plan, Step};

/// A part of a step, and the value that a field gets.
type Part = (Drift, String);

/// Marks what the plan of the manifest before has as well.
pub fn mark_drift(plan: &mut Plan, before: &Plan) {
    let known = before.steps.iter().flat_map(|step| {
        let parts = parts(&step.change).into_iter();
        parts.map(|part| (step.address.clone(), part))
    });
    let known: BTreeSet<(Address, Part)> = known.collect();
    for step in &mut plan.steps {
        let parts = parts(&step.change).into_iter();
        let drift = parts.filter(|part| known.contains(&(step.address.clone(), part.clone())));
        step.drift = drift.map(|(drift, _)| drift).collect();
    }
}

impl Step {
    /// Whether all that it does is drift.
    pub fn is_drift(&self) -> bool {
        !self.drift.is_empty() && self.drift.len() == parts(&self.change).len()
    }

    /// Whether all that it does is to take roles that were granted by hand.
    pub fn takes_by_hand(&self) -> bool {
        self.is_drift() && self.drift.iter().all(|part| matches!(part, Drift::Lost(_)))
    }
}

fn parts(change: &Change) -> Vec<Part> {
    match change {
        Change::Tenant { edit, .. } => of_edit(edit),
        Change::User { edit, .. } => of_edit(edit),
        Change::Roles { before, after, .. } => {
            let granted = after.difference(before).cloned().map(Drift::Gained);
            let taken = before.difference(after).cloned().map(Drift::Lost);
            granted
                .chain(taken)
                .map(|part| (part, String::new()))
                .collect()
        }
    }
}

fn of_edit<F: RecordField>(edit: &Edit<F>) -> Vec<Part> {
    match edit {
        Edit::Create { .. } => vec![(Drift::Created, String::new())],
        Edit::Delete { .. } => vec![(Drift::Deleted, String::new())],
        Edit::Update { changes, .. } => changes
            .iter()
            .map(|change| {
                let field = Drift::Field(change.field.to_string());
                (field, change.after.to_string())
            })
            .collect(),
    }
}
