//! A plan in few lines: by tenant, and equal changes as one.

use std::collections::BTreeMap;
use std::io::{self, Write};

use jiff::Timestamp;

use crate::model::RoleSet;
use crate::plan::{Address, Plan, Step, TenantRef};
use crate::report::alike::alike;
use crate::report::row::row;
use crate::report::text::{QUIET, count, paint, safe};

/// The changes in one tenant, or in the workspace itself.
pub(crate) struct Fold<'s> {
    /// The tenant, by handle or else by id; none for the workspace.
    pub(crate) tenant: Option<&'s str>,
    pub(crate) changes: usize,
    /// What is done, and to which user or to how many.
    pub(crate) lines: Vec<String>,
}

/// The steps of the workspace itself, then those of each tenant.
pub(crate) fn by_tenant<'s>(
    steps: impl IntoIterator<Item = &'s Step>,
) -> BTreeMap<Option<&'s str>, Vec<&'s Step>> {
    let mut groups: BTreeMap<Option<&str>, Vec<&Step>> = BTreeMap::new();
    for step in steps {
        let tenant = match &step.address {
            Address::Tenant(handle) | Address::TenantRoles(_, TenantRef::Handle(handle)) => {
                Some(handle.as_str())
            }
            Address::TenantById(id) | Address::TenantRoles(_, TenantRef::Id(id)) => {
                Some(id.as_str())
            }
            Address::User(_) | Address::WorkspaceRoles(_) => None,
        };
        groups.entry(tenant).or_default().push(step);
    }
    groups
}

/// The changes, by place: the workspace first.
pub(crate) fn folds<'s>(
    steps: impl IntoIterator<Item = &'s Step>,
    sensitive: &RoleSet,
    now: Timestamp,
) -> Vec<Fold<'s>> {
    let folds = by_tenant(steps).into_iter().map(|(tenant, steps)| {
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
            tenant,
            changes,
            lines,
        }
    });
    folds.collect()
}

pub(crate) fn write(plan: &Plan, now: Timestamp, out: &mut dyn Write) -> io::Result<()> {
    for fold in folds(&plan.steps, &plan.limits.sensitive, now) {
        let what = match fold.tenant {
            None => "workspace".to_owned(),
            Some(tenant) => format!("tenant {}", safe(tenant)),
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
