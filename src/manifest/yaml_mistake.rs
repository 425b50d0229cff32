//! What is wrong with a text before anybody asks what it means.

use miette::Diagnostic;
use thiserror::Error;

/// Every way in which a text can fail to be the YAML that manifests are written in.
#[derive(Clone, Debug, PartialEq, Error, Diagnostic)]
pub enum YamlMistake {
    /// The bytes are not text.
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
        /// Its size.
        bytes: usize,
        /// The largest size that is read.
        limit: usize,
    },

    /// Not YAML.
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

    /// More than one document in a file.
    #[error("a second YAML document starts here")]
    #[diagnostic(
        code(ufsync::manifest::several_documents),
        help("Keep one document a file: move what follows `---` into a file of its own.")
    )]
    SeveralDocuments,

    /// Nested too deep.
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
    DuplicateKey {
        /// The key.
        key: String,
    },
}
