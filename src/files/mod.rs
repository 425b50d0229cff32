//! Files: read up to a limit, compared before they are replaced, and written completely or not at all.
//!
//! In: paths. Out: texts and documents, or files on the disk. Main types: [`ManifestReader`] for the files of a manifest, [`Place`]
//! for what is at a path, [`FileError`] for what is wrong. It asks nobody and prints nothing.

mod compare;
mod error;
mod inside;
mod manifest;
mod names;
mod place;
mod read;
mod recovery;
mod state;
mod write;

pub(crate) use crate::files::compare::{
    is_unchanged_export, marked_below, may_export, may_replace,
};
pub(crate) use crate::files::error::FileError;
pub(crate) use crate::files::inside::{
    make_folders, no_link, no_links, without_links, write_inside,
};
pub(crate) use crate::files::manifest::{ManifestReader, USUAL, check_editable, exists, position};
pub(crate) use crate::files::names::{Part, part};
pub(crate) use crate::files::place::{Place, is_stdout, place, quoted};
pub(crate) use crate::files::read::{read_document, read_text};
pub(crate) use crate::files::recovery::{former, recover, rewrite};
pub(crate) use crate::files::state::key;
pub(crate) use crate::files::write::{New, remove, stream, take_away, write};
