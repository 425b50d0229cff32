//! A plan in few lines: by tenant, and equal changes as one.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;

use super::alike::alike;
use super::row::row;
use super::text::{QUIET, count, paint, safe};
use crate::plan::{Address, Plan, Step};

/// Writes the changes.
pub(super) fn write(plan: &Plan, now: Timestamp, out: &mut dyn Write) -> io::Result<()> {
    let mut by_place: BTreeMap<Option<String>, Vec<&Step>> = BTreeMap::new();
    for step in &plan.steps {
        let place = step.address.handle().map(ToString::to_string);
        by_place.entry(place).or_default().push(step);
    }
    for (place, steps) in by_place {
        let what = match &place {
            None => "workspace".to_owned(),
            Some(handle) => format!("tenant {}", safe(handle)),
        };
        writeln!(out, "{}", paint(QUIET, what))?;
        let (tenants, users): (Vec<&Step>, Vec<&Step>) = steps
            .into_iter()
            .partition(|step| matches!(step.address, Address::Tenant(_) | Address::TenantById(_)));
        for (steps, noun) in [(tenants, "tenant"), (users, "user")] {
            let rows = steps.into_iter();
            let rows = rows.map(|step| row(step, &plan.limits.sensitive, now));
            for same in alike(rows.collect()) {
                let who = match same.only() {
                    Some(row) => row.subject.clone(),
                    None => count(same.len(), noun),
                };
                writeln!(out, "  {}  for {who}", same.told())?;
            }
        }
    }
    if plan.steps.is_empty() {
        return Ok(());
    }
    writeln!(out)
}
