//! Who has what, as a table, as Markdown, and as comma-separated values.

use std::io::{self, Write};

use unicode_width::UnicodeWidthStr as _;

use crate::access::{Access, Difference};
use crate::report::markdown::fenced;
use crate::report::text::{QUIET, STRONG, WARN, count, paint, safe};

/// The columns of the comma-separated values.
const COLUMNS: [&str; 16] = [
    "user",
    "name",
    "scope",
    "tenant",
    "role",
    "sensitive",
    "state",
    "from",
    "file",
    "line",
    "since",
    "commit",
    "author",
    "until",
    "last_active",
    "locked",
];
/// What a spreadsheet takes for a formula where a cell begins with it.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];
/// The widest column of a table, in columns of the terminal.
const WIDEST: usize = 40;

/// Writes a table for a terminal, and how much it shows.
///
/// # Errors
/// Where the writer fails.
pub fn table(rows: &[Access], out: &mut dyn Write) -> io::Result<()> {
    let head = ["USER", "WHERE", "ROLE", "STATE", "FROM", "UNTIL"].map(str::to_owned);
    let cells: Vec<[String; 6]> = rows.iter().map(cells).collect();
    let mut widths = [0; 6];
    for line in &cells {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.width().min(WIDEST).max(*width);
        }
    }
    // A column without a word in it takes no room.
    let is_empty = widths.map(|width| width == 0);
    for (width, cell) in widths.iter_mut().zip(&head) {
        *width = cell.width().max(*width);
    }
    let write = |line: &[String; 6]| -> String {
        let cells = line.iter().zip(widths).zip(is_empty);
        let cells = cells.filter(|(_, is_empty)| !is_empty);
        let cells = cells.map(|((cell, width), _)| {
            let padding = width.saturating_sub(cell.width());
            format!("{cell}{}", " ".repeat(padding))
        });
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    writeln!(out, "{}", paint(QUIET, write(&head)))?;
    for (row, line) in rows.iter().zip(&cells) {
        let text = write(line);
        if row.sensitive {
            writeln!(out, "{}", paint(STRONG, text))?;
        } else {
            writeln!(out, "{text}")?;
        }
    }
    writeln!(out, "\n{}", totals(rows))
}

/// The differences, under three heads.
///
/// # Errors
/// Where the writer fails.
pub fn difference(difference: &Difference, out: &mut dyn Write) -> io::Result<()> {
    let Difference {
        granted,
        revoked,
        changed,
    } = difference;
    for (what, rows) in [
        ("granted", granted),
        ("revoked", revoked),
        ("changed", changed),
    ] {
        writeln!(out, "{} {what}", paint(WARN, rows.len()))?;
        for row in rows {
            let parts = cells(row).into_iter().filter(|part| !part.is_empty());
            writeln!(out, "  {}", parts.collect::<Vec<_>>().join("  "))?;
        }
    }
    Ok(())
}

/// The differences for a comment on a pull request, each head with its rows in a fenced block, where names have no effect.
///
/// # Errors
/// Where the writer fails.
pub fn difference_markdown(difference: &Difference, out: &mut dyn Write) -> io::Result<()> {
    let Difference {
        granted,
        revoked,
        changed,
    } = difference;
    for (what, mark, rows) in [
        ("granted", '+', granted),
        ("revoked", '-', revoked),
        ("changed", '!', changed),
    ] {
        writeln!(out, "\n**{} {what}**\n", rows.len())?;
        let line = |row: &Access| format!("{mark} {}", cells(row).join("  ").trim_end());
        let lines: Vec<String> = rows.iter().map(line).collect();
        if !lines.is_empty() {
            fenced(&lines.join("\n"), out)?;
        }
    }
    Ok(())
}

/// How much the rows are.
pub fn totals(rows: &[Access]) -> String {
    let mut users: Vec<&str> = rows.iter().map(|row| row.user.as_str()).collect();
    users.dedup();
    let sensitive = rows.iter().filter(|row| row.sensitive).count();
    format!(
        "{} of {}, {sensitive} of them sensitive.",
        count(rows.len(), "grant"),
        count(users.len(), "user")
    )
}

fn cells(row: &Access) -> [String; 6] {
    let place = match (row.tenant.as_deref(), row.tenant_name.as_deref()) {
        (None, _) => "workspace".to_owned(),
        // An id tells people little.
        (Some(id), Some(name)) if id.starts_with("id:") => format!("{name} ({id})"),
        (Some(tenant), _) => tenant.to_owned(),
    };
    let locked = if row.locked { " (locked)" } else { "" };
    let texts = [
        format!("{}{locked}", row.user),
        place,
        row.role.to_string(),
        row.state.as_str().to_owned(),
        row.from(),
        row.until
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
    ];
    texts.map(|text| safe(&text).into_owned())
}

/// Writes a table for a comment on a pull request, in a fenced block, where names have no effect.
///
/// # Errors
/// Where the writer fails.
pub fn markdown(rows: &[Access], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "### Access: {}\n", totals(rows))?;
    let text: Vec<String> = rows
        .iter()
        .map(|row| {
            let mark = if row.sensitive { "!" } else { " " };
            format!("{mark} {}", cells(row).join("  ").trim_end())
        })
        .collect();
    fenced(&text.join("\n"), out)
}

/// Writes comma-separated values (RFC 4180). Where a spreadsheet would read a formula, a `'` stands in front.
///
/// # Errors
/// Where the writer fails.
pub fn csv(rows: &[Access], out: &mut dyn Write) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(out);
    writer.write_record(COLUMNS)?;
    for row in rows {
        let since = row.since();
        let joined = |texts: Vec<String>| texts.join("; ");
        let flag = |flag: bool| flag.to_string();
        let cells = [
            row.user.clone(),
            row.name.clone().unwrap_or_default(),
            if row.tenant.is_some() {
                "tenant"
            } else {
                "workspace"
            }
            .to_owned(),
            row.tenant.clone().unwrap_or_default(),
            row.role.to_string(),
            flag(row.sensitive),
            row.state.as_str().to_owned(),
            row.from(),
            joined(row.places().map(|place| place.file.to_string()).collect()),
            joined(row.places().map(|place| place.line.to_string()).collect()),
            since.map(|since| since.time.clone()).unwrap_or_default(),
            since.map(|since| since.commit.clone()).unwrap_or_default(),
            since.map(|since| since.author.clone()).unwrap_or_default(),
            row.until
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            row.last_active
                .as_ref()
                .map(ToString::to_string)
                .unwrap_or_default(),
            flag(row.locked),
        ];
        writer.write_record(cells.map(|cell| plain(&cell)))?;
    }
    writer.flush()
}

/// A cell that no spreadsheet reads as a formula, and that no terminal acts on.
fn plain(text: &str) -> String {
    let text = safe(text).into_owned();
    if text.starts_with(FORMULA) {
        format!("'{text}")
    } else {
        text
    }
}
