//! What a shell offers at the Tab key: users, tenants, roles and groups of the manifest, codes, topics, environments. Each
//! argument says which (`add = complete::roles()`).
//!
//! Nothing is written, no server is asked, and a manifest with mistakes offers nothing.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Command;
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::CompleteEnv;

use crate::cli::args::vars::vars;
use crate::files;
use crate::files::ManifestReader;
use crate::guide::PAGES;
use crate::manifest;
use crate::manifest::Input;
use crate::model::Desired;
use crate::report::codes;

/// The variable by which the script of a shell asks what to offer. It holds the shell's name.
pub(crate) const ASKED: &str = "UFSYNC_COMPLETE";

/// Answers a shell, and ends the process, where one asks.
pub(crate) fn answer(command: fn() -> Command) {
    CompleteEnv::with_factory(command)
        .var(ASKED)
        .bin("ufsync")
        .complete();
}

pub(crate) fn users() -> ArgValueCandidates {
    of_manifest(user_names)
}

pub(crate) fn users_and_codes() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let users = read().map(|desired| user_names(&desired));
        offers(
            users
                .unwrap_or_default()
                .into_iter()
                .chain(codes().map(str::to_owned)),
        )
    })
}

pub(crate) fn tenants() -> ArgValueCandidates {
    of_manifest(handles)
}

/// Each with the `=` behind which its roles stand.
pub(crate) fn tenants_with_roles() -> ArgValueCandidates {
    of_manifest(|desired| {
        let handles = handles(desired).into_iter();
        handles.map(|handle| handle + "=").collect()
    })
}

pub(crate) fn roles() -> ArgValueCandidates {
    of_manifest(|desired| {
        let names = desired.role_names().into_iter();
        names.map(ToString::to_string).collect()
    })
}

pub(crate) fn groups() -> ArgValueCandidates {
    of_manifest(|desired| desired.groups.iter().map(ToString::to_string).collect())
}

/// The addresses of changes to users and tenants.
pub(crate) fn addresses() -> ArgValueCandidates {
    of_manifest(|desired| {
        let users = user_names(desired).into_iter();
        let tenants = handles(desired).into_iter();
        users
            .map(|user| format!("users/{user}"))
            .chain(tenants.map(|tenant| format!("tenants/{tenant}")))
            .collect()
    })
}

/// Pages of the guide, and commands.
pub(crate) fn topics(commands: Vec<String>) -> ArgValueCandidates {
    ArgValueCandidates::new(move || {
        let pages = PAGES.iter().map(|page| page.topic.to_owned());
        offers(pages.chain(commands.clone()))
    })
}

/// `prod` where there is an overlay `ufsync.prod.yaml` in the current folder.
pub(crate) fn environments() -> ArgValueCandidates {
    ArgValueCandidates::new(|| {
        let files = std::fs::read_dir(".").into_iter().flatten().flatten();
        let names = files.filter_map(|file| file.file_name().into_string().ok());
        offers(names.filter_map(|name| {
            let name = name.strip_prefix("ufsync.")?.strip_suffix(".yaml")?;
            Some(name.to_owned())
        }))
    })
}

fn user_names(desired: &Desired) -> Vec<String> {
    desired.users.keys().map(ToString::to_string).collect()
}

fn handles(desired: &Desired) -> Vec<String> {
    desired.tenants.keys().map(ToString::to_string).collect()
}

fn of_manifest(names: fn(&Desired) -> Vec<String>) -> ArgValueCandidates {
    ArgValueCandidates::new(move || {
        let names = read().map(|desired| names(&desired));
        offers(names.unwrap_or_default().into_iter())
    })
}

/// The manifest that the command line names, or that at the usual place.
fn read() -> Option<Desired> {
    let words = || std::env::args();
    let named = behind(words(), &["-f", "--file"]).map(PathBuf::from);
    let named: Vec<PathBuf> = named.collect();
    let allowed: Vec<String> = behind(words(), &["--allow-var"]).collect();
    let usual = files::USUAL.map(PathBuf::from);
    let paths = if named.is_empty() { &usual[..] } else { &named };
    // A pipe would be waited for.
    let mut there = paths.iter().filter_map(|path| path.metadata().ok());
    if there.any(|there| !there.is_file() && !there.is_dir()) {
        return None;
    }
    let files = ManifestReader::default().manifest(&named).ok()?;
    let input = Input {
        files,
        overlays: Vec::new(),
        vars: vars(&[], &allowed).ok()?,
        now: None,
    };
    manifest::load(input).ok().map(|(desired, _)| desired)
}

/// The values of an option that has these names: behind it, or behind a `=` of the long one.
fn behind(words: impl Iterator<Item = String>, option: &[&str]) -> impl Iterator<Item = String> {
    let mut is_value = false;
    words.filter_map(move |word| {
        let was_value = std::mem::replace(&mut is_value, option.contains(&&*word));
        if was_value {
            return Some(word);
        }
        let (name, value) = word.split_once('=')?;
        (name.starts_with("--") && option.contains(&name)).then(|| value.to_owned())
    })
}

/// What can be offered. A name from a stranger's manifest is put on the command line as it is: one that a shell would act on
/// is left out.
fn offers(names: impl Iterator<Item = String>) -> Vec<CompletionCandidate> {
    let is_plain = |name: &String| {
        let plain = |c: char| c.is_alphanumeric() || "@.-_+/:=%".contains(c);
        name.chars().all(plain) && !name.starts_with('-')
    };
    let names: BTreeSet<String> = names.filter(is_plain).collect();
    names.into_iter().map(CompletionCandidate::new).collect()
}
