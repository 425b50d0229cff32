//! Changed texts on their way to the files: shown, asked about, and written.

use std::path::Path;

use similar::TextDiff;

use super::exit::Failure;
use super::files;
use super::refusal::Refusal;
use super::ui::Ui;
use crate::manifest::File;
use crate::report::count;

/// A file whose text is to be another.
pub(super) struct Changed<'t> {
    path: &'t str,
    old: &'t str,
    new: &'t str,
}

/// The files whose texts differ.
pub(super) fn changed<'t>(files: &'t [File], texts: &'t [String]) -> Vec<Changed<'t>> {
    let pairs = files.iter().zip(texts);
    let changed = pairs.filter_map(|(file, new)| {
        let old = std::str::from_utf8(&file.bytes).ok()?;
        (old != new).then_some(Changed {
            path: &file.name,
            old,
            new,
        })
    });
    changed.collect()
}

/// The texts of files, to be edited.
///
/// # Errors
/// Where one is standard input.
pub(super) fn texts(files: &[File]) -> Result<Vec<String>, Failure> {
    if files.iter().any(|file| file.name == "<stdin>") {
        return Err(Failure::Usage(Box::new(Refusal::PullStdin)));
    }
    let texts = files
        .iter()
        .map(|file| String::from_utf8_lossy(&file.bytes).into_owned());
    Ok(texts.collect())
}

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

/// Writes the files, each in one step; where nobody said yes, after a question.
pub(super) fn write(changed: &[Changed<'_>], yes: bool, ui: &mut Ui) -> Result<(), Failure> {
    if !yes {
        if !Ui::is_interactive() {
            return Err(Failure::Usage(Box::new(Refusal::NeedsYes)));
        }
        if !ui.confirm("\nWrite this? [y/N] ")? {
            return Err(Failure::Declined);
        }
    }
    for Changed { path, new, .. } in changed {
        files::write(Path::new(path), new)?;
    }
    ui.remark(format_args!("Changed {}.", count(changed.len(), "file")));
    Ok(())
}
