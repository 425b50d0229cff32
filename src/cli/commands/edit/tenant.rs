//! Tenants with another handle.

use crate::cli::args::complete;
use clap::Args;

/// A tenant that gets another handle.
#[derive(Args, Debug)]
pub(crate) struct RenameTenant {
    /// The handle now.
    #[arg(add = complete::tenants())]
    pub(crate) handle: String,
    /// The new handle.
    pub(crate) new: String,
    /// Give it another name too; the entry then says what the old one was.
    #[arg(long)]
    pub(crate) name: Option<String>,
}
