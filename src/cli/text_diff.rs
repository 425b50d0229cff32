//! Changed texts on their way to the files: shown, and asked about.

use std::path::PathBuf;

use similar::TextDiff;

use crate::cli::cli_error::CliError;
use crate::cli::exit::Failure;
use crate::cli::terminal::ui::Ui;
use crate::files;
use crate::manifest::edit::Rewrite;
use crate::report::count;

/// What is different in a file, in the form of `diff -u`.
pub(crate) fn diff(rewrite: &Rewrite) -> String {
    let Rewrite {
        file,
        before,
        after,
    } = rewrite;
    let diff = TextDiff::from_lines(&**before, &**after);
    let mut diff = diff.unified_diff();
    diff.context_radius(2).header(file, file).to_string()
}

/// Shows what is different.
pub(crate) fn show(rewrites: &[Rewrite], ui: &mut Ui) -> Result<(), Failure> {
    ui.document(|out| {
        let mut rewrites = rewrites.iter();
        rewrites.try_for_each(|rewrite| write!(out, "{}", diff(rewrite)))
    })
}

/// Writes the files of the manifest that these paths name; where nobody said yes, after a question.
pub(crate) fn write(
    rewrites: &[Rewrite],
    manifest: &[PathBuf],
    yes: bool,
    ui: &mut Ui,
) -> Result<(), Failure> {
    if !yes {
        if !Ui::is_interactive() {
            return Err(Failure::Usage(Box::new(CliError::NeedsYes)));
        }
        if !ui.confirm("\nWrite this? [y/N] ")? {
            return Err(Failure::Declined);
        }
    }
    files::rewrite(rewrites, manifest).map_err(Failure::of_file)?;
    ui.remark(format_args!("Changed {}.", count(rewrites.len(), "file")));
    Ok(())
}
