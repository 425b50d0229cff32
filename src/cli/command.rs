//! The commands.

use clap::{Parser, Subcommand};

use super::args::Global;
use super::exit::Exit;
use super::{
    access, api, apply, completions, doctor, edit, emulator, explain, export, help, init, man,
    plan, pull, schema, show, validate,
};

/// The text below the help.
fn after_help() -> String {
    let codes = Exit::ALL.map(|exit| format!("  {:<4} {}\n", exit.code(), exit.meaning()));
    format!(
        "Exit codes:\n{}\nStart here:\n  ufsync apply --sandbox -f examples/quickstart.yaml\n      \
         tries a manifest on an emulated workspace: no server, no key.\n  ufsync help\n      lists the pages of the guide.",
        codes.concat()
    )
}

/// Tenants, users and roles of a Userfront workspace as YAML: planned, reviewed and applied like code.
#[derive(Debug, Parser)]
#[command(name = "ufsync", version, about, after_help = after_help(), max_term_width = 100, arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub(super) global: Global,
    /// The command.
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    Init(init::InitArgs),
    Plan(plan::PlanArgs),
    Show(show::ShowArgs),
    Apply(apply::ApplyArgs),
    Export(export::ExportArgs),
    Pull(pull::PullArgs),
    Access(access::AccessArgs),
    Edit(edit::EditArgs),
    Validate(validate::ValidateArgs),
    Explain(explain::ExplainArgs),
    Doctor(doctor::DoctorArgs),
    Api(api::ApiArgs),
    Emulator(Box<emulator::EmulatorArgs>),
    Schema(schema::SchemaArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
    Help(help::HelpArgs),
}
