//! [`Node`] → typed values: small readers that push a finding where the type is wrong and go on.

use std::sync::Arc;

use hashbrown::HashSet;

use serde_json::{Map, Value};

use crate::manifest::syntax::manifest::{Entries, GroupUser, RoleItem, RoleList, Text};
use crate::manifest::text::node::{Entry, Key, Kind, Node};
use crate::manifest::text::scalar::{Plain, classify};
use crate::manifest::{Finding, ManifestError, RoleMistake};
use crate::model::{Field, Origin, Spanned, Until, suggest};

/// How many names are kept to be shared.
const MOST_NAMES: usize = 10_000;
/// The longest text that is repeated in an example, in characters.
const LONGEST_EXAMPLE: usize = 60;
/// What to write for a field that can be cleared.
const CLEAR: &str = "Write `null` to clear it";

/// Collects findings while a document is decoded.
pub(crate) struct Decoder<'f> {
    findings: &'f mut Vec<Finding>,
    /// Names that come again and again, such as those of roles, are kept once.
    names: HashSet<Arc<str>>,
}

impl<'f> Decoder<'f> {
    pub(crate) fn new(findings: &'f mut Vec<Finding>) -> Self {
        Self {
            findings,
            names: HashSet::new(),
        }
    }

    fn shared(&mut self, text: &str) -> Arc<str> {
        if let Some(known) = self.names.get(text) {
            return Arc::clone(known);
        }
        let text: Arc<str> = Arc::from(text);
        if self.names.len() < MOST_NAMES {
            self.names.insert(Arc::clone(&text));
        }
        text
    }

    pub(crate) fn report(&mut self, mistake: impl Into<ManifestError>, origin: Origin) {
        self.findings.push(Finding::new(mistake, origin));
    }

    pub(crate) fn wrong_type(&mut self, expected: &'static str, node: &Node<'_>) {
        self.wrong(expected, &format!("Write {expected} here"), node);
    }

    /// A value of the wrong type, and what to write instead.
    fn wrong(&mut self, expected: &'static str, remedy: &str, node: &Node<'_>) {
        let (found, help) = match node.kind {
            // It is reported already.
            Kind::Broken => return,
            _ if is_nothing(node) => ("nothing", format!("{remedy}, or remove the line.")),
            _ => (node.describe(), format!("{remedy}.")),
        };
        self.report(
            ManifestError::WrongType {
                expected,
                found,
                help,
            },
            node.origin,
        );
    }

    /// Text. Plain scalars that YAML reads as something else are reported; their spelling is kept so that reading goes on.
    pub(crate) fn text(&mut self, expected: &'static str, node: &Node<'_>) -> Option<Text> {
        let Kind::Scalar { text, plain } = &node.kind else {
            self.wrong_type(expected, node);
            return None;
        };
        if is_null(node) {
            self.wrong_type(expected, node);
            return None;
        }
        self.check_plain(text, *plain, node.origin);
        Some(Spanned::new(Arc::from(&**text), node.origin))
    }

    fn check_plain(&mut self, text: &str, plain: bool, origin: Origin) {
        if !plain {
            return;
        }
        let mistake = match classify(text) {
            Plain::Text => return,
            Plain::Null => ManifestError::WrongType {
                expected: "text",
                found: "nothing (null)",
                help: "Write text here.".to_owned(),
            },
            other => ManifestError::UnquotedText {
                text: text.to_owned(),
                found: other.describe(),
            },
        };
        self.report(mistake, origin);
    }

    /// A key of a map in which any key may stand.
    pub(crate) fn key(&mut self, key: &Key<'_>) -> Text {
        self.check_plain(&key.text, key.plain, key.origin);
        Spanned::new(Arc::from(&*key.text), key.origin)
    }

    /// Text that may not be empty.
    pub(crate) fn filled(&mut self, what: &'static str, node: &Node<'_>) -> Option<Text> {
        let text = self.text(what, node)?;
        if text.value.trim().is_empty() {
            self.report(ManifestError::Empty { what }, node.origin);
        }
        Some(text)
    }

    /// Text, or `null` to clear the field.
    pub(crate) fn field(&mut self, expected: &'static str, node: Option<&Node<'_>>) -> Field<Text> {
        match node {
            None => Field::Unmanaged,
            Some(node) if is_nothing(node) => {
                self.wrong(expected, CLEAR, node);
                Field::Unmanaged
            }
            Some(node) if is_null(node) => Field::Clear,
            Some(node) => self
                .text(expected, node)
                .map_or(Field::Unmanaged, Field::Set),
        }
    }

    pub(crate) fn boolean(&mut self, node: &Node<'_>) -> Option<Spanned<bool>> {
        if let Kind::Scalar { text, plain: true } = &node.kind
            && let Plain::Bool(value) = classify(text)
        {
            return Some(Spanned::new(value, node.origin));
        }
        self.wrong_type("true or false", node);
        None
    }

    pub(crate) fn whole_number(&mut self, node: &Node<'_>) -> Option<Spanned<u64>> {
        if let Kind::Scalar { text, plain: true } = &node.kind
            && let Plain::Number(number) = classify(text)
            && let Some(value) = number.as_u64()
        {
            return Some(Spanned::new(value, node.origin));
        }
        self.wrong_type("a whole number", node);
        None
    }

    /// A list of roles, or a map with `atLeast` and one.
    pub(crate) fn roles(&mut self, node: &Node<'_>) -> Option<Spanned<RoleList>> {
        if !matches!(node.kind, Kind::Map(_)) {
            let items = self.role_items(node)?;
            let at_least = false;
            return Some(Spanned::new(RoleList { items, at_least }, node.origin));
        }
        let mut fields = self.fields("a list of roles", node);
        let list = fields.take("atLeast");
        fields.finish(self);
        let items = list.and_then(|list| self.role_items(list))?;
        let at_least = true;
        Some(Spanned::new(RoleList { items, at_least }, node.origin))
    }

    fn role_items(&mut self, node: &Node<'_>) -> Option<Vec<RoleItem>> {
        const WHAT: &str = "the name of a role";
        let items = self.list("a list of roles", node)?;
        let mut roles = Vec::with_capacity(items.len());
        for item in items {
            let (role, until) = self.until(WHAT, "a role", "role", item);
            if let Some(mut role) = role {
                role.value = self.shared(&role.value);
                roles.push(RoleItem { role, until });
            }
        }
        Some(roles)
    }

    pub(crate) fn group_users(&mut self, node: &Node<'_>) -> Option<Vec<GroupUser>> {
        let items = self.list("a list of e-mails", node)?;
        let users = items.iter().filter_map(|item| {
            let (email, until) = self.until("an e-mail", "a user of a group", "user", item);
            email.map(|email| GroupUser { email, until })
        });
        Some(users.collect())
    }

    /// A name, or a map with the name and when what it is given ends.
    fn until(
        &mut self,
        what: &'static str,
        map: &'static str,
        key: &'static str,
        node: &Node<'_>,
    ) -> (Option<Text>, Option<Box<Spanned<Until>>>) {
        if !matches!(node.kind, Kind::Map(_)) {
            return (self.filled(what, node), None);
        }
        let mut fields = self.fields(map, node);
        let name = fields.take(key).and_then(|node| self.filled(what, node));
        let until = fields.take("until").and_then(|node| {
            // A day is no text to YAML 1.1.
            let until = match &node.kind {
                Kind::Scalar { text, .. } => Until::parse(text),
                _ => None,
            };
            if until.is_none() {
                self.report(RoleMistake::BadUntil, node.origin);
            }
            until.map(|until| Box::new(Spanned::new(until, node.origin)))
        });
        if fields.key_origin(key).is_none() {
            self.wrong_type(what, node);
        }
        fields.finish(self);
        (name, until)
    }

    pub(crate) fn list<'n, 't>(
        &mut self,
        expected: &'static str,
        node: &'n Node<'t>,
    ) -> Option<&'n [Node<'t>]> {
        let remedy = match &node.kind {
            Kind::List(items) => return Some(items),
            _ if is_null(node) => "Write `[]` for an empty list".to_owned(),
            Kind::Scalar { text, .. } if text.chars().count() <= LONGEST_EXAMPLE => {
                format!("Write a list: [{}]", as_item(text))
            }
            _ => format!("Write {expected} here"),
        };
        self.wrong(expected, &remedy, node);
        None
    }

    /// A list of texts, none of them empty.
    pub(crate) fn texts(
        &mut self,
        expected: &'static str,
        what: &'static str,
        node: &Node<'_>,
    ) -> Option<Vec<Text>> {
        let items = self.list(expected, node)?;
        Some(
            items
                .iter()
                .filter_map(|item| self.filled(what, item))
                .collect(),
        )
    }

    /// A map with any keys; `read` turns each value into what is due.
    pub(crate) fn entries<V>(
        &mut self,
        expected: &'static str,
        node: &Node<'_>,
        mut read: impl FnMut(&mut Self, &Text, &Node<'_>) -> Option<V>,
    ) -> Entries<V> {
        let Kind::Map(pairs) = &node.kind else {
            if !is_null(node) {
                self.wrong_type(expected, node);
            }
            return Entries::default();
        };
        let mut entries = Vec::with_capacity(pairs.len());
        for Entry { key, value } in pairs {
            let mut key = self.key(key);
            key.value = self.shared(&key.value);
            if let Some(value) = read(self, &key, value) {
                entries.push((key, value));
            }
        }
        Entries(entries)
    }

    /// A long map with any keys. Each value is let go as soon as it is read: a manifest of many people would otherwise
    /// be in memory twice.
    pub(crate) fn long_entries<V>(
        &mut self,
        expected: &'static str,
        node: Node<'_>,
        mut read: impl FnMut(&mut Self, &Text, &Node<'_>) -> V,
    ) -> Entries<V> {
        let Kind::Map(pairs) = node.kind else {
            if !is_null(&node) {
                self.wrong_type(expected, &node);
            }
            return Entries::default();
        };
        let mut entries = Vec::with_capacity(pairs.len());
        for Entry { key, value } in pairs {
            let key = self.key(&key);
            let value = read(self, &key, &value);
            entries.push((key, value));
        }
        Entries(entries)
    }

    pub(crate) fn data(&mut self, node: Option<&Node<'_>>) -> Field<Entries<Spanned<Value>>> {
        match node {
            None => Field::Unmanaged,
            Some(node) if is_nothing(node) => {
                self.wrong("a map of data", CLEAR, node);
                Field::Unmanaged
            }
            Some(node) if is_null(node) => Field::Clear,
            Some(node) => Field::Set(self.entries("a map of data", node, |decoder, _, value| {
                Some(Spanned::new(decoder.json(value), value.origin))
            })),
        }
    }

    fn json(&mut self, node: &Node<'_>) -> Value {
        match &node.kind {
            Kind::Clear | Kind::Broken => Value::Null,
            _ if is_nothing(node) => {
                self.wrong("a value", CLEAR, node);
                Value::Null
            }
            Kind::Scalar { text, plain: false } => Value::from(&**text),
            Kind::Scalar { text, plain: true } => match classify(text) {
                Plain::Null => Value::Null,
                Plain::Bool(value) => Value::Bool(value),
                Plain::Number(number) => Value::Number(number),
                Plain::Text => Value::from(&**text),
                Plain::Ambiguous(reason) => {
                    self.report(
                        ManifestError::AmbiguousValue {
                            text: text.clone().into_owned(),
                            reason,
                        },
                        node.origin,
                    );
                    Value::Null
                }
            },
            Kind::List(items) => items.iter().map(|item| self.json(item)).collect(),
            Kind::Map(pairs) => {
                let mut map = Map::new();
                for Entry { key, value } in pairs {
                    let key = self.key(key);
                    let value = self.json(value);
                    map.insert(key.value.as_ref().to_owned(), value);
                }
                Value::Object(map)
            }
        }
    }

    /// The map that `owner` is written as; a value of another type is reported and read as an empty map.
    pub(crate) fn fields<'n, 't>(
        &mut self,
        owner: &'static str,
        node: &'n Node<'t>,
    ) -> Fields<'n, 't> {
        let pairs = match &node.kind {
            Kind::Map(pairs) => pairs.as_slice(),
            // `jane@example.com:` with nothing behind it is an entry without fields.
            _ if is_null(node) => &[],
            _ => {
                self.wrong_type("a map", node);
                &[]
            }
        };
        Fields {
            owner,
            pairs,
            asked: Vec::with_capacity(16),
            taken: 0,
        }
    }
}

pub(crate) fn is_null(node: &Node<'_>) -> bool {
    match &node.kind {
        Kind::Clear => true,
        Kind::Scalar { text, plain: true } => classify(text) == Plain::Null,
        Kind::Scalar { .. } | Kind::List(_) | Kind::Map(_) | Kind::Broken => false,
    }
}

/// Whether nothing at all is written behind a key.
pub(crate) fn is_nothing(node: &Node<'_>) -> bool {
    // The parser calls it `~`, at a place without width.
    matches!(&node.kind, Kind::Scalar { text, plain: true } if text == "~" || text.is_empty())
        && node.origin.start == node.origin.end
}

/// Text as an item of a list that is written in one line.
fn as_item(text: &str) -> String {
    let is_plain = text.starts_with(|c: char| c.is_alphanumeric())
        && text
            .chars()
            .all(|c| c.is_alphanumeric() || "_-.@+".contains(c))
        && classify(text) == Plain::Text;
    if is_plain {
        text.to_owned()
    } else {
        format!("\"{}\"", text.replace(['"', '\\'], "?"))
    }
}

/// A map whose keys are known: each is taken by its name, and what was never asked for is unknown.
pub(crate) struct Fields<'n, 't> {
    owner: &'static str,
    pairs: &'n [Entry<'t>],
    asked: Vec<&'static str>,
    /// One bit for each pair that was taken, as far as there are bits.
    taken: u64,
}

impl<'n, 't> Fields<'n, 't> {
    /// Notes a key that is read elsewhere.
    pub(crate) fn knows(&mut self, key: &'static str) {
        self.asked.push(key);
    }

    /// The value of a key, where it is written.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<&'n Node<'t>> {
        self.asked.push(key);
        let mut pairs = self.pairs.iter().enumerate();
        let (index, pair) = pairs.find(|(_, pair)| pair.key.text == key)?;
        self.taken |= bit(index);
        Some(&pair.value)
    }

    pub(crate) fn key_origin(&self, key: &str) -> Option<Origin> {
        self.pairs
            .iter()
            .find(|pair| pair.key.text == key)
            .map(|pair| pair.key.origin)
    }

    /// What to say of a key that others expect here.
    fn hint(&self, key: &str) -> Option<&'static str> {
        match (self.owner, key) {
            ("a user", "email" | "mail" | "e-mail") => Some(
                "The key is the address: write `jane@example.com: {…}`. To change an address, change the key and add `renamedFrom`.",
            ),
            ("a tenant", "handle") => {
                Some("The key is the handle: write `acme: {…}`. What people see is `name`.")
            }
            _ => None,
        }
    }

    /// Reports the keys that were not asked for.
    pub(crate) fn finish(self, decoder: &mut Decoder<'_>) {
        for (index, pair) in self.pairs.iter().enumerate() {
            let taken = self.taken & bit(index) != 0;
            if !taken && !self.asked.iter().any(|asked| pair.key.text == *asked) {
                let help = self.hint(&pair.key.text).map_or_else(
                    || suggest::help(&pair.key.text, self.asked.iter().copied()),
                    str::to_owned,
                );
                let mistake = ManifestError::UnknownKey {
                    owner: self.owner,
                    key: pair.key.text.clone().into_owned(),
                    help,
                };
                decoder.report(mistake, pair.key.origin);
            }
        }
    }
}

fn bit(index: usize) -> u64 {
    u32::try_from(index).map_or(0, |index| 1_u64.checked_shl(index).unwrap_or_default())
}
