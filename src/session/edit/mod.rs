//! Changes of a manifest → its files with other texts. In: the texts, and what is to be different. Out: [`Rewrite`]s, which the caller
//! shows and writes.

mod ended;
mod error;
mod roles;
mod tenant;
mod user;

pub use crate::manifest::edit::rewrite::Rewrite;
pub use crate::session::edit::ended::remove_ended;
pub use crate::session::edit::error::EditError;
pub use crate::session::edit::roles::{GrantEnd, RoleChange, grant, revoke};
pub(crate) use crate::session::edit::roles::{role_item, written_end};
pub use crate::session::edit::tenant::rename_tenant;
pub use crate::session::edit::user::{NewUser, add_user, remove_user, rename_user};

use crate::export::as_own;
use crate::manifest;
use crate::manifest::edit::ManifestEdit;
use crate::manifest::{File, Findings, Input};
use crate::model::Desired;

/// A manifest, and the texts that it was read from.
#[derive(Clone, Copy, Debug)]
pub struct Editable<'m> {
    /// The texts of its files.
    pub texts: &'m [String],
    /// What they say.
    pub desired: &'m Desired,
}

/// Carries out changes in the texts; none where the texts say so already.
///
/// # Errors
/// A change that can't be made at its place.
pub fn rewrites(input: &Input, requests: &[ManifestEdit]) -> Result<Vec<Rewrite>, EditError> {
    let (texts, left) = manifest::edit::edit(&input.texts(), requests);
    match left.first() {
        None => Ok(changed(&input.files, &texts)),
        Some((_, why)) => Err(EditError::Left {
            why: why.to_string(),
        }),
    }
}

/// The manifest that rewrites make.
///
/// # Errors
/// What is wrong with it.
pub fn rewritten(input: &Input, rewrites: &[Rewrite]) -> Result<Desired, Findings> {
    let mut again = input.clone();
    for rewrite in rewrites {
        let file = again.files.iter_mut().find(|it| it.name == rewrite.file);
        if let Some(file) = file {
            file.bytes = rewrite.after.clone().into_bytes();
        }
    }
    let (desired, _) = manifest::load(again)?;
    Ok(desired)
}

/// The files whose texts differ from these.
pub(crate) fn changed(files: &[File], texts: &[String]) -> Vec<Rewrite> {
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
