//! Text → [`Node`]: reads one YAML document.
//!
//! The parser's events are turned into a tree of our own, so that one pass can report every duplicate key and unknown
//! tag, keep the difference between `no` and `"no"`, and bound depth and aliases.

use std::borrow::Cow;

use hashbrown::HashMap;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, Span, StrInput, Tag};

use crate::manifest::Finding;
use crate::manifest::findings::yaml_mistake::YamlMistake;
use crate::manifest::text::node::{Entry, Key, Kind, Node, Size};
use crate::model::{Origin, SourceId};

/// The deepest nesting that is read.
pub(crate) const MAX_DEPTH: usize = 100;
/// How many values aliases may repeat in a small file; a larger file may repeat one for each of its bytes.
const MIN_ALIAS_BUDGET: usize = 100_000;

/// Reads the one document of a text; none where the text is empty. Mistakes that leave a usable tree are pushed to
/// `findings`; one that does not ends the reading, is pushed as well, and yields nothing.
pub(crate) fn read<'t>(
    text: &'t str,
    source: SourceId,
    findings: &mut Vec<Finding>,
) -> Option<Node<'t>> {
    let budget = MIN_ALIAS_BUDGET.max(text.len());
    let mut builder = Builder {
        events: Parser::new_from_str(text),
        text,
        source,
        anchors: HashMap::new(),
        limit: budget,
        repeated: 0,
        findings,
        items: Vec::new(),
        entries: Vec::new(),
    };
    match builder.document() {
        Ok(node) => node,
        Err(finding) => {
            builder.findings.push(finding);
            None
        }
    }
}

struct Builder<'t, 'f> {
    events: Parser<'t, StrInput<'t>>,
    text: &'t str,
    source: SourceId,
    anchors: HashMap<usize, (Node<'t>, Size)>,
    limit: usize,
    repeated: usize,
    findings: &'f mut Vec<Finding>,
    /// The items and entries of the lists and maps that are open, one behind the other: each takes its own from the end
    /// when it closes, in one allocation of the right size.
    items: Vec<Node<'t>>,
    entries: Vec<Entry<'t>>,
}

/// The keys of the map that is being read.
struct Seen<'t> {
    /// Where its entries begin.
    start: usize,
    /// Where each key is, once there are too many to look through.
    index: HashMap<Cow<'t, str>, Origin>,
}

impl<'t> Seen<'t> {
    /// Maps with fewer keys are looked through.
    const FEW: usize = 16;

    /// Where a key was written before.
    fn find(&mut self, entries: &[Entry<'t>], key: &str) -> Option<Origin> {
        let entries = entries.get(self.start..).unwrap_or_default();
        if entries.len() < Self::FEW {
            return entries
                .iter()
                .find(|entry| entry.key.text == key)
                .map(|entry| entry.key.origin);
        }
        let fresh = entries.iter().skip(self.index.len());
        self.index
            .extend(fresh.map(|entry| (entry.key.text.clone(), entry.key.origin)));
        self.index.get(key).copied()
    }
}

impl<'t> Builder<'t, '_> {
    fn origin(&self, span: Span) -> Origin {
        let at = |byte: usize| u32::try_from(byte).unwrap_or(u32::MAX);
        let range = span.byte_range().unwrap_or_default();
        Origin {
            source: self.source,
            start: at(range.start),
            end: at(range.end),
        }
    }

    fn next(&mut self) -> Result<(Event<'t>, Origin), Finding> {
        match self.events.next_event() {
            Some(Ok((event, span))) => Ok((event, self.origin(span))),
            Some(Err(error)) => {
                let at = u32::try_from(error.marker().byte_offset().unwrap_or_default())
                    .unwrap_or(u32::MAX);
                let origin = Origin {
                    source: self.source,
                    start: at,
                    end: at,
                };
                let (mistake, at) = match error.kind() {
                    ErrorKind::RecursionLimitExceeded => {
                        (YamlMistake::TooDeep { limit: MAX_DEPTH }, at)
                    }
                    _ => YamlMistake::of_syntax(error.info(), self.text, at),
                };
                let origin = Origin {
                    start: at,
                    end: at,
                    ..origin
                };
                Err(Finding::new(mistake, origin))
            }
            None => Ok((
                Event::StreamEnd,
                Origin {
                    source: self.source,
                    ..Origin::default()
                },
            )),
        }
    }

    fn document(&mut self) -> Result<Option<Node<'t>>, Finding> {
        let mut root = None;
        loop {
            match self.next()? {
                (Event::StreamEnd, _) => return Ok(root),
                (Event::DocumentStart(..), origin) if root.is_some() => {
                    return Err(Finding::new(YamlMistake::SeveralDocuments, origin));
                }
                (Event::StreamStart | Event::DocumentStart(..) | Event::DocumentEnd, _) => {}
                (event, origin) => root = Some(self.node(event, origin, 0)?),
            }
        }
    }

    fn node(
        &mut self,
        event: Event<'t>,
        origin: Origin,
        depth: usize,
    ) -> Result<Node<'t>, Finding> {
        if depth > MAX_DEPTH {
            return Err(Finding::new(
                YamlMistake::TooDeep { limit: MAX_DEPTH },
                origin,
            ));
        }
        let (anchor, kind, origin) = match event {
            Event::Alias(id) => return self.alias(id, origin, depth),
            Event::Scalar(text, style, anchor, tag) => {
                let tag = self.tag(tag.as_deref(), origin);
                let plain = style == ScalarStyle::Plain && tag == Tagged::Nothing;
                let kind = if tag == Tagged::Clear {
                    Kind::Clear
                } else {
                    Kind::Scalar { text, plain }
                };
                (anchor, kind, origin)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.no_tag(tag.as_deref(), origin);
                let (items, end) = self.list(depth)?;
                (anchor, Kind::List(items), Origin { end, ..origin })
            }
            Event::MappingStart(_, anchor, tag) => {
                self.no_tag(tag.as_deref(), origin);
                let (entries, end) = self.map(depth)?;
                (anchor, Kind::Map(entries), Origin { end, ..origin })
            }
            _ => {
                return Err(Finding::new(
                    YamlMistake::Syntax {
                        reason: "a value is missing here".into(),
                    },
                    origin,
                ));
            }
        };
        let node = Node { origin, kind };
        if anchor != 0 {
            let size = node.size();
            // Keeping a copy costs as much as repeating it.
            self.charge(size, origin)?;
            self.anchors.insert(anchor, (node.clone(), size));
        }
        Ok(node)
    }

    fn alias(&mut self, id: usize, origin: Origin, depth: usize) -> Result<Node<'t>, Finding> {
        let (node, size) = self
            .anchors
            .get(&id)
            .ok_or_else(|| Finding::new(YamlMistake::RecursiveAlias, origin))?;
        let (node, size) = (node.clone(), *size);
        if depth + size.depth > MAX_DEPTH {
            return Err(Finding::new(
                YamlMistake::TooDeep { limit: MAX_DEPTH },
                origin,
            ));
        }
        self.charge(size, origin)?;
        Ok(node)
    }

    fn charge(&mut self, size: Size, origin: Origin) -> Result<(), Finding> {
        self.repeated += size.count;
        if self.repeated > self.limit {
            return Err(Finding::new(
                YamlMistake::AliasBudget { limit: self.limit },
                origin,
            ));
        }
        Ok(())
    }

    fn list(&mut self, depth: usize) -> Result<(Vec<Node<'t>>, u32), Finding> {
        let start = self.items.len();
        loop {
            match self.next()? {
                (Event::SequenceEnd, origin) => {
                    return Ok((self.items.drain(start..).collect(), origin.end));
                }
                (event, origin) => {
                    let item = self.node(event, origin, depth + 1)?;
                    self.items.push(item);
                }
            }
        }
    }

    fn map(&mut self, depth: usize) -> Result<(Vec<Entry<'t>>, u32), Finding> {
        let start = self.entries.len();
        let mut seen = Seen {
            start,
            index: HashMap::new(),
        };
        let mut merged = Vec::new();
        let end = loop {
            let (event, origin) = self.next()?;
            if matches!(event, Event::MappingEnd) {
                break origin.end;
            }
            let key = self.node(event, origin, depth + 1)?;
            let (event, origin) = self.next()?;
            let value = self.node(event, origin, depth + 1)?;
            match key.kind {
                Kind::Scalar { text, plain: true } if text == "<<" => {
                    self.merge(value, &mut merged);
                }
                Kind::Scalar { text, plain } => {
                    if let Some(first) = seen.find(&self.entries, &text) {
                        let mistake = YamlMistake::DuplicateKey {
                            key: text.into_owned(),
                        };
                        let finding = Finding::new(mistake, key.origin);
                        self.findings.push(finding.and(first, "first written here"));
                    } else {
                        let key = Key {
                            text,
                            plain,
                            origin: key.origin,
                        };
                        self.entries.push(Entry { key, value });
                    }
                }
                Kind::List(_) | Kind::Map(_) | Kind::Clear | Kind::Broken => {
                    self.findings
                        .push(Finding::new(YamlMistake::BadKey, key.origin));
                }
            }
        };
        // What stands in the map itself wins over what is merged in, and the first merged map over the next.
        for entry in merged {
            if seen.find(&self.entries, &entry.key.text).is_none() {
                self.entries.push(entry);
            }
        }
        Ok((self.entries.drain(start..).collect(), end))
    }

    fn merge(&mut self, value: Node<'t>, merged: &mut Vec<Entry<'t>>) {
        match value.kind {
            Kind::Map(entries) => merged.extend(entries),
            Kind::List(items) if items.iter().all(|item| matches!(item.kind, Kind::Map(_))) => {
                for item in items {
                    self.merge(item, merged);
                }
            }
            Kind::List(_) | Kind::Scalar { .. } | Kind::Clear | Kind::Broken => self
                .findings
                .push(Finding::new(YamlMistake::BadMerge, value.origin)),
        }
    }

    /// Lists and maps have no tags.
    fn no_tag(&mut self, tag: Option<&Tag>, origin: Origin) {
        if let Some(tag) = tag {
            let mistake = YamlMistake::UnknownTag {
                tag: tag.original(),
            };
            self.findings.push(Finding::new(mistake, origin));
        }
    }

    /// What a tag means; one that means nothing here is a finding.
    fn tag(&mut self, tag: Option<&Tag>, origin: Origin) -> Tagged {
        match tag {
            None => Tagged::Nothing,
            Some(tag) if tag.is_yaml_core_schema_tag("str") => Tagged::Text,
            Some(tag) if tag.original() == "!clear" => Tagged::Clear,
            Some(tag) => {
                let mistake = YamlMistake::UnknownTag {
                    tag: tag.original(),
                };
                self.findings.push(Finding::new(mistake, origin));
                Tagged::Nothing
            }
        }
    }
}

/// What a tag says of its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tagged {
    Nothing,
    /// `!!str`: it is text, whatever it looks like.
    Text,
    /// `!clear`: it is to be removed on the server.
    Clear,
}
