//! Rows that say the same of several subjects, as one: thousands of changes that a reviewer can take in.

use std::collections::BTreeMap;

use crate::report::row::Row;

/// So many rows stay as they are; more become one.
const FEW: usize = 3;

/// Rows that do the same to different subjects.
pub(crate) struct Alike {
    rows: Vec<Row>,
}

/// Brings together what is alike, the rarest first: it is what a reviewer would overlook among the others.
pub(crate) fn alike(rows: Vec<Row>) -> Vec<Alike> {
    let mut groups: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows {
        groups.entry(row.without_subject()).or_default().push(row);
    }
    let mut groups: Vec<_> = groups.into_values().map(|rows| Alike { rows }).collect();
    groups.sort_by_key(Alike::len);
    groups
}

impl Alike {
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// What all of them do.
    pub(crate) fn told(&self) -> String {
        self.rows
            .first()
            .map(Row::without_subject)
            .unwrap_or_default()
    }

    pub(crate) fn only(&self) -> Option<&Row> {
        match self.rows.as_slice() {
            [row] => Some(row),
            _ => None,
        }
    }

    /// The rows, where they are few; else what they all do, and the subjects in at most so many characters.
    pub(crate) fn lines(&self, room: usize, each: impl Fn(&Row) -> String) -> String {
        let Some(first) = self.rows.get(FEW) else {
            return self.rows.iter().map(each).collect();
        };
        let mut text = format!("{}  {} alike:\n   ", first.without_subject(), self.len());
        let mut shown = 0;
        for row in &self.rows {
            if text.len() + row.subject.len() > room {
                break;
            }
            text.push(' ');
            text.push_str(&row.subject);
            text.push(',');
            shown += 1;
        }
        match self.len() - shown {
            0 => text.trim_end_matches(',').to_owned() + "\n",
            more => format!("{text} and {more} more\n"),
        }
    }
}
