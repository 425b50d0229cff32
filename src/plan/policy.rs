//! What the command line allows and chooses.

use crate::plan::Selection;

/// What the command line allows and chooses.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
#[non_exhaustive]
pub struct Policy {
    /// Whether `prune.users` may match everybody.
    pub allow_prune_all: bool,
    /// Whether addresses may be passed on in a circle: one user then has an address that does not exist for a moment.
    pub allow_temporary_address: bool,
    /// Whether to look for deletions and creations that are one user.
    pub rename_check: bool,
    /// Whether to list what the manifest does not mention. All users and tenants have to be read for that.
    pub list_unmanaged: bool,
    /// Which steps are wanted.
    pub selection: Selection,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            allow_prune_all: false,
            allow_temporary_address: false,
            rename_check: true,
            list_unmanaged: false,
            selection: Selection::default(),
        }
    }
}
