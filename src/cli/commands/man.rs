//! `ufsync man`

use std::path::PathBuf;

use clap::{Args, Command};

use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::ui::Ui;
use crate::files;
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
        // The names of the pages are ours, and so no link may stand there.
        let unreadable = |error| FileError::unreadable(folder, error);
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let page = entry.map_err(unreadable)?.path();
            if page.extension().is_some_and(|extension| extension == "1") {
                files::no_links(folder, &page)?;
            }
        }
        clap_mangen::generate_to(command, folder)
            .map_err(|error| FileError::Unwritable { path, error })?;
        return Ok(Exit::Done);
    }
    ui.result(|out| clap_mangen::Man::new(command).render(out))?;
    Ok(Exit::Done)
}
