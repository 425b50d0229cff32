//! `ufsync pull`

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::cli::args::connection::{Connection, Expected, Intent};
use crate::cli::args::options::{ManifestArgs, ServerArgs, pattern};
use crate::cli::args::{load, snapshot};
use crate::cli::exit::{Exit, Failure};
use crate::cli::refusal::Refusal;
use crate::cli::terminal::ui::Ui;
use crate::cli::text_diff;
use crate::files;
use crate::manifest;
use crate::manifest::Input;
use crate::manifest::edit::{Rewrite, edit};
use crate::model::{Desired, Live};
use crate::observe;
use crate::observe::Need;
use crate::plan;
use crate::plan::{Address, Pattern, Plan, Policy, Selection, Unmentioned};
use crate::pull::{Gone, PullDocument, Pulled, Stays, adopt, left_over, wishes};
use crate::report;
use crate::report::{count, safe};
use crate::session;
use clap::{Args, ValueEnum};

/// Take live changes into the manifest, and leave everything else in its files as it is.
///
/// It shows the difference and asks. What can't be written at its place is named, with the reason: a role that a group grants, a
/// value from a variable, an alias or an overlay, an address that was changed, what no entry mentions.
#[derive(Args, Debug)]
pub(crate) struct PullArgs {
    /// Files and folders of the manifest, as with --file.
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    manifest: ManifestArgs,
    /// Only the changes at these addresses and below them; may be repeated.
    #[arg(long, value_name = "GLOB", value_parser = pattern)]
    target: Vec<Pattern>,
    /// Not the changes at these addresses and below them; may be repeated.
    #[arg(long, value_name = "GLOB", value_parser = pattern)]
    exclude: Vec<Pattern>,
    /// What becomes of entries whose records are gone [default: a question at a terminal, otherwise they stay and are named].
    #[arg(long, value_enum, value_name = "WHAT")]
    gone: Option<GoneArg>,
    /// Take in users, tenants and roles that no entry mentions, by their addresses as `ufsync plan --unmanaged` shows them; may
    /// be repeated.
    #[arg(long, value_name = "GLOB", value_parser = pattern)]
    adopt: Vec<Pattern>,
    /// The file that gets what is adopted; needed where the manifest is several files.
    #[arg(long, value_name = "FILE", requires = "adopt")]
    into: Option<PathBuf>,
    /// Pull from what `ufsync export --snapshot` wrote, without a server or a key.
    #[arg(long, value_name = "SNAPSHOT", conflicts_with_all = ["sandbox", "api_key_file"])]
    live: Option<PathBuf>,
    /// Write without asking.
    #[arg(long)]
    yes: bool,
    /// Write nothing; exit with 2 where there is something to pull.
    #[arg(long, conflicts_with = "yes")]
    check: bool,
    /// Output format.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    format: PullFormat,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
enum PullFormat {
    /// The difference, as `diff -u` shows it
    #[default]
    Human,
    /// One JSON document; `ufsync schema pull` describes it
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum GoneArg {
    /// The entry is taken out
    Remove,
    /// The entry says `state: absent`
    Absent,
}

pub(crate) fn run(args: &PullArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let given = args.manifest.with(&args.paths);
    let input = load::input(&given)?;
    let old =
        files::editable_texts(&input.files).map_err(|error| Failure::Usage(Box::new(error)))?;
    let into = into(args, &input)?;
    let desired = load::checked(manifest::load(input.clone()), ui)?;
    let live = live(args, desired)?;
    // Nothing is done to the server: what a plan would ask of a person does not matter.
    let policy = Policy {
        list_unmanaged: !args.adopt.is_empty(),
        allow_prune_all: true,
        allow_temporary_address: true,
        rename_check: true,
        selection: Selection {
            target: args.target.clone(),
            exclude: args.exclude.clone(),
            only_ended: false,
        },
    };
    let plan = session::compare(desired, &live, &policy).map_err(Failure::of)?;
    let (adopted, left) = adopted(args, desired, &live, &plan, into)?;
    let gone = gone(args, &plan, ui)?;
    let (mut pulled, mut stays) = wishes(desired, &old, &plan, gone);
    let is_adopted = |address: &Address| adopted.iter().any(|it| it.address == *address);
    stays.retain(|it| !is_adopted(&it.address));
    stays.extend(left);
    pulled.extend(adopted);
    let edited = settled(&old, pulled, &mut stays, |texts| {
        verify(&input, texts, &live, &policy, &plan, ui)
    })?;
    let rewrites = session::rewrites(&input.files, &edited);
    // An address is told once, with the first reason.
    let mut told: BTreeSet<Address> = BTreeSet::new();
    stays.retain(|it| told.insert(it.address.clone()));
    show(args.format, &rewrites, &stays, ui)?;
    if args.check && !rewrites.is_empty() {
        return Ok(Exit::Changes);
    }
    if !rewrites.is_empty() {
        text_diff::write(&rewrites, args.yes, ui)?;
    }
    Ok(if stays.is_empty() {
        Exit::Done
    } else {
        Exit::Partial
    })
}

/// The place among the files of the one that gets what is adopted.
fn into(args: &PullArgs, input: &Input) -> Result<Option<usize>, Failure> {
    if let Some(path) = &args.into {
        return Ok(files::position(&input.files, path).map(Some)?);
    }
    if !args.adopt.is_empty() && input.files.len() > 1 {
        return Err(Failure::Usage(Box::new(Refusal::AdoptInto)));
    }
    Ok(None)
}

/// What is adopted, and what of it is not.
fn adopted(
    args: &PullArgs,
    desired: &Desired,
    live: &Live,
    plan: &Plan,
    into: Option<usize>,
) -> Result<(Vec<Pulled>, Vec<Stays>), Failure> {
    if args.adopt.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let unmentioned = plan.unmanaged.iter().flat_map(|it| &it.list);
    let addresses = unmentioned.map(|it| (it.address.to_string(), it));
    let addresses: Vec<(String, &Unmentioned)> = addresses.collect();
    for pattern in &args.adopt {
        if !addresses
            .iter()
            .any(|(address, _)| pattern.matches(address))
        {
            return Err(Failure::Other(Box::new(Refusal::AdoptNothing {
                pattern: pattern.to_string(),
            })));
        }
    }
    let is_chosen = |address: &str| args.adopt.iter().any(|pattern| pattern.matches(address));
    let chosen = addresses.iter().filter(|(address, _)| is_chosen(address));
    let chosen: Vec<&Unmentioned> = chosen.map(|(_, it)| *it).collect();
    let handles = plan::handles(desired, live);
    // Roles that stand in a tenant only because they are held above it are no entry's.
    let live = live.clone();
    Ok(adopt(desired, &live, handles, &chosen, into))
}

/// What becomes of entries whose records are gone. Where nobody said it, a person is asked.
fn gone(args: &PullArgs, plan: &Plan, ui: &mut Ui) -> Result<Gone, Failure> {
    match args.gone {
        Some(GoneArg::Remove) => return Ok(Gone::Remove),
        Some(GoneArg::Absent) => return Ok(Gone::Absent),
        None => {}
    }
    let created = plan.steps.iter().filter(|step| step.change.creates());
    let created: Vec<String> = created.map(|step| step.address.to_string()).collect();
    if created.is_empty() || args.yes || args.check || !Ui::is_interactive() {
        return Ok(Gone::Keep);
    }
    let listed = created.iter().take(NAMED).map(|it| safe(it));
    let listed = listed.collect::<Vec<_>>().join("\n  ");
    ui.remark(format_args!(
        "{} of the manifest {} gone from the server:\n  {listed}",
        count(created.len(), "record"),
        if created.len() == 1 { "is" } else { "are" },
    ));
    let question =
        "Remove the entries, write `state: absent` into them, or keep them? [remove/absent/KEEP] ";
    Ok(match ui.ask(question)?.as_str() {
        "r" | "remove" => Gone::Remove,
        "a" | "absent" => Gone::Absent,
        _ => Gone::Keep,
    })
}

/// How many records are named one by one.
const NAMED: usize = 10;

fn live(args: &PullArgs, desired: &Desired) -> Result<Live, Failure> {
    if let Some(path) = &args.live {
        return snapshot::live(path, desired);
    }
    let connection = Connection::open(&args.server, &Expected::by_manifest(desired), Intent::Read)?;
    let everything = Need::everything();
    let live = observe::live(&connection.client, &everything);
    Ok(connection.runtime.block_on(live)?)
}

/// The texts as they are to be, with nothing in them that has no effect: where an overlay or another place says otherwise, the
/// change stays.
fn settled(
    texts: &[String],
    mut pulled: Vec<Pulled>,
    stays: &mut Vec<Stays>,
    mut verify: impl FnMut(&[String]) -> Result<BTreeSet<Address>, Failure>,
) -> Result<Vec<String>, Failure> {
    let is_told =
        |stays: &[Stays], address: &Address| stays.iter().any(|it| it.address == *address);
    loop {
        let (texts, left) = edited(texts, &pulled);
        let broken: BTreeSet<Address> = left
            .iter()
            .filter(|(_, together)| *together)
            .map(|(it, _)| it.address.clone())
            .collect();
        let mut all = stays.clone();
        all.extend(left.into_iter().map(|(it, _)| it));
        if !broken.is_empty() {
            pulled.retain(|it| !broken.contains(&it.address));
            stays.extend(all.into_iter().filter(|it| broken.contains(&it.address)));
            continue;
        }
        let differing = verify(&texts)?;
        let in_vain: BTreeSet<Address> = pulled
            .iter()
            .map(|it| &it.address)
            .filter(|address| differing.contains(*address) && !is_told(&all, address))
            .cloned()
            .collect();
        if in_vain.is_empty() {
            *stays = all;
            return Ok(texts);
        }
        pulled.retain(|it| !in_vain.contains(&it.address));
        stays.extend(in_vain.into_iter().map(|address| Stays {
            address,
            why: "an overlay, a group or another place says otherwise".to_owned(),
        }));
    }
}

/// The texts as they are to be, and what the editor leaves, each with whether it was one of several that belong together.
fn edited(texts: &[String], pulled: &[Pulled]) -> (Vec<String>, Vec<(Stays, bool)>) {
    let list: Vec<_> = pulled.iter().map(|it| it.wish.clone()).collect();
    let (texts, left) = edit(texts, &list);
    let left = left.into_iter().filter_map(|(number, why)| {
        let pulled = pulled.get(number)?;
        let stays = Stays {
            address: pulled.address.clone(),
            why: why.to_string(),
        };
        Some((stays, pulled.together))
    });
    (texts, left.collect())
}

/// Reads the new texts and plans again: nothing may be different that was not. The addresses that still are.
fn verify(
    input: &Input,
    texts: &[String],
    live: &Live,
    policy: &Policy,
    before: &Plan,
    ui: &mut Ui,
) -> Result<BTreeSet<Address>, Failure> {
    let desired = match manifest::load(input.with_texts(texts)) {
        Ok((desired, _)) => desired,
        Err(findings) => {
            ui.remark("The changes that the server has do not fit the rest of the manifest; nothing was written:");
            return Err(Failure::Manifest(findings));
        }
    };
    let after = session::compare(&desired, live, policy).map_err(Failure::of)?;
    let (known, new) = left_over(before, &after);
    if let Some(address) = new.first() {
        return Err(Failure::Other(Box::new(Refusal::PullUnfit {
            address: address.to_string(),
        })));
    }
    Ok(known.into_iter().cloned().collect())
}

fn show(
    format: PullFormat,
    rewrites: &[Rewrite],
    stays: &[Stays],
    ui: &mut Ui,
) -> Result<(), Failure> {
    if format == PullFormat::Json {
        let files = rewrites.iter();
        let files = files.map(|it| (it.file.clone(), text_diff::diff(it)));
        let document = PullDocument::new(files, stays);
        return ui.document(|out| report::json::document(&document, out));
    }
    text_diff::show(rewrites, ui)?;
    for it in stays {
        ui.remark(format_args!("stays: {}: {}", it.address, safe(&it.why)));
    }
    if rewrites.is_empty() && stays.is_empty() {
        ui.remark("Nothing to pull: the manifest is what the workspace is.");
    } else if rewrites.is_empty() {
        ui.remark("Nothing that can be written.");
    }
    Ok(())
}
