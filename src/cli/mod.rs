//! The command line: arguments in, an exit code out. Everything else is called from here, and nothing calls back.

mod applied;
pub(crate) mod args;
mod base_manifest;
mod blame;
mod carry_out;
mod cli_error;
mod command;
pub(crate) mod commands;
mod exit;
mod journal;
mod left_out;
mod plan_file;
mod planning;
mod probe;
mod read_ahead;
mod rehearse;
mod table_mistake;
pub(crate) mod terminal;
mod text_diff;

pub use crate::cli::command::Cli;
pub use crate::cli::exit::Exit;
use commands::{
    access, api, apply, completions, doctor, edit, emulator, explain, export, help, init, man,
    plan, pull, schema, show, validate,
};

use std::io::Write as _;
use std::process::ExitCode;

use anstream::{AutoStream, ColorChoice};
use clap::{CommandFactory as _, Parser as _};

use crate::cli::command::Command;
use crate::cli::exit::Failure;
use crate::cli::terminal::ui::Ui;
use crate::report::{clean, without_keys};

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    args::complete::answer(command::completed);
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&args::hint::with_hint(error)),
    };
    let mut ui = Ui::new(&cli.global);
    if cli.command.may_wait() {
        ui.interrupt.listen();
    }
    match run(cli, &mut ui) {
        Ok(exit) => exit.into(),
        Err(failure) => ui.fail(&failure).into(),
    }
}

/// Clap's own messages: help and version are no mistakes, everything else is wrong usage.
fn usage(error: &clap::Error) -> ExitCode {
    let exit = if error.use_stderr() {
        Exit::Usage
    } else {
        Exit::Done
    };
    // An argument may be the key, by mistake, and a message repeats it.
    let (out, err) = (std::io::stdout(), std::io::stderr());
    let color = if error.use_stderr() {
        AutoStream::choice(&err)
    } else {
        AutoStream::choice(&out)
    };
    let text = match color {
        ColorChoice::Never => error.render().to_string(),
        _ => error.render().ansi().to_string(),
    };
    let text = without_keys(&text);
    let text = clean(&text);
    // If the terminal is gone, there is nowhere to print to.
    drop(if error.use_stderr() {
        err.lock().write_all(text.as_bytes())
    } else {
        out.lock().write_all(text.as_bytes())
    });
    exit.into()
}

fn run(cli: Cli, ui: &mut Ui) -> Result<Exit, Failure> {
    match cli.command {
        Command::Access(args) => access::run(&args, ui),
        Command::Init(args) => init::run(&args, ui),
        Command::Plan(args) => plan::run(&args, ui),
        Command::Show(args) => show::run(&args, ui),
        Command::Apply(args) => apply::run(&args, ui),
        Command::Export(args) => export::run(&args, ui),
        Command::Edit(args) => edit::run(&args, ui),
        Command::Pull(args) => pull::run(&args, ui),
        Command::Explain(args) => explain::run(&args, ui),
        Command::Doctor(args) => doctor::run(&args, ui),
        Command::Api(args) => api::run(&args, ui),
        Command::Validate(args) => validate::run(&args, ui),
        Command::Emulator(args) => emulator::run(*args, ui),
        Command::Schema(args) => schema::run(&args, ui),
        Command::Completions(args) => completions::run(&args, ui),
        Command::Help(args) => help::run(&args, Cli::command(), ui),
        Command::Man(args) => man::run(&args, Cli::command(), ui),
    }
}
