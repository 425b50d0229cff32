//! The emulator's switches, as the command line lists them: so that no test keeps a list of its own.

use clap::{Args as _, Command, FromArgMatches as _};
use fastrand::Rng;
use ufsync::emulator::switches::Switches;

fn command() -> Command {
    Switches::augment_args(Command::new("switches"))
}

/// Each switch that has a choice of values, and the values.
pub(crate) fn choices() -> Vec<(String, Vec<String>)> {
    let command = command();
    let choices = command.get_arguments().filter_map(|argument| {
        let values = argument.get_possible_values();
        let names = values.iter().map(|value| value.get_name().to_owned());
        let names: Vec<String> = names.collect();
        (names.len() > 1).then(|| (argument.get_long().unwrap().to_owned(), names))
    });
    choices.collect()
}

/// The switches with these values.
pub(crate) fn with<'v>(values: impl IntoIterator<Item = (&'v str, &'v str)>) -> Switches {
    let arguments = values
        .into_iter()
        .map(|(name, value)| format!("--{name}={value}"));
    let arguments = std::iter::once("switches".to_owned()).chain(arguments);
    Switches::from_arg_matches(&command().get_matches_from(arguments)).unwrap()
}

/// A value of each, by chance.
pub(crate) fn random(random: &mut Rng) -> Switches {
    let choices = choices();
    let values = choices
        .iter()
        .map(|(name, values)| (name.as_str(), values[random.usize(..values.len())].as_str()));
    with(values)
}
