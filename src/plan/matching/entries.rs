//! The entries of one kind → the record of each: the steps that users and tenants share.
//!
//! An entry about a record that can't be read is blocked, and so is one whose record can't be found for sure. Two entries
//! about one record are an error of the manifest.

use std::fmt::Display;
use std::hash::Hash;

use hashbrown::HashMap;

use crate::model::{Finding, Origin, Unreadable};
use crate::plan::matching::refused::{Found, Refused, refused, unreadable};
use crate::plan::{Address, PlanError};

/// What users and tenants are called in messages.
#[derive(Clone, Copy)]
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// What the manifest calls the records' ids.
    pub(crate) key: &'static str,
}

/// The entries of one kind, while they are matched.
pub(crate) struct Entries<'f, 'l, K> {
    pub(crate) found: &'f mut Found<'l>,
    kind: Kind,
    /// The records that can't be read.
    unreadable: &'l [Unreadable],
    /// Those of them that an entry is about.
    known: Vec<&'l Unreadable>,
    taken: HashMap<&'l K, Origin>,
}

impl<'f, 'l, K: Eq + Hash + Display> Entries<'f, 'l, K> {
    pub(crate) fn new(
        found: &'f mut Found<'l>,
        kind: Kind,
        unreadable: &'l [Unreadable],
        entries: usize,
    ) -> Self {
        Self {
            found,
            kind,
            unreadable,
            known: Vec::new(),
            taken: HashMap::with_capacity(entries),
        }
    }

    /// The record of one entry. `is_about` finds a record that can't be read; `find` is asked where there is none.
    pub(crate) fn matched<R>(
        &mut self,
        (address, origin): (Address, Origin),
        is_about: impl Fn(&Unreadable) -> bool,
        find: impl FnOnce() -> Result<Option<&'l R>, Refused>,
        id: impl Fn(&'l R) -> &'l K,
    ) -> Option<&'l R> {
        let unread = self.unreadable.iter().find(|record| is_about(record));
        self.known.extend(unread);
        let matched = match unread {
            Some(record) => Err(refused(unreadable(self.kind.name, record), origin)),
            None => find(),
        };
        match matched {
            Ok(record) => {
                let twice = record.and_then(|record| self.claim(id(record), origin));
                self.found.errors.extend(twice);
                record
            }
            Err(error) => {
                self.found.block(address, &error);
                None
            }
        }
    }

    /// Notes which entry a record is for; an error where it is another's already.
    fn claim(&mut self, id: &'l K, origin: Origin) -> Option<Finding<PlanError>> {
        let first = *self.taken.entry(id).or_insert(origin);
        if first == origin {
            return None;
        }
        let error = PlanError::SameRecord {
            kind: self.kind.name,
            id: format!("{} {id}", self.kind.key),
        };
        Some(Finding::new(error, origin).and(first, "this one matches it too"))
    }

    /// Blocks the records that can't be read and that no entry is about.
    pub(crate) fn block_unread(self, address: impl Fn(&Unreadable) -> Address) {
        for record in self.unreadable {
            if !self.known.contains(&record) {
                self.found
                    .unreadable(address(record), self.kind.name, record);
            }
        }
    }
}
