//! What every report writes text with: colours, counts, and words from servers and manifests made safe to show.

use std::borrow::Cow;
use std::fmt::{Display, Write as _};

use anstyle::{AnsiColor, Style};

/// Something is added.
pub(super) const ADD: Style = AnsiColor::Green.on_default();
/// Something is removed.
pub(super) const REMOVE: Style = AnsiColor::Red.on_default();
/// Something changes.
pub(super) const CHANGE: Style = AnsiColor::Yellow.on_default();
/// Needs review.
pub(super) const WARN: Style = AnsiColor::Magenta.on_default().bold();
/// Less important.
pub(super) const QUIET: Style = Style::new().dimmed();
/// More important.
pub(super) const STRONG: Style = Style::new().bold();

/// Text in a style.
pub(super) fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// A number and a noun.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 {
        format!("1 {noun}")
    } else {
        format!("{number} {noun}s")
    }
}

/// Prefix of GitHub Actions' legacy `##[…]` log commands, which work anywhere in a line of a log.
const COMMAND: &str = "##[";

/// Shows control characters, and those that change the direction of writing, as escapes: a name can neither move the cursor
/// nor make one line look like another.
pub fn safe(text: &str) -> Cow<'_, str> {
    let commands = text.contains(COMMAND);
    if !commands && !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '[' if commands && shown.ends_with("##") => shown.push_str("\\u{5b}"),
            '\n' => shown.push_str("\\n"),
            '\t' => shown.push_str("\\t"),
            '\r' => shown.push_str("\\r"),
            // Writing to a string can't fail.
            c if is_unsafe(c) => drop(write!(shown, "\\u{{{:x}}}", u32::from(c))),
            c => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// Whether a terminal would act on a character instead of showing it.
pub(super) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Hides what looks like an API key.
pub fn without_keys(text: &str) -> Cow<'_, str> {
    cover_keys(text, |_| "[hidden]".to_owned())
}

/// Hides what looks like an API key behind as many characters, so that places in the text stay right.
#[cfg(feature = "cli")]
pub(super) fn with_keys_masked(text: &str) -> Cow<'_, str> {
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
            safe("a##[stop]b ###[x] #[y]"),
            "a##\\u{5b}stop]b ###\\u{5b}x] #[y]"
        );
        assert_eq!(
            safe("a\u{1b}[2Jb\nc\u{202e}d\u{7}"),
            "a\\u{1b}[2Jb\\nc\\u{202e}d\\u{7}"
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
