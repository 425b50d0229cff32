//! Several trees → one: variables, files, overlays, restrictions.

pub(crate) mod api_key;
pub(crate) mod merge_files;
pub(crate) mod overlay;
pub(crate) mod overlay_header;
pub(crate) mod restricted_record;
mod restriction_list;
pub(crate) mod restrictions;
pub(crate) mod vars;
