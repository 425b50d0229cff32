//! Lists that get and lose texts, and entries that are taken out.

use serde_json::Value;

use crate::manifest::edit::place::{Doc, Found, is_empty};
use crate::manifest::edit::request::NotEdited;
use crate::manifest::edit::splice::Splice;
use crate::manifest::edit::write;
use crate::manifest::text::list_items::{entries, named};
use crate::manifest::text::node::{Entry, Kind, Node};

impl<'n, 't> Doc<'n, 't> {
    /// Changes a list of texts, or adds it. A new text takes the place of one that goes.
    pub(crate) fn list(
        &self,
        found: &Found<'n, 't>,
        list: Option<&Entry<'t>>,
        path: &[String],
        add: &[Value],
        remove: &[String],
    ) -> Result<Vec<Splice>, NotEdited> {
        // `{atLeast: […]}` has the list one level down.
        let at_least = list.and_then(|entry| named(&entry.value, "atLeast"));
        let Some(entry) = at_least.or(list).filter(|entry| !is_empty(&entry.value)) else {
            if !remove.is_empty() {
                return Err(NotEdited::NotWritten);
            }
            let items = Value::from(add.to_vec());
            return Ok(vec![self.set(found, path, &items)?]);
        };
        let items = self.own_items(found, entry)?;
        let goes =
            |item: &Node<'_>| name(item).is_some_and(|name| remove.iter().any(|it| it == name));
        let going: Vec<usize> = (0..items.len())
            .filter(|at| items.get(*at).is_some_and(goes))
            .collect();
        if going.len() != remove.len() {
            return Err(NotEdited::NotWritten);
        }
        for item in going.iter().filter_map(|at| items.get(*at)) {
            self.is_own_item(entry, item)?;
        }
        let texts: Vec<String> = add.iter().map(write::flow).collect();
        let (instead, more) = texts.split_at(going.len().min(texts.len()));
        let (replaced, removed) = going.split_at(instead.len());
        let mut splices: Vec<Splice> = replaced
            .iter()
            .zip(instead)
            .filter_map(|(at, text)| {
                // Of a map only the name: an end stays.
                let item = items.get(*at).map(|item| name_node(item).unwrap_or(item))?;
                Some(Splice::new(self.start(item)..self.end(item), text.clone()))
            })
            .collect();
        if !items.is_empty() && removed.len() == items.len() {
            splices.push(self.emptied(entry, "[]")?);
        } else if self.is_flow(&entry.value) {
            splices.extend(self.out_of_flow(items, removed)?);
        } else {
            for item in removed.iter().filter_map(|at| items.get(*at)) {
                let line = self.line_start(self.start(item));
                splices.push(Splice::new(
                    line..self.line_end(self.end(item)),
                    String::new(),
                ));
            }
        }
        if !more.is_empty() {
            splices.push(self.appended(entry, items, more)?);
        }
        Ok(splices)
    }

    /// The items of a list that is written in its entry.
    fn own_items<'i>(
        &self,
        found: &Found<'n, 't>,
        list: &'i Entry<'t>,
    ) -> Result<&'i [Node<'t>], NotEdited> {
        self.is_own(found.entry)?;
        self.is_own(list)?;
        if self.key_start(list) < self.key_start(found.entry) {
            return Err(NotEdited::Shared);
        }
        match &list.value.kind {
            Kind::List(items) => Ok(items),
            _ => Err(NotEdited::Layout),
        }
    }

    /// Gives an item of a list another end, or none.
    pub(crate) fn end_item(
        &self,
        found: &Found<'n, 't>,
        list: Option<&Entry<'t>>,
        item: &str,
        until: Option<&str>,
    ) -> Result<Splice, NotEdited> {
        let node = self.item(found, list, item)?;
        if let (Some(end), Some(until)) = (named(node, "until"), until) {
            self.is_own(end)?;
            if self.has_variable(&end.value) {
                return Err(NotEdited::Variable);
            }
            return Ok(self.replace(end, write::text(until)));
        }
        let name = self.written(name_node(node).ok_or(NotEdited::Layout)?);
        self.instead(
            node,
            match until {
                Some(until) => format!("{{ role: {name}, until: {} }}", write::text(until)),
                None => name.to_owned(),
            },
        )
    }

    /// Puts another item in the place of one.
    pub(crate) fn replace_item(
        &self,
        found: &Found<'n, 't>,
        list: Option<&Entry<'t>>,
        item: &str,
        value: &Value,
    ) -> Result<Splice, NotEdited> {
        let node = self.item(found, list, item)?;
        self.instead(node, write::flow(value))
    }

    /// The item of a list that has a name.
    fn item<'i>(
        &self,
        found: &Found<'n, 't>,
        list: Option<&'i Entry<'t>>,
        item: &str,
    ) -> Result<&'i Node<'t>, NotEdited> {
        let list = list.ok_or(NotEdited::NotWritten)?;
        let list = named(&list.value, "atLeast").unwrap_or(list);
        let mut items = self.own_items(found, list)?.iter();
        let node = items
            .find(|node| name(node) == Some(item))
            .ok_or(NotEdited::NotWritten)?;
        self.is_own_item(list, node)?;
        Ok(node)
    }

    /// Another text for an item, where no comment or anchor is lost.
    fn instead(&self, node: &Node<'_>, text: String) -> Result<Splice, NotEdited> {
        if self.written(node).contains(['#', '&', '*']) {
            return Err(NotEdited::Layout);
        }
        Ok(Splice::new(self.start(node)..self.end(node), text))
    }

    /// The text of a value, as it is written.
    fn written(&self, node: &Node<'_>) -> &'n str {
        let range = self.start(node)..self.end(node);
        self.text.get(range).unwrap_or_default()
    }

    /// Whether an item is written in its list, on a line of its own where that is a block.
    fn is_own_item(&self, list: &Entry<'t>, item: &Node<'t>) -> Result<(), NotEdited> {
        let (start, within) = (
            self.start(item),
            self.start(&list.value)..self.end(&list.value),
        );
        if !within.contains(&start) {
            return Err(NotEdited::Shared);
        }
        if self.is_flow(&list.value) {
            return Ok(());
        }
        let before = self.text.get(self.line_start(start)..start);
        match before.unwrap_or_default().trim() {
            "-" => Ok(()),
            before if before.contains('&') => Err(NotEdited::Shared),
            _ => Err(NotEdited::Layout),
        }
    }

    /// Takes items out of a list in brackets, each run of them with its commas.
    fn out_of_flow(&self, items: &[Node<'t>], removed: &[usize]) -> Result<Vec<Splice>, NotEdited> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for at in removed {
            match runs.last_mut() {
                Some((_, end)) if *end == *at => *end = at + 1,
                _ => runs.push((*at, at + 1)),
            }
        }
        let runs = runs.into_iter().map(|(from, to)| {
            let last = items.get(to - 1).ok_or(NotEdited::Layout)?;
            let first = items.get(from).ok_or(NotEdited::Layout)?;
            let range = match (items.get(to), from.checked_sub(1)) {
                (Some(next), _) => self.start(first)..self.start(next),
                (None, Some(before)) => {
                    self.end(items.get(before).ok_or(NotEdited::Layout)?)..self.end(last)
                }
                (None, None) => return Err(NotEdited::Layout),
            };
            let raw = self.text.get(range.clone()).unwrap_or_default();
            if raw.contains(['#', '&', '*']) {
                return Err(NotEdited::Layout);
            }
            Ok(Splice::new(range, String::new()))
        });
        runs.collect()
    }

    /// Adds items behind the last one.
    fn appended(
        &self,
        list: &Entry<'t>,
        items: &[Node<'t>],
        texts: &[String],
    ) -> Result<Splice, NotEdited> {
        let (start, end) = (self.start(&list.value), self.end(&list.value));
        let Some((first, last)) = items.first().zip(items.last()) else {
            return Ok(Splice::new(start..end, format!("[{}]", texts.join(", "))));
        };
        if !(start..end).contains(&self.start(last)) {
            return Err(NotEdited::Shared);
        }
        if self.is_flow(&list.value) {
            let at = self.end(last);
            return Ok(Splice::new(at..at, format!(", {}", texts.join(", "))));
        }
        // The dash of the first item stands before its text.
        let line = self.line_start(self.start(first));
        let before = self.text.get(line..self.start(first)).unwrap_or_default();
        let dash = line + before.find('-').ok_or(NotEdited::Layout)?;
        let separator = format!("{}{}- ", self.newline, " ".repeat(dash - line));
        Ok(self.line_behind(
            self.end(last),
            dash,
            &format!("- {}", texts.join(&separator)),
        ))
    }

    /// Takes an entry out, with its lines or its comma.
    pub(crate) fn remove(&self, found: &Found<'n, 't>) -> Result<Splice, NotEdited> {
        let entry = found.entry;
        self.is_own(entry)?;
        let (start, end) = (
            self.key_start(entry),
            self.end(&entry.value).max(self.key_end(entry)),
        );
        let raw = self.text.get(start..end).unwrap_or_default();
        if raw.contains('&') {
            return Err(NotEdited::Shared);
        }
        if entries(&found.above.value).len() == 1 {
            return self.emptied(found.above, "{}");
        }
        if !self.is_flow(&found.above.value) {
            if self.indent(start).len() + self.line_start(start) != start {
                return Err(NotEdited::Layout);
            }
            let comments = self.comments_above(self.line_start(start));
            return Ok(Splice::new(comments..self.line_end(end), String::new()));
        }
        let rest = self.text.get(end..).unwrap_or_default();
        let trimmed = rest.trim_start();
        if let Some(behind) = trimmed.strip_prefix(',') {
            let spaces = behind.len() - behind.trim_start_matches(' ').len();
            let length = rest.len() - behind.len() + spaces;
            return Ok(Splice::new(start..end + length, String::new()));
        }
        let before = self.text.get(..start).unwrap_or_default();
        let comma = before
            .trim_end()
            .len()
            .checked_sub(1)
            .ok_or(NotEdited::Layout)?;
        if before.get(comma..comma + 1) != Some(",") {
            return Err(NotEdited::Layout);
        }
        Ok(Splice::new(comma..end, String::new()))
    }

    /// Where the comments begin that stand directly above a line, as far indented.
    fn comments_above(&self, line: usize) -> usize {
        let column = |line: &str| line.len() - line.trim_start_matches(' ').len();
        let own = column(self.text.get(line..).unwrap_or_default());
        let mut first = line;
        while first > 0 {
            let above = self.line_start(first - 1);
            let text = self.text.get(above..first).unwrap_or_default();
            if above == first || !text.trim_start().starts_with('#') || column(text) != own {
                break;
            }
            first = above;
        }
        first
    }

    /// Leaves nothing of a map or a list but its brackets.
    fn emptied(&self, entry: &Entry<'t>, brackets: &str) -> Result<Splice, NotEdited> {
        let (start, end) = (self.start(&entry.value), self.end(&entry.value));
        let from = self.key_end(entry);
        let between = self.text.get(from..start).unwrap_or_default();
        let colon = between.find(':').ok_or(NotEdited::Layout)?;
        let raw = self.text.get(from..end).unwrap_or_default();
        if raw.contains(['#', '&', '*']) {
            return Err(NotEdited::Layout);
        }
        Ok(Splice::new(from + colon + 1..end, format!(" {brackets}")))
    }

    /// Makes an entry one of what is to be absent.
    pub(crate) fn absent(
        &self,
        found: &Found<'n, 't>,
        name: Option<&str>,
    ) -> Result<Splice, NotEdited> {
        self.is_own(found.entry)?;
        let raw = self
            .text
            .get(self.start(&found.entry.value)..self.end(&found.entry.value));
        if raw.is_some_and(|raw| raw.contains('&')) {
            return Err(NotEdited::Shared);
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
            let colon = between.find(':').ok_or(NotEdited::Layout)?;
            let from = key_end + colon + 1;
            return Ok(Splice::new(from..splice.range.end, format!(" {value}")));
        }
        Ok(splice)
    }
}

/// What an item names: itself, or the `role`, `user` or `handle` of a map.
fn name_node<'n, 't>(item: &'n Node<'t>) -> Option<&'n Node<'t>> {
    match &item.kind {
        Kind::Scalar { .. } => Some(item),
        _ => ["role", "user", "handle"]
            .into_iter()
            .find_map(|key| named(item, key))
            .map(|entry| &entry.value),
    }
}

/// The name that an item of a list of roles, users or tenants has.
pub(crate) fn name<'n>(item: &'n Node<'_>) -> Option<&'n str> {
    match &name_node(item)?.kind {
        Kind::Scalar { text, .. } => Some(text),
        _ => None,
    }
}
