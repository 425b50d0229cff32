//! Bytes → text: the first stage of reading a manifest.

use std::sync::Arc;

use crate::manifest::Finding;
use crate::manifest::findings::yaml_mistake::YamlMistake;
use crate::model::{Origin, Source, SourceId};

/// The largest file that is read, in bytes.
pub(crate) const MAX_BYTES: usize = 256 * 1024 * 1024;

/// Decodes a file. A byte-order mark is dropped. What is not UTF-8, or too large, comes back with a finding, and with
/// a text that the finding can point into.
pub(crate) fn decode(
    name: impl Into<Arc<str>>,
    bytes: Vec<u8>,
    id: SourceId,
) -> (Source, Option<Finding>) {
    let at = |start: usize| Origin {
        source: id,
        start: u32::try_from(start).unwrap_or(u32::MAX),
        end: u32::try_from(start).unwrap_or(u32::MAX),
    };
    if bytes.len() > MAX_BYTES {
        let mistake = YamlMistake::TooLarge {
            bytes: bytes.len(),
            limit: MAX_BYTES,
        };
        return (Source::new(name, ""), Some(Finding::new(mistake, at(0))));
    }
    match String::from_utf8(bytes) {
        Ok(text) => {
            let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
            (Source::new(name, text), None)
        }
        Err(error) => {
            let valid = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            (
                Source::new(name, text),
                Some(Finding::new(YamlMistake::NotUtf8, at(valid))),
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_too_large_is_not_read() {
        let (source, finding) = decode("large.yaml", vec![b' '; MAX_BYTES + 1], SourceId(0));
        assert!(source.text.is_empty());
        assert_eq!(
            finding.unwrap().mistake,
            YamlMistake::TooLarge {
                bytes: MAX_BYTES + 1,
                limit: MAX_BYTES
            }
            .into()
        );
        let (_, finding) = decode("small.yaml", b"version: 1".to_vec(), SourceId(0));
        assert!(finding.is_none());
    }
}
