//! Findings for other tools: one JSON document, `findings`, version 1.
//!
//! Lines and characters count from 0 and characters in UTF-16, as the Language Server Protocol has them; bytes count from
//! the start of the text, without a byte-order mark.

use std::io::{self, Write};

use miette::Diagnostic;
use serde::Serialize;
use serde_json::Value;

use crate::model::{DocumentKind, Finding, Findings, Origin, Source, Sources};
use crate::report::text::{brief, without_keys};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingsDocument {
    document: DocumentKind,
    format_version: u32,
    findings: Vec<FindingJson>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FindingJson {
    severity: &'static str,
    code: String,
    message: String,
    help: Option<String>,
    #[serde(flatten)]
    place: PlaceJson,
    related: Vec<RelatedJson>,
}

/// Another place that matters.
#[derive(Debug, Serialize)]
struct RelatedJson {
    message: String,
    #[serde(flatten)]
    place: PlaceJson,
}

/// A range of a file; none where the finding has no place.
#[derive(Debug, Default, Serialize)]
struct PlaceJson {
    file: Option<String>,
    range: Option<RangeJson>,
    bytes: Option<[u32; 2]>,
}

#[derive(Debug, Serialize)]
struct RangeJson {
    start: PositionJson,
    end: PositionJson,
}

#[derive(Debug, Serialize)]
struct PositionJson {
    line: usize,
    character: usize,
}

/// Writes all findings as one JSON document.
///
/// # Errors
/// Where the writer fails.
pub fn findings_json<M: Diagnostic>(findings: &Findings<M>, out: &mut dyn Write) -> io::Result<()> {
    let document = FindingsDocument {
        document: DocumentKind::Findings,
        format_version: 1,
        findings: findings
            .list
            .iter()
            .map(|finding| json(finding, &findings.sources))
            .collect(),
    };
    crate::report::json::document(&document, out)
}

/// Writes one error that has no place in a text as a document of findings.
///
/// # Errors
/// Where the writer fails.
pub fn error_json(error: &dyn Diagnostic, out: &mut dyn Write) -> io::Result<()> {
    let document = FindingsDocument {
        document: DocumentKind::Findings,
        format_version: 1,
        findings: vec![without_place(error)],
    };
    crate::report::json::document(&document, out)
}

/// A finding as a value.
pub(crate) fn finding_json<M: Diagnostic>(finding: &Finding<M>, sources: &Sources) -> Value {
    serde_json::to_value(json(finding, sources)).unwrap_or_default()
}

/// An error that has no place in a text as a value.
pub(crate) fn one_error_json(error: &dyn Diagnostic) -> Value {
    serde_json::to_value(without_place(error)).unwrap_or_default()
}

fn without_place(error: &dyn Diagnostic) -> FindingJson {
    let hide = |text: String| brief(&without_keys(&text)).into_owned();
    FindingJson {
        severity: "error",
        code: error
            .code()
            .map(|code| code.to_string())
            .unwrap_or_default(),
        message: hide(error.to_string()),
        help: error.help().map(|help| hide(help.to_string())),
        place: PlaceJson::default(),
        related: Vec::new(),
    }
}

fn json<M: Diagnostic>(finding: &Finding<M>, sources: &Sources) -> FindingJson {
    let hide = |text: String| brief(&without_keys(&text)).into_owned();
    FindingJson {
        severity: if finding.is_error() {
            "error"
        } else {
            "warning"
        },
        code: finding
            .mistake
            .code()
            .map(|code| code.to_string())
            .unwrap_or_default(),
        message: hide(finding.mistake.to_string()),
        help: finding.mistake.help().map(|help| hide(help.to_string())),
        place: place(finding.origin, sources),
        related: finding
            .related
            .iter()
            .map(|(origin, message)| RelatedJson {
                message: message.clone().into_owned(),
                place: place(*origin, sources),
            })
            .collect(),
    }
}

fn place(origin: Origin, sources: &Sources) -> PlaceJson {
    let Some(source) = sources.get(origin.source) else {
        return PlaceJson::default();
    };
    PlaceJson {
        file: Some(source.name.as_ref().to_owned()),
        range: Some(RangeJson {
            start: position(source, origin.start),
            end: position(source, origin.end),
        }),
        bytes: Some([origin.start, origin.end]),
    }
}

fn position(source: &Source, byte: u32) -> PositionJson {
    let byte = (byte as usize).min(source.text.len());
    let line = source.line_at(byte);
    let before = source
        .text
        .get(source.line_start(line)..byte)
        .unwrap_or_default();
    PositionJson {
        line,
        character: before.encode_utf16().count(),
    }
}
