//! `ufsync api`

use clap::{Args, ValueEnum};
use serde_json::Value;

use super::args::Global;
use super::exit::{Exit, Failure};
use super::refusal::Refusal;
use super::session::{Expected, Intent, Session};
use super::ui::Ui;
use crate::api::Verb;

/// Make one call of the API, with the client's retries, and print the answer.
#[derive(Args, Debug)]
pub(super) struct ApiArgs {
    /// The verb.
    #[arg(value_enum, ignore_case = true)]
    method: Method,
    /// The path, such as /v0/users/33.
    path: String,
    /// The body of the call, as JSON.
    #[arg(long, value_name = "JSON")]
    data: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Method {
    Get,
    Post,
    Put,
    Delete,
}

pub(super) fn run(args: &ApiArgs, global: &Global, ui: &mut Ui) -> Result<Exit, Failure> {
    let usage = |refusal| Failure::Usage(Box::new(refusal));
    if !args.path.starts_with("/v0/")
        || args.path.contains(['?', '#', '%'])
        || args.path.contains("..")
    {
        return Err(usage(Refusal::BadPath {
            path: args.path.clone(),
        }));
    }
    let data: Option<Value> = args
        .data
        .as_deref()
        .map(serde_json::from_str)
        .transpose()
        .map_err(|error| usage(Refusal::BadData { error }))?;
    let session = Session::open(global, &Expected::default(), Intent::Read)?;
    let verb = match args.method {
        Method::Get => Verb::Get,
        Method::Post => Verb::Post,
        Method::Put => Verb::Put,
        Method::Delete => Verb::Delete,
    };
    let call = session.client.call(verb, &args.path, data);
    let answer = session.runtime.block_on(call)?;
    if !answer.is_null() {
        ui.report(|out| writeln!(out, "{answer:#}"))?;
    }
    Ok(Exit::Done)
}
