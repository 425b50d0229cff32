//! Several files → one: the entries of all are put together, settings may stand in one file alone.

use crate::manifest::text::decode::is_null;
use crate::manifest::text::node::{Entry, Kind, Node};
use crate::manifest::{Finding, ManifestError};

/// The keys whose entries all files share.
const SHARED_MAPS: [&str; 3] = ["tenants", "users", "groups"];
/// The key whose list all files share.
const SHARED_LIST: &str = "roles";

/// Unites the roots of the files of a run.
pub(crate) fn unite<'t>(roots: Vec<Node<'t>>, findings: &mut Vec<Finding>) -> Option<Node<'t>> {
    let mut roots = roots.into_iter();
    let mut united = roots.next()?;
    for root in roots {
        match (&mut united.kind, root.kind) {
            (Kind::Map(all), Kind::Map(entries)) => entries
                .into_iter()
                .for_each(|entry| add(all, entry, findings)),
            // A file of comments alone adds nothing.
            (_, Kind::Scalar { text, plain: true }) if text.is_empty() => {}
            (Kind::Scalar { text, plain: true }, kind) if text.is_empty() => united.kind = kind,
            (_, kind) => {
                let node = Node {
                    kind,
                    origin: root.origin,
                };
                findings.push(Finding::new(
                    ManifestError::WrongType {
                        expected: "a map",
                        found: node.describe(),
                        help: "Write a map here.".to_owned(),
                    },
                    node.origin,
                ));
            }
        }
    }
    Some(united)
}

fn add<'t>(all: &mut Vec<Entry<'t>>, entry: Entry<'t>, findings: &mut Vec<Finding>) {
    let Some(first) = all
        .iter_mut()
        .find(|first| first.key.text == entry.key.text)
    else {
        all.push(entry);
        return;
    };
    let shared_map = SHARED_MAPS.contains(&&*entry.key.text);
    let second_is_nothing = is_null(&entry.value);
    let first_is_nothing = is_null(&first.value);
    match (&mut first.value.kind, entry.value.kind) {
        (Kind::Map(all), Kind::Map(more)) if shared_map => all.extend(more),
        // A map with nothing behind its key is empty.
        (_, _) if shared_map && second_is_nothing => {}
        (first, kind @ Kind::Map(_)) if shared_map && first_is_nothing => *first = kind,
        (Kind::List(all), Kind::List(more)) if entry.key.text == SHARED_LIST => all.extend(more),
        // What is wrong with the first is told when it is read.
        (_, Kind::Map(_)) if shared_map => {}
        (_, Kind::List(_)) if entry.key.text == SHARED_LIST => {}
        (_, kind) if shared_map || entry.key.text == SHARED_LIST => {
            let node = Node {
                kind,
                origin: entry.value.origin,
            };
            let expected = if shared_map { "a map" } else { "a list" };
            findings.push(Finding::new(
                ManifestError::WrongType {
                    expected,
                    found: node.describe(),
                    help: format!("Write {expected} here."),
                },
                node.origin,
            ));
        }
        _ => {
            let mistake = ManifestError::SettingTwice {
                key: entry.key.text.into_owned(),
            };
            findings.push(
                Finding::new(mistake, entry.key.origin).and(first.key.origin, "also written here"),
            );
        }
    }
}
