//! `ufsync schema`

use clap::{Args, ValueEnum};

use super::exit::{Exit, Failure};
use super::ui::Ui;
use crate::access;
use crate::manifest;
use crate::plan;
use crate::pull;
use crate::report;

/// Print a JSON Schema, for editors and other tools.
#[derive(Args, Debug)]
pub(super) struct SchemaArgs {
    /// Which one.
    #[arg(value_enum, default_value_t = Document::Manifest)]
    document: Document,
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

pub(super) fn run(args: &SchemaArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let schema = match args.document {
        Document::Manifest => manifest::schema(),
        Document::Plan => plan::schema(),
        Document::Report => report::json::report_schema(),
        Document::Access => access::schema(),
        Document::Pull => pull::schema(),
    };
    ui.result(|out| writeln!(out, "{schema:#}"))?;
    Ok(Exit::Done)
}
