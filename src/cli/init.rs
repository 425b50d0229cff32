//! `ufsync init`

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::exit::{Exit, Failure};
use super::files;
use super::refusal::Refusal;
use super::ui::Ui;
use crate::manifest;

/// Write a manifest to begin with, and the schema that editors complete and check it by.
///
/// Where a workspace exists, `ufsync export -o ufsync.yaml` writes what it has instead.
#[derive(Args, Debug)]
pub(super) struct InitArgs {
    /// The folder.
    #[arg(default_value = ".", value_name = "FOLDER")]
    folder: PathBuf,
    /// The id of the workspace; a key has it behind its level.
    #[arg(long, value_name = "ID", default_value = "demo1234")]
    workspace: String,
    /// Which of the workspace's two sets of data.
    #[arg(long, value_enum, value_name = "MODE", default_value_t)]
    mode: ModeArg,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum ModeArg {
    /// Test data
    #[default]
    Test,
    /// Live data: what is written there is real
    Live,
}

pub(super) fn run(args: &InitArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let manifest = args.folder.join("ufsync.yaml");
    let schema = args.folder.join("ufsync.schema.json");
    for path in [&manifest, &args.folder.join("ufsync")] {
        if path.symlink_metadata().is_ok() {
            let path = path.clone();
            return Err(Failure::Other(Box::new(Refusal::InitThere { path })));
        }
    }
    let schema_text = format!("{:#}\n", manifest::schema());
    if !schema.exists() {
        files::write(&schema, &schema_text)?;
    }
    files::write(&manifest, text(args))?;
    let told = |path: &Path| path.display().to_string();
    ui.remark(format_args!(
        "Wrote {} and {}. To try it without a server:\n  ufsync apply --sandbox -f {}",
        told(&manifest),
        told(&schema),
        told(&manifest)
    ));
    Ok(Exit::Done)
}

fn text(args: &InitArgs) -> String {
    let mode = match args.mode {
        ModeArg::Test => "test",
        ModeArg::Live => "live",
    };
    // Every character of an id is shown as it is, in quotes.
    let workspace = serde_json::Value::from(args.workspace.as_str());
    format!(
        "# yaml-language-server: $schema=ufsync.schema.json
version: 1
workspace: {workspace} # the run stops if the key belongs to another
mode: {mode}

tenants:
  acme: # a handle, for use in this manifest
    name: Acme Inc.

users:
  jane@example.com:
    name: Jane Doe
    roles: [member] # in the workspace, as a set: others are removed
    tenants: {{ acme: [owner] }}
"
    )
}
