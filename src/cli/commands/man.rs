//! `ufsync man`

use std::path::PathBuf;

use clap::{Args, Command};

use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::ui::Ui;
use crate::files::FileError;

/// Print the manual page, for packagers.
#[derive(Args, Debug)]
pub(crate) struct ManArgs {
    /// Write the page of ufsync and that of each command into this folder instead.
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// The page for this command line.
pub(crate) fn run(args: &ManArgs, command: Command, ui: &mut Ui) -> Result<Exit, Failure> {
    if let Some(folder) = &args.out {
        let path = folder.clone();
        clap_mangen::generate_to(command, folder)
            .map_err(|error| FileError::Unwritable { path, error })?;
        return Ok(Exit::Done);
    }
    ui.result(|out| clap_mangen::Man::new(command).render(out))?;
    Ok(Exit::Done)
}
