//! `ufsync help`

use clap::Args;

use crate::cli::cli_error::CliError;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::ui::Ui;
use crate::guide::PAGES;
use crate::model::suggest;

/// Print the help of a command, or a page of the guide; without a word, list the pages.
#[derive(Args, Debug)]
pub(crate) struct HelpArgs {
    /// A command, as in `help plan`, or a topic, as in `help guards`.
    #[arg(value_name = "COMMAND|TOPIC")]
    words: Vec<String>,
}

pub(crate) fn run(args: &HelpArgs, mut root: clap::Command, ui: &mut Ui) -> Result<Exit, Failure> {
    if args.words.is_empty() {
        ui.result(|out| write!(out, "{}", root.render_long_help()))?;
        ui.result(|out| {
            writeln!(out, "\nThe guide, `ufsync help TOPIC`:")?;
            let mut pages = PAGES.iter();
            pages.try_for_each(|page| writeln!(out, "  {:<16} {}", page.topic, page.title()))
        })?;
        return Ok(Exit::Done);
    }
    let topic = args.words.join(" ");
    let page = PAGES.iter().find(|page| page.topic == topic);
    root.build();
    let mut command = Some(&mut root);
    for word in &args.words {
        command = command.and_then(|command| command.find_subcommand_mut(word));
    }
    if command.is_none() && page.is_none() {
        let topics = PAGES.iter().map(|page| page.topic);
        let help = suggest::help(&topic, topics.collect::<Vec<_>>());
        return Err(Failure::Usage(Box::new(CliError::NoTopic { topic, help })));
    }
    // A word may be both.
    if let Some(command) = command {
        ui.result(|out| writeln!(out, "{}", command.render_long_help()))?;
    }
    if let Some(page) = page {
        ui.page(page.text)?;
    }
    Ok(Exit::Done)
}
