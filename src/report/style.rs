//! The few colours that reports use, each with a meaning.

use anstyle::{AnsiColor, Style};

/// Something comes.
pub(super) const ADD: Style = AnsiColor::Green.on_default();
/// Something goes.
pub(super) const REMOVE: Style = AnsiColor::Red.on_default();
/// Something changes.
pub(super) const CHANGE: Style = AnsiColor::Yellow.on_default();
/// Worth a second look.
pub(super) const WARN: Style = AnsiColor::Magenta.on_default().bold();
/// Of less weight.
pub(super) const QUIET: Style = Style::new().dimmed();
/// Of more weight.
pub(super) const STRONG: Style = Style::new().bold();

/// Text in a style.
pub(super) fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{text}{style:#}")
}
