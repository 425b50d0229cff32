//! How wide a terminal is, and lines that fit it.
#![expect(
    clippy::disallowed_methods,
    reason = "the command line reads the environment"
)]

use std::borrow::Cow;

use std::io::IsTerminal;

use terminal_size::{Width, terminal_size};
use textwrap::core::display_width;
use textwrap::{Options, WordSeparator, WordSplitter};

/// The narrowest that is written for; a narrower terminal breaks lines itself.
const NARROWEST: usize = 40;

/// How far lines are indented that would start in the second half.
const DEEP: usize = 8;

/// How wide a stream is, in columns; nothing where it is no terminal. `COLUMNS` counts more than what the terminal says.
pub(crate) fn columns(stream: &impl IsTerminal) -> Option<usize> {
    if !stream.is_terminal() {
        return None;
    }
    let told = std::env::var("COLUMNS").ok();
    let told = told.and_then(|columns| columns.parse().ok());
    let measured = || terminal_size().map(|(Width(columns), _)| usize::from(columns));
    told.or_else(measured).map(|columns| columns.max(NARROWEST))
}

/// Breaks lines between words where they are too long; what follows is indented further. A word is never broken: it may be
/// an address that somebody copies.
pub(crate) fn wrapped(text: &str, columns: Option<usize>) -> Cow<'_, str> {
    let Some(columns) = columns else {
        return Cow::Borrowed(text);
    };
    let lines = text.split_inclusive('\n').map(|line| {
        let (line, end) = match line.strip_suffix('\n') {
            Some(line) => (line, "\n"),
            None => (line, ""),
        };
        if display_width(line) <= columns {
            return format!("{line}{end}");
        }
        let text = line.trim_start_matches(' ');
        // Columns that leave no room for what stands in them are given up.
        let first = match line.len() - text.len() {
            deep if deep > columns / 2 => DEEP,
            indent => indent,
        };
        let words = text.split("  ").filter(|part| !part.is_empty());
        let line = words.map(str::trim_start).collect::<Vec<_>>().join("  ");
        let (first, indent) = (" ".repeat(first), " ".repeat(first + 4));
        let options = Options::new(columns)
            .initial_indent(&first)
            .subsequent_indent(&indent)
            .break_words(false)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation);
        textwrap::fill(&line, options) + end
    });
    Cow::Owned(lines.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words_and_addresses_stay_whole() {
        let text = "~ user    somebody.with.a.long.name@example.com  name  \u{1b}[31mone\u{1b}[0m → two\n  short\n";
        let expected = "~ user  somebody.with.a.long.name@example.com\n    name  \u{1b}[31mone\u{1b}[0m → two\n  short\n";
        assert_eq!(wrapped(text, Some(50)), expected);
        assert_eq!(wrapped(text, None), text);
        let address = "- a-very-long-subdomain.of.a-very-long-subdomain.example.com";
        assert_eq!(wrapped(address, Some(40)), address);
        let row = "~ user    a@b.example                name one, phone two\n                         data three four five six seven\n";
        let expected =
            "~ user  a@b.example  name one, phone two\n        data three four five six seven\n";
        assert_eq!(wrapped(row, Some(44)), expected);
    }
}
