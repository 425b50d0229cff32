//! The texts of a manifest that are to be others.

use crate::export::as_own;
use crate::manifest::File;
use crate::manifest::edit::Rewrite;

/// The files whose texts differ from these.
pub fn rewrites(files: &[File], texts: &[String]) -> Vec<Rewrite> {
    let pairs = files.iter().zip(texts);
    let changed = pairs.filter_map(|(file, after)| {
        let before = std::str::from_utf8(&file.bytes).ok()?;
        // What is changed is no export any more.
        (before != after).then(|| Rewrite {
            file: file.name.clone(),
            before: before.to_owned(),
            after: as_own(after).to_owned(),
        })
    });
    changed.collect()
}
