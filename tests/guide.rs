//! The guide and the README: every command in them is one that the program takes, every page can be read, every link leads
//! somewhere.

use std::path::Path;

use clap::{CommandFactory as _, Parser as _};
use ufsync::guide::PAGES;

use crate::support::Program;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The texts, by what they are called.
fn texts() -> Vec<(String, String)> {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let pages = PAGES
        .iter()
        .map(|page| (page.topic.to_owned(), page.text.to_owned()));
    pages.chain([("README".to_owned(), readme)]).collect()
}

/// The lines of the blocks of shell commands that call ufsync, without comments.
fn commands(text: &str) -> Vec<String> {
    let blocks = text.split("```sh\n").skip(1);
    let lines = blocks.flat_map(|block| block.split("```").next().unwrap().lines());
    let commands = lines.filter_map(|line| {
        let line = line.split(" #").next().unwrap().trim();
        line.starts_with("ufsync ").then(|| line.to_owned())
    });
    commands.collect()
}

#[test]
fn every_command_of_the_guide_is_one_that_the_program_takes() {
    let mut count = 0;
    for (name, text) in texts() {
        for command in commands(&text) {
            // A digest is shown by its beginning.
            let words = shlex(&command.replace("4f1c…", &"0".repeat(64)));
            let parsed = ufsync::cli::Cli::try_parse_from(&words);
            assert!(
                parsed.is_ok(),
                "{name}: {command}\n{}",
                parsed.err().unwrap()
            );
            count += 1;
        }
    }
    assert!(count > 30, "{count}");
}

#[test]
fn every_help_has_examples_that_the_program_takes() {
    fn check(command: &mut clap::Command) -> usize {
        let name = command.get_name().to_owned();
        let help = command.render_help().to_string();
        let examples = help.split("Examples:\n").nth(1);
        let examples = examples.unwrap_or_else(|| panic!("{name} has no examples"));
        let mut count = 0;
        for line in examples.lines().map(str::trim) {
            let start = line.find("ufsync ").filter(|at| {
                *at == 0 || line[..*at].ends_with("<(") || line[..*at].ends_with("&& ")
            });
            if let Some(start) = start {
                let line = line[start..]
                    .split(" > ")
                    .next()
                    .unwrap()
                    .trim_end_matches(')');
                let parsed = ufsync::cli::Cli::try_parse_from(shlex(line));
                assert!(parsed.is_ok(), "{name}: {line}\n{}", parsed.err().unwrap());
                assert!(
                    line.starts_with(&format!("ufsync {name}"))
                        || name.contains('-')
                        || line.contains(&name)
                );
                count += 1;
            }
        }
        assert!(count > 0, "{name}: {examples}");
        count + command.get_subcommands_mut().map(check).sum::<usize>()
    }
    let mut root = ufsync::cli::Cli::command();
    let count: usize = root.get_subcommands_mut().map(check).sum();
    assert!(count > 40, "{count}");
}

/// The words of a command line, of which some are in quotes.
fn shlex(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for character in line.chars() {
        match (character, quote) {
            (c, Some(end)) if c == end => quote = None,
            ('\'' | '"', None) => quote = Some(character),
            (' ', None) => {
                words.extend(Some(std::mem::take(&mut word)).filter(|it| !it.is_empty()));
            }
            (c, _) => word.push(c),
        }
    }
    words.extend(Some(word).filter(|it| !it.is_empty()));
    words
}

#[test]
fn every_page_has_a_title_and_is_printed() {
    let program = Program::new();
    let list = program.run(&["help"]).exits(0).stdout;
    for page in PAGES {
        assert!(page.text.starts_with("# "), "{}", page.topic);
        assert!(
            list.contains(page.topic) && list.contains(page.title()),
            "{}",
            page.topic
        );
        let printed = program.run(&["help", page.topic]).exits(0).stdout;
        assert!(printed.contains(page.title()), "{}", page.topic);
        assert!(
            !page.text.contains("]("),
            "{}: a page is read in a terminal too",
            page.topic
        );
    }
    let help = program.run(&["help", "edit", "grant"]).exits(0).stdout;
    assert!(help.contains("--until"), "{help}");
    program
        .run(&["help", "gaurds"])
        .exits(64)
        .complains("Did you mean `guards`?")
        .done();
}

#[test]
fn every_link_of_the_readme_leads_somewhere() {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let links = readme
        .split("](")
        .skip(1)
        .map(|rest| rest.split(')').next().unwrap());
    let links: Vec<&str> = links.filter(|link| !link.starts_with("https://")).collect();
    assert!(links.len() > PAGES.len());
    for link in &links {
        assert!(root().join(link).exists(), "{link}");
    }
    for page in PAGES {
        let path = format!("src/guide/{}.md", page.topic);
        assert!(
            links.contains(&path.as_str()),
            "the README does not lead to {path}"
        );
    }
    let words = readme.split_whitespace().count();
    assert!(words < 1400, "{words} words");
}
