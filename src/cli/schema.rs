//! `ufsync schema`

use clap::{Args, ValueEnum};

use super::exit::{Exit, Failure};
use super::ui::Ui;
use crate::manifest;

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
}

pub(super) fn run(args: &SchemaArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let schema = match args.document {
        Document::Manifest => manifest::schema(),
    };
    ui.result(|out| writeln!(out, "{schema:#}"))?;
    Ok(Exit::Done)
}
