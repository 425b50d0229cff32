//! The guards: limits that keep a slip of the pen, or a bad merge, from locking people out.
//!
//! What the manifest does not limit is limited by itself: to 5 % of what there is and never fewer than 5, for deletions
//! of users, deletions of tenants, removals of roles and changes of addresses each; removals also within every tenant that
//! has more than 20 holders. And the workspace keeps at least one of its admins.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Guards, Live};
use crate::plan::draft::records::Handles;
use crate::plan::review::keep_holders::Stay;
use crate::plan::review::movements::Movements;
use crate::plan::review::sentence::Sentence;
use crate::plan::review::{keep_holders, limits, protect};
use crate::plan::saved::digest;
use crate::plan::{BrokenRule, Missing, Step, Warning};

/// The guards, by the names that the command line uses.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum GuardName {
    /// Deletions and locks of users, and deletions of tenants.
    MaxDeletes,
    /// Roles taken away.
    MaxRoleRemovals,
    /// Users who get another address to log in with.
    MaxAddressChanges,
    /// Roles left with too few holders.
    KeepHolders,
    /// Steps against people who are protected.
    Protect,
    /// Rules for all access that the plan breaks, or breaks further.
    Rule,
}

impl GuardName {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::MaxDeletes,
        Self::MaxRoleRemovals,
        Self::MaxAddressChanges,
        Self::KeepHolders,
        Self::Protect,
        Self::Rule,
    ];

    /// The name as manifests and the command line write it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MaxDeletes => "maxDeletes",
            Self::MaxRoleRemovals => "maxRoleRemovals",
            Self::MaxAddressChanges => "maxAddressChanges",
            Self::KeepHolders => "keepHolders",
            Self::Protect => "protect",
            Self::Rule => "rule",
        }
    }
}

impl fmt::Display for GuardName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A guard that a plan breaks; one for each sentence, with a code of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BrokenGuard {
    /// Which, as manifests and `--accept` name it.
    pub name: GuardName,
    /// The code that accepts it: made from the guard, where it is broken, who or how many there are before and after, and all
    /// steps of the plan, so that it is valid for this only.
    pub code: String,
    /// What is wrong, in one line.
    pub reasons: Vec<String>,
}

impl BrokenGuard {
    fn new(name: GuardName, sentence: Sentence, live: &Live, steps: &[Step]) -> Self {
        Self {
            name,
            code: digest::code(name.as_str(), &sentence.about, live, steps),
            reasons: vec![sentence.text],
        }
    }
}

/// The word of a person that one guard may be broken: by one plan, which the code is made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acceptance {
    guard: GuardName,
    code: String,
}

impl Acceptance {
    /// Accepts a guard that a plan breaks, with the code that the plan shows or the start of it.
    pub fn new(guard: GuardName, code: impl Into<String>) -> Self {
        let code = code.into();
        Self { guard, code }
    }

    /// Whether it accepts this guard of this plan.
    pub fn accepts(&self, broken: &BrokenGuard) -> bool {
        let Self { guard, code } = self;
        *guard == broken.name && digest::is_code(code, &broken.code)
    }
}

impl FromStr for Acceptance {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, code) = text
            .split_once(':')
            .ok_or("expected GUARD:CODE, as the plan shows it")?;
        let mut known = GuardName::ALL.into_iter();
        let guard = known.find(|guard| guard.as_str() == name).ok_or_else(|| {
            let names = GuardName::ALL.map(GuardName::as_str).join(", ");
            format!("the guards are {names}")
        })?;
        if !digest::may_be_code(code) {
            return Err(
                "a code has at least 6 characters, each 0-9 or a-f, as the plan shows it"
                    .to_owned(),
            );
        }
        Ok(Self::new(guard, code))
    }
}

/// What the guards say of a plan. A guard can't be computed on what is not known.
#[derive(Debug, Default)]
pub(crate) struct Guarded {
    pub(crate) broken: Vec<BrokenGuard>,
    pub(crate) warnings: Vec<Warning>,
}

/// The guards that a plan breaks.
///
/// # Errors
/// What has to be read before that can be said.
pub(crate) fn check(
    guards: &Guards,
    live: &Live,
    steps: &[Step],
    (movements, stays): (&Movements, &[Stay<'_>]),
    handles: &Handles,
) -> Result<Guarded, Missing> {
    // The limits are measured against everybody who is there: not worth it where nothing changes.
    if steps.is_empty() {
        return Ok(Guarded::default());
    }
    let mut warnings = Vec::new();
    let checks = [
        (GuardName::MaxDeletes, limits::deletes(guards, live, steps)),
        (
            GuardName::MaxRoleRemovals,
            limits::role_removals(guards, live, movements, handles),
        ),
        (
            GuardName::MaxAddressChanges,
            limits::address_changes(guards, live, steps),
        ),
        (
            GuardName::KeepHolders,
            keep_holders::keep(live, (movements, stays), &mut warnings),
        ),
        (
            GuardName::Protect,
            Ok(protect::check(guards, live, steps, handles)),
        ),
    ];
    let (mut broken, mut missing) = (Vec::new(), Missing::default());
    for (name, check) in checks {
        match check {
            Ok(sentences) => broken.extend(
                sentences
                    .into_iter()
                    .map(|it| BrokenGuard::new(name, it, live, steps)),
            ),
            Err(more) => missing = missing.and(more),
        }
    }
    if missing.is_nothing() {
        Ok(Guarded { broken, warnings })
    } else {
        Err(missing)
    }
}

/// The guards that a plan breaks with new breaches of rules.
pub(crate) fn rules(broken: &[BrokenRule], live: &Live, steps: &[Step]) -> Vec<BrokenGuard> {
    let new = broken
        .iter()
        .filter(|rule| !rule.old && !steps.is_empty())
        .map(|rule| BrokenGuard::new(GuardName::Rule, rule.reason.clone().into(), live, steps));
    new.collect()
}
