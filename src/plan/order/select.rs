//! A choice among the steps of a plan, by their addresses.
//!
//! A step that is chosen includes what it depends on; with one that is left out goes what depends on it. What is
//! left is a plan like any other: its guards and warnings are those of the steps that remain.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Desired, PathPattern, suggest};
use crate::plan::order::retain::retain;
use crate::plan::order::rounds::needs;
use crate::plan::{Address, Handover, Person, Step};

/// A pattern over addresses. It matches an address, and everything below it: `users/jane@example.com` includes
/// `users/jane@example.com/tenants/acme`, and `users` every user. `*` does not cross a `/`, and case does not matter.
#[derive(Clone, Debug)]
pub struct Pattern {
    text: String,
    path: PathPattern,
}

impl Pattern {
    /// Reads a pattern.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn new(text: &str) -> Result<Self, String> {
        Ok(Self {
            text: text.to_owned(),
            path: PathPattern::new(text, true)?,
        })
    }

    /// Whether it matches an address, or what is above it.
    pub fn matches(&self, address: &str) -> bool {
        let above = address.match_indices('/').map(|(at, _)| address.get(..at));
        above
            .chain([Some(address)])
            .flatten()
            .any(|address| self.path.is_match(address))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// What the command line chooses.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Only these, where there are any.
    pub target: Vec<Pattern>,
    /// Not these, whatever else is chosen.
    pub exclude: Vec<Pattern>,
    /// Only what takes the roles of grants that have ended.
    pub only_ended: bool,
}

/// What became of a choice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Selected {
    /// Steps that are included because a chosen one depends on them.
    pub included: Vec<Address>,
    /// Steps that are left out because they depend on one that is.
    pub also_left_out: Vec<Address>,
    /// How many steps are left out altogether.
    pub left_out: usize,
    /// Patterns that match nothing that the manifest or the plan knows, each with an address that is spelt like it.
    #[serde(skip)]
    pub unmatched: Vec<(String, Option<String>)>,
}

/// Chooses. The steps are in order, so that what a step needs stands before it.
pub(crate) fn select(
    steps: Vec<Step>,
    handovers: Vec<Handover>,
    selection: &Selection,
    desired: &Desired,
) -> (Vec<Step>, Vec<Handover>, Option<Selected>) {
    if selection.target.is_empty() && selection.exclude.is_empty() {
        return (steps, handovers, None);
    }
    let addresses: Vec<String> = steps.iter().map(|step| step.address.to_string()).collect();
    let unmatched = unmatched(selection, &addresses, desired);
    let any = |patterns: &[Pattern], address: &str| patterns.iter().any(|p| p.matches(address));
    let chosen: Vec<bool> = addresses
        .iter()
        .map(|address| selection.target.is_empty() || any(&selection.target, address))
        .collect();
    let mut kept = chosen.clone();
    for step in steps.iter().rev() {
        if kept.get(step.id.0) == Some(&true) {
            needs(step, &handovers).for_each(|id| set(&mut kept, id.0, true));
        }
    }
    let mut also_left_out = Vec::new();
    for step in &steps {
        let excluded = addresses
            .get(step.id.0)
            .is_some_and(|address| any(&selection.exclude, address));
        let misses = needs(step, &handovers).any(|id| kept.get(id.0) != Some(&true));
        if kept.get(step.id.0) == Some(&true) && (excluded || misses) {
            set(&mut kept, step.id.0, false);
            if !excluded {
                also_left_out.push(step.address.clone());
            }
        }
    }
    let is = |flags: &[bool], step: &Step| flags.get(step.id.0) == Some(&true);
    let included = steps
        .iter()
        .filter(|step| is(&kept, step) && !is(&chosen, step))
        .map(|step| step.address.clone())
        .collect();
    let selected = Selected {
        included,
        also_left_out,
        left_out: kept.iter().filter(|kept| !**kept).count(),
        unmatched,
    };
    let (steps, handovers) = retain(steps, handovers, |step| is(&kept, step));
    (steps, handovers, Some(selected))
}

fn set(flags: &mut [bool], index: usize, value: bool) {
    if let Some(flag) = flags.get_mut(index) {
        *flag = value;
    }
}

fn unmatched(
    selection: &Selection,
    of_steps: &[String],
    desired: &Desired,
) -> Vec<(String, Option<String>)> {
    let patterns = || selection.target.iter().chain(&selection.exclude);
    let missed = |pattern: &&Pattern| !of_steps.iter().any(|address| pattern.matches(address));
    if patterns().all(|pattern| !missed(&pattern)) {
        return Vec::new();
    }
    let mut known = written(desired);
    known.extend(of_steps.iter().cloned());
    patterns()
        .filter(missed)
        .filter(|pattern| !known.iter().any(|address| pattern.matches(address)))
        .map(|pattern| {
            let near = suggest::nearest(&pattern.text, known.iter().map(String::as_str));
            (pattern.text.clone(), near.map(str::to_owned))
        })
        .collect()
}

/// The addresses of everything that the manifest names: one that has no change is no mistake.
fn written(desired: &Desired) -> BTreeSet<String> {
    let tenants = desired.tenants.keys().cloned().map(Address::Tenant);
    let users = desired.users.iter().flat_map(|(email, entry)| {
        let person = Person::Email(email.clone());
        let scopes = entry.grants.iter().map({
            let person = person.clone();
            move |(scope, _)| Address::roles(person.clone(), scope.clone())
        });
        std::iter::once(Address::User(person)).chain(scopes)
    });
    tenants
        .chain(users)
        .map(|address| address.to_string())
        .collect()
}
