//! What was found, as a file that `ufsync emulator --like` reads.

use std::collections::BTreeMap;

use miette::Diagnostic;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::model::DocumentKind;

/// The answer to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Answer {
    /// The value of the emulator's switch that behaves so.
    Is(String),
    /// It was not found out, and why.
    Unknown(String),
}

/// How a server behaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Profile {
    /// Always `profile`.
    document: DocumentKind,
    pub format_version: u32,
    pub server: String,
    /// By the name of the emulator's switch.
    pub answers: BTreeMap<String, Answer>,
}

/// Why a file is no profile.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub(crate) enum ProfileError {
    /// Something else.
    #[error("this is not a profile of ufsync: {0}")]
    #[diagnostic(
        code(ufsync::probe::not_a_profile),
        help("`ufsync doctor --probe --save FILE` writes one.")
    )]
    NotAProfile(String),
}

impl Profile {
    const VERSION: u32 = 1;

    /// Of these answers.
    pub(crate) fn new(server: String, answers: BTreeMap<String, Answer>) -> Self {
        Self {
            document: DocumentKind::Profile,
            format_version: Self::VERSION,
            server,
            answers,
        }
    }

    /// Reads a file.
    ///
    /// # Errors
    /// Where it is none, or of another version.
    pub(crate) fn read(text: &str) -> Result<Self, ProfileError> {
        let read = DocumentKind::Profile.read(Self::VERSION, text.as_bytes());
        read.map_err(|error| ProfileError::NotAProfile(serde_json::Error::from(error).to_string()))
    }

    /// The switches whose values are known.
    pub(crate) fn switches(&self) -> impl Iterator<Item = (&str, &str)> {
        self.answers
            .iter()
            .filter_map(|(name, answer)| match answer {
                Answer::Is(value) => Some((name.as_str(), value.as_str())),
                Answer::Unknown(_) => None,
            })
    }
}
