//! What a shell offers at the Tab key: users, tenants, roles and groups of the manifest, codes, topics, environments.
//!
//! Nothing is written, no server is asked, and a manifest with mistakes offers nothing.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Arg, Command, CommandFactory as _};
use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};
use clap_complete::env::CompleteEnv;

use crate::cli::args::load;
use crate::cli::command::Cli;
use crate::cli::commands::completions::ASKED;
use crate::files;
use crate::files::ManifestReader;
use crate::guide::PAGES;
use crate::manifest;
use crate::manifest::Input;
use crate::model::Desired;
use crate::report::codes;

/// Answers a shell, and ends the process, where one asks.
pub(crate) fn answer() {
    CompleteEnv::with_factory(command)
        .var(ASKED)
        .bin("ufsync")
        .complete();
}

/// The command line, with what can stand in each place.
fn command() -> Command {
    fn offering(command: Command) -> Command {
        let command = command.mut_args(|arg| match candidates(&arg) {
            Some(candidates) => arg.add(candidates),
            None => arg,
        });
        command.mut_subcommands(offering)
    }
    offering(Cli::command())
}

/// What an argument stands for says what is offered for it.
fn candidates(arg: &Arg) -> Option<ArgValueCandidates> {
    let [value] = arg.get_value_names()? else {
        return None;
    };
    Some(match (arg.get_id().as_str(), value.as_str()) {
        ("target" | "exclude", _) => of_manifest(plan_addresses),
        ("env", _) => ArgValueCandidates::new(environments),
        (_, "COMMAND|TOPIC") => ArgValueCandidates::new(topics),
        (_, "E-MAIL|CODE") => ArgValueCandidates::new(users_and_codes),
        (_, "E-MAIL") | ("user", _) => of_manifest(users),
        (_, "TENANT" | "HANDLE") => of_manifest(tenants),
        (_, "HANDLE=ROLE[,ROLE]") => of_manifest(tenants_with_roles),
        (_, "ROLE") => of_manifest(roles),
        (_, "GROUP") => of_manifest(groups),
        _ => return None,
    })
}

fn users(desired: &Desired) -> Vec<String> {
    desired.users.keys().map(ToString::to_string).collect()
}

fn users_and_codes() -> Vec<CompletionCandidate> {
    let users = read().map(|desired| users(&desired)).unwrap_or_default();
    offers(users.into_iter().chain(codes().map(str::to_owned)))
}

fn tenants(desired: &Desired) -> Vec<String> {
    desired.tenants.keys().map(ToString::to_string).collect()
}

/// Each with the `=` behind which its roles stand.
fn tenants_with_roles(desired: &Desired) -> Vec<String> {
    let handles = tenants(desired).into_iter();
    handles.map(|handle| handle + "=").collect()
}

fn roles(desired: &Desired) -> Vec<String> {
    let names = desired.role_names().into_iter();
    names.map(ToString::to_string).collect()
}

fn groups(desired: &Desired) -> Vec<String> {
    desired.groups.iter().map(ToString::to_string).collect()
}

fn plan_addresses(desired: &Desired) -> Vec<String> {
    let users = users(desired).into_iter();
    let tenants = tenants(desired).into_iter();
    users
        .map(|user| format!("users/{user}"))
        .chain(tenants.map(|tenant| format!("tenants/{tenant}")))
        .collect()
}

/// Pages of the guide, and commands.
fn topics() -> Vec<CompletionCandidate> {
    let pages = PAGES.iter().map(|page| page.topic.to_owned());
    let command = Cli::command();
    let commands = command.get_subcommands().map(|it| it.get_name().to_owned());
    offers(pages.chain(commands))
}

/// `prod` where there is an overlay `ufsync.prod.yaml` in the current folder.
fn environments() -> Vec<CompletionCandidate> {
    let files = std::fs::read_dir(".").into_iter().flatten().flatten();
    let names = files.filter_map(|file| file.file_name().into_string().ok());
    offers(names.filter_map(|name| {
        let name = name.strip_prefix("ufsync.")?.strip_suffix(".yaml")?;
        Some(name.to_owned())
    }))
}

fn of_manifest(names: fn(&Desired) -> Vec<String>) -> ArgValueCandidates {
    ArgValueCandidates::new(move || {
        let names = read().map(|desired| names(&desired));
        offers(names.unwrap_or_default().into_iter())
    })
}

/// The manifest that the command line names, or that at the usual place.
fn read() -> Option<Desired> {
    let named = named(std::env::args());
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
        vars: load::vars(&[]),
        now: None,
    };
    manifest::load(input).ok().map(|(desired, _)| desired)
}

/// The files that stand behind `-f` and `--file`.
fn named(words: impl Iterator<Item = String>) -> Vec<PathBuf> {
    let mut paths = Vec::new();
    let mut is_path = false;
    for word in words {
        if is_path {
            paths.push(PathBuf::from(&word));
        } else if let Some(path) = word.strip_prefix("--file=") {
            paths.push(path.into());
        }
        is_path = matches!(word.as_str(), "-f" | "--file");
    }
    paths
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
