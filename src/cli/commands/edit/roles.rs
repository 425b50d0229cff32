//! Roles that are given and taken.

use crate::cli::args::complete;
use clap::Args;

use crate::cli::terminal::ui::Ui;
use crate::manifest::edit::ManifestEdit;
use crate::model::{Desired, Until};
use crate::session::edit::{EditError, GrantEnd, RoleChange, grant};

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
    until: Option<Until>,
    /// The grant does not end, also where an end is written.
    #[arg(long, conflicts_with = "until")]
    no_end: bool,
}

/// The changes that give the roles. An end that changes is shown with the one that is written.
pub(crate) fn granted(
    args: &GrantArgs,
    desired: &Desired,
    ui: &mut Ui,
) -> Result<Vec<ManifestEdit>, EditError> {
    let end = match &args.until {
        Some(until) => GrantEnd::At(until.clone()),
        None if args.no_end => GrantEnd::Never,
        None => GrantEnd::AsWritten,
    };
    let granted = grant(desired, &(&args.to).into(), &end)?;
    let shown = |until: &Option<Until>| match until {
        Some(until) => until.to_string(),
        None => "none".to_owned(),
    };
    for end in &granted.ends {
        ui.remark(format_args!(
            "The end of \"{}\": {} → {}",
            end.role,
            shown(&end.before),
            shown(&end.after)
        ));
    }
    Ok(granted.edits)
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
