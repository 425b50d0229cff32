//! Documents and texts, read up to a limit.
#![expect(
    clippy::disallowed_methods,
    reason = "this is where files are read and written"
)]

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read as _};
use std::path::Path;

use crate::files::error::FileError;
use crate::files::place::is_stdout;
use crate::model::document::LONGEST;

/// Within so many bytes a document has begun.
const BEGINNING: usize = 64 << 10;
/// Reads a JSON document. A file without an end is not read to its end.
pub(crate) fn read_document(path: &Path) -> Result<Vec<u8>, FileError> {
    let read = || {
        let file: Box<dyn io::Read> = if is_stdout(path) {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(path)?)
        };
        let mut file = file.take(LONGEST + 1);
        let mut text = Vec::new();
        file.by_ref()
            .take(BEGINNING as u64)
            .read_to_end(&mut text)?;
        let first = text.iter().find(|byte| !byte.is_ascii_whitespace());
        if text.len() == BEGINNING && first != Some(&b'{') {
            return Err(io::Error::new(
                ErrorKind::InvalidData,
                "it is not a JSON document",
            ));
        }
        file.read_to_end(&mut text)?;
        if text.len() as u64 > LONGEST {
            let reason = format!("it is longer than {} MiB", LONGEST >> 20);
            return Err(io::Error::new(ErrorKind::FileTooLarge, reason));
        }
        Ok(text)
    };
    read().map_err(|error: io::Error| {
        let path = path.to_owned();
        match error.kind() {
            ErrorKind::InvalidData | ErrorKind::FileTooLarge => {
                let reason = error.to_string();
                FileError::NoDocument { path, reason }
            }
            _ => FileError::Unreadable { path, error },
        }
    })
}

/// A text, from a file or standard input.
pub(crate) fn read_text(path: &Path) -> Result<String, FileError> {
    let read = || {
        let source: Box<dyn io::Read> = if is_stdout(path) {
            Box::new(io::stdin())
        } else {
            Box::new(File::open(path)?)
        };
        let mut text = String::new();
        source.take(LONGEST).read_to_string(&mut text)?;
        Ok(text)
    };
    read().map_err(|error| FileError::unreadable(path, error))
}

/// A whole file, however long it is.
pub(crate) fn read_file(path: &Path) -> Result<Vec<u8>, FileError> {
    fs::read(path).map_err(|error| FileError::unreadable(path, error))
}
