//! `ufsync validate`

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::args::load;
use crate::cli::args::options::ManifestArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::ui::Ui;
use crate::manifest;
use crate::model::Desired;
use crate::plan::{endings, wanted};
use crate::report::{count, ending, findings_json, github};

/// Check everything that can be checked without a network.
#[derive(Args, Debug)]
pub(crate) struct ValidateArgs {
    /// Files and folders of the manifest, as with --file.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    manifest: ManifestArgs,
    /// List the grants that have ended: once an apply has taken the roles, their lines can go.
    #[arg(long)]
    ended: bool,
    /// How findings are written: for people on stderr, as one JSON document on stdout, or as annotations of a workflow
    /// of GitHub Actions.
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// With the lines they are about.
    Human,
    /// With file, range, code, message and help, for editors and other tools.
    Json,
    /// Annotations on the lines, beside what people read.
    Github,
}

pub(crate) fn run(args: &ValidateArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let given = args.manifest.with(&args.paths);
    if args.format != Format::Human {
        let loaded = manifest::load(load::input(&given)?);
        if let Ok((desired, _)) = &loaded
            && broken(args.format, desired, ui)?
        {
            return Ok(Exit::Error);
        }
        let (Ok((_, findings)) | Err(findings)) = loaded;
        match args.format {
            Format::Json => ui.result(|out| findings_json(&findings, out))?,
            _ => ui.commands(|out| github::findings(&findings, out))?,
        }
        if findings.errors() > 0 && args.format == Format::Github {
            return Err(Failure::Manifest(findings));
        }
        return Ok(if findings.errors() > 0 {
            Exit::Error
        } else {
            Exit::Done
        });
    }
    let desired = load::manifest(&given, ui)?;
    wanted(desired).map_err(Failure::Plan)?;
    if args.ended {
        let endings = endings(desired).into_iter();
        let ended: Vec<String> = endings
            .filter(|it| it.ended)
            .map(|it| ending(&it))
            .collect();
        ui.document(|out| ended.iter().try_for_each(|line| writeln!(out, "{line}")))?;
        if !ended.is_empty() {
            ui.remark("`ufsync edit remove-ended` takes these out.");
        }
    }
    let entries = desired
        .users
        .values()
        .filter(|user| !user.mentioned_only)
        .count();
    let counts = [
        count(desired.sources.len(), "file"),
        count(entries, "user"),
        count(desired.tenants.len(), "tenant"),
    ];
    ui.result(|out| writeln!(out, "The manifest is valid: {}.", counts.join(", ")))?;
    Ok(Exit::Done)
}

/// Reports rules that the manifest breaks by itself, and says whether there are any.
fn broken(format: Format, desired: &Desired, ui: &mut Ui) -> Result<bool, Failure> {
    let Err(findings) = wanted(desired) else {
        return Ok(false);
    };
    if format == Format::Json {
        ui.result(|out| findings_json(&findings, out))?;
        return Ok(true);
    }
    ui.commands(|out| github::findings(&findings, out))?;
    Err(Failure::Plan(findings))
}
