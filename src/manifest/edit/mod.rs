//! Changes to the text of a manifest. In: texts, and what is to be different. Out: the same texts, in which everything else is byte
//! for byte as it was: comments, order, quotes, layout and line ends. Pure. Main function: [`edit`].
//!
//! An editor that knows only trees would write the text anew. This one knows where each value stands, and replaces, inserts or
//! takes out a few bytes. What it can't change at its place it leaves, and says why.

mod ended;
mod list;
mod mention;
mod place;
mod request;
pub(crate) mod rewrite;
mod splice;
mod write;

use serde_json::Value;

use crate::manifest::edit::place::{Doc, child, trees};
use crate::manifest::edit::splice::{Splice, Splices};

pub(crate) use crate::manifest::edit::ended::ended;
pub(crate) use crate::manifest::edit::mention::Mentions;
pub(crate) use crate::manifest::edit::request::{
    EditKind, EntryKey, ManifestEdit, NotEdited, role_list,
};
pub(crate) use crate::manifest::edit::rewrite::Rewrite;
pub(crate) use crate::manifest::edit::write::flow;

/// The texts with what was wished for, and for each request that was not carried out its place in the list, and why.
pub(crate) fn edit(
    texts: &[String],
    requests: &[ManifestEdit],
) -> (Vec<String>, Vec<(usize, NotEdited)>) {
    let mut left = Vec::new();
    let mut texts = texts.to_vec();
    // The others find an entry by the name that it has.
    let is_rename = |request: &ManifestEdit| {
        request.path.is_empty() && matches!(request.what, EditKind::Rename(_))
    };
    let numbered = requests.iter().enumerate();
    let (renames, others): (Vec<_>, Vec<_>) = numbered.partition(|(_, request)| is_rename(request));
    for mut open in [others, renames] {
        // What touches something that was changed already is done in another round.
        while !open.is_empty() {
            let before = open.len();
            (texts, open) = round(&texts, &open, &mut left);
            if open.len() == before {
                left.extend(open.iter().map(|(number, _)| (*number, NotEdited::Layout)));
                break;
            }
        }
    }
    (texts, left)
}

fn round<'w>(
    texts: &[String],
    requests: &[(usize, &'w ManifestEdit)],
    left: &mut Vec<(usize, NotEdited)>,
) -> (Vec<String>, Vec<(usize, &'w ManifestEdit)>) {
    let trees = trees(texts);
    let docs = texts.iter().zip(&trees);
    let docs: Vec<Option<Doc<'_, '_>>> = docs
        .map(|(text, tree)| Some(Doc::new(text, tree.as_ref()?)))
        .collect();
    let mut splices: Vec<Splices> = texts.iter().map(|_| Splices::default()).collect();
    let mut again = Vec::new();
    for (number, request) in requests {
        let made = match (&request.what, request.path.is_empty()) {
            (EditKind::Add(value, file), true) => add(&docs, &request.entry, value, *file),
            _ => change(&docs, request),
        };
        match made {
            Ok((place, made)) => {
                let is_free = splices
                    .get_mut(place)
                    .is_some_and(|splices| splices.add(made));
                if !is_free {
                    again.push((*number, *request));
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

fn change(docs: &Docs<'_, '_>, request: &ManifestEdit) -> Result<(usize, Vec<Splice>), NotEdited> {
    let mut docs = docs.iter().enumerate();
    let found = docs.find_map(|(place, doc)| {
        let doc = doc.as_ref()?;
        Some((place, doc, doc.entry(&request.entry)?))
    });
    let path = &request.path;
    let (place, doc, entry) = match (found, &request.what) {
        (Some(found), _) => found,
        (None, EditKind::Remove) if !path.is_empty() => return Ok((0, Vec::new())),
        (None, _) => return Err(NotEdited::NotWritten),
    };
    let splice = match &request.what {
        EditKind::List { add, remove } => {
            let list = child(entry.entry, path);
            let splices = doc.list(&entry, list, path, add, remove)?;
            return Ok((place, splices));
        }
        EditKind::Item { item, value } => {
            let list = child(entry.entry, path);
            doc.replace_item(&entry, list, item, value)
        }
        EditKind::End { item, until } => {
            let list = child(entry.entry, path);
            doc.end_item(&entry, list, item, until.as_deref())
        }
        EditKind::Set(value) | EditKind::Add(value, _) => doc.set(&entry, path, value),
        // It went with something else.
        EditKind::Remove if !path.is_empty() && entry.at(path).is_none() => {
            return Ok((place, Vec::new()));
        }
        EditKind::Rename(to) => doc.rename(&entry.at(path).ok_or(NotEdited::NotWritten)?, to),
        EditKind::Remove => doc.remove(&entry.at(path).ok_or(NotEdited::NotWritten)?),
        EditKind::Absent(name) => doc.absent(&entry, name.as_deref()),
    }?;
    Ok((place, vec![splice]))
}

/// Adds an entry to the file that was named, or to the one that has most of its kind.
fn add(
    docs: &Docs<'_, '_>,
    entry: &EntryKey,
    value: &Value,
    file: Option<usize>,
) -> Result<(usize, Vec<Splice>), NotEdited> {
    let readable = docs
        .iter()
        .enumerate()
        .filter_map(|(place, doc)| Some((place, doc.as_ref()?)));
    let wanted = readable.filter(|(place, _)| file.is_none_or(|file| file == *place));
    // Of several with as many the first.
    let most = wanted.max_by_key(|(place, doc)| (doc.count(entry), usize::MAX - place));
    let (place, doc) = most.ok_or(NotEdited::NotWritten)?;
    Ok((place, vec![doc.add_entry(entry, value)?]))
}
