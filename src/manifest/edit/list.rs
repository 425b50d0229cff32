//! Lists that get and lose texts, and entries that are taken out.

use serde_json::Value;

use super::place::{Doc, Found, entries, is_empty, named};
use super::splice::Splice;
use super::wish::Left;
use super::write;
use crate::manifest::node::{Entry, Kind, Node};

impl<'n, 't> Doc<'n, 't> {
    /// Changes a list of texts, or adds it.
    pub(super) fn list(
        &self,
        found: &Found<'n, 't>,
        list: Option<&Entry<'t>>,
        path: &[String],
        add: &[String],
        remove: &[String],
    ) -> Result<Splice, Left> {
        let Some(entry) = list.filter(|entry| !is_empty(&entry.value)) else {
            if !remove.is_empty() {
                return Err(Left::NotWritten);
            }
            let items = add.iter().map(|item| Value::from(item.as_str())).collect();
            return self.set(found, path, &items);
        };
        self.is_own(found.entry)?;
        self.is_own(entry)?;
        if self.key_start(entry) < self.key_start(found.entry) {
            return Err(Left::Shared);
        }
        let Kind::List(items) = &entry.value.kind else {
            return Err(Left::Layout);
        };
        let is_removed = |item: &Node<'_>| match &item.kind {
            Kind::Scalar { text, .. } => remove.iter().any(|it| it == text),
            _ => false,
        };
        if items.iter().filter(|item| is_removed(item)).count() != remove.len() {
            return Err(Left::NotWritten);
        }
        let (start, end) = (self.start(&entry.value), self.end(&entry.value));
        let raw = self.text.get(start..end).unwrap_or_default();
        if raw.contains(['#', '*', '&']) {
            return Err(Left::Layout);
        }
        let kept = items.iter().filter(|item| !is_removed(item));
        let kept = kept.map(|item| {
            self.text
                .get(self.start(item)..self.end(item))
                .unwrap_or_default()
                .to_owned()
        });
        let all: Vec<String> = kept
            .chain(add.iter().map(|item| write::text(item)))
            .collect();
        if self.is_flow(&entry.value) {
            if raw.contains('\n') {
                return Err(Left::Layout);
            }
            return Ok(Splice::new(start..end, format!("[{}]", all.join(", "))));
        }
        // The dash of the first item stands before its text.
        let first = items.first().map_or(start, |item| self.start(item));
        let before = self.text.get(..first).unwrap_or_default();
        let dash = before.rfind('-').ok_or(Left::Layout)?;
        if all.is_empty() {
            let between = self.text.get(self.key_end(entry)..dash).unwrap_or_default();
            let colon = between.find(':').ok_or(Left::Layout)?;
            if between.contains('#') {
                return Err(Left::Layout);
            }
            return Ok(Splice::new(self.key_end(entry) + colon + 1..end, " []"));
        }
        let indent = " ".repeat(dash - self.line_start(dash));
        let separator = format!("{}{indent}", self.newline);
        let lines: Vec<String> = all.iter().map(|item| format!("- {item}")).collect();
        Ok(Splice::new(dash..end, lines.join(&separator)))
    }

    /// Takes an entry out, with its lines or its comma.
    pub(super) fn remove(&self, found: &Found<'n, 't>) -> Result<Splice, Left> {
        let entry = found.entry;
        self.is_own(entry)?;
        let (start, end) = (
            self.key_start(entry),
            self.end(&entry.value).max(self.key_end(entry)),
        );
        let raw = self.text.get(start..end).unwrap_or_default();
        if raw.contains('&') {
            return Err(Left::Shared);
        }
        if entries(&found.above.value).len() == 1 {
            return self.emptied(found.above);
        }
        if !self.is_flow(&found.above.value) {
            if self.indent(start).len() + self.line_start(start) != start {
                return Err(Left::Layout);
            }
            return Ok(Splice::new(
                self.line_start(start)..self.line_end(end),
                String::new(),
            ));
        }
        let rest = self.text.get(end..).unwrap_or_default();
        let trimmed = rest.trim_start();
        if let Some(behind) = trimmed.strip_prefix(',') {
            let spaces = behind.len() - behind.trim_start_matches(' ').len();
            let length = rest.len() - behind.len() + spaces;
            return Ok(Splice::new(start..end + length, String::new()));
        }
        let before = self.text.get(..start).unwrap_or_default();
        let comma = before.trim_end().len().checked_sub(1).ok_or(Left::Layout)?;
        if before.get(comma..comma + 1) != Some(",") {
            return Err(Left::Layout);
        }
        Ok(Splice::new(comma..end, String::new()))
    }

    /// Leaves nothing of a map.
    fn emptied(&self, map: &Entry<'t>) -> Result<Splice, Left> {
        let (start, end) = (self.start(&map.value), self.end(&map.value));
        let between = self.text.get(self.key_end(map)..start).unwrap_or_default();
        let colon = between.find(':').ok_or(Left::Layout)?;
        if between.contains('#') {
            return Err(Left::Layout);
        }
        Ok(Splice::new(self.key_end(map) + colon + 1..end, " {}"))
    }

    /// Makes an entry one of what is to be absent.
    pub(super) fn absent(&self, found: &Found<'n, 't>, name: Option<&str>) -> Result<Splice, Left> {
        self.is_own(found.entry)?;
        let raw = self
            .text
            .get(self.start(&found.entry.value)..self.end(&found.entry.value));
        if raw.is_some_and(|raw| raw.contains(['&', '#'])) {
            return Err(Left::Layout);
        }
        let mut parts: Vec<String> = Vec::new();
        parts.extend(name.map(|name| format!("name: {}", write::text(name))));
        for key in ["parent", "tenantId", "userId", "userUuid"] {
            if let Some(kept) = named(&found.entry.value, key) {
                let value = self
                    .text
                    .get(self.start(&kept.value)..self.end(&kept.value));
                parts.push(format!("{key}: {}", value.unwrap_or_default()));
            }
        }
        parts.push("state: absent".to_owned());
        let value = format!("{{ {} }}", parts.join(", "));
        let splice = self.replace(found.entry, value.clone());
        // A block stands on the lines below its key.
        let key_end = self.key_end(found.entry);
        let between = self
            .text
            .get(key_end..splice.range.start)
            .unwrap_or_default();
        if between.contains('\n') {
            let colon = between.find(':').ok_or(Left::Layout)?;
            let from = key_end + colon + 1;
            return Ok(Splice::new(from..splice.range.end, format!(" {value}")));
        }
        Ok(splice)
    }
}
