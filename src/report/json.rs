//! Plans, outcomes and other values as JSON documents.

use std::io::{self, Write};

use serde::Serialize;

use crate::plan::PlanFile;
use crate::report::text::clean_json;

/// Writes the document of a plan: the same as a saved plan.
///
/// # Errors
/// Where the writer fails.
pub fn plan(file: &PlanFile, out: &mut dyn Write) -> io::Result<()> {
    document(file, out)
}

/// Writes a value as one document, in which no character is one that a terminal or a CI system would act on.
///
/// # Errors
/// Where the writer fails.
pub(crate) fn document(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    writeln!(out, "{}", clean_json(&text))
}
