//! Files of a manifest whose texts are to be others.

use crate::cli::exit::Failure;
use crate::cli::refusal::Refusal;
use crate::export::as_own;
use crate::manifest::File;

/// A file whose text is to be another.
pub(crate) struct Changed<'t> {
    pub(crate) path: &'t str,
    pub(crate) old: &'t str,
    pub(crate) new: &'t str,
}

/// The files whose texts differ.
pub(crate) fn changed<'t>(files: &'t [File], texts: &'t [String]) -> Vec<Changed<'t>> {
    let pairs = files.iter().zip(texts);
    let changed = pairs.filter_map(|(file, new)| {
        let old = std::str::from_utf8(&file.bytes).ok()?;
        // What is changed is no export any more.
        (old != new).then_some(Changed {
            path: &file.name,
            old,
            new: as_own(new),
        })
    });
    changed.collect()
}

/// The texts of files, to be edited.
///
/// # Errors
/// Where one is standard input.
pub(crate) fn texts(files: &[File]) -> Result<Vec<String>, Failure> {
    if files.iter().any(|file| file.name == "<stdin>") {
        return Err(Failure::Usage(Box::new(Refusal::PullStdin)));
    }
    let texts = files
        .iter()
        .map(|file| String::from_utf8_lossy(&file.bytes).into_owned());
    Ok(texts.collect())
}
