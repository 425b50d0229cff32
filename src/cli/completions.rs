//! `ufsync completions`

use clap::{Args, Command};
use clap_complete::Shell;

use super::exit::{Exit, Failure};
use super::ui::Ui;

/// Print a completion script for a shell.
#[derive(Args, Debug)]
pub(super) struct CompletionsArgs {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// The script for this command line.
pub(super) fn run(
    args: &CompletionsArgs,
    mut command: Command,
    ui: &mut Ui,
) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "ufsync", &mut script);
    ui.result(|out| out.write_all(&script))?;
    Ok(Exit::Done)
}
