//! `ufsync validate`

use clap::Args;

use super::args::ManifestArgs;
use super::exit::{Exit, Failure};
use super::load;
use super::ui::Ui;
use crate::report::human::count;

/// Check everything that can be checked without a network.
#[derive(Args, Debug)]
pub(super) struct ValidateArgs {
    #[command(flatten)]
    manifest: ManifestArgs,
}

pub(super) fn run(args: &ValidateArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let desired = load::manifest(&args.manifest, ui)?;
    let counts = [
        count(desired.sources.len(), "file"),
        count(desired.users.len(), "user"),
        count(desired.tenants.len(), "tenant"),
    ];
    ui.result(|out| writeln!(out, "The manifest is valid: {}.", counts.join(", ")))?;
    Ok(Exit::Done)
}
