//! Changes to the text of a manifest. In: texts, and what is to be different. Out: the same texts, in which everything else is byte
//! for byte as it was: comments, order, quotes, layout and line ends. Pure. Main function: [`edit`].
//!
//! An editor that knows only trees would write the text anew. This one knows where each value stands, and replaces, inserts or
//! takes out a few bytes. What it can't change at its place it leaves, and says why.

mod list;
mod place;
mod splice;
mod wish;
mod write;

use serde_json::Value;

use self::place::{Doc, child};
use self::splice::{Splice, Splices};
use super::tree;
use crate::model::SourceId;

pub use wish::{EntryKey, Left, What, Wish, role_list};

/// The texts with what was wished for, and for each wish that was not carried out its place in the list, and why.
pub fn edit(texts: &[String], wishes: &[Wish]) -> (Vec<String>, Vec<(usize, Left)>) {
    let mut left = Vec::new();
    let mut open: Vec<(usize, &Wish)> = wishes.iter().enumerate().collect();
    let mut texts = texts.to_vec();
    // What touches something that was changed already is done in another round.
    while !open.is_empty() {
        let before = open.len();
        (texts, open) = round(&texts, &open, &mut left);
        if open.len() == before {
            left.extend(open.iter().map(|(number, _)| (*number, Left::Layout)));
            break;
        }
    }
    (texts, left)
}

fn round<'w>(
    texts: &[String],
    wishes: &[(usize, &'w Wish)],
    left: &mut Vec<(usize, Left)>,
) -> (Vec<String>, Vec<(usize, &'w Wish)>) {
    let mut findings = Vec::new();
    let trees: Vec<_> = texts
        .iter()
        .map(|text| {
            let body = text.strip_prefix('\u{feff}').unwrap_or(text);
            tree::read(body, SourceId(0), &mut findings)
        })
        .collect();
    let docs = texts.iter().zip(&trees);
    let docs: Vec<Option<Doc<'_, '_>>> = docs
        .map(|(text, tree)| Some(Doc::new(text, tree.as_ref()?)))
        .collect();
    let mut splices: Vec<Splices> = texts.iter().map(|_| Splices::default()).collect();
    let mut again = Vec::new();
    for (number, wish) in wishes {
        let made = match (&wish.what, wish.path.is_empty()) {
            (What::Add(value, file), true) => add(&docs, &wish.entry, value, *file),
            _ => change(&docs, wish),
        };
        match made {
            Ok((place, splice)) => {
                let is_free = splices
                    .get_mut(place)
                    .is_some_and(|splices| splices.add(splice));
                if !is_free {
                    again.push((*number, *wish));
                }
            }
            Err(why) => left.push((*number, why)),
        }
    }
    let texts = texts.iter().zip(splices);
    (
        texts.map(|(text, splices)| splices.apply(text)).collect(),
        again,
    )
}

type Docs<'n, 't> = [Option<Doc<'n, 't>>];

fn change(docs: &Docs<'_, '_>, wish: &Wish) -> Result<(usize, Splice), Left> {
    let mut docs = docs.iter().enumerate();
    let found = docs.find_map(|(place, doc)| {
        let doc = doc.as_ref()?;
        Some((place, doc, doc.entry(&wish.entry)?))
    });
    let (place, doc, entry) = found.ok_or(Left::NotWritten)?;
    let path = &wish.path;
    let splice = match &wish.what {
        What::Set(value) | What::Add(value, _) => doc.set(&entry, path, value),
        What::List { add, remove } => {
            let list = child(entry.entry, path);
            doc.list(&entry, list, path, add, remove)
        }
        What::Rename(to) => doc.rename(&entry.at(path).ok_or(Left::NotWritten)?, to),
        What::Remove => doc.remove(&entry.at(path).ok_or(Left::NotWritten)?),
        What::Absent(name) => doc.absent(&entry, name.as_deref()),
    }?;
    Ok((place, splice))
}

/// Adds an entry to the file that was named, or to the one that has most of its kind.
fn add(
    docs: &Docs<'_, '_>,
    entry: &EntryKey,
    value: &Value,
    file: Option<usize>,
) -> Result<(usize, Splice), Left> {
    let readable = docs
        .iter()
        .enumerate()
        .filter_map(|(place, doc)| Some((place, doc.as_ref()?)));
    let wanted = readable.filter(|(place, _)| file.is_none_or(|file| file == *place));
    // Of several with as many the first.
    let most = wanted.max_by_key(|(place, doc)| (doc.count(entry), usize::MAX - place));
    let (place, doc) = most.ok_or(Left::NotWritten)?;
    Ok((place, doc.add_entry(entry, value)?))
}
