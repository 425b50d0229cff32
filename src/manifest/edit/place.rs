//! Where things stand in a text, and the replacements that change them.

use hashbrown::HashMap;
use serde_json::{Map, Value};

use super::splice::Splice;
use super::wish::{EntryKey, Left};
use super::write;
use crate::manifest::node::{Entry, Kind, Node};
use crate::model::{Email, RoleName};

/// A text, with an index of its entries. Offsets of the tree are those of the text without its byte-order mark.
pub(super) struct Doc<'n, 't> {
    text: &'n str,
    /// How many bytes the byte-order mark has.
    mark: usize,
    newline: &'static str,
    users: Option<&'n Node<'t>>,
    tenants: Option<&'n Node<'t>>,
    by_email: HashMap<Email, usize>,
}

/// An entry, and the map in which it stands.
pub(super) struct Found<'n, 't> {
    pub(super) entry: &'n Entry<'t>,
    pub(super) map_start: usize,
    pub(super) siblings: usize,
    is_flow: bool,
}

fn entries<'n, 't>(node: &'n Node<'t>) -> &'n [Entry<'t>] {
    match &node.kind {
        Kind::Map(entries) => entries,
        _ => &[],
    }
}

fn named<'n, 't>(node: &'n Node<'t>, key: &str) -> Option<&'n Entry<'t>> {
    entries(node).iter().find(|entry| entry.key.text == key)
}

/// The value at the end of these keys, within an entry.
pub(super) fn child<'n, 't>(entry: &'n Entry<'t>, path: &[String]) -> Option<&'n Entry<'t>> {
    let (first, rest) = path.split_first()?;
    let found = named(&entry.value, first)?;
    if rest.is_empty() {
        return Some(found);
    }
    child(found, rest)
}

impl<'n, 't> Doc<'n, 't> {
    pub(super) fn new(text: &'n str, root: &'n Node<'t>) -> Self {
        let part = |key| named(root, key).map(|entry| &entry.value);
        let users = part("users");
        let emails = users.map(entries).unwrap_or_default().iter().enumerate();
        Self {
            text,
            mark: if text.starts_with('\u{feff}') {
                '\u{feff}'.len_utf8()
            } else {
                0
            },
            newline: if text.contains("\r\n") { "\r\n" } else { "\n" },
            users,
            tenants: part("tenants"),
            by_email: emails
                .map(|(at, entry)| (Email::new(entry.key.text.as_ref()), at))
                .collect(),
        }
    }

    pub(super) fn entry(&self, key: &EntryKey) -> Option<Found<'n, 't>> {
        let (map, entry) = match key {
            EntryKey::User(email) => {
                let users = self.users?;
                (users, entries(users).get(*self.by_email.get(email)?)?)
            }
            EntryKey::Tenant(handle) => {
                let tenants = self.tenants?;
                (tenants, named(tenants, handle.as_str())?)
            }
        };
        Some(Found {
            entry,
            map_start: self.start(map),
            siblings: entries(map).len(),
            is_flow: self.is_flow(map),
        })
    }

    fn start(&self, node: &Node<'_>) -> usize {
        node.origin.start as usize + self.mark
    }

    fn is_flow(&self, node: &Node<'_>) -> bool {
        self.text
            .get(self.start(node)..)
            .is_some_and(|text| text.starts_with(['{', '[']))
    }

    /// Where a value ends: for a block, where its last value does.
    fn end(&self, node: &Node<'_>) -> usize {
        let own = node.origin.end as usize + self.mark;
        match &node.kind {
            Kind::Map(entries) if !self.is_flow(node) => entries
                .last()
                .map_or(own, |entry| self.end(&entry.value).max(self.key_end(entry))),
            Kind::List(items) if !self.is_flow(node) => {
                items.last().map_or(own, |item| self.end(item))
            }
            _ => own,
        }
    }

    fn key_start(&self, entry: &Entry<'_>) -> usize {
        entry.key.origin.start as usize + self.mark
    }

    fn key_end(&self, entry: &Entry<'_>) -> usize {
        entry.key.origin.end as usize + self.mark
    }

    /// Whether a value is written behind its key, and nowhere else.
    fn is_own(&self, entry: &Entry<'_>) -> Result<(), Left> {
        let (from, to) = (self.key_end(entry), self.start(&entry.value));
        // A value without a text stands where the key ends.
        let between = self.text.get(from..to.max(from)).unwrap_or_default();
        if to < from && !is_empty(&entry.value) || between.contains(['&', '*']) {
            return Err(Left::Shared);
        }
        Ok(())
    }

    /// The first byte of the line of a place.
    fn line_start(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or_default();
        before
            .rfind('\n')
            .map_or(0, |newline| newline + 1)
            .max(self.mark.min(at))
    }

    /// Behind the end of the line of a place.
    fn line_end(&self, at: usize) -> usize {
        let text = self.text;
        if text.get(..at).is_some_and(|before| before.ends_with('\n')) {
            return at;
        }
        let rest = text.get(at..).unwrap_or_default();
        rest.find('\n')
            .map_or(text.len(), |newline| at + newline + 1)
    }

    fn indent(&self, at: usize) -> &'n str {
        let line = self.text.get(self.line_start(at)..at).unwrap_or_default();
        if line.trim().is_empty() { line } else { "" }
    }

    /// Sets a value, or adds its key.
    pub(super) fn set(
        &self,
        found: &Found<'n, 't>,
        path: &[String],
        value: &Value,
    ) -> Result<Splice, Left> {
        self.is_own(found.entry)?;
        let mut entry = found.entry;
        for (depth, key) in path.iter().enumerate() {
            let rest = path.get(depth + 1..).unwrap_or_default();
            let Some(inner) = named(&entry.value, key) else {
                let nested = rest.iter().rev().fold(value.clone(), |value, key| {
                    Value::Object(Map::from_iter([(key.clone(), value)]))
                });
                return self.add(entry, key, &nested);
            };
            // What a merge key brings in stands in another place.
            if self.key_start(inner) < self.key_end(entry) {
                return Err(Left::Shared);
            }
            self.is_own(inner)?;
            entry = inner;
        }
        if self.has_variable(&entry.value) {
            return Err(Left::Variable);
        }
        Ok(self.replace(entry, write::flow(value)))
    }

    fn has_variable(&self, node: &Node<'_>) -> bool {
        let text = self
            .text
            .get(self.start(node)..self.end(node))
            .unwrap_or_default();
        text.replace("$$", "").contains("${")
    }

    fn replace(&self, entry: &Entry<'_>, text: String) -> Splice {
        if is_empty(&entry.value) {
            let at = self.key_end(entry);
            let rest = self.text.get(at..).unwrap_or_default();
            let at = at + rest.find(':').map_or(0, |colon| colon + 1);
            return Splice {
                range: at..at,
                text: format!(" {text}"),
            };
        }
        let (start, end) = (self.start(&entry.value), self.end(&entry.value));
        let between = self
            .text
            .get(self.key_end(entry)..start)
            .unwrap_or_default();
        let colon = between.find(':').map_or(0, |colon| colon + 1);
        let header = between.get(colon..).unwrap_or_default().trim_start();
        if header.starts_with(['|', '>']) {
            // A block scalar: from behind the colon to the end of its last line.
            let line = self.line_start(end);
            let is_next = self
                .text
                .get(line..end)
                .is_some_and(|it| it.trim().is_empty());
            let end = if is_next { line } else { end };
            let has_end = self
                .text
                .get(..end)
                .is_some_and(|before| before.ends_with('\n'));
            let newline = if has_end { self.newline } else { "" };
            return Splice {
                range: self.key_end(entry) + colon..end,
                text: format!(" {text}{newline}"),
            };
        }
        Splice {
            range: start..end,
            text,
        }
    }

    /// Adds a key to the map of an entry, behind its last.
    fn add(&self, entry: &Entry<'t>, key: &str, value: &Value) -> Result<Splice, Left> {
        let (key, value) = (write::text(key), write::flow(value));
        let map = &entry.value;
        match &map.kind {
            Kind::Map(inner) if inner.is_empty() => {
                Ok(self.replace(entry, format!("{{ {key}: {value} }}")))
            }
            Kind::Map(inner) => {
                let last = inner.last().ok_or(Left::Layout)?;
                let first = inner.first().ok_or(Left::Layout)?;
                if self.key_start(last) < self.start(map) {
                    return Err(Left::Shared);
                }
                let end = self.end(&last.value).max(self.key_end(last));
                if self.is_flow(map) {
                    return Ok(Splice {
                        range: end..end,
                        text: format!(", {key}: {value}"),
                    });
                }
                Ok(self.line_behind(end, self.key_start(first), &format!("{key}: {value}")))
            }
            _ if is_empty(map) => Ok(self.replace(entry, format!("{{ {key}: {value} }}"))),
            _ => Err(Left::Layout),
        }
    }

    /// A line behind the line of a place, indented as another place is.
    fn line_behind(&self, at: usize, like: usize, text: &str) -> Splice {
        let column = " ".repeat(like - self.line_start(like));
        let at = self.line_end(at);
        let before = self.text.get(..at).unwrap_or_default();
        let begin = if before.ends_with('\n') || before.is_empty() {
            ""
        } else {
            self.newline
        };
        let end = if begin.is_empty() { self.newline } else { "" };
        Splice {
            range: at..at,
            text: format!("{begin}{column}{text}{end}"),
        }
    }

    /// Changes a list of roles, or adds it.
    pub(super) fn roles(
        &self,
        found: &Found<'n, 't>,
        list: Option<&Entry<'t>>,
        path: &[String],
        add: &[RoleName],
        remove: &[RoleName],
    ) -> Result<Splice, Left> {
        let Some(entry) = list.filter(|entry| !is_empty(&entry.value)) else {
            if !remove.is_empty() {
                return Err(Left::NotWritten);
            }
            let roles = add.iter().map(|role| Value::from(role.as_str())).collect();
            return self.set(found, path, &roles);
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
            Kind::Scalar { text, .. } => remove.iter().any(|role| role.as_str() == text),
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
            .chain(add.iter().map(|role| write::text(role.as_str())))
            .collect();
        if self.is_flow(&entry.value) {
            if raw.contains('\n') {
                return Err(Left::Layout);
            }
            return Ok(Splice {
                range: start..end,
                text: format!("[{}]", all.join(", ")),
            });
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
            return Ok(Splice {
                range: self.key_end(entry) + colon + 1..end,
                text: " []".to_owned(),
            });
        }
        let indent = " ".repeat(dash - self.line_start(dash));
        let separator = format!("{}{indent}", self.newline);
        let lines: Vec<String> = all.iter().map(|item| format!("- {item}")).collect();
        Ok(Splice {
            range: dash..end,
            text: lines.join(&separator),
        })
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
        if !found.is_flow {
            if self.indent(start).len() + self.line_start(start) != start {
                return Err(Left::Layout);
            }
            return Ok(Splice {
                range: self.line_start(start)..self.line_end(end),
                text: String::new(),
            });
        }
        let rest = self.text.get(end..).unwrap_or_default();
        let trimmed = rest.trim_start();
        if let Some(behind) = trimmed.strip_prefix(',') {
            let spaces = behind.len() - behind.trim_start_matches(' ').len();
            let length = rest.len() - behind.len() + spaces;
            return Ok(Splice {
                range: start..end + length,
                text: String::new(),
            });
        }
        let before = self.text.get(..start).unwrap_or_default();
        let comma = before.trim_end().len().checked_sub(1).ok_or(Left::Layout)?;
        if before.get(comma..comma + 1) != Some(",") {
            return Err(Left::Layout);
        }
        Ok(Splice {
            range: comma..end,
            text: String::new(),
        })
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
            return Ok(Splice {
                range: from..splice.range.end,
                text: format!(" {value}"),
            });
        }
        Ok(splice)
    }
}

/// Whether there is nothing behind a key.
fn is_empty(node: &Node<'_>) -> bool {
    matches!(&node.kind, Kind::Scalar { text, plain: true } if text.is_empty())
}
