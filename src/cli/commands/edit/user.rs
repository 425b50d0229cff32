//! Users who are added, removed and renamed.

use crate::cli::args::complete;
use std::path::PathBuf;

use clap::Args;

use crate::cli::commands::edit::roles::until;
use crate::files;
use crate::files::FileError;
use crate::manifest::File;
use crate::model::Until;
use crate::session::edit::NewUser;

/// A user who is added.
#[derive(Args, Debug)]
pub(crate) struct AddUser {
    /// The e-mail address.
    #[arg(value_name = "NEW-E-MAIL")]
    email: String,
    /// The full name.
    #[arg(long)]
    name: Option<String>,
    /// The name to log in with.
    #[arg(long)]
    username: Option<String>,
    /// A role in the workspace; may be repeated.
    #[arg(long, value_name = "ROLE", add = complete::roles())]
    role: Vec<String>,
    /// Roles in a tenant, as in acme=owner,viewer; may be repeated.
    #[arg(long, value_name = "HANDLE=ROLE[,ROLE]", value_parser = in_tenant, add = complete::tenants_with_roles())]
    tenant: Vec<(String, Vec<String>)>,
    /// A group; may be repeated.
    #[arg(long, value_name = "GROUP", add = complete::groups())]
    group: Vec<String>,
    /// All of this ends with this day, in UTC, or at this moment.
    #[arg(long, value_name = "DATE", value_parser = until)]
    until: Option<Until>,
    /// The file that gets the entry [default: the one that has most users].
    #[arg(long, value_name = "FILE")]
    into: Option<PathBuf>,
}

fn in_tenant(text: &str) -> Result<(String, Vec<String>), String> {
    let (handle, roles) = text.split_once('=').ok_or("expected HANDLE=ROLE")?;
    Ok((
        handle.to_owned(),
        roles.split(',').map(str::to_owned).collect(),
    ))
}

impl AddUser {
    /// The user, in one of these files.
    pub(crate) fn of(&self, files: &[File]) -> Result<NewUser, FileError> {
        let into = self.into.as_deref();
        let into = into.map(|path| files::position(files, path)).transpose()?;
        Ok(NewUser {
            email: self.email.clone(),
            name: self.name.clone(),
            username: self.username.clone(),
            roles: self.role.clone(),
            tenants: self.tenant.clone(),
            groups: self.group.clone(),
            until: self.until.clone(),
            into,
        })
    }
}
