//! What needs review. It stops nothing.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::Place;

/// A remark on a plan.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Warning {
    /// What it is about.
    pub kind: WarningKind,
    /// What it says; the names in it are as the server and the manifest spell them.
    pub message: String,
    /// Where the manifest says so.
    pub place: Option<Place>,
}

/// What a warning is about.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum WarningKind {
    /// A role that no list on the server has; setting it may create it or be refused.
    UnlistedRole,
    /// A role that nobody, or hardly anybody, will hold any more in a scope.
    FewHolders,
    /// Only users who never confirmed an address will hold a role that has to be held.
    Unconfirmed,
    /// A guard or a rule names no user, or a role that no list has.
    GuardMatchesNothing,
    /// Both the record and one with its previous name exist.
    BothNames,
    /// Something that taking a change back does not restore.
    NotRestored,
    /// The plan is not judged by its guards yet.
    NotJudged,
    /// An entry still says what a record was once called, and the rename is done.
    RenameDone,
    /// A user that a rule excepts holds what it forbids to others.
    RuleException,
}

impl WarningKind {
    /// Whether it says what becomes of the whole workspace, and is worked out again before a saved plan is applied.
    pub(crate) fn is_judgement(self) -> bool {
        matches!(
            self,
            Self::FewHolders | Self::NotJudged | Self::Unconfirmed | Self::RuleException
        )
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.place {
            Some(place) => write!(f, " ({place})"),
            None => Ok(()),
        }
    }
}
