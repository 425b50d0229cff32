//! Texts and places in them: every value of a manifest knows where it was written.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The number of a text among those of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(pub u32);

/// A range of bytes in a text. Small and without a lifetime, so that every value can carry one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The text.
    pub source: SourceId,
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

/// A value and where it was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it was written.
    pub origin: Origin,
}

impl<T> Spanned<T> {
    /// Pairs a value with its origin.
    pub fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// Another value from the same place.
    pub fn with<U>(&self, value: U) -> Spanned<U> {
        Spanned::new(value, self.origin)
    }
}

/// Documents hold the value; its place is known only where the text is.
impl<T: Serialize> Serialize for Spanned<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.value.serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Spanned<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::from)
    }
}

impl<T: JsonSchema> JsonSchema for Spanned<T> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        T::json_schema(generator)
    }
}

impl<T> From<T> for Spanned<T> {
    /// A value that was not read from a text, as an export makes them.
    fn from(value: T) -> Self {
        Self::new(value, Origin::default())
    }
}

/// A place as people read it: lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The file's name as it was given.
    pub file: Arc<str>,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// One text with its name and an index of its lines.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name as it was given: a path, or `<stdin>`.
    pub name: Arc<str>,
    /// The whole text.
    pub text: Arc<str>,
    line_starts: Arc<[u32]>,
    /// Where every character is one byte, columns need not be counted.
    is_ascii: bool,
}

impl Source {
    /// Indexes a text. Offsets are 32 bits wide: a longer text is refused before it comes here.
    pub fn new(name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        let text: Arc<str> = text.into();
        let starts = text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(at, _)| at + 1);
        let line_starts = std::iter::once(0)
            .chain(starts)
            .map(|at| u32::try_from(at).unwrap_or(u32::MAX))
            .collect();
        let is_ascii = text.is_ascii();
        Self {
            name: name.into(),
            text,
            line_starts,
            is_ascii,
        }
    }

    /// The same text under another name.
    #[must_use]
    pub fn renamed(&self, name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            ..self.clone()
        }
    }

    /// The line, counted from 0, that holds a byte.
    pub fn line_at(&self, byte: usize) -> usize {
        self.line_starts
            .partition_point(|start| *start as usize <= byte)
            .saturating_sub(1)
    }

    /// The byte at which a line, counted from 0, starts; the text's end for a line past the last.
    pub fn line_start(&self, line: usize) -> usize {
        self.line_starts
            .get(line)
            .map_or(self.text.len(), |start| *start as usize)
    }

    /// The place of a byte.
    pub fn place(&self, byte: usize) -> Place {
        let line = self.line_at(byte);
        let before = self
            .text
            .get(self.line_start(line)..byte)
            .unwrap_or_default();
        Place {
            file: Arc::clone(&self.name),
            line: line + 1,
            column: if self.is_ascii {
                before.len()
            } else {
                before.chars().count()
            } + 1,
        }
    }
}

/// The texts of a run.
#[derive(Clone, Debug, Default)]
pub struct Sources(Vec<Source>);

impl Sources {
    /// Adds a text and says under which number it can be found.
    pub fn add(&mut self, source: Source) -> SourceId {
        self.0.push(source);
        SourceId(u32::try_from(self.0.len() - 1).unwrap_or(u32::MAX))
    }

    /// All texts, in the order in which they were read.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|source| &*source.text)
    }

    /// The text with this number.
    pub fn get(&self, id: SourceId) -> Option<&Source> {
        self.0.get(id.0 as usize)
    }

    /// How many texts there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no text.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The place where a value was written; none for a value that no text holds.
    pub fn place(&self, origin: Origin) -> Option<Place> {
        self.get(origin.source)
            .map(|source| source.place(origin.start as usize))
    }

    /// The text of a range.
    pub fn slice(&self, origin: Origin) -> &str {
        self.get(origin.source)
            .and_then(|source| source.text.get(origin.start as usize..origin.end as usize))
            .unwrap_or_default()
    }
}
