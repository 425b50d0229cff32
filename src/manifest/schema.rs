//! The JSON Schema of the manifest, made from [`syntax`](super::syntax).

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::syntax::Manifest;

/// The schema as a JSON document. It is draft 7, which the editors in use understand.
pub fn schema() -> Value {
    let generator = SchemaSettings::draft07().into_generator();
    generator.into_root_schema_for::<Manifest>().to_value()
}
