//! What every report writes text with: colours, counts, and words from servers and manifests made safe to show.

use std::borrow::Cow;
use std::fmt::Display;

use anstyle::{AnsiColor, Style};

use crate::model::is_unsafe;

pub(crate) const ADD: Style = AnsiColor::Green.on_default();
pub(crate) const REMOVE: Style = AnsiColor::Red.on_default();
pub(crate) const CHANGE: Style = AnsiColor::Yellow.on_default();
/// Needs review.
pub(crate) const WARN: Style = AnsiColor::Magenta.on_default().bold();
/// Less important.
pub(crate) const QUIET: Style = Style::new().dimmed();
/// More important.
pub(crate) const STRONG: Style = Style::new().bold();

pub(crate) fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// A number and a noun.
pub(crate) fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// Makes a word from a server or a manifest safe to show: control characters, and those that change the direction of writing,
/// become escapes, so that a name can neither move the cursor nor make one line look like another; and nothing starts a
/// command of a CI system.
pub(crate) fn safe(text: &str) -> Cow<'_, str> {
    let is_safe = |c: char| !is_unsafe(c) && c != ':' && c != '#';
    if text.chars().all(is_safe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for (at, character) in text.char_indices() {
        match character {
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            '\r' => shown.push_str("\\r"),
            c if is_unsafe(c) || starts_command(text, at) => escape(c, &mut shown),
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// Makes a whole output safe, at the place where it leaves the program: what [`safe`] finds, but for the ends of lines, tabs and
/// our own colours. It is done to every output for people, so that no report can forget it.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    clean_lines(text, true)
}

/// The same for an output that is made of a CI system's commands.
pub(crate) fn clean_commands(text: &str) -> Cow<'_, str> {
    clean_lines(text, false)
}

fn clean_lines(text: &str, at_line_start: bool) -> Cow<'_, str> {
    let is_safe = |c: char| (!is_unsafe(c) || c == '\n') && c != ':' && c != '#';
    if text.chars().all(is_safe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    let mut own_color = 0;
    let mut is_start = true;
    for (at, character) in text.char_indices() {
        if at < own_color {
            shown.push(character);
            continue;
        }
        let rest = text.get(at..).unwrap_or_default();
        if let Some(length) = color(rest) {
            own_color = at + length;
            shown.push(character);
            continue;
        }
        let is_command = match character {
            ':' => at_line_start && is_start && rest.starts_with("::"),
            _ => starts_command(text, at),
        };
        match character {
            '\n' | '\t' => shown.push(character),
            '\r' if rest.starts_with("\r\n") => shown.push(character),
            c if is_unsafe(c) || is_command => escape(c, &mut shown),
            c => shown.push(c),
        }
        is_start = character == '\n' || is_start && character.is_whitespace();
    }
    Cow::Owned(shown)
}

/// The length of a colour at the start of a text.
fn color(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("\u{1b}[")?;
    let end = rest.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    rest.get(end..)?.starts_with('m').then_some(end + 3)
}

/// Whether a character is the one that makes a command of a CI system: the bracket of `##[…]` and `##vso[…]`, which work
/// anywhere in a line of a log, and the first colon of `::…` at the start of a word, since a long line is wrapped there.
fn starts_command(text: &str, at: usize) -> bool {
    let (before, rest) = text.split_at_checked(at).unwrap_or_default();
    if rest.starts_with('[') {
        let word = before.trim_end_matches(|c: char| c.is_ascii_alphanumeric());
        return word.ends_with("##");
    }
    rest.starts_with("::") && !before.ends_with(|c: char| !c.is_whitespace())
}

fn escape(c: char, shown: &mut String) {
    shown.extend(c.escape_unicode());
}

/// Makes a JSON document safe in the same way, with the escapes of JSON: such characters stand only inside its texts.
pub(crate) fn clean_json(text: &str) -> Cow<'_, str> {
    let is_safe = |c: char| (!is_unsafe(c) || c == '\n') && c != '#';
    if text.chars().all(is_safe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for (at, character) in text.char_indices() {
        let is_command = character == '[' && starts_command(text, at);
        if is_unsafe(character) && character != '\n' || is_command {
            let mut units = [0; 2];
            let units = character.encode_utf16(&mut units).iter();
            let escaped: Vec<String> = units.map(|unit| format!("\\u{unit:04x}")).collect();
            shown += &escaped.concat();
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// The longest message that is shown, in characters.
const LONGEST_MESSAGE: usize = 2000;

/// A message that is cut where it is too long: what it repeats from a file can be as long as the file.
pub(crate) fn brief(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST_MESSAGE) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", text.get(..end).unwrap_or_default())),
    }
}

/// Hides what looks like an API key.
pub(crate) fn without_keys(text: &str) -> Cow<'_, str> {
    cover_keys(text, |_| "[hidden]".to_owned())
}

/// Hides what looks like an API key behind as many characters, so that places in the text stay right.
#[cfg(feature = "cli")]
pub(crate) fn with_keys_masked(text: &str) -> Cow<'_, str> {
    cover_keys(text, |length| "*".repeat(length))
}

/// Replaces what follows the prefix of a key; `cover` gets its length in bytes.
fn cover_keys(text: &str, cover: impl Fn(usize) -> String) -> Cow<'_, str> {
    let mut shown = Cow::Borrowed(text);
    for prefix in ["uf_test_", "uf_live_"] {
        if !shown.contains(prefix) {
            continue;
        }
        let mut parts = shown.split(prefix);
        let mut kept = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            let rest = part
                .trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-');
            kept.push_str(prefix);
            kept.push_str(&cover(part.len() - rest.len()));
            kept.push_str(rest);
        }
        shown = Cow::Owned(kept);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_terminal_would_act_on_is_left() {
        assert_eq!(safe("plain ünï 🦀 שלום"), "plain ünï 🦀 שלום");
        assert_eq!(
            safe("a##[stop]b ###[x] #[y] ##vso[z] ## [w]"),
            "a##\\u{5b}stop]b ###\\u{5b}x] #[y] ##vso\\u{5b}z] ## [w]"
        );
        assert_eq!(
            safe("::error::x ::y a::b"),
            "\\u{3a}:error::x \\u{3a}:y a::b"
        );
        assert_eq!(
            safe("a\u{1b}[2Jb\nc\u{202e}d\u{7}"),
            "a\\u{1b}[2Jb\\nc\\u{202e}d\\u{7}"
        );
    }

    #[test]
    fn an_output_keeps_its_lines_and_our_colours() {
        let ours = "\u{1b}[1;32m+\u{1b}[0m a\n\tb::c\n";
        assert_eq!(clean(ours), ours);
        for (text, shown) in [
            (
                "\u{1b}[2J\u{1b}[31mx\r\u{9b}31m",
                "\\u{1b}[2J\u{1b}[31mx\\u{d}\\u{9b}31m",
            ),
            (
                "a\n  ::error::b\n::set-output",
                "a\n  \\u{3a}:error::b\n\\u{3a}:set-output",
            ),
            ("x ##[group]\u{202e}", "x ##\\u{5b}group]\\u{202e}"),
        ] {
            assert_eq!(clean(text), shown);
        }
        assert_eq!(
            clean_commands("::error::a\u{85}##[b"),
            "::error::a\\u{85}##\\u{5b}b"
        );
    }

    #[test]
    fn a_json_document_stays_one() {
        let value =
            serde_json::json!({"a\u{85}": ["##[x", "\u{202e}", "\u{7f}", "\u{e0041}", "## [\n"]});
        let text = serde_json::to_string_pretty(&value).unwrap();
        let clean = clean_json(&text);
        assert!(
            clean.chars().all(|c| c == '\n' || !is_unsafe(c)) && !clean.contains("##["),
            "{clean}"
        );
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&clean).unwrap(),
            value
        );
    }

    #[test]
    fn what_looks_like_a_key_is_hidden() {
        let text = "`uf_live_admin_demo1234_s3cret` and uf_test_x, but not uf_prod_x";
        assert_eq!(
            without_keys(text),
            "`uf_live_[hidden]` and uf_test_[hidden], but not uf_prod_x"
        );
    }

    #[cfg(feature = "cli")]
    #[test]
    fn a_masked_key_keeps_its_length() {
        let text = "`uf_live_admin_demo1234_s3cret` and uf_test_x, but not uf_prod_x";
        assert_eq!(
            with_keys_masked(text),
            "`uf_live_*********************` and uf_test_*, but not uf_prod_x"
        );
        assert_eq!(with_keys_masked(text).len(), text.len());
    }
}
