//! `ufsync schema`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::access;
use crate::cli::args::complete;
use crate::cli::args::options::ManifestArgs;
use crate::cli::args::{load, options as args};
use crate::cli::cli_error::CliError;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::ui::Ui;
use crate::files;
use crate::manifest;
use crate::plan;
use crate::pull;
use crate::report;

/// How every schema starts.
const MARKER: &str = "{\n  \"$schema\": ";

/// Print a JSON Schema, for editors and other tools.
#[derive(Args, Debug)]
pub(crate) struct SchemaArgs {
    /// Which one.
    #[arg(value_enum, default_value_t = Document::Manifest)]
    document: Document,
    /// The manifest's, with the names of this manifest: an editor then offers its tenants, roles, groups and users, and marks those
    /// that it does not have; may be repeated.
    #[arg(long, value_name = "PATH")]
    from: Vec<PathBuf>,
    /// An overlay of the manifest; may be repeated.
    #[arg(long, value_name = "PATH", requires = "from")]
    overlay: Vec<PathBuf>,
    /// The environment whose overlay counts.
    #[arg(long, value_name = "NAME", value_parser = args::environment, requires = "from", add = complete::environments())]
    env: Option<String>,
    /// The value of ${NAME} in the manifest; may be repeated.
    #[arg(long, value_name = "NAME=VALUE", value_parser = args::variable, requires = "from")]
    var: Vec<(String, String)>,
    /// A variable of the environment that the manifest may read; may be repeated.
    #[arg(long, value_name = "NAME", value_parser = args::variable_name, requires = "from")]
    allow_var: Vec<String>,
    /// Where to write; standard output where left out. Where the manifest has a mistake, nothing is written.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Document {
    /// The manifest.
    Manifest,
    /// A plan, as `plan --out` saves it and `plan --format json` prints it.
    Plan,
    /// How an apply ended, as `apply --format json` prints it.
    Report,
    /// Who has what, as `access --format json` prints it.
    Access,
    /// What a pull changes, as `pull --format json` prints it.
    Pull,
}

pub(crate) fn run(args: &SchemaArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let schema = match args.document {
        Document::Manifest if !args.from.is_empty() => {
            let manifest = ManifestArgs {
                files: args.from.clone(),
                overlay: args.overlay.clone(),
                env: args.env.clone(),
                var: args.var.clone(),
                allow_var: args.allow_var.clone(),
            };
            let input = load::input(&manifest)?;
            let (desired, _) = manifest::load(input).map_err(Failure::Manifest)?;
            manifest::schema_with_names(&desired)
        }
        _ if !args.from.is_empty() => return Err(Failure::Usage(Box::new(CliError::SchemaFrom))),
        Document::Manifest => manifest::schema(),
        Document::Plan => plan::schema(),
        Document::Report => report::model::report_schema(),
        Document::Access => access::schema(),
        Document::Pull => pull::schema(),
    };
    let text = format!("{schema:#}\n");
    let Some(path) = args.output.as_ref().filter(|path| !files::is_stdout(path)) else {
        return ui
            .result(|out| out.write_all(text.as_bytes()))
            .map(|()| Exit::Done);
    };
    files::may_replace(path, MARKER, false)?;
    files::write(path, &text)?;
    Ok(Exit::Done)
}
