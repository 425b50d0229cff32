//! How the program ends: the one place where exit codes are decided.

use std::process::ExitCode;

use miette::Diagnostic;

use crate::cli::table_mistake::TableMistake;
use crate::files::FileError;
use crate::manifest::ManifestError;
use crate::model::Findings;
use crate::plan::PlanError;
use crate::session::SessionError;

/// How the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to change.
    Done,
    /// An error.
    Error,
    /// `plan --detailed-exitcode` found changes.
    Changes,
    /// The plan breaks a guard or rule, or holds a likely rename.
    Guard,
    /// A saved plan no longer fits the live state.
    Stale,
    /// Some steps failed or can't be planned, the rest is done.
    Partial,
    /// The plan holds something that can't be planned, and nothing else is wrong.
    Blocked,
    /// A signal ended the run.
    Interrupted,
    /// Wrong usage, so that it never reads as [`Exit::Changes`].
    Usage,
}

impl Exit {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 9] = [
        Self::Done,
        Self::Error,
        Self::Changes,
        Self::Guard,
        Self::Stale,
        Self::Partial,
        Self::Blocked,
        Self::Usage,
        Self::Interrupted,
    ];

    /// What it means, as the help and the manual say it.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done, or nothing to change",
            Self::Error => "error, or the question was answered with no",
            Self::Changes => "plan --detailed-exitcode found changes",
            Self::Guard => "the plan breaks a guard or rule, or has a likely rename",
            Self::Stale => "a saved plan no longer fits the live state",
            Self::Partial => {
                "applied in part: some steps failed or can't be planned, the rest is done"
            }
            Self::Blocked => "plan: some changes are blocked, nothing else is wrong",
            Self::Usage => "wrong usage",
            Self::Interrupted => "interrupted by Ctrl-C or SIGTERM: no call was started after it",
        }
    }

    /// The number that scripts see.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Error => 1,
            Self::Changes => 2,
            Self::Guard => 3,
            Self::Stale => 4,
            Self::Partial => 5,
            Self::Blocked => 6,
            Self::Usage => 64,
            Self::Interrupted => 130,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command stopped.
#[derive(Debug)]
pub(crate) enum Failure {
    Manifest(Findings<ManifestError>),
    /// The manifest does not fit the live state.
    Plan(Findings<PlanError>),
    /// A table that is imported is wrong.
    Table(Findings<TableMistake>),
    /// Anything else that has a code and a help.
    Other(Box<dyn Diagnostic + Send + Sync>),
    Guard(Box<dyn Diagnostic + Send + Sync>),
    /// A saved plan no longer fits the live state.
    Stale(Box<dyn Diagnostic + Send + Sync>),
    /// The command was used in a way that it can't be.
    Usage(Box<dyn Diagnostic + Send + Sync>),
    /// The question was answered with no.
    Declined,
    /// Nothing more can be written, because the reader of our output is gone.
    Output(std::io::Error),
}

impl Failure {
    /// Why a session ended.
    pub(crate) fn of(error: SessionError) -> Self {
        match error {
            SessionError::Plan(findings) => Self::Plan(findings),
            SessionError::Manifest(findings) => Self::Manifest(findings),
            SessionError::GuardBroken { .. } | SessionError::LikelyRename { .. } => {
                Self::Guard(Box::new(error))
            }
            SessionError::UnmatchedPattern { .. } => Self::Usage(Box::new(error)),
            error => Self::Other(Box::new(error)),
        }
    }

    /// Why a file can't be used.
    pub(crate) fn of_file(error: FileError) -> Self {
        if error.is_stale() {
            Self::Stale(Box::new(error))
        } else {
            error.into()
        }
    }

    /// The command was used in a way that it can't be.
    pub(crate) fn usage(error: impl Diagnostic + Send + Sync + 'static) -> Self {
        Self::Usage(Box::new(error))
    }

    /// How the program ends for it.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Manifest(_)
            | Self::Plan(_)
            | Self::Table(_)
            | Self::Other(_)
            | Self::Declined
            | Self::Output(_) => Exit::Error,
            Self::Guard(_) => Exit::Guard,
            Self::Stale(_) => Exit::Stale,
            Self::Usage(_) => Exit::Usage,
        }
    }
}

impl<E: Diagnostic + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Other(Box::new(error))
    }
}
