//! `restrictions` as a list of [`Restriction`]s. In: the value behind the key. Out: each with the files that it is for, and findings.

use crate::manifest::syntax::rule_syntax::{RestrictedRecord, RestrictedTenant, Restriction};
use crate::manifest::text::decode::Decoder;
use crate::manifest::text::node::{Entry, Kind, Node};
use crate::manifest::{Finding, ManifestError};
use crate::model::{AddressPatterns, PathPattern};

pub(crate) fn read(
    entry: &Entry<'_>,
    findings: &mut Vec<Finding>,
) -> Vec<(Restriction, PathPattern)> {
    let decoder = &mut Decoder::new(findings);
    let items = decoder.list("a list of restrictions", &entry.value);
    let rules = items.unwrap_or_default().iter().filter_map(|item| {
        let mut fields = decoder.fields("a restriction", item);
        let files = fields.take("files");
        if files.is_none() {
            decoder.wrong_type("a restriction with `files`", item);
        }
        let files = files.and_then(|node| decoder.filled("a pattern for files", node));
        let everything = fields
            .take("everything")
            .and_then(|node| decoder.boolean(node));
        let mut list = |key, expected, what| -> Vec<String> {
            let texts = fields
                .take(key)
                .and_then(|node| decoder.texts(expected, what, node));
            let texts = texts.unwrap_or_default();
            if key == "users" {
                for text in &texts {
                    if let Err(error) = AddressPatterns::new([&*text.value]) {
                        let pattern = text.value.to_string();
                        let reason = error.reason;
                        decoder.report(ManifestError::BadPattern { pattern, reason }, text.origin);
                    }
                }
            }
            texts.iter().map(|text| text.value.to_string()).collect()
        };
        let (roles, users) = (
            list("roles", "a list of roles", "the name of a role"),
            list("users", "a list of patterns", "a pattern"),
        );
        let workspace_roles = list("workspaceRoles", "a list of roles", "the name of a role");
        let has_workspace_roles = fields.key_origin("workspaceRoles").is_some();
        let identity = fields
            .take("identity")
            .and_then(|node| decoder.boolean(node));
        let tenants = fields.take("tenants");
        let tenants = tenants.and_then(|node| decoder.list("a list of tenants", node));
        let tenants = tenants.unwrap_or_default().iter();
        let tenants = tenants.filter_map(|node| tenant(node, decoder)).collect();
        fields.finish(decoder);
        let restriction = Restriction {
            files: files.as_ref()?.value.to_string(),
            everything: everything.is_some_and(|flag| flag.value),
            tenants,
            roles,
            users,
            workspace_roles: has_workspace_roles.then_some(workspace_roles),
            identity: identity.is_some_and(|flag| flag.value),
        };
        match PathPattern::new(&restriction.files, false) {
            Ok(files) => Some((restriction, files)),
            Err(reason) => {
                let mistake = ManifestError::BadPattern {
                    pattern: restriction.files,
                    reason,
                };
                decoder.report(mistake, files?.origin);
                None
            }
        }
    });
    rules.collect()
}

/// A handle, or the record that one means.
fn tenant(node: &Node<'_>, decoder: &mut Decoder<'_>) -> Option<RestrictedTenant> {
    if !matches!(node.kind, Kind::Map(_)) {
        let handle = decoder.filled("a handle", node)?;
        return Some(RestrictedTenant::Handle(handle.value.to_string()));
    }
    let mut fields = decoder.fields("a tenant of a restriction", node);
    let mut text = |decoder: &mut Decoder<'_>, key, what| {
        let node = fields.take(key)?;
        Some(decoder.filled(what, node)?.value.to_string())
    };
    let record = RestrictedRecord {
        handle: text(decoder, "handle", "a handle").unwrap_or_default(),
        name: text(decoder, "name", "a name"),
        tenant_id: text(decoder, "tenantId", "an id"),
        parent: text(decoder, "parent", "a handle"),
        renamed_from: text(decoder, "renamedFrom", "a name"),
        origin: node.origin,
    };
    fields.finish(decoder);
    if record.handle.is_empty() || record.name.is_none() == record.tenant_id.is_none() {
        decoder.wrong_type("`handle`, and one of `name` and `tenantId`", node);
        return None;
    }
    Some(RestrictedTenant::Record(record))
}
