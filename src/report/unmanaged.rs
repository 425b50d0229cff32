//! What the workspace has and the manifest does not mention, in words.

use std::io::{self, Write};

use crate::model::{Count, RoleName};
use crate::plan::{Plan, Unmanaged};
use crate::report::text::{QUIET, count, paint, safe};

/// How much it is; nothing where nothing is known.
pub(crate) fn counts(unmanaged: &Unmanaged) -> Option<String> {
    let kinds = [(unmanaged.users, "user"), (unmanaged.tenants, "tenant")];
    let told = kinds.iter().filter_map(|(number, kind)| match number {
        Count::Exactly(0) | Count::AtLeast(0) => None,
        Count::Exactly(number) => Some(count(*number, kind)),
        Count::AtLeast(number) => Some(format!("at least {}", count(*number, kind))),
    });
    let told: Vec<String> = told.collect();
    if !told.is_empty() {
        return Some(format!("{} not in the manifest", told.join(", ")));
    }
    let is_known = kinds.iter().all(|(number, _)| number.exactly().is_some());
    is_known.then(|| "nothing outside the manifest".to_owned())
}

/// A line for each of it: its address, what it is, and the file that has what is most like it.
pub(crate) fn lines(unmanaged: &Unmanaged) -> impl Iterator<Item = String> {
    unmanaged.list.iter().map(|it| {
        let roles: Vec<&str> = it.roles.iter().map(RoleName::as_str).collect();
        let parts = [
            Some(it.address.to_string()),
            it.name.as_ref().map(ToString::to_string),
            Some(roles.join(", ")).filter(|roles| !roles.is_empty()),
            it.file
                .as_ref()
                .map(|file| format!("(like those in {file})")),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        safe(&parts.join("  ")).into_owned()
    })
}

/// What follows the lines.
pub(crate) const HOW: &str = "To take one of them into the manifest: ufsync pull --adopt ADDRESS";

/// Lists it, where that was asked for.
pub(crate) fn write(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    let Some(unmanaged) = plan.unmanaged.as_ref().filter(|it| !it.list.is_empty()) else {
        return Ok(());
    };
    writeln!(out, "{}", paint(QUIET, "Not in the manifest:"))?;
    for line in lines(unmanaged) {
        writeln!(out, "  {line}")?;
    }
    writeln!(out, "{HOW}\n")
}
