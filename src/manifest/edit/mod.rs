//! Changes to the text of a manifest. In: texts, and what is to be different. Out: the same texts, in which everything else is byte
//! for byte as it was: comments, order, quotes, layout and line ends. Pure. Main function: [`edit`].
//!
//! An editor that knows only trees would write the text anew. This one knows where each value stands, and replaces, inserts or
//! takes out a few bytes. What it can't change at its place it leaves, and says why.

mod place;
mod splice;
mod wish;
mod write;

use hashbrown::HashMap;

use self::place::{Doc, child};
use self::splice::{Splice, apply};
use super::tree;
use crate::model::SourceId;

pub use wish::{EntryKey, Left, Wish};

/// The texts with what was wished for, and for each wish that was not carried out its place in the list, and why.
pub fn edit(texts: &[String], wishes: &[Wish]) -> (Vec<String>, Vec<(usize, Left)>) {
    let mut findings = Vec::new();
    let trees: Vec<_> = texts
        .iter()
        .map(|text| {
            let body = text.strip_prefix('\u{feff}').unwrap_or(text);
            tree::read(body, SourceId(0), &mut findings)
        })
        .collect();
    let docs: Vec<Doc<'_, '_>> = texts
        .iter()
        .zip(&trees)
        .filter_map(|(text, tree)| Some(Doc::new(text, tree.as_ref()?)))
        .collect();
    let mut splices: Vec<Vec<Splice>> = docs.iter().map(|_| Vec::new()).collect();
    let mut removed: HashMap<(usize, usize), usize> = HashMap::new();
    let mut left = Vec::new();
    for (number, wish) in wishes.iter().enumerate() {
        let found = docs
            .iter()
            .enumerate()
            .find_map(|(doc, it)| Some((doc, it.entry(wish.entry())?)));
        let made = match found {
            None => Err(Left::NotWritten),
            Some((place, entry)) => match docs.get(place) {
                None => Err(Left::NotWritten),
                Some(doc) => {
                    carry_out(doc, &entry, wish, place, &mut removed).map(|made| (place, made))
                }
            },
        };
        match made {
            Ok((place, made)) => {
                if let Some(splices) = splices.get_mut(place) {
                    splices.push(made);
                }
            }
            Err(why) => left.push((number, why)),
        }
    }
    let mut edited = splices.into_iter();
    let texts = texts.iter().zip(&trees).map(|(text, tree)| match tree {
        Some(_) => apply(text, edited.next().unwrap_or_default()),
        None => text.clone(),
    });
    (texts.collect(), left)
}

fn carry_out(
    doc: &Doc<'_, '_>,
    entry: &place::Found<'_, '_>,
    wish: &Wish,
    place: usize,
    removed: &mut HashMap<(usize, usize), usize>,
) -> Result<Splice, Left> {
    match wish {
        Wish::Set { path, value, .. } => doc.set(entry, path, value),
        Wish::Roles {
            path, add, remove, ..
        } => {
            let list = child(entry.entry, path);
            doc.roles(entry, list, path, add, remove)
        }
        Wish::Remove { .. } => {
            let removed = removed.entry((place, entry.map_start)).or_default();
            *removed += 1;
            if *removed >= entry.siblings {
                return Err(Left::LastEntry);
            }
            doc.remove(entry)
        }
        Wish::Absent { name, .. } => doc.absent(entry, name.as_deref()),
    }
}
