//! `ufsync man`

use clap::CommandFactory as _;

use super::Cli;
use super::exit::{Exit, Failure};
use super::ui::Ui;

pub(super) fn run(ui: &mut Ui) -> Result<Exit, Failure> {
    ui.result(|out| clap_mangen::Man::new(Cli::command()).render(out))?;
    Ok(Exit::Done)
}
