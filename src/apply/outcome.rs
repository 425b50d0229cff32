//! How an apply ended, step by step.

use std::collections::BTreeMap;

use jiff::Timestamp;
use miette::Diagnostic;
use serde_json::Value;
use thiserror::Error;

use crate::api::ApiError;
use crate::model::{TenantId, UserUuid};
use crate::plan::{CreatedRecords, HandoverId, StepId};

/// How one step ended.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum StepOutcome {
    /// The server did it.
    Done,
    /// The server did not do it.
    Failed(ApiError),
    /// The run ended before the server answered: it may have been carried out.
    Unknown(ApiError),
    /// It needs something that another step was to create, and that step did not succeed.
    Blocked(StepId),
    /// It revokes a role in a handover, and a grant of that handover was not made.
    HeldBack(HandoverId),
    /// The server answered with success, and does not hold the roles, the lock or the address that was asked.
    NotKept(Vec<MismatchedField>),
    /// What it was to create exists by now, with this id. It was not created, and gets nothing.
    Exists(String),
    /// The answer to its creation is the record of another user, with this id, or may be.
    NotOurs {
        /// The id.
        id: String,
        /// What shows it.
        reason: String,
    },
    /// By now, a role would be left without the holders that the plan leaves: nothing was done.
    LeavesNobody(String),
    /// It was done, left a role without the holders that the plan leaves, and was taken back.
    PutBack(String),
    /// The run was ended before it started.
    NotStarted,
}

/// A record that is not what was asked, although the server answered that all was well.
#[derive(Clone, Debug, PartialEq)]
pub struct Mismatch {
    /// The step that asked.
    pub step: StepId,
    /// The fields that the server normalised, ignored or refused.
    pub fields: Vec<MismatchedField>,
}

/// Records of one name, of which this run created one: another run did the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Duplicate {
    /// The step that created one of them.
    pub step: StepId,
    /// The ids of the others.
    pub others: Vec<String>,
}

/// One field of a record that is not what was asked.
#[derive(Clone, Debug, PartialEq)]
pub struct MismatchedField {
    /// The field; `data.` and a key for the data, `roles` for roles.
    pub field: String,
    /// What was asked; null for no value.
    pub asked: Value,
    /// What the server holds; null for no value.
    pub holds: Value,
}

/// How a whole plan ended.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// When the run began, by the server's clock, where that is known.
    pub since: Option<Timestamp>,
    /// One for each step of the plan, in its order.
    pub steps: Vec<StepOutcome>,
    /// The users that were created, by the step that created them.
    pub users: BTreeMap<StepId, UserUuid>,
    /// The tenants that were created, by the step that created them.
    pub tenants: BTreeMap<StepId, TenantId>,
    /// What was created, for a later run of the same plan.
    pub made: CreatedRecords,
    /// Records that are not what was asked, although the server answered that all was well.
    pub mismatches: Vec<Mismatch>,
    /// Records that were created twice.
    pub duplicates: Vec<Duplicate>,
}

impl MismatchedField {
    /// Whether it decides who may log in, or who may do what.
    pub(crate) fn decides_access(&self) -> bool {
        ["locked", "roles", "email"].contains(&&*self.field)
    }
}

/// Why a step is not done, where that is more than that another step is not done.
#[derive(Clone, Debug, PartialEq, Error, Diagnostic)]
#[non_exhaustive]
pub enum StepError {
    /// The call failed.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Api(ApiError),
    /// The call was given up.
    #[error("unknown: may have been carried out ({reason})")]
    #[diagnostic(
        code(ufsync::apply::unknown),
        help("Plan again: the new plan shows whether it was carried out.")
    )]
    Unknown {
        /// Why it was given up.
        reason: ApiError,
    },
    /// The server does not hold what was asked.
    #[error("the server did not keep it: {kept}")]
    #[diagnostic(
        code(ufsync::apply::not_kept),
        help(
            "The server answered with success, and its record says otherwise. Another tool may have changed it at the same time: plan again. If the new plan has the same change, the server does not store this value: write what it holds, or leave the field out, and report it to the operator of the server."
        )
    )]
    NotKept {
        /// What was asked, and what it holds.
        kept: String,
    },
    /// What it was to create exists.
    #[error("it exists by now, as {id}: nothing was created, and it gets nothing")]
    #[diagnostic(
        code(ufsync::apply::exists),
        help(
            "A person, another run, or a gateway that sent the call twice may have created it. Run again; where the plan was saved, plan again. The new plan shows what is left to do."
        )
    )]
    Exists {
        /// Its id.
        id: String,
    },
    /// The answer to its creation is the record of another user.
    #[error(
        "the server answered with user {id}, {reason}: that may be another person, who gets nothing"
    )]
    #[diagnostic(
        code(ufsync::apply::not_ours),
        help(
            "The server may have written the name and the other values of this step to that user. Compare the user in the Userfront dashboard with the plan, and take back what is wrong. If it is the right person, plan again."
        )
    )]
    NotOurs {
        /// The id.
        id: String,
        /// What shows it.
        reason: String,
    },
    /// It would leave too few holders of a role.
    #[error("by now it would leave too few holders of {role}")]
    #[diagnostic(
        code(ufsync::apply::leaves_nobody),
        help("Plan again: the new plan shows what is left to do.")
    )]
    LeavesNobody {
        /// The role, and where.
        role: String,
    },
    /// It left too few holders of a role.
    #[error("it left too few holders of {role}, so it was taken back")]
    #[diagnostic(
        code(ufsync::apply::put_back),
        help("Let only one run at a time change a workspace. Then plan again.")
    )]
    PutBack {
        /// The role, and where.
        role: String,
    },
}

impl From<ApiError> for StepOutcome {
    fn from(error: ApiError) -> Self {
        Self::Failed(error)
    }
}

impl StepOutcome {
    /// Why the step is not done, where that is more than that another step is not done.
    pub fn error(&self) -> Option<StepError> {
        match self {
            Self::Done | Self::Blocked(_) | Self::HeldBack(_) | Self::NotStarted => None,
            Self::Failed(error) => Some(StepError::Api(error.clone())),
            Self::Unknown(error) => Some(StepError::Unknown {
                reason: error.clone(),
            }),
            Self::NotKept(fields) => {
                let kept = fields.iter().map(|field| {
                    let MismatchedField {
                        field,
                        asked,
                        holds,
                    } = field;
                    format!("{field}: asked {asked}, and it holds {holds}")
                });
                let kept = kept.collect::<Vec<_>>().join("; ");
                Some(StepError::NotKept { kept })
            }
            Self::Exists(id) => Some(StepError::Exists { id: id.clone() }),
            Self::NotOurs { id, reason } => Some(StepError::NotOurs {
                id: id.clone(),
                reason: reason.clone(),
            }),
            Self::LeavesNobody(role) => Some(StepError::LeavesNobody { role: role.clone() }),
            Self::PutBack(role) => Some(StepError::PutBack { role: role.clone() }),
        }
    }

    /// Whether the server may hold what was asked, which nothing has shown.
    pub(crate) fn may_be_done(&self) -> bool {
        match self {
            Self::Unknown(_) => true,
            Self::Failed(error) => matches!(
                error,
                ApiError::AnswerLost { .. }
                    | ApiError::BadAnswer { .. }
                    | ApiError::Server { .. }
                    | ApiError::TooLong { .. }
                    | ApiError::Unreachable { .. }
            ),
            _ => false,
        }
    }

    /// Whether access is not what the plan shows although the server answered with success.
    pub fn is_alarming(&self) -> bool {
        matches!(
            self,
            Self::NotKept(_) | Self::PutBack(_) | Self::NotOurs { .. }
        )
    }
}

impl Outcome {
    /// How many steps were done.
    pub fn done(&self) -> usize {
        self.steps
            .iter()
            .filter(|step| matches!(step, StepOutcome::Done))
            .count()
    }

    /// Whether no step was started.
    pub fn is_untouched(&self) -> bool {
        let mut steps = self.steps.iter();
        steps.all(|step| *step == StepOutcome::NotStarted)
    }

    /// Whether every step was done.
    pub fn is_complete(&self) -> bool {
        self.done() == self.steps.len() && self.duplicates.is_empty()
    }
}
