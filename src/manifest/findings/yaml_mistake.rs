//! What is wrong with a text before anybody asks what it means.

use miette::Diagnostic;
use thiserror::Error;

/// Every way in which a text can fail to be the YAML that manifests are written in.
#[derive(Clone, Debug, PartialEq, Error, Diagnostic)]
pub enum YamlMistake {
    #[error("this file is not UTF-8 text")]
    #[diagnostic(code(ufsync::manifest::not_utf8), help("Save the file as UTF-8."))]
    NotUtf8,

    /// The file is too large to index.
    #[error("this file has {bytes} bytes; at most {limit} are read")]
    #[diagnostic(
        code(ufsync::manifest::too_large),
        help("Split it into several files of one folder.")
    )]
    TooLarge {
        bytes: usize,
        /// The largest size that is read.
        limit: usize,
    },

    #[error("this is not YAML: {reason}")]
    #[diagnostic(
        code(ufsync::manifest::syntax),
        help(
            "Check the indentation, the colons and the quotes at this place and on the line before."
        )
    )]
    Syntax {
        /// What the YAML parser says.
        reason: String,
    },

    /// A tab where YAML has spaces.
    #[error("a tab can't indent a line of YAML")]
    #[diagnostic(code(ufsync::manifest::tab), help("Replace the tab with spaces."))]
    Tab,

    /// Text that starts with a character of YAML's own.
    #[error("`{text}` is not quoted, and `{sign}` has a meaning of its own in YAML")]
    #[diagnostic(
        code(ufsync::manifest::unquoted_sign),
        help("Quote it: \"{text}\".{more}")
    )]
    UnquotedSign {
        /// The word as written.
        text: String,
        /// Its first character.
        sign: char,
        /// What else can be meant.
        more: &'static str,
    },

    /// More than one document in a file.
    #[error("a second YAML document starts here")]
    #[diagnostic(
        code(ufsync::manifest::several_documents),
        help("Keep one document a file: move what follows `---` into a file of its own.")
    )]
    SeveralDocuments,

    #[error("values are nested more than {limit} deep here")]
    #[diagnostic(code(ufsync::manifest::too_deep), help("Flatten the data."))]
    TooDeep {
        /// The deepest nesting that is read.
        limit: usize,
    },

    /// Aliases that grow without end.
    #[error("aliases repeat more than {limit} values in this file")]
    #[diagnostic(
        code(ufsync::manifest::alias_budget),
        help("Write the values out, or use fewer aliases of large anchors.")
    )]
    AliasBudget {
        /// The number of repeated values that is allowed.
        limit: usize,
    },

    /// An alias inside its own anchor.
    #[error("this alias stands inside the anchor that it repeats")]
    #[diagnostic(
        code(ufsync::manifest::recursive_alias),
        help("An anchor can be repeated after it ends, not within.")
    )]
    RecursiveAlias,

    /// A merge key with something that is no map.
    #[error("`<<` merges a map, or a list of maps")]
    #[diagnostic(
        code(ufsync::manifest::bad_merge),
        help(
            "Write `<<: *anchor`, or `<<: [*one, *two]`, where the anchors stand on maps. Quote \"<<\" if it is meant as an ordinary key."
        )
    )]
    BadMerge,

    /// A YAML tag that means nothing here.
    #[error("the tag `{tag}` means nothing here")]
    #[diagnostic(
        code(ufsync::manifest::unknown_tag),
        help("Remove the tag; `!!str` and, in overlays, `!clear` are read.")
    )]
    UnknownTag {
        /// The tag as written.
        tag: String,
    },

    /// A key that is not a plain word.
    #[error("a key has to be text")]
    #[diagnostic(
        code(ufsync::manifest::bad_key),
        help("Put the key in quotes, or check the indentation.")
    )]
    BadKey,

    /// The same key twice in one map.
    #[error("the key `{key}` is written twice")]
    #[diagnostic(code(ufsync::manifest::duplicate_key), help("Keep one of the two."))]
    DuplicateKey { key: String },
}

/// How much of a word is repeated, in characters.
const LONGEST_WORD: usize = 60;

impl YamlMistake {
    /// What the parser's complaint means, and where: people who write by hand indent with tabs, and forget quotes.
    pub(crate) fn of_syntax(reason: String, text: &str, at: u32) -> (Self, u32) {
        let byte = at as usize;
        let line_start = text
            .get(..byte)
            .and_then(|before| before.rfind('\n'))
            .map_or(0, |newline| newline + 1);
        let line = text.get(line_start..).unwrap_or_default();
        let indent = line.len() - line.trim_start_matches([' ', '\t']).len();
        let tab = line.get(..indent).and_then(|indent| indent.find('\t'));
        if let Some(tab) = tab {
            let tab = u32::try_from(line_start + tab).unwrap_or(at);
            return (Self::Tab, tab);
        }
        let rest = text.get(byte..).unwrap_or_default();
        if let Some(sign @ ('*' | '@' | '%' | '`' | '&')) = rest.chars().next() {
            let end = |c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}' | ':');
            let word = rest.split(end).next().unwrap_or_default();
            let is_name = word.get(1..).is_some_and(|name| {
                !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            });
            let more = if sign == '*' && is_name {
                " If an alias is meant: no anchor of that name is written before it."
            } else {
                ""
            };
            let text = word.chars().take(LONGEST_WORD).collect();
            return (Self::UnquotedSign { text, sign, more }, at);
        }
        (Self::Syntax { reason }, at)
    }
}
