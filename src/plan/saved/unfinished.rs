//! A run that may have ended in the middle → the way back from what it did. In: what the run was to do, and the live state with the
//! records that it created. Out: an [`Undo`]. Main function: [`way_back`].
//!
//! A run that was killed leaves only what was written before its first call. Which steps were done is seen from the live state, by the
//! same comparison that says what is left of a saved plan.

use crate::model::{Live, UserPin};
use crate::plan::draft::unknown;
use crate::plan::saved::recheck::Check;
use crate::plan::saved::refresh::rederived;
use crate::plan::saved::undo::{Done, Undo, undo};
use crate::plan::saved::verdict::{Stale, Verdict};
use crate::plan::{Address, CreatedRecords, Missing, Person, Plan, Target, Undoes};

/// What there is to take back, or the steps whose records were changed since.
pub(crate) enum WayBack {
    Undo(Box<Undo>),
    Stale(Vec<Stale>),
}

/// The way back from what is done. `created` are the records that the run created.
///
/// # Errors
/// What has to be read first.
pub(crate) fn way_back(
    undoes: &Undoes,
    undo_file: &Plan,
    live: &Live,
    created: &CreatedRecords,
) -> Result<WayBack, Missing> {
    let plan = &rederived(&undo_file.undone(undoes), live);
    let unknown = unknown::unknown_losses(&plan.steps, live)
        .and(unknown::unknown_levels_of(&plan.steps, live));
    if !unknown.is_nothing() {
        return Err(unknown);
    }
    let mut check = Check::of(plan, live, created);
    let (mut steps, mut stale) = (Vec::new(), Vec::new());
    for step in &plan.steps {
        let verdict = check.step(step);
        // What is about a created record goes with it.
        let is_about_created = step.change.user().and_then(Target::created_by).is_some()
            || step.change.tenant().and_then(Target::created_by).is_some();
        let is_out = undoes.is_out(step.id);
        steps.push(!is_out && matches!(verdict, Verdict::Done));
        match verdict {
            Verdict::Stale(changes) if !is_out && !is_about_created => stale.push(Stale {
                address: step.address.clone(),
                changes,
            }),
            _ => {}
        }
    }
    if !stale.is_empty() {
        return Ok(WayBack::Stale(stale));
    }
    let done = Done {
        steps: &steps,
        users: &check.users,
        tenants: &check.tenants,
    };
    Ok(WayBack::Undo(Box::new(undo(plan, live, done))))
}

impl Undo {
    /// The same, where an earlier attempt to take the run back has created some of what the run had deleted.
    pub(crate) fn going_on(mut self, created: &CreatedRecords) -> Self {
        for entry in self.desired.users.values_mut().filter(|it| it.is_new) {
            let address = Address::User(Person::Email(entry.email.value.clone()));
            if let Some((id, _)) = created.user_at(&address) {
                entry.pin = Some(UserPin::Uuid(id.clone()).into());
                entry.is_new = false;
            }
        }
        for entry in self.desired.tenants.values_mut().filter(|it| it.is_new) {
            let address = Address::Tenant(entry.handle.value.clone());
            if let Some((id, _)) = created.tenant_at(&address) {
                entry.pin = Some(id.clone().into());
                entry.is_new = false;
            }
        }
        self
    }
}
