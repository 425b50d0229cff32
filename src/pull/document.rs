//! A pull as a JSON document with a published schema.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;

use crate::model::DocumentKind;
use crate::plan::Address;
use crate::pull::pulled::NotPulled;

/// The version of the document that this program writes.
const FORMAT_VERSION: u32 = 1;

/// What `ufsync pull` writes, or would write, and what it leaves.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PullDocument {
    /// What this is: `pull`.
    #[schemars(with = "String", extend("const" = "pull"))]
    document: DocumentKind,
    /// The version of this document: 1.
    format_version: u32,
    /// The version of ufsync that wrote it.
    tool: String,
    /// The files that change.
    files: Vec<FileChange>,
    /// What differs and is not written.
    stays: Vec<StaysDocument>,
}

/// A file that changes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct FileChange {
    /// The file.
    path: String,
    /// What changes, in the form of `diff -u`.
    diff: String,
}

/// A difference that stays.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StaysDocument {
    /// What it is about.
    address: Address,
    /// Why it can't be written, and where a person can change it.
    why: String,
}

impl PullDocument {
    /// The document of these differences, by file.
    pub(crate) fn new(files: impl Iterator<Item = (String, String)>, stays: &[NotPulled]) -> Self {
        let stays = stays.iter().map(|it| StaysDocument {
            address: it.address.clone(),
            why: it.why.clone(),
        });
        Self {
            document: DocumentKind::Pull,
            format_version: FORMAT_VERSION,
            tool: format!("ufsync {}", env!("CARGO_PKG_VERSION")),
            files: files
                .map(|(path, diff)| FileChange { path, diff })
                .collect(),
            stays: stays.collect(),
        }
    }
}

/// The schema of the document, draft 7.
pub(crate) fn schema() -> Value {
    let generator = SchemaSettings::draft07().for_serialize().into_generator();
    generator.into_root_schema_for::<PullDocument>().to_value()
}
