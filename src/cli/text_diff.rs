//! Changed texts on their way to the files: shown, asked about, and written.

use std::path::Path;

use similar::TextDiff;

use crate::cli::exit::Failure;
use crate::cli::git_changes::Changed;
use crate::cli::refusal::Refusal;
use crate::cli::terminal::ui::Ui;
use crate::cli::{files, recovery};
use crate::manifest::{File, Input};
use crate::report::count;

/// What is different in a file, in the form of `diff -u`.
pub(crate) fn diff(changed: &Changed<'_>) -> String {
    let Changed { path, old, new } = changed;
    let diff = TextDiff::from_lines(*old, *new);
    let mut diff = diff.unified_diff();
    diff.context_radius(2).header(path, path).to_string()
}

/// Shows what is different.
pub(crate) fn show(changed: &[Changed<'_>], ui: &mut Ui) -> Result<(), Failure> {
    ui.document(|out| {
        let mut changed = changed.iter();
        changed.try_for_each(|changed| write!(out, "{}", diff(changed)))
    })
}

/// The place of a file among those of the manifest.
pub(crate) fn place(input: &Input, path: &Path) -> Result<usize, Failure> {
    let real = |path: &Path| {
        std::path::absolute(path)
            .ok()
            .map(|path| files::plain(&path))
    };
    let wanted = real(path);
    let is_it = |file: &File| real(Path::new(&file.name)) == wanted;
    let unknown = || {
        Failure::Other(Box::new(Refusal::EditOtherFile {
            path: path.to_owned(),
        }))
    };
    input.files.iter().position(is_it).ok_or_else(unknown)
}

/// What a manifest is read from, with other texts in its files.
pub(crate) fn with_texts(input: &Input, texts: &[String]) -> Input {
    let mut again = input.clone();
    for (file, text) in again.files.iter_mut().zip(texts) {
        file.bytes = text.clone().into_bytes();
    }
    again
}

/// Writes the files, each in one step; the next command finishes several that broke off. Where nobody said yes, after a question.
pub(crate) fn write(changed: &[Changed<'_>], yes: bool, ui: &mut Ui) -> Result<(), Failure> {
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
