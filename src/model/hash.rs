//! SHA-256, the one hash that documents carry.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// The hash of a text, in hexadecimal digits: what `sha256sum` prints.
pub(crate) fn digest(text: &[u8]) -> String {
    let mut hash = Sha256::new();
    hash.update(text);
    hexadecimal(hash)
}

/// The hash of some parts, each behind its length as eight bytes, the lowest first; in hexadecimal digits.
pub(crate) fn sha256<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hexadecimal(hash)
}

fn hexadecimal(hash: Sha256) -> String {
    let bytes = hash.finalize();
    bytes.iter().fold(String::new(), |mut digits, byte| {
        // Writing to a string can't fail.
        write!(digits, "{byte:02x}").unwrap_or_default();
        digits
    })
}
