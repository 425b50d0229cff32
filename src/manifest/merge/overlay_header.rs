//! What only an overlay says at its top: that it is one, and what variables stand for.

use std::collections::BTreeMap;

use crate::manifest::Finding;
use crate::manifest::findings::variable_mistake::VariableMistake;
use crate::manifest::merge::vars;
use crate::manifest::text::decode::Decoder;
use crate::manifest::text::node::{Kind, Node};
use crate::model::Origin;

/// Takes `overlay` and `vars` out of the root of an overlay. The variables come back, and where they are written.
pub(crate) fn take_out(
    root: &mut Node<'_>,
    findings: &mut Vec<Finding>,
) -> (BTreeMap<String, String>, Option<Origin>) {
    let Kind::Map(entries) = &mut root.kind else {
        return (BTreeMap::new(), None);
    };
    let mut place = None;
    let mut values = BTreeMap::new();
    let decoder = &mut Decoder::new(findings);
    for entry in entries.extract_if(.., |it| matches!(&*it.key.text, "overlay" | "vars")) {
        if entry.key.text == "overlay" {
            decoder.boolean(&entry.value);
            continue;
        }
        place = Some(entry.key.origin);
        let what = "a map from names to texts";
        let read = decoder.entries(what, &entry.value, |decoder, name, node| {
            if !vars::is_name(&name.value) {
                let name_text = name.value.to_string();
                decoder.report(
                    VariableMistake::BadVariableName { name: name_text },
                    name.origin,
                );
            }
            decoder.text("the value of a variable", node)
        });
        let read = read.0.into_iter();
        values.extend(read.map(|(name, value)| (name.value.to_string(), value.value.to_string())));
    }
    (values, place)
}

/// Whether a text begins as an overlay does: its first line that is no comment is `overlay: true`.
pub(crate) fn is_overlay(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lines = text.lines().map(str::trim_end);
    let first = lines.find(|line| !line.is_empty() && !line.starts_with('#') && *line != "---");
    first
        .and_then(|line| line.split('#').next())
        .is_some_and(|line| line.trim() == "overlay: true")
}
