//! `ufsync pull`

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::args::{ManifestArgs, ServerArgs, pattern};
use super::change;
use super::changed::{Changed, changed, texts};
use super::connection::{Connection, Expected, Intent};
use super::exit::{Exit, Failure};
use super::refusal::Refusal;
use super::ui::Ui;
use super::{load, snapshot};
use crate::manifest::edit::edit;
use crate::manifest::{self, Input};
use crate::model::{Desired, Live};
use crate::observe::{self, Need};
use crate::plan::{Address, Pattern, Plan, Policy, Selection};
use crate::pull::{Gone, Pulled, Stays, left_over, wishes};
use crate::report::safe;
use crate::session;
use clap::{Args, ValueEnum};

/// Take live changes into the manifest, and leave everything else in its files as it is.
///
/// It shows the difference and asks. What can't be written at its place is named, with the reason: a role that a group grants, a
/// value from a variable, an alias or an overlay, an address that was changed, what no entry mentions.
#[derive(Args, Debug)]
pub(super) struct PullArgs {
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
    /// What becomes of entries whose records are gone [default: they stay, and are named].
    #[arg(long, value_enum, value_name = "WHAT")]
    gone: Option<GoneArg>,
    /// Pull from what `ufsync export --snapshot` wrote, without a server or a key.
    #[arg(long, value_name = "SNAPSHOT", conflicts_with_all = ["sandbox", "api_key_file"])]
    live: Option<PathBuf>,
    /// Write without asking.
    #[arg(long)]
    yes: bool,
    /// Write nothing; exit with 2 where there is something to pull.
    #[arg(long, conflicts_with = "yes")]
    check: bool,
    #[command(flatten)]
    server: ServerArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum GoneArg {
    /// The entry is taken out
    Remove,
    /// The entry says `state: absent`
    Absent,
}

pub(super) fn run(args: &PullArgs, ui: &mut Ui) -> Result<Exit, Failure> {
    let given = args.manifest.with(&args.paths);
    let input = load::input(&given)?;
    let old = texts(&input.files)?;
    let desired = load::checked(manifest::load(input.clone()), ui)?;
    let live = live(args, desired)?;
    // Nothing is done to the server: what a plan would ask of a person does not matter.
    let policy = Policy {
        allow_prune_all: true,
        allow_temporary_address: true,
        rename_check: false,
        selection: Selection {
            target: args.target.clone(),
            exclude: args.exclude.clone(),
        },
    };
    let plan = session::compare(desired, &live, &policy).map_err(Failure::of)?;
    let gone = match args.gone {
        None => Gone::Keep,
        Some(GoneArg::Remove) => Gone::Remove,
        Some(GoneArg::Absent) => Gone::Absent,
    };
    let (pulled, mut stays) = wishes(desired, &plan, gone);
    let edited = settled(&old, pulled, &mut stays, |texts| {
        verify(&input, texts, &live, &policy, &plan, ui)
    })?;
    let changed = changed(&input.files, &edited);
    show(&changed, &stays, ui)?;
    if changed.is_empty() {
        return Ok(Exit::Done);
    }
    if args.check {
        return Ok(Exit::Changes);
    }
    change::write(&changed, args.yes, ui)?;
    Ok(Exit::Done)
}

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
    loop {
        let mut left = stays.clone();
        let texts = edited(texts, &pulled, &mut left);
        let differing = verify(&texts)?;
        let is_told = |address: &Address| left.iter().any(|it| it.address == *address);
        let in_vain: BTreeSet<Address> = pulled
            .iter()
            .map(|it| &it.address)
            .filter(|address| differing.contains(*address) && !is_told(address))
            .cloned()
            .collect();
        if in_vain.is_empty() {
            *stays = left;
            return Ok(texts);
        }
        pulled.retain(|it| !in_vain.contains(&it.address));
        stays.extend(in_vain.into_iter().map(|address| Stays {
            address,
            why: "an overlay, a group or another place says otherwise".to_owned(),
        }));
    }
}

/// The texts as they are to be; what the editor leaves is noted.
fn edited(texts: &[String], pulled: &[Pulled], stays: &mut Vec<Stays>) -> Vec<String> {
    let list: Vec<_> = pulled.iter().map(|it| it.wish.clone()).collect();
    let (texts, left) = edit(texts, &list);
    for (number, why) in left {
        if let Some(pulled) = pulled.get(number) {
            stays.push(Stays {
                address: pulled.address.clone(),
                why: why.to_string(),
            });
        }
    }
    texts
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
    let mut again = input.clone();
    for (file, text) in again.files.iter_mut().zip(texts) {
        file.bytes = text.clone().into_bytes();
    }
    let desired = match manifest::load(again) {
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

fn show(changed: &[Changed<'_>], stays: &[Stays], ui: &mut Ui) -> Result<(), Failure> {
    change::show(changed, ui)?;
    // An address is told once, with the first reason.
    let mut told: BTreeSet<&Address> = BTreeSet::new();
    for it in stays.iter().filter(|it| told.insert(&it.address)) {
        ui.remark(format_args!("stays: {}: {}", it.address, safe(&it.why)));
    }
    if changed.is_empty() && stays.is_empty() {
        ui.remark("Nothing to pull: the manifest is what the workspace is.");
    } else if changed.is_empty() {
        ui.remark("Nothing that can be written.");
    }
    Ok(())
}
