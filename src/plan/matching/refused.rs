//! What is wrong with an entry, or with a record.

use std::collections::BTreeSet;

use crate::model::{Desired, Finding, Origin, Unreadable};
use crate::plan::draft::blocked::Blocks;
use crate::plan::{Address, Blocked, PlanError};

/// What was found to be wrong so far.
pub(crate) struct Found<'l> {
    pub(crate) desired: &'l Desired,
    pub(crate) blocks: Blocks,
    pub(crate) unreadable: BTreeSet<Address>,
    pub(crate) errors: Vec<Finding<PlanError>>,
}

impl Found<'_> {
    pub(crate) fn block(&mut self, address: Address, refused: &Finding<PlanError>) {
        let blocked = Blocked::entry(address.clone(), refused, &self.desired.sources);
        if matches!(refused.mistake, PlanError::UnreadableRecord { .. }) {
            self.unreadable.insert(address.clone());
        }
        self.blocks.insert(address, blocked);
    }

    /// Whether an entry is blocked.
    pub(crate) fn is_blocked(&self, address: &Address) -> bool {
        self.blocks.contains_key(address)
    }

    /// A record that no entry is about and that can't be read.
    pub(crate) fn unreadable(&mut self, address: Address, kind: &'static str, record: &Unreadable) {
        let error = unreadable(kind, record);
        let blocked = Blocked::new(address.clone(), &error, None, None);
        self.unreadable.insert(address.clone());
        self.blocks.entry(address).or_insert(blocked);
    }
}

pub(crate) fn unreadable(kind: &'static str, record: &Unreadable) -> PlanError {
    PlanError::UnreadableRecord {
        kind,
        record: record.to_string(),
    }
}

/// The record that an entry that matches nothing may stand for, because it does not say what it is called.
pub(crate) fn nameless(records: &[Unreadable]) -> Option<&Unreadable> {
    records.iter().find(|record| record.name.is_none())
}

/// Why an entry can't be matched; boxed, because it is rare and large.
pub(crate) type Refused = Box<Finding<PlanError>>;

pub(crate) fn refused(error: PlanError, origin: Origin) -> Refused {
    Box::new(Finding::new(error, origin))
}

/// How many candidates a message lists.
const LISTED: usize = 5;

pub(crate) fn ambiguous(
    kind: &'static str,
    name: &str,
    pins: &[String],
    origin: Origin,
) -> Refused {
    let mut candidates = pins
        .iter()
        .take(LISTED)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(" or ");
    if pins.len() > LISTED {
        candidates.push_str(" or another");
    }
    refused(
        PlanError::Ambiguous {
            kind,
            name: name.to_owned(),
            count: pins.len(),
            candidates,
        },
        origin,
    )
}
