//! The commands.

use clap::{CommandFactory as _, Parser, Subcommand};

use crate::cli::args::options::Global;
use crate::cli::args::{complete, examples};
use crate::cli::commands::{
    access, api, apply, completions, doctor, edit, emulator, explain, export, help, init, man,
    plan, pull, schema, show, validate,
};
use crate::cli::exit::Exit;

/// How wide the list of exit codes is, in columns: as wide as the narrowest terminal that is written for.
const CODES: usize = 58;

/// The text below the help.
fn after_help() -> String {
    let codes = Exit::ALL.map(|exit| {
        let options = textwrap::Options::new(CODES).subsequent_indent("       ");
        let line = format!("  {:<4} {}", exit.code(), exit.meaning());
        textwrap::fill(&line, options) + "\n"
    });
    format!(
        "Exit codes:\n{}\nStart here:\n  ufsync apply --sandbox -f examples/quickstart.yaml\n      \
         tries a manifest on an emulated workspace: no server, no key.\n  ufsync help\n      lists the pages of the guide.",
        codes.concat()
    )
}

/// The command line for the completion of a shell. Only the whole knows all that `help` can be asked for.
pub(crate) fn completed() -> clap::Command {
    let command = Cli::command();
    let names = command.get_subcommands().map(|it| it.get_name().to_owned());
    let topics = complete::topics(names.collect());
    command.mut_subcommand("help", |help| {
        help.mut_arg("words", |words| words.add(topics))
    })
}

/// Tenants, users and roles of a Userfront workspace as YAML: planned, reviewed and applied like code.
#[derive(Debug, Parser)]
#[command(name = "ufsync", version, about, after_help = after_help(), max_term_width = 100, arg_required_else_help = true, disable_help_subcommand = true)]
pub struct Cli {
    /// What every command takes.
    #[command(flatten)]
    pub(crate) global: Global,
    /// The command.
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(after_help = examples::INIT)]
    Init(init::InitArgs),
    #[command(after_help = examples::PLAN)]
    Plan(plan::PlanArgs),
    #[command(after_help = examples::SHOW)]
    Show(show::ShowArgs),
    #[command(after_help = examples::APPLY)]
    Apply(apply::ApplyArgs),
    #[command(after_help = examples::EXPORT)]
    Export(export::ExportArgs),
    #[command(after_help = examples::PULL)]
    Pull(pull::PullArgs),
    #[command(after_help = examples::ACCESS)]
    Access(access::AccessArgs),
    #[command(after_help = examples::EDIT)]
    Edit(edit::EditArgs),
    #[command(after_help = examples::VALIDATE)]
    Validate(validate::ValidateArgs),
    #[command(after_help = examples::EXPLAIN)]
    Explain(explain::ExplainArgs),
    #[command(after_help = examples::DOCTOR)]
    Doctor(doctor::DoctorArgs),
    #[command(after_help = examples::API)]
    Api(api::ApiArgs),
    #[command(after_help = examples::EMULATOR)]
    Emulator(Box<emulator::EmulatorArgs>),
    #[command(after_help = examples::SCHEMA)]
    Schema(schema::SchemaArgs),
    #[command(after_help = examples::COMPLETIONS)]
    Completions(completions::CompletionsArgs),
    #[command(after_help = examples::MAN)]
    Man(man::ManArgs),
    #[command(after_help = examples::HELP)]
    Help(help::HelpArgs),
}

impl Command {
    /// Whether it may wait for a server, an answer or a lock, which a signal ends. The emulator ends in its own way.
    pub(crate) fn may_wait(&self) -> bool {
        match self {
            Self::Access(_)
            | Self::Api(_)
            | Self::Apply(_)
            | Self::Doctor(_)
            | Self::Edit(_)
            | Self::Explain(_)
            | Self::Export(_)
            | Self::Init(_)
            | Self::Plan(_)
            | Self::Pull(_) => true,
            Self::Completions(_)
            | Self::Emulator(_)
            | Self::Help(_)
            | Self::Man(_)
            | Self::Schema(_)
            | Self::Show(_)
            | Self::Validate(_) => false,
        }
    }
}
