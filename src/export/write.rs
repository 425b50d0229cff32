//! `Manifest` → YAML text, after a check that the text reads back as the manifest.

use miette::Diagnostic;
use thiserror::Error;

use crate::export::unseen::{escaped, unmarked};
use crate::manifest::syntax::manifest::Manifest;
use crate::model::digest;

/// The first line of every exported file. A file that does not start with it is not overwritten.
pub(crate) const MARKER: &str = "# Written by ufsync export.";
/// What the second line begins with; the SHA-256 of what follows it shows whether the file was changed since.
const DIGEST: &str = "# sha256: ";

/// The two lines of an exported file, and what follows; nothing where it is none.
fn parts(text: &str) -> Option<(&str, &str)> {
    let rest = text.strip_prefix(MARKER)?.strip_prefix('\n')?;
    rest.strip_prefix(DIGEST)?.split_once('\n')
}

/// A text with the two lines of an exported file.
fn marked(text: &str) -> String {
    format!("{MARKER}\n{DIGEST}{}\n{text}", digest(text.as_bytes()))
}

/// An exported file with a comment at its end.
pub(crate) fn with_comment(text: &str, comment: &str) -> String {
    marked(&format!("{}{comment}", as_own(text)))
}

/// Whether a file is as an export wrote it. Nothing where it does not say.
pub(crate) fn is_unchanged(text: &str) -> Option<bool> {
    let (written, rest) = parts(text)?;
    Some(digest(rest.as_bytes()) == written)
}

/// A file that is changed, without the lines that say that an export wrote it.
pub(crate) fn as_own(text: &str) -> &str {
    parts(text).map_or(text, |(_, rest)| rest)
}

/// Why a manifest can't be written.
#[derive(Debug, Error, Diagnostic)]
pub enum WriteError {
    /// The writer refused it.
    #[error("the export can't be written as YAML: {0}")]
    #[diagnostic(
        code(ufsync::export::unwritable),
        help("Please report this: nothing was written.")
    )]
    Unwritable(String),
    /// A second, independent reader reads something else.
    #[error("the export does not read back as what was exported")]
    #[diagnostic(
        code(ufsync::export::misread),
        help("Please report this: nothing was written.")
    )]
    Misread,
}

/// Writes a manifest, and reads it back with an independent YAML implementation before handing it out. Editors find its schema
/// where `schema` says.
///
/// # Errors
/// Where writer and reader do not agree on the text, which is a fault of one of them.
pub fn write(manifest: &Manifest, schema: Option<&str>) -> Result<String, WriteError> {
    // Text is quoted rather than laid out in blocks: a reader of YAML 1.1 and one of 1.2 agree on it.
    let options = serde_saphyr::ser_options! { prefer_block_scalars: false };
    let unwritable = |error: &dyn std::fmt::Display| WriteError::Unwritable(error.to_string());
    let mut text = String::new();
    serde_saphyr::to_fmt_writer_with_options(&mut text, manifest, options)
        .map_err(|error| unwritable(&error))?;
    let mut text = escaped(&text);
    if let Some(schema) = schema {
        text.insert_str(0, &format!("# yaml-language-server: $schema={schema}\n"));
    }
    let read: serde_json::Value = serde_yaml::from_str(&text).map_err(|_| WriteError::Misread)?;
    let meant = serde_json::to_value(manifest).map_err(|error| unwritable(&error))?;
    if read == unmarked(meant) {
        Ok(marked(&text))
    } else {
        Err(WriteError::Misread)
    }
}
