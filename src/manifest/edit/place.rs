//! Where things stand in a text, and the replacements that change them.

use hashbrown::HashMap;
use serde_json::{Map, Value};

use crate::manifest::edit::request::{EntryKey, NotEdited};
use crate::manifest::edit::splice::Splice;
use crate::manifest::edit::write;
use crate::manifest::text::list_items::{entries, named};
use crate::manifest::text::node::{Entry, Kind, Node};
use crate::manifest::text::tree;
use crate::model::{Email, SourceId};

/// A text, with an index of its entries. Offsets of the tree are those of the text without its byte-order mark.
pub(crate) struct Doc<'n, 't> {
    pub(crate) text: &'n str,
    /// How many bytes the byte-order mark has.
    mark: usize,
    pub(crate) newline: &'static str,
    root: &'n Node<'t>,
    users: Option<&'n Entry<'t>>,
    by_email: HashMap<Email, usize>,
}

/// The trees of texts, as far as they can be read.
pub(crate) fn trees(texts: &[String]) -> Vec<Option<Node<'_>>> {
    let mut findings = Vec::new();
    let texts = texts.iter().map(|text| {
        let body = text.strip_prefix('\u{feff}').unwrap_or(text);
        tree::read(body, SourceId(0), &mut findings)
    });
    texts.collect()
}

/// An entry, and the map in which it stands.
pub(crate) struct Found<'n, 't> {
    pub(crate) entry: &'n Entry<'t>,
    /// The entry whose value the map is.
    pub(crate) above: &'n Entry<'t>,
}

/// The value at the end of these keys, within an entry; a number is the place of a map in a list.
pub(crate) fn child<'n, 't>(entry: &'n Entry<'t>, path: &[String]) -> Option<&'n Entry<'t>> {
    let (first, rest) = path.split_first()?;
    let (map, first, rest) = match &entry.value.kind {
        Kind::List(items) => {
            let (key, rest) = rest.split_first()?;
            (items.get(first.parse::<usize>().ok()?)?, key, rest)
        }
        _ => (&entry.value, first, rest),
    };
    let found = named(map, first)?;
    if rest.is_empty() {
        return Some(found);
    }
    child(found, rest)
}

impl Found<'_, '_> {
    /// What stands at the end of these keys, within the entry; the entry itself where there are none.
    pub(crate) fn at(&self, path: &[String]) -> Option<Self> {
        let Some((first, rest)) = path.split_first() else {
            return Some(Self {
                entry: self.entry,
                above: self.above,
            });
        };
        let found = Self {
            entry: named(&self.entry.value, first)?,
            above: self.entry,
        };
        found.at(rest)
    }
}

impl<'n, 't> Doc<'n, 't> {
    pub(crate) fn new(text: &'n str, root: &'n Node<'t>) -> Self {
        let users = named(root, "users");
        let emails = users
            .map(|users| entries(&users.value))
            .unwrap_or_default()
            .iter()
            .enumerate();
        Self {
            text,
            mark: if text.starts_with('\u{feff}') {
                '\u{feff}'.len_utf8()
            } else {
                0
            },
            newline: if text.contains("\r\n") { "\r\n" } else { "\n" },
            root,
            users,
            by_email: emails
                .map(|(at, entry)| (Email::new(entry.key.text.as_ref()), at))
                .collect(),
        }
    }

    pub(crate) fn entry(&self, key: &EntryKey) -> Option<Found<'n, 't>> {
        let above = self.map_of(key)?;
        let entry = match key {
            EntryKey::User(email) => entries(&above.value).get(*self.by_email.get(email)?)?,
            EntryKey::Tenant(handle) => named(&above.value, handle.as_str())?,
            EntryKey::Group(name) => named(&above.value, name)?,
            EntryKey::Section(_) => above,
        };
        Some(Found { entry, above })
    }

    /// The map in which entries of a kind stand.
    fn map_of(&self, key: &EntryKey) -> Option<&'n Entry<'t>> {
        match key {
            EntryKey::User(_) => self.users,
            EntryKey::Tenant(_) => named(self.root, "tenants"),
            EntryKey::Group(_) => named(self.root, "groups"),
            EntryKey::Section(name) => named(self.root, name),
        }
    }

    /// How many entries of a kind there are.
    pub(crate) fn count(&self, key: &EntryKey) -> usize {
        self.map_of(key).map_or(0, |map| entries(&map.value).len())
    }

    /// Adds an entry, in the style of the others: in order, where they are in order.
    pub(crate) fn add_entry(&self, key: &EntryKey, value: &Value) -> Result<Splice, NotEdited> {
        let (kind, name) = match key {
            EntryKey::User(email) => ("users", email.to_string()),
            EntryKey::Tenant(handle) => ("tenants", handle.to_string()),
            EntryKey::Group(name) => ("groups", name.clone()),
            EntryKey::Section(_) => return Err(NotEdited::NotWritten),
        };
        let Some(map) = self.map_of(key) else {
            let text = format!(
                "{}:{}  {}: {}",
                kind,
                self.newline,
                write::key_text(&name),
                write::flow(value)
            );
            let end = self.text.len();
            let begin = if self.text.is_empty() || self.text.ends_with('\n') {
                ""
            } else {
                self.newline
            };
            let mut splice = Splice::new(end..end, format!("{begin}{text}{}", self.newline));
            splice.adds = Some(kind.to_owned());
            return Ok(splice);
        };
        self.is_own(map)?;
        let others = entries(&map.value);
        let is_block = others.first().is_some_and(|first| {
            matches!(&first.value.kind, Kind::Map(inner) if !inner.is_empty())
                && !self.is_flow(&first.value)
        });
        let is_sorted = others.is_sorted_by(|one, two| one.key.text <= two.key.text);
        let before = others
            .iter()
            .rev()
            .find(|other| !is_sorted || *other.key.text < *name);
        let (Some(before), false) = (before.or(others.last()), self.is_flow(&map.value)) else {
            return self.add(map, &name, value);
        };
        let first = others.first().ok_or(NotEdited::Layout)?;
        let column = self.key_start(first) - self.line_start(self.key_start(first));
        let mut text = format!("{}:", write::key_text(&name));
        match value
            .as_object()
            .filter(|value| is_block && !value.is_empty())
        {
            Some(fields) => {
                let indent = " ".repeat(column + 2);
                for (field, value) in fields {
                    let (field, value) = (write::key_text(field), write::flow(value));
                    text += &[self.newline, &indent, &field, ": ", &value].concat();
                }
            }
            None => text += &[" ", &write::flow(value)].concat(),
        }
        let end = self.end(&before.value).max(self.key_end(before));
        let mut splice = self.line_behind(end, self.key_start(first), &text);
        splice.adds = Some(name);
        Ok(splice)
    }

    /// Gives an entry another key.
    pub(crate) fn rename(&self, found: &Found<'n, 't>, to: &str) -> Result<Splice, NotEdited> {
        let (start, end) = (self.key_start(found.entry), self.key_end(found.entry));
        let raw = self.text.get(start..end).unwrap_or_default();
        if raw.contains(['&', '*', '$']) {
            return Err(NotEdited::Shared);
        }
        Ok(Splice::new(start..end, write::key_text(to)))
    }

    pub(crate) fn start(&self, node: &Node<'_>) -> usize {
        node.origin.start as usize + self.mark
    }

    pub(crate) fn is_flow(&self, node: &Node<'_>) -> bool {
        self.text
            .get(self.start(node)..)
            .is_some_and(|text| text.starts_with(['{', '[']))
    }

    /// Where a value ends: for a block, where its last value does.
    pub(crate) fn end(&self, node: &Node<'_>) -> usize {
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

    pub(crate) fn key_start(&self, entry: &Entry<'_>) -> usize {
        entry.key.origin.start as usize + self.mark
    }

    pub(crate) fn key_end(&self, entry: &Entry<'_>) -> usize {
        entry.key.origin.end as usize + self.mark
    }

    /// Whether a value is written behind its key, and nowhere else.
    pub(crate) fn is_own(&self, entry: &Entry<'_>) -> Result<(), NotEdited> {
        let (from, to) = (self.key_end(entry), self.start(&entry.value));
        // A value without a text stands where the key ends.
        let between = self.text.get(from..to.max(from)).unwrap_or_default();
        if to < from && !is_empty(&entry.value) || between.contains(['&', '*']) {
            return Err(NotEdited::Shared);
        }
        Ok(())
    }

    /// The first byte of the line of a place.
    pub(crate) fn line_start(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or_default();
        before
            .rfind('\n')
            .map_or(0, |newline| newline + 1)
            .max(self.mark.min(at))
    }

    /// Behind the end of the line of a place.
    pub(crate) fn line_end(&self, at: usize) -> usize {
        let text = self.text;
        if text.get(..at).is_some_and(|before| before.ends_with('\n')) {
            return at;
        }
        let rest = text.get(at..).unwrap_or_default();
        rest.find('\n')
            .map_or(text.len(), |newline| at + newline + 1)
    }

    pub(crate) fn indent(&self, at: usize) -> &'n str {
        let line = self.text.get(self.line_start(at)..at).unwrap_or_default();
        if line.trim().is_empty() { line } else { "" }
    }

    /// Sets a value, or adds its key.
    pub(crate) fn set(
        &self,
        found: &Found<'n, 't>,
        path: &[String],
        value: &Value,
    ) -> Result<Splice, NotEdited> {
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
                return Err(NotEdited::Shared);
            }
            self.is_own(inner)?;
            entry = inner;
        }
        if self.has_variable(&entry.value) {
            return Err(NotEdited::Variable);
        }
        Ok(self.replace(entry, write::flow(value)))
    }

    pub(crate) fn has_variable(&self, node: &Node<'_>) -> bool {
        let text = self
            .text
            .get(self.start(node)..self.end(node))
            .unwrap_or_default();
        text.replace("$$", "").contains("${")
    }

    pub(crate) fn replace(&self, entry: &Entry<'_>, text: String) -> Splice {
        if is_empty(&entry.value) {
            let at = self.key_end(entry);
            let rest = self.text.get(at..).unwrap_or_default();
            let at = at + rest.find(':').map_or(0, |colon| colon + 1);
            return Splice::new(at..at, format!(" {text}"));
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
            return Splice::new(
                self.key_end(entry) + colon..end,
                format!(" {text}{newline}"),
            );
        }
        Splice::new(start..end, text)
    }

    /// Adds a key to the map of an entry, behind its last.
    fn add(&self, entry: &Entry<'t>, key: &str, value: &Value) -> Result<Splice, NotEdited> {
        let (key, value) = (write::key_text(key), write::flow(value));
        let map = &entry.value;
        match &map.kind {
            Kind::Map(inner) if inner.is_empty() => {
                Ok(self.replace(entry, format!("{{ {key}: {value} }}")))
            }
            Kind::Map(inner) => {
                let last = inner.last().ok_or(NotEdited::Layout)?;
                let first = inner.first().ok_or(NotEdited::Layout)?;
                if self.key_start(last) < self.start(map) {
                    return Err(NotEdited::Shared);
                }
                let end = self.end(&last.value).max(self.key_end(last));
                if self.is_flow(map) {
                    let mut splice = Splice::new(end..end, format!(", {key}: {value}"));
                    splice.adds = Some(key);
                    return Ok(splice);
                }
                let mut splice =
                    self.line_behind(end, self.key_start(first), &format!("{key}: {value}"));
                splice.adds = Some(key);
                Ok(splice)
            }
            _ if is_empty(map) => Ok(self.replace(entry, format!("{{ {key}: {value} }}"))),
            _ => Err(NotEdited::Layout),
        }
    }

    /// A line behind the line of a place, indented as another place is.
    pub(crate) fn line_behind(&self, at: usize, like: usize, text: &str) -> Splice {
        let column = " ".repeat(like - self.line_start(like));
        let at = self.line_end(at);
        let before = self.text.get(..at).unwrap_or_default();
        let begin = if before.ends_with('\n') || before.is_empty() {
            ""
        } else {
            self.newline
        };
        let end = if begin.is_empty() { self.newline } else { "" };
        Splice::new(at..at, format!("{begin}{column}{text}{end}"))
    }
}

/// Whether there is nothing behind a key.
pub(crate) fn is_empty(node: &Node<'_>) -> bool {
    matches!(&node.kind, Kind::Scalar { text, plain: true } if text.is_empty())
}
