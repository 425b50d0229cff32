//! The head of the JSON documents that ufsync writes and reads again: what a document is, and its version.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::{Error, Value};

/// No document is longer, in bytes.
#[cfg(feature = "cli")]
pub(crate) const LONGEST: u64 = 256 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum DocumentKind {
    /// Who has which roles where.
    Access,
    /// What is wrong with a manifest.
    Findings,
    Plan,
    /// How a server behaves.
    Profile,
    /// What a pull changes.
    Pull,
    /// How an apply ended.
    Report,
    Snapshot,
}

/// Why a text is not read as a document.
#[derive(Debug)]
pub(crate) enum DocumentError {
    /// It is no document of this kind, or a broken one.
    Invalid(Error),
    /// It has a form that this program does not know, or no longer reads.
    OtherVersion {
        /// Whether it is a later form.
        newer: bool,
        /// The version of ufsync that wrote it.
        tool: Option<String>,
    },
}

impl From<DocumentError> for Error {
    fn from(error: DocumentError) -> Self {
        let (newer, tool) = match error {
            DocumentError::Invalid(error) => return error,
            DocumentError::OtherVersion { newer, tool } => (newer, tool),
        };
        let tool = tool.map_or_else(
            || "another version of ufsync".to_owned(),
            |tool| format!("ufsync {tool}"),
        );
        let what = if newer {
            "is newer than this one"
        } else {
            "is too old for this one"
        };
        Self::custom(format_args!("{tool} wrote it, which {what}"))
    }
}

impl DocumentKind {
    /// As documents say it.
    fn name(self) -> &'static str {
        match self {
            Self::Access => "access",
            Self::Findings => "findings",
            Self::Plan => "plan",
            Self::Profile => "profile",
            Self::Pull => "pull",
            Self::Report => "report",
            Self::Snapshot => "snapshot",
        }
    }

    /// Reads a document of this kind in this version.
    pub(crate) fn read<T: DeserializeOwned>(
        self,
        version: u32,
        text: &[u8],
    ) -> Result<T, DocumentError> {
        let value = self.value(version, text)?;
        serde_json::from_value(value).map_err(DocumentError::Invalid)
    }

    /// The values of a document of this kind in this version. A document of another version may have another form: that is said
    /// before the form is looked at.
    pub(crate) fn value(self, version: u32, text: &[u8]) -> Result<Value, DocumentError> {
        let value: Value = serde_json::from_slice(text).map_err(DocumentError::Invalid)?;
        let word = |key| value.get(key).and_then(Value::as_str);
        if let Some(other) = word("document").filter(|it| *it != self.name()) {
            let error = Error::custom(format_args!(
                "its `document` is `{other}`, and not `{}`",
                self.name()
            ));
            return Err(DocumentError::Invalid(error));
        }
        // It is shown where a document is shown, and where it is refused.
        if word("tool").is_some_and(|tool| !is_version(tool)) {
            let error = Error::custom("its `tool` is no version of ufsync");
            return Err(DocumentError::Invalid(error));
        }
        let found = value.get("formatVersion").and_then(Value::as_u64);
        if let Some(found) = found.filter(|it| *it != u64::from(version)) {
            return Err(DocumentError::OtherVersion {
                newer: found > u64::from(version),
                tool: word("tool").map(str::to_owned),
            });
        }
        Ok(value)
    }
}

/// The longest name of a version, in bytes.
const LONGEST_VERSION: usize = 64;

/// Whether a text can be the version of ufsync that wrote a document.
fn is_version(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | '-' | '+');
    text.len() <= LONGEST_VERSION && text.chars().all(is_part)
}

/// Whether a text can be a SHA-256, in hexadecimal digits.
pub(crate) fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.chars().all(|c| c.is_ascii_hexdigit())
}

/// What a document says that it is, where it says so.
///
/// # Errors
/// Where it is no JSON object.
#[cfg(feature = "cli")]
pub(crate) fn kind(text: &[u8]) -> Result<Option<String>, Error> {
    #[derive(Deserialize)]
    #[serde(expecting = "a document of ufsync")]
    struct Head {
        document: Option<String>,
    }
    serde_json::from_slice(text).map(|head: Head| head.document)
}
