//! `ufsync validate`

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use miette::Diagnostic;
use thiserror::Error;

use crate::cli::args::load;
use crate::cli::args::options::ManifestArgs;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::ui::Ui;
use crate::manifest::{self, Input, ManifestError};
use crate::model::{Finding, Findings};
use crate::plan::{PlanError, endings, wanted};
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
        return for_tools(args.format, load::input(&given)?, ui);
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
            ui.remark("`ufsync edit remove-ended` takes out those whose role an apply revokes without the line too.");
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

/// A mistake of the manifest, or a rule that it breaks by itself.
#[derive(Debug, Error, Diagnostic)]
enum Wrong {
    #[error(transparent)]
    #[diagnostic(transparent)]
    Manifest(ManifestError),
    #[error(transparent)]
    #[diagnostic(transparent)]
    Rule(PlanError),
}

fn for_tools(format: Format, input: Input, ui: &mut Ui) -> Result<Exit, Failure> {
    let (found, failure) = match manifest::load(input) {
        Ok((desired, warnings)) => {
            let broken = wanted(&desired).err();
            let rules = broken.iter().flat_map(|rules| of(&rules.list, Wrong::Rule));
            let found = of(&warnings.list, Wrong::Manifest).chain(rules).collect();
            (
                Findings::new(found, warnings.sources),
                broken.map(Failure::Plan),
            )
        }
        Err(mistakes) => {
            let found = of(&mistakes.list, Wrong::Manifest).collect();
            (
                Findings::new(found, mistakes.sources.clone()),
                Some(Failure::Manifest(mistakes)),
            )
        }
    };
    match format {
        Format::Json => ui.result(|out| findings_json(&found, out))?,
        _ => ui.commands(|out| github::findings(&found, out))?,
    }
    match failure {
        None => Ok(Exit::Done),
        // The document says it all.
        Some(_) if format == Format::Json => Ok(Exit::Error),
        Some(failure) => Err(failure),
    }
}

fn of<M: Clone>(
    list: &[Finding<M>],
    wrong: fn(M) -> Wrong,
) -> impl Iterator<Item = Finding<Wrong>> {
    list.iter().map(move |finding| Finding {
        mistake: wrong(finding.mistake.clone()),
        origin: finding.origin,
        related: finding.related.clone(),
    })
}
