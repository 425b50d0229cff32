//! `ufsync init`
#![expect(
    clippy::disallowed_methods,
    reason = "what is there is compared with what would be written"
)]

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::cli::args::connection;
use crate::cli::args::options::ServerArgs;
use crate::cli::cli_error::CliError;
use crate::cli::commands::export;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::ui::Ui;
use crate::files;
use crate::files::New;
use crate::manifest;
use crate::model::TenantId;

/// Write a manifest to begin with, and the schema that editors complete and check it by.
///
/// With a key, the manifest says what the workspace has, as `ufsync export` would; without one, or with --workspace, it is a small
/// example.
#[derive(Args, Debug)]
pub(crate) struct InitArgs {
    /// The folder.
    #[arg(default_value = ".", value_name = "FOLDER")]
    folder: PathBuf,
    /// An example for the workspace with this id; a key has it behind its level [default: demo1234]
    #[arg(long, value_name = "ID")]
    workspace: Option<String>,
    /// Which of the workspace's two sets of data the example is for.
    #[arg(long, value_enum, value_name = "MODE", default_value_t)]
    mode: ModeArg,
    /// Also write workflows that plan, apply, tell of drift and pull; `ufsync help ci` says what else they need.
    #[arg(long, value_enum, value_name = "SYSTEM")]
    ci: Option<Ci>,
    #[command(flatten)]
    server: ServerArgs,
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
        include_str!(concat!("../../../examples/ci/", $path))
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
/// What workflows of earlier builds ask of the exit code of `plan`, which was 3 for blocked changes too.
const EARLIER: [&str; 4] = [
    "$code -ne 0 && $code -ne 3 ]]",
    "[ \"$code\" -ne 3 ]; then",
    "2 | 3)",
    "grep -q '^  \"brokenGuards\": \\[\\]' plan.json",
];
const CODEOWNERS: &str = "\
# Who has to approve a change of who may log in and who is an admin. Put your team here and take out the `#`.
# ufsync.yaml @your-organisation/platform
";
const IGNORED: &str = "\
# Saved plans, reports, snapshots, undo files and journals: they hold personal data.
plan.json
*.applied
report.json
live.json
undo.json
*.jsonl
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

pub(crate) fn run(args: &InitArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    if let Some(workspace) = &args.workspace
        && !TenantId::is_workspace(workspace)
    {
        let workspace = workspace.clone();
        return Err(Failure::Usage(Box::new(CliError::InitWorkspace {
            workspace,
        })));
    }
    let manifest = args.folder.join("ufsync.yaml");
    let is_live = args.workspace.is_none() && connection::is_named(&args.server);
    let workflows = args.ci.map_or(&[][..], Ci::files).iter();
    let workflows = workflows.map(|(path, text)| (args.folder.join(path), Cow::Borrowed(*text)));
    let mut new: Vec<(PathBuf, Cow<'static, str>)> = workflows.collect();
    let made_up = [&manifest, &args.folder.join(".gitignore")];
    let schema = args.folder.join(export::SCHEMA);
    let made_up = made_up.into_iter().chain([&schema]);
    for path in new.iter().map(|(path, _)| path).chain(made_up) {
        files::no_links(&args.folder, path)?;
    }
    warn_of_earlier(&args.folder, ui);
    for (path, text) in &new {
        refuse_other(path, Some(text))?;
    }
    // Workflows may come to a manifest that is there.
    let folder = args.folder.join("ufsync");
    let has_manifest = [&manifest, &folder]
        .into_iter()
        .any(|path| path.symlink_metadata().is_ok());
    let mut exit = Exit::Done;
    if args.ci.is_none() || !has_manifest {
        let small = example(args);
        refuse_other(&folder, None)?;
        refuse_other(&manifest, Some(small.as_str()).filter(|_| !is_live))?;
        let text = if is_live {
            let (text, left) = export::whole(&args.server, ui)?;
            exit = left;
            text
        } else {
            small
        };
        let text_of_schema = format!("{:#}\n", manifest::schema());
        add(&mut new, schema, text_of_schema.into(), ui);
        new.push((manifest.clone(), text.into()));
    }
    let ignored = args.folder.join(".gitignore");
    if !add(&mut new, ignored, IGNORED.into(), ui) {
        let names = IGNORED.lines().skip(1).collect::<Vec<_>>().join(" ");
        ui.remark(format_args!(
            "Keep what holds personal data out of git: {names}"
        ));
    }
    // The manifest comes last: where something fails before, it is no obstacle to another run.
    for (path, text) in &new {
        files::write_inside(&args.folder, path, text.as_bytes(), New::All)?;
        ui.remark(format_args!("Wrote {}.", path.display()));
    }
    let shown = files::quoted(&manifest);
    if is_live {
        ui.remark(format_args!(
            "It says what the workspace has:\n  ufsync plan -f {shown}"
        ));
    } else {
        ui.remark(format_args!(
            "To try it without a server:\n  ufsync apply --sandbox -f {shown}"
        ));
    }
    Ok(exit)
}

/// Names the workflows that do not know the exit code 6.
fn warn_of_earlier(folder: &Path, ui: &mut Ui) {
    for (path, _) in GITHUB.iter().chain(&GITLAB) {
        let path = folder.join(path);
        let is_file = path.symlink_metadata().is_ok_and(|found| found.is_file());
        let text = is_file.then(|| std::fs::read_to_string(&path));
        if let Some(Ok(text)) = text
            && EARLIER.iter().any(|line| text.contains(line))
        {
            ui.remark(format_args!(
                "{} is of an earlier ufsync: where changes are blocked, `plan` now exits with 6, no longer with 3. Copy the new \
                 file: `ufsync init --ci` writes it into an empty folder.",
                path.display()
            ));
        }
    }
}

/// Adds a file, unless there is one already, which stays. Says whether it was added.
fn add(
    new: &mut Vec<(PathBuf, Cow<'static, str>)>,
    path: PathBuf,
    text: Cow<'static, str>,
    ui: &mut Ui,
) -> bool {
    if path.symlink_metadata().is_err() {
        new.insert(0, (path, text));
        return true;
    }
    if refuse_other(&path, Some(&text)).is_err() {
        ui.remark(format_args!(
            "{} is there already, and stays.",
            path.display()
        ));
        return false;
    }
    true
}

/// Refuses a path where something stands that is not this text. A run that broke off is finished by the next: what it wrote is no
/// obstacle.
fn refuse_other(path: &Path, text: Option<&str>) -> Result<(), Failure> {
    let is_there = path.symlink_metadata().is_ok();
    let is_same = || text.is_some() && std::fs::read_to_string(path).ok().as_deref() == text;
    if is_there && !is_same() {
        let path = path.to_owned();
        return Err(Failure::Other(Box::new(CliError::InitThere { path })));
    }
    Ok(())
}

fn example(args: &InitArgs) -> String {
    let mode = match args.mode {
        ModeArg::Test => "test",
        ModeArg::Live => "live",
    };
    // Every character of an id is shown as it is, in quotes.
    let workspace = serde_json::Value::from(args.workspace.as_deref().unwrap_or("demo1234"));
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

# What each file may say, once every tenant has one of its own, in a folder ufsync/. `ufsync help access` explains the keys.
# restrictions:
#   - files: tenants/acme.yaml
#     tenants: [{{ handle: acme, name: Acme Inc. }}]
#     roles: [owner]
#     users: [\"*@acme.example\"]
#   - {{ files: users.yaml, everything: true }}
"
    )
}
