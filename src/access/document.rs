//! The rows as a JSON document with a published schema.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;

use crate::access::compare::Difference;
use crate::access::row::Access;
use crate::model::{DocumentKind, Mode, TenantId};

/// The version of the document that this program writes.
const FORMAT_VERSION: u32 = 1;

/// Who has what in a workspace.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AccessDocument {
    /// What this is: `access`.
    #[schemars(with = "String", extend("const" = "access"))]
    document: DocumentKind,
    /// The version of this document: 1.
    format_version: u32,
    /// The version of ufsync that wrote it.
    tool: String,
    /// The workspace.
    pub workspace: TenantId,
    /// Which of its two sets of data.
    pub mode: Mode,
    /// When it was read, as in RFC 3339.
    pub time: String,
    /// Who made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub made_by: Option<String>,
    /// The commit of the manifest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// One row for each grant.
    pub grants: Vec<Access>,
    /// What is different from an earlier snapshot, where there is one to compare with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
}

impl AccessDocument {
    pub(crate) fn new(
        workspace: TenantId,
        mode: Mode,
        time: String,
        grants: Vec<Access>,
        difference: Option<Difference>,
    ) -> Self {
        Self {
            document: DocumentKind::Access,
            format_version: FORMAT_VERSION,
            tool: format!("ufsync {}", env!("CARGO_PKG_VERSION")),
            workspace,
            mode,
            time,
            made_by: None,
            commit: None,
            grants,
            difference,
        }
    }

    /// The version of ufsync that wrote it.
    pub(crate) fn tool(&self) -> &str {
        &self.tool
    }
}

/// The schema of the document, draft 7.
pub(crate) fn schema() -> Value {
    let generator = SchemaSettings::draft07().for_serialize().into_generator();
    generator
        .into_root_schema_for::<AccessDocument>()
        .to_value()
}
