//! The API key: `uf_<mode>_<level>_<workspace>_<secret>`. Its text never appears in any output.

use miette::Diagnostic;
use secrecy::{ExposeSecret as _, SecretString};
use thiserror::Error;

use crate::model::{Mode, TenantId};

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Level {
    /// Everything.
    Admin,
    /// Reading and searching.
    Readonly,
}

/// A parsed key. Printing it shows only its public parts.
#[derive(Clone, Debug)]
pub struct Key {
    /// The data that it reaches.
    pub mode: Mode,
    /// What it may do.
    pub level: Level,
    /// The workspace that it belongs to.
    pub workspace: TenantId,
    secret: SecretString,
}

/// Why a text is no key. The text itself is never part of the message.
#[derive(Debug, PartialEq, Error, Diagnostic)]
#[non_exhaustive]
pub enum KeyError {
    /// Nothing there.
    #[error("the API key is empty")]
    #[diagnostic(
        code(ufsync::key::empty),
        help(
            "Set USERFRONT_API_KEY, or name a file with --api-key-file. The key is in the Userfront dashboard; --sandbox needs none."
        )
    )]
    Empty,
    /// A key by which Userfront calls other servers.
    #[error("this is a webhook key, which opens none of the API's calls")]
    #[diagnostic(
        code(ufsync::key::webhook),
        help(
            "Take a key of the level `readonly` for `plan` and `export`, of the level `admin` for `apply`. Both are in the Userfront dashboard."
        )
    )]
    Webhook,
    /// Not of the form that keys have.
    #[error("this is not a Userfront server API key")]
    #[diagnostic(
        code(ufsync::key::malformed),
        help(
            "A key reads uf_<test|live>_<admin|readonly>_<workspace>_<secret>. Copy it whole, without quotes."
        )
    )]
    Malformed,
}

impl Key {
    /// Reads a key; white space around it is ignored, as files end in a newline.
    ///
    /// # Errors
    /// Where the text does not have the form of a key.
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(KeyError::Empty);
        }
        let mut parts = text.splitn(5, '_');
        let mut part = || {
            parts
                .next()
                .filter(|part| !part.is_empty())
                .ok_or(KeyError::Malformed)
        };
        let (prefix, mode, level, workspace, secret) =
            (part()?, part()?, part()?, part()?, part()?);
        let mode = match mode {
            "test" => Mode::Test,
            "live" => Mode::Live,
            _ => return Err(KeyError::Malformed),
        };
        let level = match level {
            "admin" => Level::Admin,
            "readonly" => Level::Readonly,
            "webhook" => return Err(KeyError::Webhook),
            _ => return Err(KeyError::Malformed),
        };
        let plain = |part: &str| part.chars().all(|c| c.is_ascii_graphic());
        if prefix != "uf" || !plain(workspace) || !plain(secret) {
            return Err(KeyError::Malformed);
        }
        Ok(Self {
            mode,
            level,
            workspace: TenantId::new(workspace),
            secret: SecretString::from(text),
        })
    }

    /// The whole key, for the one header that carries it.
    pub(crate) fn expose(&self) -> &str {
        self.secret.expose_secret()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_key_are_read_and_the_secret_is_not_shown() {
        let key = Key::parse("uf_test_readonly_demo1234_s3cr_et\n").unwrap();
        assert_eq!(
            (key.mode, key.level, key.workspace.as_str()),
            (Mode::Test, Level::Readonly, "demo1234")
        );
        assert_eq!(key.expose(), "uf_test_readonly_demo1234_s3cr_et");
        assert!(!format!("{key:?}").contains("s3cr"));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        assert_eq!(Key::parse(" \n").unwrap_err(), KeyError::Empty);
        for text in [
            "uf_test_admin_demo1234",
            "sk_test_admin_demo1234_x",
            "uf_prod_admin_demo1234_x",
            "uf_test_root_demo1234_x",
            "uf_test_admin__x",
            "uf_test_admin_demo1234_a b",
        ] {
            assert_eq!(Key::parse(text).unwrap_err(), KeyError::Malformed, "{text}");
        }
    }
}
