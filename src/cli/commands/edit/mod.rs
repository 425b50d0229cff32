//! `ufsync edit`: changes of a manifest for people who do not write YAML.

mod import;
mod roles;
mod tenant;
mod user;

use crate::cli::args::complete;
use clap::{Args, Subcommand};

use crate::cli::args::examples;
use crate::cli::args::load;
use crate::cli::args::options::ManifestArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::ui::Ui;
use crate::cli::text_diff;
use crate::files;
use crate::manifest;
use crate::manifest::Input;
use crate::manifest::edit::ManifestEdit;
use crate::model::Desired;
use crate::plan::{Address, Person};
use crate::session::edit;
use crate::session::edit::{
    EditError, Editable, add_user, remove_ended, remove_user, rename_tenant, rename_user, revoke,
};

/// Change the manifest without writing YAML: it shows the difference and asks, and keeps everything else as it is.
#[derive(Args, Debug)]
#[command(disable_help_subcommand = true)]
pub(crate) struct EditArgs {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    manifest: ManifestArgs,
    /// Write without asking.
    #[arg(long, global = true)]
    yes: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Add a user
    #[command(after_help = examples::EDIT_ADD_USER)]
    AddUser(user::AddUser),
    /// Take a user out of the entries, members and groups, so that the next apply deletes the user
    #[command(after_help = examples::EDIT_REMOVE_USER)]
    RemoveUser {
        /// The e-mail address.
        #[arg(value_name = "E-MAIL", add = complete::users())]
        email: String,
        /// Leave nothing: the user is not managed any more, and stays on the server.
        #[arg(long)]
        forget: bool,
    },
    /// Give a user another address, in every place that names the user
    #[command(after_help = examples::EDIT_RENAME_USER)]
    RenameUser {
        /// The address now.
        #[arg(value_name = "E-MAIL", add = complete::users())]
        old: String,
        /// The new address.
        new: String,
    },
    /// Give a tenant another handle, in every place that names the tenant
    #[command(after_help = examples::EDIT_RENAME_TENANT)]
    RenameTenant(tenant::RenameTenant),
    /// Give a user roles
    #[command(after_help = examples::EDIT_GRANT)]
    Grant(roles::GrantArgs),
    /// Take roles from a user
    #[command(after_help = examples::EDIT_REVOKE)]
    Revoke(roles::RoleArgs),
    /// Take out grants and memberships that have ended, where an apply revokes the role without their line too
    #[command(after_help = examples::EDIT_REMOVE_ENDED)]
    RemoveEnded,
    /// Add users from a table
    #[command(after_help = examples::EDIT_IMPORT)]
    Import(import::ImportArgs),
}

pub(crate) fn run(args: &EditArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    if let Verb::Import(import) = &args.verb
        && import.template
    {
        return import::template(ui);
    }
    let input = load::input(&args.manifest)?;
    files::check_editable(&input.files).map_err(Failure::usage)?;
    let desired = load::checked(manifest::load(input.clone()), ui)?;
    let rewrites = edit::rewrites(&input, &requests(&args.verb, &input, desired, ui)?)?;
    if rewrites.is_empty() {
        ui.remark("Nothing to change: the manifest says so already.");
        return Ok(Exit::Done);
    }
    text_diff::show(&rewrites, ui)?;
    // The warnings were shown before.
    edit::rewritten(&input, &rewrites).map_err(Failure::Manifest)?;
    text_diff::write(&rewrites, &args.manifest.files, args.yes, ui)?;
    Ok(Exit::Done)
}

fn requests(
    verb: &Verb,
    input: &Input,
    desired: &Desired,
    ui: &mut Ui,
) -> Result<Vec<ManifestEdit>, Failure> {
    let texts = input.texts();
    let manifest = Editable {
        texts: &texts,
        desired,
    };
    Ok(match verb {
        Verb::AddUser(args) => add_user(desired, &args.of(&input.files)?)?,
        Verb::RemoveUser { email, forget } => remove_user(manifest, email, *forget)?,
        Verb::RenameUser { old, new } => rename_user(manifest, old, new)?,
        Verb::RenameTenant(args) => {
            rename_tenant(manifest, &args.handle, &args.new, args.name.as_deref())?
        }
        Verb::Grant(args) => roles::granted(args, desired, ui)?,
        Verb::Revoke(args) => revoke(desired, &args.into())?,
        Verb::RemoveEnded => without_ended(input, desired, ui)?,
        Verb::Import(args) => import::import(args, input, desired, ui)?,
    })
}

/// Takes out what has ended, and names the lines that have to stay.
fn without_ended(
    input: &Input,
    desired: &Desired,
    ui: &mut Ui,
) -> Result<Vec<ManifestEdit>, EditError> {
    let (edits, stay) = remove_ended(input, desired)?;
    for grant in stay {
        let who = Person::Email(grant.email.clone());
        let until = grant.granted.until.as_ref();
        let place = until.and_then(|until| desired.sources.place(until.origin));
        ui.remark(format_args!(
            "stays: {}  {}{}: without this line no apply would revoke the role. Apply first, then take the line out by hand.",
            Address::roles(who, grant.scope.clone()),
            grant.granted.role,
            place.map_or_else(String::new, |place| format!(" ({place})"))
        ));
    }
    Ok(edits)
}
