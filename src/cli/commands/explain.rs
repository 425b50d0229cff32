//! `ufsync explain`

use crate::cli::args::complete;
use clap::Args;
use miette::Diagnostic;
use thiserror::Error;

use crate::cli::args::connection::{Connection, Expected, Intent};
use crate::cli::args::load;
use crate::cli::args::options::{ManifestArgs, ServerArgs};
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::ui::Ui;
use crate::model::Email;
use crate::report;
use crate::report::{codes, story};
use crate::session;

/// Say why a person has, gets or loses a role; or what a diagnostic code means.
#[derive(Args, Debug)]
pub(crate) struct ExplainArgs {
    /// An e-mail address, or a code as in `ufsync::manifest::unknown_role`.
    #[arg(value_name = "E-MAIL|CODE", add = complete::users_and_codes())]
    subject: String,
    /// Only this tenant, by handle, id or exact name.
    #[arg(add = complete::tenants())]
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
    let connection = Connection::open(
        &args.server,
        &Expected::by_manifest(desired, &args.manifest),
        Intent::Read,
    )?;
    // Roles that are held, and that the manifest does not mention, are part of the answer.
    let live = connection.everything(Some(desired))?;
    let email = Email::new(args.subject.as_str());
    let explanation = session::explain(desired, &live, &email, args.tenant.as_deref());
    let explanation = explanation.map_err(Failure::of)?;
    ui.report(|out| report::explanation(&explanation, out))?;
    Ok(Exit::Done)
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
