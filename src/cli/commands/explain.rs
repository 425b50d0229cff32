//! `ufsync explain`

use std::collections::BTreeSet;

use clap::Args;
use miette::Diagnostic;
use thiserror::Error;

use crate::cli::args::connection::{Connection, Expected, Intent};
use crate::cli::args::load;
use crate::cli::args::options::{ManifestArgs, ServerArgs};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::ui::Ui;
use crate::model::{Desired, Email, Handle, Live, Scope, TenantId, suggest};
use crate::observe;
use crate::observe::Need;
use crate::plan::explain;
use crate::plan::{Policy, Selection};
use crate::report;
use crate::report::{codes, story};
use crate::session;

/// Say why a person has, gets or loses a role; or what a diagnostic code means.
#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// An e-mail address, or a code as in `ufsync::manifest::unknown_role`.
    #[arg(value_name = "E-MAIL|CODE")]
    subject: String,
    /// Only this tenant, by handle, id or exact name.
    tenant: Option<String>,
    #[command(flatten)]
    manifest: ManifestArgs,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Debug, Error, Diagnostic)]
#[error("unknown diagnostic code `{code}`")]
#[diagnostic(code(ufsync::cli::unknown_code), help("{help}"))]
struct UnknownCode {
    code: String,
    help: String,
}

pub(crate) fn run(args: &ExplainArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    if !args.subject.contains('@') {
        return explain_code(&args.subject, ui);
    }
    load::check_input(&args.manifest, &args.server)?;
    let desired = load::manifest(&args.manifest, ui)?;
    let connection = Connection::open(&args.server, &Expected::by_manifest(desired), Intent::Read)?;
    // Roles that are held, and that the manifest does not mention, are part of the answer.
    let need = Need::of(desired).of_everything();
    let live = observe::live(&connection.client, &need);
    let live = connection.runtime.block_on(live)?;
    let policy = Policy {
        list_unmanaged: false,
        rename_check: false,
        allow_prune_all: true,
        allow_temporary_address: true,
        selection: Selection::default(),
    };
    let plan = session::compare(desired, &live, &policy).map_err(Failure::of)?;
    if let Some(asked) = &args.tenant {
        check_tenant(asked, desired, &live)?;
    }
    let explanation = explain(
        desired,
        &live,
        &plan,
        &Email::new(args.subject.as_str()),
        args.tenant.as_deref(),
    );
    ui.report(|out| report::explanation(&explanation, out))?;
    Ok(Exit::Done)
}

#[derive(Debug, Error, Diagnostic)]
#[error("there is no tenant `{tenant}`, in the manifest or on the server")]
#[diagnostic(code(ufsync::cli::unknown_tenant), help("{help}"))]
struct UnknownTenant {
    tenant: String,
    help: String,
}

/// A tenant that nobody knows is a misspelling: "no roles" would be a wrong answer.
fn check_tenant(asked: &str, desired: &Desired, live: &Live) -> Result<(), UnknownTenant> {
    let handles = desired.tenants.keys().map(Handle::as_str);
    let written = desired.tenants.values();
    let written = written.flat_map(|entry| {
        let pin = entry.pin.as_ref().map(|pin| pin.value.as_str());
        pin.into_iter().chain(entry.name().map(|name| &**name))
    });
    let found = live.tenants.found();
    let found = found.flat_map(|tenant| [tenant.id.as_str(), tenant.name()]);
    // The user may hold roles in a tenant that the server does not list.
    let users = live.users.found();
    let held = users.flat_map(|user| user.grants.keys().filter_map(Scope::tenant));
    let held = held.map(TenantId::as_str);
    let known: BTreeSet<&str> = handles
        .chain(written)
        .chain(found)
        .chain(held)
        .chain(["workspace"])
        .collect();
    if known.contains(asked) {
        return Ok(());
    }
    Err(UnknownTenant {
        tenant: asked.to_owned(),
        help: format!(
            "{} Name it by handle, id or exact name.",
            suggest::help(asked, known)
        ),
    })
}

fn explain_code(subject: &str, ui: &mut Ui) -> Result<Exit, Failure> {
    // The part behind the last colons is enough, where only one code ends in it.
    let matching: Vec<&str> = codes()
        .filter(|code| *code == subject || code.rsplit("::").next() == Some(subject))
        .collect();
    if let [code] = matching[..]
        && let Some(story) = story(code)
    {
        ui.page(&format!("{code}\n\n{story}\n"))?;
        return Ok(Exit::Done);
    }
    let distance =
        |code: &&str| strsim::osa_distance(code.rsplit("::").next().unwrap_or_default(), subject);
    let mut near: Vec<&str> = codes()
        .filter(|code| code.contains(subject) || distance(code) <= 3)
        .collect();
    near.sort_by_key(distance);
    near.truncate(3);
    let help = if near.is_empty() {
        "Codes stand above every message, as in ufsync::manifest::unknown_role. An e-mail address has an @.".to_owned()
    } else {
        format!("Did you mean {}?", near.join(" or "))
    };
    Err(Failure::Usage(Box::new(UnknownCode {
        code: subject.to_owned(),
        help,
    })))
}
