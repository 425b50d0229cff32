//! A plan in few lines: by tenant, and equal changes as one.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;

use super::alike::alike;
use super::row::row;
use super::text::{QUIET, count, paint, safe};
use crate::model::RoleSet;
use crate::plan::{Address, Plan, Step};

/// The changes in one tenant, or in the workspace itself.
pub(super) struct Fold {
    /// The tenant; none for the workspace.
    pub(super) handle: Option<String>,
    /// How many changes there are.
    pub(super) changes: usize,
    /// What is done, and to whom or to how many.
    pub(super) lines: Vec<String>,
}

/// The changes, by place: the workspace first.
pub(super) fn folds<'s>(
    steps: impl IntoIterator<Item = &'s Step>,
    sensitive: &RoleSet,
    now: Timestamp,
) -> Vec<Fold> {
    let mut by_place: BTreeMap<Option<String>, Vec<&Step>> = BTreeMap::new();
    for step in steps {
        let place = step.address.handle().map(ToString::to_string);
        by_place.entry(place).or_default().push(step);
    }
    let folds = by_place.into_iter().map(|(handle, steps)| {
        let changes = steps.len();
        let (tenants, users): (Vec<&Step>, Vec<&Step>) = steps
            .into_iter()
            .partition(|step| matches!(step.address, Address::Tenant(_) | Address::TenantById(_)));
        let mut lines = Vec::new();
        for (steps, noun) in [(tenants, "tenant"), (users, "user")] {
            let rows = steps.into_iter().map(|step| row(step, sensitive, now));
            for same in alike(rows.collect()) {
                let who = match same.only() {
                    Some(row) => row.subject.clone(),
                    None => count(same.len(), noun),
                };
                lines.push(format!("{}  for {who}", same.told()));
            }
        }
        Fold {
            handle,
            changes,
            lines,
        }
    });
    folds.collect()
}

/// Writes the changes.
pub(super) fn write(plan: &Plan, now: Timestamp, out: &mut dyn Write) -> io::Result<()> {
    for fold in folds(&plan.steps, &plan.limits.sensitive, now) {
        let what = match &fold.handle {
            None => "workspace".to_owned(),
            Some(handle) => format!("tenant {}", safe(handle)),
        };
        writeln!(out, "{}", paint(QUIET, what))?;
        for line in &fold.lines {
            writeln!(out, "  {line}")?;
        }
    }
    if plan.steps.is_empty() {
        return Ok(());
    }
    writeln!(out)
}
