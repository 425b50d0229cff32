//! What can't be planned, and what depends on it: it is shown with the plan, and not done. Everything else is planned.
//!
//! A blocked entry or record is drafted as a step that creates it, so that what needs it, waits for it or might be about it
//! depends on a step as usual. Here all of these leave the plan.

use std::collections::{BTreeMap, BTreeSet};

use miette::Diagnostic as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Finding, Place, Sources};
use crate::plan::order::retain::retain;
use crate::plan::{Address, Handover, PlanError, Step, StepId};

/// Something that can't be planned, because of itself or of something else that can't.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Blocked {
    /// What it is about.
    pub address: Address,
    /// The code that `ufsync explain` knows.
    pub code: String,
    /// Why it can't be planned.
    pub reason: String,
    /// What to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// What has to be put right first, where it is something else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because_of: Option<Address>,
    /// Where the manifest asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// Whether it could be carried out, and is held back because it would break a guard or a rule.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held_back: bool,
}

impl Blocked {
    /// An entry that can't be planned.
    pub(crate) fn entry(address: Address, finding: &Finding<PlanError>, sources: &Sources) -> Self {
        let place = sources.place(finding.origin);
        Self::new(address, &finding.mistake, None, place)
    }

    /// A step that can't be carried out, because of itself or of something else.
    pub(crate) fn step(step: &Step, error: &PlanError, because_of: Option<Address>) -> Self {
        Self::new(step.address.clone(), error, because_of, step.place())
    }

    pub(crate) fn new(
        address: Address,
        error: &PlanError,
        because_of: Option<Address>,
        place: Option<Place>,
    ) -> Self {
        Self {
            address,
            code: error.code().map(|it| it.to_string()).unwrap_or_default(),
            reason: error.to_string(),
            help: error.help().map(|help| help.to_string()),
            because_of,
            place,
            held_back: matches!(error, PlanError::HeldBack { .. }),
        }
    }
}

/// Whether a text can be a code that `ufsync explain` knows. What has none has an empty text.
pub(crate) fn is_code(text: &str) -> bool {
    text.chars()
        .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, ':' | '_'))
}

/// What is blocked by itself, by its address.
pub(crate) type Blocks = BTreeMap<Address, Blocked>;

/// Takes out of a plan what is blocked, and what depends on it. The steps are in order, so that what a step needs stands before
/// it.
pub(crate) fn take_out(
    steps: Vec<Step>,
    handovers: Vec<Handover>,
    blocks: &Blocks,
) -> (Vec<Step>, Vec<Handover>, Vec<Blocked>) {
    if blocks.is_empty() {
        return (steps, handovers, Vec::new());
    }
    let mut out: BTreeMap<StepId, Address> = BTreeMap::new();
    let mut blocked: BTreeSet<Blocked> = BTreeSet::new();
    for step in &steps {
        if let Some(itself) = blocks.get(&step.address) {
            out.insert(step.id, step.address.clone());
            blocked.insert(itself.clone());
            continue;
        }
        let mut needed = step.depends_on.iter();
        let needed = needed.find_map(|id| Some((out.get(id)?, steps.get(id.0)?)));
        let awaited = step.waits_for.iter().filter_map(|id| handovers.get(id.0));
        let mut awaited = awaited.flat_map(|handover| {
            let grants = handover.grants.iter();
            grants.filter_map(move |id| Some((*id, &handover.role)).filter(|_| *id != step.id))
        });
        let (because_of, error) = if let Some((address, direct)) = needed {
            let needed = address.to_string();
            let removes = step.change.deletes() || step.is_pruned();
            let error = if removes && blocks.contains_key(&direct.address) {
                PlanError::MayConcernBlocked { needed }
            } else {
                PlanError::NeedsBlocked { needed }
            };
            (address.clone(), error)
        } else if let Some((address, role)) =
            awaited.find_map(|(id, role)| Some((out.get(&id)?, role)))
        {
            let (needed, role) = (address.to_string(), role.to_string());
            (address.clone(), PlanError::AwaitsBlocked { needed, role })
        } else {
            continue;
        };
        let is_part = |address: &Address| {
            let user = address.person().is_some() && address.person() == step.address.person();
            user && matches!(address, Address::User(_))
        };
        if !is_part(&because_of) {
            blocked.insert(Blocked::step(step, &error, Some(because_of.clone())));
        }
        // What a chain ends in is what has to be put right.
        out.insert(step.id, because_of);
    }
    let (steps, handovers) = retain(steps, handovers, |step| !out.contains_key(&step.id));
    (steps, handovers, blocked.into_iter().collect())
}
