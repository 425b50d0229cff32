//! `ufsync api`

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use serde_json::Value;

use crate::api::Method;
use crate::cli::args::connection::{Connection, Expected, Intent};
use crate::cli::args::options::ServerArgs;
use crate::cli::cli_error::CliError;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::ui::Ui;
use crate::report::json;

/// Make one call of the API, with the client's retries, and print the answer.
#[derive(Args, Debug)]
pub(crate) struct ApiArgs {
    /// The verb.
    #[arg(ignore_case = true, value_parser = PossibleValuesParser::new(["get", "post", "put", "delete"]).try_map(|text| text.to_ascii_uppercase().parse::<Method>()))]
    method: Method,
    /// The path, such as /v0/users/33.
    path: String,
    /// The body of the call, as JSON.
    #[arg(long, value_name = "JSON")]
    data: Option<String>,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) fn run(args: &ApiArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let usage = |refusal| Failure::Usage(Box::new(refusal));
    if !args.path.starts_with("/v0/")
        || args.path.contains(['?', '#', '%'])
        || args.path.contains("..")
    {
        return Err(usage(CliError::BadPath {
            path: args.path.clone(),
        }));
    }
    let data: Option<Value> = args
        .data
        .as_deref()
        .map(serde_json::from_str)
        .transpose()
        .map_err(|error| usage(CliError::BadData { error }))?;
    let connection = Connection::open(&args.server, &Expected::default(), Intent::Read)?;
    let call = connection
        .client
        .call(args.method.clone(), &args.path, data);
    let answer = connection.runtime.block_on(call)?;
    if !answer.is_null() {
        ui.document(|out| json::document(&answer, out))?;
    }
    Ok(Exit::Done)
}
