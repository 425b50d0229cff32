//! `ufsync init`
#![expect(
    clippy::disallowed_methods,
    reason = "what is there is compared with what would be written"
)]

use std::path::PathBuf;

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
    /// Also write workflows that plan, apply, tell of drift and pull; `ufsync help ci` says what else they need.
    #[arg(long, value_enum, value_name = "SYSTEM")]
    ci: Option<Ci>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Ci {
    /// GitHub Actions
    Github,
    /// GitLab CI
    Gitlab,
}

/// A file of `examples/ci`.
macro_rules! example {
    ($path:literal) => {
        include_str!(concat!("../../examples/ci/", $path))
    };
}

const GITHUB: [(&str, &str); 7] = [
    (
        ".github/actions/setup-ufsync/action.yml",
        example!("github/setup-ufsync/action.yml"),
    ),
    (".github/workflows/plan.yml", example!("github/plan.yml")),
    (".github/workflows/apply.yml", example!("github/apply.yml")),
    (".github/workflows/drift.yml", example!("github/drift.yml")),
    (".github/workflows/pull.yml", example!("github/pull.yml")),
    (".github/workflows/ended.yml", example!("github/ended.yml")),
    (".github/CODEOWNERS", CODEOWNERS),
];
const GITLAB: [(&str, &str); 2] = [
    (".gitlab-ci.yml", example!("gitlab/.gitlab-ci.yml")),
    ("CODEOWNERS", CODEOWNERS),
];
const CODEOWNERS: &str = "\
# Who has to approve a change of who may log in and who is an admin. Put your team here and take out the `#`.
# ufsync.yaml @your-organisation/platform
";
const IGNORED: &str = "\
# Saved plans, reports, snapshots and ways back: they hold personal data.
plan.json
plan.json.applied
report.json
live.json
undo.yaml
";

impl Ci {
    fn files(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Github => &GITHUB,
            Self::Gitlab => &GITLAB,
        }
    }
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
    let manifest_text = text(args);
    let mut new = vec![(manifest.clone(), manifest_text.as_str())];
    let workflows = args.ci.map_or(&[][..], Ci::files).iter();
    new.extend(workflows.map(|(path, text)| (args.folder.join(path), *text)));
    let folder = args.folder.join("ufsync");
    // A run that broke off is finished by the next: what it wrote is no obstacle.
    let is_other = |path: &PathBuf, text: &str| {
        path.symlink_metadata().is_ok()
            && std::fs::read(path).ok().as_deref() != Some(text.as_bytes())
    };
    let mut others = new.iter().filter(|(path, text)| is_other(path, text));
    let other = others.next().map(|(path, _)| path);
    let other = other.or(Some(&folder).filter(|folder| folder.symlink_metadata().is_ok()));
    if let Some(path) = other.cloned() {
        return Err(Failure::Other(Box::new(Refusal::InitThere { path })));
    }
    let schema = format!("{:#}\n", manifest::schema());
    // What a repository has already stays.
    for (name, text) in [
        ("ufsync.schema.json", schema.as_str()),
        (".gitignore", IGNORED),
    ] {
        let path = args.folder.join(name);
        if !path.exists() {
            new.push((path, text));
        }
    }
    for (path, text) in &new {
        files::make_folders(&args.folder, path)?;
        files::write(path, text)?;
        ui.remark(format_args!("Wrote {}.", path.display()));
    }
    let shown = manifest.display();
    ui.remark(format_args!(
        "To try it without a server:\n  ufsync apply --sandbox -f {shown}"
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
