//! What the command line itself can't or won't do.

use std::path::PathBuf;

use miette::Diagnostic;
use thiserror::Error;

use crate::emulator::{EmulatorError, FaultError};
use crate::files::FileError;
use crate::model::{Mode, TenantId};

/// One variant for each mistake a person can make on the command line.
#[derive(Debug, Error, Diagnostic)]
pub(crate) enum CliError {
    #[error(transparent)]
    #[diagnostic(transparent)]
    File(#[from] FileError),

    #[error("--from is for the schema of the manifest")]
    #[diagnostic(
        code(ufsync::cli::schema_from),
        help("Leave out the name of the other document, or --from.")
    )]
    SchemaFrom,

    #[error("{path} is nothing that ufsync shows: {reason}")]
    #[diagnostic(
        code(ufsync::cli::nothing_to_show),
        help(
            "It shows what `plan --out`, `export --snapshot` and `apply --format json` write. `ufsync export` and `ufsync access` show a workspace."
        )
    )]
    NothingToShow { path: PathBuf, reason: String },

    #[error("no API key")]
    #[diagnostic(
        code(ufsync::cli::no_key),
        help(
            "Set USERFRONT_API_KEY, or name a file with --api-key-file. To try things out without a server, pass --sandbox."
        )
    )]
    NoKey,

    #[error("the key belongs to workspace {key}, the {document} is for {expected}")]
    #[diagnostic(
        code(ufsync::cli::other_workspace),
        help(
            "Nothing was changed. Use the key of {expected}, or correct `workspace` in the manifest."
        )
    )]
    OtherWorkspace {
        key: TenantId,
        document: &'static str,
        expected: TenantId,
    },

    #[error("the key is for {key} data, the {document} for {expected} data")]
    #[diagnostic(
        code(ufsync::cli::other_mode),
        help("Nothing was changed. Use a {expected} key, or correct `mode` in the manifest.")
    )]
    OtherMode {
        key: Mode,
        document: &'static str,
        expected: Mode,
    },

    #[error("the snapshot is of workspace {workspace} ({mode}), and the manifest is for another")]
    #[diagnostic(
        code(ufsync::cli::other_snapshot),
        help("Use a snapshot of the manifest's workspace and mode.")
    )]
    OtherSnapshot { workspace: TenantId, mode: Mode },

    #[error("the key is for live data, and the manifest does not say `mode: live`")]
    #[diagnostic(
        code(ufsync::cli::live_not_confirmed),
        help(
            "Nothing was changed. Write `mode: live` in the manifest if the data of real people is meant."
        )
    )]
    LiveNotConfirmed,

    #[error("a readonly key can't change anything")]
    #[diagnostic(
        code(ufsync::cli::readonly_key),
        help(
            "Nothing was changed. `ufsync plan` works with this key; `apply` needs an admin key."
        )
    )]
    ReadonlyKey,

    #[error("the plan no longer fits the live state")]
    #[diagnostic(
        code(ufsync::saved_plan::stale),
        help("Nothing was changed. Plan again, and review the new plan.")
    )]
    StalePlan,

    #[error("{server} no longer answers: the run was stopped")]
    #[diagnostic(
        code(ufsync::cli::no_answer),
        help(
            "Ten calls in a row got no answer, and for 10 s there was no other. What was done stays. Check the server and the network, and run again: that does the rest."
        )
    )]
    NoAnswer { server: String },

    #[error("the deadline passed before the first call")]
    #[diagnostic(
        code(ufsync::cli::too_late),
        help("Nothing was changed. Run again with a later --deadline.")
    )]
    TooLate,

    #[error("what the plan is about has changed while you were asked")]
    #[diagnostic(
        code(ufsync::cli::changed_meanwhile),
        help("Nothing was changed. Run again, and look at the new plan.")
    )]
    ChangedMeanwhile,

    #[error("{path} is another file than the one that was reviewed: its SHA-256 is {found}")]
    #[diagnostic(
        code(ufsync::saved_plan::other_digest),
        help("Nothing was changed. Plan again, and pass the SHA-256 that `plan --out` prints.")
    )]
    OtherDigest { path: PathBuf, found: String },

    #[error("{path} was not written by a run of yours on this machine: its SHA-256 is {found}")]
    #[diagnostic(
        code(ufsync::saved_plan::applied_by_others),
        help(
            "Nothing was changed. Pass --applied-sha256 with the SHA-256 that the earlier run printed, or remove the file and plan again. Runs of yours are known by a key in the state folder (UFSYNC_STATE_DIR)."
        )
    )]
    AppliedByOthers { path: PathBuf, found: String },

    #[error("UFSYNC_ALLOW_VAR has `{name}`, which can't be the name of a variable")]
    #[diagnostic(
        code(ufsync::cli::allow_var),
        help("Write exact names, with commas between them: UFSYNC_ALLOW_VAR=STAGE,REGION.")
    )]
    AllowVar { name: String },

    #[error("`{path}` is not a path of the API")]
    #[diagnostic(
        code(ufsync::cli::bad_path),
        help("Nothing was sent. Paths start with /v0/, as in /v0/users/33, and have no query.")
    )]
    BadPath { path: String },

    #[error("the value of --data is not JSON: {error}")]
    #[diagnostic(
        code(ufsync::cli::bad_data),
        help("Nothing was sent. Quote it for the shell: --data '{{\"name\": \"Jane\"}}'.")
    )]
    BadData { error: serde_json::Error },

    #[error("there is no terminal to ask on")]
    #[diagnostic(
        code(ufsync::cli::needs_yes),
        help("Nothing was changed. Pass --yes to apply without being asked.")
    )]
    NeedsYes,

    #[error("{path} is not a journal of ufsync")]
    #[diagnostic(
        code(ufsync::cli::not_a_journal),
        help("Nothing was changed. Choose another path for --journal.")
    )]
    NotAJournal { path: PathBuf },

    #[error("{path} exists")]
    #[diagnostic(
        code(ufsync::cli::undo_exists),
        help(
            "Nothing was changed. It may be the way back from another run: choose another path for --undo."
        )
    )]
    UndoExists { path: PathBuf },

    #[error("{path} is not a plan of ufsync")]
    #[diagnostic(
        code(ufsync::cli::plan_not_overwritten),
        help("The plan was not saved. Choose another path for --out, or remove the file.")
    )]
    PlanNotOverwritten { path: PathBuf },

    #[error("a snapshot without personal data has no values to pull")]
    #[diagnostic(
        code(ufsync::cli::pull_redacted),
        help("Pull from the server, or from a snapshot that was made without --redact.")
    )]
    PullRedacted,

    #[error("a pattern can't be used: {reason}")]
    #[diagnostic(
        code(ufsync::cli::export_pattern),
        help("Patterns are like those of file names: `*@acme.example`.")
    )]
    ExportPattern { reason: String },

    #[error("git can't say since when the lines of {file} are there: {reason}")]
    #[diagnostic(
        code(ufsync::cli::blame),
        help(
            "The manifest has to be committed, and git to be there. Without --since-git the rest is shown."
        )
    )]
    Blame { file: String, reason: String },

    #[error("there is no command and no page of the guide called `{topic}`")]
    #[diagnostic(code(ufsync::cli::no_topic), help("{help}"))]
    NoTopic { topic: String, help: String },

    #[error("{path} is there already")]
    #[diagnostic(
        code(ufsync::cli::init_there),
        help("Nothing was written. Choose another folder, or go on with what is there.")
    )]
    InitThere { path: PathBuf },

    #[error("`{workspace}` can't be the id of a workspace")]
    #[diagnostic(
        code(ufsync::cli::init_workspace),
        help("It stands in every key, behind its level: `demo1234` in uf_test_admin_demo1234_… .")
    )]
    InitWorkspace { workspace: String },

    #[error("--adopt does not say which file gets the entries")]
    #[diagnostic(
        code(ufsync::cli::adopt_into),
        help("Add --into FILE: the manifest is several files.")
    )]
    AdoptInto,

    #[error("the manifest of {reference} can't be read: {reason}")]
    #[diagnostic(
        code(ufsync::cli::base),
        help(
            "git has to be there, and to have the commit: a workflow's checkout may need `fetch-depth: 0`."
        )
    )]
    Base { reference: String, reason: String },

    #[error("a live workspace is not probed")]
    #[diagnostic(
        code(ufsync::cli::probe_live),
        help(
            "A probe makes and removes records. Use a key of test mode: the service behaves the same there, and test mode sends no e-mail."
        )
    )]
    ProbeLive,

    #[error("--probe-all is for an emulator on this machine")]
    #[diagnostic(
        code(ufsync::cli::probe_all),
        help(
            "Some of its questions leave roles behind, or send many calls at once. --probe asks all others."
        )
    )]
    ProbeAll,

    #[error("the seed {path} can't be read: {reason}")]
    #[diagnostic(
        code(ufsync::cli::bad_seed),
        help("A seed is a manifest, an export, or a *.json file that an emulator saved.")
    )]
    BadSeed { path: PathBuf, reason: String },

    #[error("the asynchronous runtime can't be started: {0}")]
    #[diagnostic(
        code(ufsync::cli::runtime),
        help("The machine may be out of memory, threads or file handles.")
    )]
    Runtime(std::io::Error),

    #[error(transparent)]
    #[diagnostic(
        code(ufsync::cli::emulator),
        help(
            "Choose another --port, or 0 for a free one; check that the state or seed does not contradict itself."
        )
    )]
    Emulator(#[from] EmulatorError),

    #[error("invalid --fault: {0}")]
    #[diagnostic(
        code(ufsync::cli::bad_fault),
        help("`ufsync emulator --help` lists the kinds.")
    )]
    Fault(#[from] FaultError),

    #[error("--split needs a folder")]
    #[diagnostic(
        code(ufsync::cli::split_needs_folder),
        help("Name it with -o, as in `ufsync export --split kind -o ufsync`.")
    )]
    SplitNeedsFolder,
}
