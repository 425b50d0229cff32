//! Findings → text with the wrong lines underlined.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::io::{self, Write};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError,
    MietteSpanContents, SourceCode, SourceSpan, SpanContents,
};

use unicode_width::UnicodeWidthStr as _;

use crate::model::{Finding, Findings, Origin, Source, SourceId, is_unsafe};
use crate::report::text::{brief, clean, count, safe, with_keys_masked, without_keys};

/// How far places may be apart that are drawn together, in bytes.
const LONGEST_SNIPPET: usize = 1500;
/// What stands in front of a line of a text besides its number, in columns.
const GUTTER: usize = 5;
/// The longest part of a line that is marked, in bytes.
const LONGEST_MARK: usize = 200;
/// How much of a cut line is shown on each side of a finding at least, in bytes.
const MARGIN: usize = 12;

/// How diagnostics are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// With colours.
    pub color: bool,
    /// How wide a line may be, in columns.
    pub width: usize,
}

impl Look {
    fn handler(self) -> GraphicalReportHandler {
        let theme = if self.color {
            GraphicalTheme::unicode()
        } else {
            GraphicalTheme::unicode_nocolor()
        };
        GraphicalReportHandler::new_themed(theme)
            .with_width(self.width)
            .with_links(false)
            .with_context_lines(1)
    }
}

/// How many findings are drawn. The others are counted.
const MOST_SHOWN: usize = 100;

/// For how many codes it is said where to read on.
const MOST_CODES: usize = 3;

/// Writes the findings, and how many there are.
///
/// # Errors
/// Where the writer fails.
pub fn findings<M: Diagnostic>(
    findings: &Findings<M>,
    look: Look,
    out: &mut dyn Write,
) -> io::Result<()> {
    let handler = look.handler();
    let mut sources: HashMap<SourceId, Drawn> = HashMap::new();
    for finding in findings.list.iter().take(MOST_SHOWN) {
        let id = finding.origin.source;
        if let (Some(source), false) = (findings.sources.get(id), sources.contains_key(&id)) {
            let source = drawable(source);
            let highest = source.line_at(source.text.len()) + 1;
            let gutter = GUTTER + highest.to_string().len();
            let room = look.width.saturating_sub(gutter);
            sources.insert(id, Drawn { source, room });
        }
        let shown = Shown {
            finding,
            source: sources.get(&id),
            elsewhere: elsewhere(finding, findings),
        };
        draw(&handler, &shown, out)?;
    }
    if findings.list.len() > MOST_SHOWN {
        writeln!(out, "… and {} more.", findings.list.len() - MOST_SHOWN)?;
    }
    let errors = findings.errors();
    let warnings = findings.list.len() - errors;
    let codes = findings.list.iter().filter(|finding| finding.is_error());
    let codes: BTreeSet<String> = codes
        .filter_map(|finding| Some(finding.mistake.code()?.to_string()))
        .collect();
    for code in codes.iter().take(MOST_CODES) {
        more(code, out)?;
    }
    match (errors, warnings) {
        (0, 0) => Ok(()),
        (_, 0) => writeln!(out, "{}.", count(errors, "error")),
        (0, _) => writeln!(out, "{}.", count(warnings, "warning")),
        _ => writeln!(
            out,
            "{}, {}.",
            count(errors, "error"),
            count(warnings, "warning")
        ),
    }
}

/// Writes one error that has no place in a text.
///
/// # Errors
/// Where the writer fails.
pub fn error(error: &dyn Diagnostic, look: Look, out: &mut dyn Write) -> io::Result<()> {
    draw(&look.handler(), &Placeless(error), out)?;
    match error.code() {
        Some(code) => more(&code.to_string(), out),
        None => Ok(()),
    }
}

/// Says where to read on.
fn more(code: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "more: ufsync explain {code}")
}

fn draw(
    handler: &GraphicalReportHandler,
    diagnostic: &dyn Diagnostic,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut text = String::new();
    handler
        .render_report(&mut text, diagnostic)
        .map_err(io::Error::other)?;
    writeln!(out, "{}", clean(&text))
}

/// Text that is safe to show. An API key in the wrong place is part of the finding, but is not repeated. It is removed before
/// anything is wrapped or cut.
fn shown(text: &str) -> String {
    safe(&brief(&without_keys(text))).into_owned()
}

/// A text that is safe to draw: characters that a terminal would act on are replaced, byte by byte, so that places stay right.
fn drawable(source: &Source) -> Source {
    let unsafe_here = |c: char| is_unsafe(c) && !matches!(c, '\n' | '\r' | '\t');
    let name = safe(&source.name).into_owned();
    let masked = with_keys_masked(&source.text);
    if !masked.contains(unsafe_here) && masked == *source.text {
        return source.renamed(name);
    }
    let mut text = String::with_capacity(masked.len());
    for character in masked.chars() {
        if unsafe_here(character) {
            text.extend(std::iter::repeat_n('?', character.len_utf8()));
        } else {
            text.push(character);
        }
    }
    Source::new(name, text)
}

/// An error without a place, its text made safe.
struct Placeless<'e>(&'e dyn Diagnostic);

impl fmt::Debug for Placeless<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Placeless<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.0.to_string()))
    }
}

impl std::error::Error for Placeless<'_> {}

impl Diagnostic for Placeless<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.0.code()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.0
            .help()
            .map(|help| Box::new(shown(&help.to_string())) as Box<dyn fmt::Display>)
    }
}

/// Related places in other files: a drawing shows one file only.
fn elsewhere<M: Diagnostic>(finding: &Finding<M>, findings: &Findings<M>) -> String {
    let others = finding
        .related
        .iter()
        .filter(|(origin, _)| origin.source != finding.origin.source);
    let places = others.filter_map(|(origin, word)| {
        findings
            .sources
            .place(*origin)
            .map(|place| safe(&format!(" ({word}: {place})")).into_owned())
    });
    places.collect()
}

/// A finding in the form that the drawing needs.
struct Shown<'f, M> {
    finding: &'f Finding<M>,
    source: Option<&'f Drawn>,
    elsewhere: String,
}

impl<M: Diagnostic> fmt::Debug for Shown<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.finding.mistake, f)
    }
}

impl<M: Diagnostic> fmt::Display for Shown<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&shown(&self.finding.mistake.to_string()))
    }
}

impl<M: Diagnostic> std::error::Error for Shown<'_, M> {}

impl<M: Diagnostic> Diagnostic for Shown<'_, M> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.finding.mistake.code()
    }

    fn severity(&self) -> Option<miette::Severity> {
        self.finding.mistake.severity()
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.finding.mistake.help()?;
        Some(Box::new(format!(
            "{}{}",
            shown(&help.to_string()),
            self.elsewhere
        )))
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let source = self.source?;
        let label = |origin: Origin, word: Option<&str>| {
            LabeledSpan::new_with_span(word.map(str::to_owned), span(&source.source, origin))
        };
        let own = label(self.finding.origin, Some("here"));
        let related = self
            .finding
            .related
            .iter()
            .filter(|(origin, _)| origin.source == self.finding.origin.source);
        Some(Box::new(std::iter::once(own).chain(
            related.map(move |(origin, word)| label(*origin, Some(word))),
        )))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.map(|source| source as &dyn SourceCode)
    }
}

/// The part of an origin on its first line: a finding about a long map is marked at its start.
fn span(source: &Source, origin: Origin) -> SourceSpan {
    let start = (origin.start as usize).min(source.text.len());
    let line_end = source.line_start(source.line_at(start) + 1);
    let line = source
        .text
        .get(start..line_end)
        .unwrap_or_default()
        .trim_end();
    let end = (origin.end as usize).min(start + line.len()).max(start);
    let end = source
        .text
        .floor_char_boundary(end.min(start + LONGEST_MARK));
    (start, end - start).into()
}

/// A text, and how much room a line of it has, in columns.
struct Drawn {
    source: Source,
    room: usize,
}

impl Drawn {
    /// Whether one of these lines has no room.
    fn is_long(&self, first: usize, last: usize) -> bool {
        let mut lines = first..=last;
        lines.any(|line| {
            let (start, end) = (
                self.source.line_start(line),
                self.source.line_start(line + 1),
            );
            // A whole manifest can stand in a line, and is not measured.
            end - start > LONGEST_SNIPPET
                || self
                    .source
                    .text
                    .get(start..end)
                    .is_some_and(|text| text.width() > self.room)
        })
    }
}

/// Lines are found through the index, not by scanning from the start, which takes seconds in a large manifest.
impl SourceCode for Drawn {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        before: usize,
        after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        if span.len() > LONGEST_SNIPPET {
            // Two places far apart in one line: each is drawn by itself. What lies between can be a whole manifest.
            return Err(MietteError::OutOfBounds);
        }
        let source = &self.source;
        let (from, to) = (span.offset(), span.offset() + span.len());
        let first = source.line_at(from).saturating_sub(before);
        let last = source.line_at(to) + after;
        let (mut start, mut end) = (source.line_start(first), source.line_start(last + 1));
        let mut line = first;
        if before == 0 || self.is_long(first, last) {
            // What is far from the finding is not shown.
            line = source.line_at(from);
            let (line_start, line_end) = (
                source.line_start(line),
                source.line_start(source.line_at(to) + 1),
            );
            let margin = (self.room.saturating_sub(span.len()) / 2).max(MARGIN);
            let is_long = self.is_long(line, source.line_at(to));
            start = match (before, is_long) {
                (0, _) => from,
                (_, true) => source
                    .text
                    .floor_char_boundary(line_start.max(from.saturating_sub(margin))),
                (_, false) => line_start,
            };
            end = if is_long {
                source.text.ceil_char_boundary(line_end.min(to + margin))
            } else {
                line_end
            };
        }
        let data = source
            .text
            .as_bytes()
            .get(start..end)
            .ok_or(MietteError::OutOfBounds)?;
        let column = source
            .text
            .get(source.line_start(line)..start)
            .unwrap_or_default()
            .chars()
            .count();
        let shown = (start, data.len()).into();
        Ok(Box::new(MietteSpanContents::new_named(
            source.name.as_ref().to_owned(),
            data,
            shown,
            line,
            column,
            last + 1 - line,
        )))
    }
}
