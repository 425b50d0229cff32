//! Changed texts on their way to the files: shown, asked about, and written.

use std::path::Path;

use similar::TextDiff;

use super::changed::Changed;
use super::exit::Failure;
use super::refusal::Refusal;
use super::ui::Ui;
use super::{files, recovery};
use crate::report::count;

/// Shows what is different, in the form of `diff -u`.
pub(super) fn show(changed: &[Changed<'_>], ui: &mut Ui) -> Result<(), Failure> {
    ui.document(|out| {
        for Changed { path, old, new } in changed {
            let diff = TextDiff::from_lines(*old, *new);
            let mut diff = diff.unified_diff();
            write!(out, "{}", diff.context_radius(2).header(path, path))?;
        }
        Ok(())
    })
}

/// Writes the files, each in one step; the next command finishes several that broke off. Where nobody said yes, after a question.
pub(super) fn write(changed: &[Changed<'_>], yes: bool, ui: &mut Ui) -> Result<(), Failure> {
    if !yes {
        if !Ui::is_interactive() {
            return Err(Failure::Usage(Box::new(Refusal::NeedsYes)));
        }
        if !ui.confirm("\nWrite this? [y/N] ")? {
            return Err(Failure::Declined);
        }
    }
    let recovery = recovery::begin(changed)?;
    for Changed { path, new, .. } in changed {
        files::write(Path::new(path), new)?;
    }
    recovery::end(recovery.as_deref())?;
    ui.remark(format_args!("Changed {}.", count(changed.len(), "file")));
    Ok(())
}
