//! Files: read up to a limit, compared before they are replaced, and written completely or not at all.
//!
//! In: paths. Out: texts and documents, or files on the disk. Main types: [`ManifestReader`] for the files of a manifest, [`Place`]
//! for what is at a path, [`FileError`] for what is wrong. It asks nobody and prints nothing.

mod compare;
mod error;
mod manifest;
mod place;
mod read;
mod recovery;
mod write;

pub(crate) use crate::files::compare::{
    is_unchanged_export, marked_below, may_export, may_replace,
};
pub(crate) use crate::files::error::FileError;
pub(crate) use crate::files::manifest::{
    ManifestReader, USUAL, check_editable, exists, is_of_environment, position,
};
pub(crate) use crate::files::place::{Place, is_stdout, place, quoted};
pub(crate) use crate::files::read::{read_document, read_text};
pub(crate) use crate::files::recovery::{recover, rewrite};
pub(crate) use crate::files::write::{
    make_folders, remove, stream, take_away, write, write_for_all,
};
