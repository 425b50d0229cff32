//! Why a session ended before its end.

use miette::Diagnostic;
use thiserror::Error;

use crate::api::{ApiError, ClientError, KeyError};
#[cfg(feature = "emulator")]
use crate::emulator::EmulatorError;
use crate::manifest::Findings as ManifestFindings;
use crate::model::{Findings, Mode, TenantId};
use crate::plan::PlanError;

/// Why a session ended before its end.
#[derive(Debug, Error, Diagnostic)]
#[non_exhaustive]
pub enum SessionError {
    /// A call failed for good.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Api(#[from] ApiError),

    /// The manifest does not fit the live state.
    #[error("the manifest does not fit the live state")]
    Plan(Findings<PlanError>),

    /// What rewrites make of a manifest is wrong.
    #[error("the manifest has mistakes")]
    Manifest(ManifestFindings),

    /// A tenant that neither the manifest nor the server has.
    #[error("there is no tenant `{tenant}`, in the manifest or on the server")]
    #[diagnostic(code(ufsync::cli::unknown_tenant), help("{help}"))]
    UnknownTenant {
        /// What was asked for.
        tenant: String,
        /// What to do.
        help: String,
    },

    /// A pattern matches nothing that a manifest could take in.
    #[error("--adopt {pattern} matches nothing that the manifest does not mention")]
    #[diagnostic(
        code(ufsync::cli::adopt_nothing),
        help("`ufsync plan --unmanaged` lists the addresses that can be adopted.")
    )]
    AdoptNothing {
        /// The pattern.
        pattern: String,
    },

    /// A pull would change more than it is to.
    #[error("the changed manifest would also change {address}")]
    #[diagnostic(
        code(ufsync::cli::pull_unfit),
        help("Nothing was written. Leave it out with --exclude, or change the manifest by hand.")
    )]
    PullUnfit {
        /// The address of the change.
        address: String,
    },

    /// Records that can't be read: what they hold may matter.
    #[error("{} can't be read: {first}{}", if *count == 1 { "a record" } else { "some records" }, if *count == 1 { String::new() } else { format!(", and {} more", count - 1) })]
    #[diagnostic(
        code(ufsync::session::unreadable_record),
        help(
            "Nothing was changed. Look at the record in the Userfront dashboard, or with `ufsync api`."
        )
    )]
    UnreadableRecord {
        /// The first of them, and what is wrong with it.
        first: String,
        /// How many there are.
        count: usize,
    },

    /// The guards need more than can be read.
    #[error("the guards can't be checked: they need more of the workspace than can be read")]
    #[diagnostic(
        code(ufsync::session::unsettled),
        help("Nothing was changed. Plan against the server, or against a snapshot of everything.")
    )]
    Unsettled,

    /// A pattern matches nothing: it is probably mistyped, and what it was meant to exclude would be done.
    #[error("`{pattern}` matches nothing that the manifest names or that would change")]
    #[diagnostic(
        code(ufsync::cli::unmatched_pattern),
        help("Nothing was changed. {help}")
    )]
    UnmatchedPattern {
        /// The pattern.
        pattern: String,
        /// What to do.
        help: String,
    },

    /// The plan breaks a guard that was not accepted with its own code.
    #[error("the plan breaks a guard")]
    #[diagnostic(
        code(ufsync::cli::guard_broken),
        help(
            "Nothing was changed. If all of this is meant, pass {options}. The codes are valid for this plan only."
        )
    )]
    GuardBroken {
        /// The options that accept the guards.
        options: String,
    },

    /// The plan removes and creates what may be one user.
    #[error("{removed} and {created} look like one user with a new address")]
    #[diagnostic(
        code(ufsync::cli::likely_rename),
        help(
            "Nothing was changed. Write `renamedFrom: {removed}` under {created}, which keeps the record; or pass --no-rename-check if they are two people."
        )
    )]
    LikelyRename {
        /// Who is removed.
        removed: String,
        /// Who is created.
        created: String,
    },

    /// The plan is for another workspace or mode than the client.
    #[error(
        "the plan is for {expected} data of workspace {expected_workspace}, and the key for {mode} data of {workspace}"
    )]
    #[diagnostic(
        code(ufsync::session::other_workspace),
        help("Nothing was changed. Use the key that the plan was made with.")
    )]
    OtherWorkspace {
        /// The plan's workspace.
        expected_workspace: TenantId,
        /// The plan's mode.
        expected: Mode,
        /// The key's workspace.
        workspace: TenantId,
        /// The key's mode.
        mode: Mode,
    },

    /// The emulator's own key can't be parsed.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Key(#[from] KeyError),

    /// A live state that can't be put into an emulator.
    #[error("the live state can't be loaded into the emulator: {0}")]
    #[diagnostic(
        code(ufsync::session::not_rehearsed),
        help("Nothing was changed. This is a bug in ufsync: please report it.")
    )]
    State(#[from] serde_json::Error),

    /// No client for the emulator of a rehearsal.
    #[error(transparent)]
    #[diagnostic(transparent)]
    Client(#[from] ClientError),

    /// No emulator for a rehearsal.
    #[cfg(feature = "emulator")]
    #[error(transparent)]
    #[diagnostic(
        code(ufsync::cli::emulator),
        help("Check that the live state does not contradict itself.")
    )]
    Emulator(#[from] EmulatorError),
}

impl From<Findings<PlanError>> for SessionError {
    fn from(findings: Findings<PlanError>) -> Self {
        Self::Plan(findings)
    }
}
