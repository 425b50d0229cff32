//! Roles that are given and taken.

use crate::cli::args::complete;
use clap::Args;

use crate::model::Until;
use crate::session::edit::RoleChange;

/// Whose roles, which, and where.
#[derive(Args, Debug)]
pub(crate) struct RoleArgs {
    /// The e-mail address.
    #[arg(value_name = "E-MAIL", add = complete::users())]
    email: String,
    /// The roles.
    #[arg(required = true, value_name = "ROLE", add = complete::roles())]
    roles: Vec<String>,
    /// In this tenant instead of the workspace.
    #[arg(long, value_name = "HANDLE", add = complete::tenants())]
    tenant: Option<String>,
}

/// Roles that are given.
#[derive(Args, Debug)]
pub(crate) struct GrantArgs {
    #[command(flatten)]
    pub(crate) to: RoleArgs,
    /// The grant ends with this day, in UTC, or at this moment.
    #[arg(long, value_name = "DATE", value_parser = until)]
    pub(crate) until: Option<Until>,
}

/// Reads an end.
pub(crate) fn until(text: &str) -> Result<Until, String> {
    Until::parse(text).ok_or_else(|| {
        "expected a day, as in 2026-12-31, or a moment, as in 2026-12-31T18:00:00Z".to_owned()
    })
}

impl From<&RoleArgs> for RoleChange {
    fn from(args: &RoleArgs) -> Self {
        Self {
            email: args.email.clone(),
            roles: args.roles.clone(),
            tenant: args.tenant.clone(),
        }
    }
}
