//! `ufsync man`

use clap::Command;

use super::exit::{Exit, Failure};
use super::ui::Ui;

/// The page for this command line.
pub(super) fn run(command: Command, ui: &mut Ui) -> Result<Exit, Failure> {
    ui.result(|out| clap_mangen::Man::new(command).render(out))?;
    Ok(Exit::Done)
}
