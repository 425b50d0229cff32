//! [`Plan`] ↔ [`PlanFile`]: the JSON document that is saved, published with a schema, and read back.
//!
//! Its steps are the plan's steps, so that nothing can be shown, saved or carried out otherwise than the rest.

use std::collections::BTreeMap;

use miette::Diagnostic;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::model::document::is_digest;
use crate::model::{
    DocumentError, DocumentKind, Mode, RecordField, Sources, UserField, digest, sha256,
};
use crate::plan::saved::validate;
use crate::plan::{Change, Cost, Danger, Edit, Plan};

/// The version of the document that this program writes and reads.
const FORMAT_VERSION: u32 = 3;

/// A plan of ufsync, as `ufsync plan --out` saves it and `--format json` prints it. It holds personal data.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", expecting = "a plan of ufsync")]
#[non_exhaustive]
pub struct PlanFile {
    /// What this is: `plan`.
    #[schemars(with = "String", extend("const" = "plan"))]
    document: DocumentKind,
    /// The version of this document: 3.
    pub format_version: u32,
    /// The version of ufsync that made it.
    pub tool: String,
    /// Where the live state came from.
    pub source: Source,
    /// The manifest that it was made from.
    pub manifest: ManifestInfo,
    /// The plan.
    #[serde(flatten)]
    pub plan: Plan,
    /// How many changes of each kind there are.
    pub summary: Summary,
    /// What carrying it out takes.
    pub cost: PlanCost,
    /// SHA-256 of this document with an empty checksum, as it is written without white space between its tokens.
    pub checksum: String,
}

/// Where a live state came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Source {
    /// It was read from the server.
    Server,
    /// It was read from a snapshot.
    Snapshot,
    /// It was read from a snapshot without personal data. Such a plan can be looked at, and not applied.
    RedactedSnapshot,
}

/// The manifest of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ManifestInfo {
    /// SHA-256 of its texts, each behind its length in bytes as eight bytes, the lowest first.
    pub hash: String,
    /// The mode that it says it is for; live data is written only where it says so.
    pub mode: Option<Mode>,
}

/// How many changes there are, by kind and action.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Summary {
    /// Of tenants.
    pub tenants: BTreeMap<ActionKind, usize>,
    /// Of users.
    pub users: BTreeMap<ActionKind, usize>,
    /// Of roles.
    pub roles: BTreeMap<ActionKind, usize>,
    /// Of steps that need review.
    pub dangers: BTreeMap<Danger, usize>,
}

/// What kind of thing a step changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A tenant.
    Tenant,
    /// A user.
    User,
    /// The roles of a user in one scope.
    Roles,
}

/// What a step does; to roles always `update`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum ActionKind {
    /// Creates it.
    Create,
    /// Creates a user and sends them a message.
    Invite,
    /// Changes it.
    Update,
    /// Keeps a user from logging in, and changes nothing else.
    Lock,
    /// Deletes it.
    Delete,
}

/// What carrying a plan out takes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanCost {
    /// The number of calls.
    pub calls: usize,
    /// The number of calls of each endpoint, as the API's reference names it.
    pub by_call: BTreeMap<String, usize>,
    /// About how long they take, in seconds.
    pub seconds: f64,
}

/// Why a saved plan can't be applied.
#[derive(Debug, Error, Diagnostic, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlanFileError {
    /// It is no plan, or a broken one.
    #[error("this is not a plan: {reason}")]
    #[diagnostic(
        code(ufsync::saved_plan::not_a_plan),
        help("Nothing was changed. A plan is written by `ufsync plan --out plan.json`.")
    )]
    NotAPlan {
        /// What is wrong, and where.
        reason: String,
    },

    /// It has a form that this program does not know yet.
    #[error("the plan was made by ufsync {tool}, which is newer than this one")]
    #[diagnostic(
        code(ufsync::saved_plan::newer),
        help(
            "Nothing was changed. Apply it with ufsync {tool} or later, or make the plan again with this version."
        )
    )]
    Newer {
        /// The version that made it.
        tool: String,
    },

    /// It has a form that this program no longer reads.
    #[error("the plan was made by ufsync {tool}, whose plans this version does not read")]
    #[diagnostic(
        code(ufsync::saved_plan::old_format),
        help("Nothing was changed. Plan again with this version.")
    )]
    OldFormat {
        /// The version that made it.
        tool: String,
    },

    /// It is an undo file of a form that this program no longer reads.
    #[error(
        "the undo file was written by ufsync {tool}, whose undo files this version does not read"
    )]
    #[diagnostic(
        code(ufsync::saved_plan::old_undo),
        help("Nothing was changed. Undo with that version.")
    )]
    OldUndo {
        /// The version that wrote it.
        tool: String,
    },

    /// It is not what was written.
    #[error("the plan was changed after it was made")]
    #[diagnostic(
        code(ufsync::saved_plan::altered),
        help(
            "Nothing was changed. A plan is applied as it was shown, or not at all: change the manifest, and plan again."
        )
    )]
    Altered,

    /// It was made without knowing what it is about.
    #[error("the plan was made from a snapshot without personal data")]
    #[diagnostic(
        code(ufsync::saved_plan::redacted),
        help(
            "Nothing was changed. Such a plan is for reading only; make one from the live state to apply it."
        )
    )]
    Redacted,
}

/// SHA-256 of a manifest's texts, each behind its length, in hexadecimal digits.
pub fn manifest_hash(sources: &Sources) -> String {
    sha256(sources.texts().map(str::as_bytes))
}

/// How many calls of a saved plan are taken to be made at once, and how many such rounds in a second.
const AT_ONCE: usize = 16;
const ROUNDS: f64 = 10.0;

impl PlanFile {
    /// The same, with an estimate of the time that does not depend on how fast the server was: the same plan is the same file.
    #[must_use]
    pub(crate) fn unmeasured(mut self) -> Self {
        let rounds = u32::try_from(self.cost.calls.div_ceil(AT_ONCE)).unwrap_or(u32::MAX);
        self.cost.seconds = f64::from(rounds) / ROUNDS;
        self.checksum = self.sum();
        self
    }

    /// The document of a plan.
    pub fn new(plan: Plan, source: Source, manifest: ManifestInfo, cost: Cost) -> Self {
        let mut file = Self {
            document: DocumentKind::Plan,
            format_version: FORMAT_VERSION,
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            source,
            manifest,
            summary: Summary::of(&plan),
            cost: PlanCost {
                calls: cost.calls,
                by_call: by_call(&plan),
                seconds: cost.time.as_secs_f64(),
            },
            plan,
            checksum: String::new(),
        };
        file.checksum = file.sum();
        file
    }

    /// Reads a saved plan and checks that this program may carry it out.
    ///
    /// # Errors
    /// Why it may not.
    pub fn read(text: &[u8]) -> Result<Self, PlanFileError> {
        let not_a_plan = |error: serde_json::Error| PlanFileError::NotAPlan {
            reason: error.to_string(),
        };
        let value = DocumentKind::Plan.value(FORMAT_VERSION, text);
        let value = value.map_err(|error| match error {
            DocumentError::Invalid(error) => not_a_plan(error),
            DocumentError::OtherVersion { newer, tool } => {
                let tool = tool.unwrap_or_else(|| "of another version".to_owned());
                match newer {
                    true => PlanFileError::Newer { tool },
                    false if is_undo(text) => PlanFileError::OldUndo { tool },
                    false => PlanFileError::OldFormat { tool },
                }
            }
        })?;
        let file: Self = Self::deserialize(&value).map_err(not_a_plan)?;
        // What this version does not know would not be part of the sum: a plan that holds more is another one.
        let is_whole = serde_json::to_value(&file).is_ok_and(|known| known == value);
        if !is_whole || file.sum() != file.checksum {
            return Err(PlanFileError::Altered);
        }
        // An undo file is made from no manifest.
        let hash = &file.manifest.hash;
        if !hash.is_empty() && !is_digest(hash) {
            let reason = "the hash of its manifest is no SHA-256".to_owned();
            return Err(PlanFileError::NotAPlan { reason });
        }
        validate::check(&file.plan).map_err(|reason| PlanFileError::NotAPlan { reason })?;
        Ok(file)
    }

    /// The same, where it can be applied.
    ///
    /// # Errors
    /// Where it was made from a snapshot without personal data.
    pub fn appliable(self) -> Result<Self, PlanFileError> {
        if self.source == Source::RedactedSnapshot {
            return Err(PlanFileError::Redacted);
        }
        Ok(self)
    }

    /// The checksum that the document should have.
    fn sum(&self) -> String {
        let bare = Self {
            checksum: String::new(),
            ..self.clone()
        };
        // A document of texts, numbers and lists can always be written.
        digest(&serde_json::to_vec(&bare).unwrap_or_default())
    }
}

/// Whether a document of another version is an undo file, which is made from no manifest.
fn is_undo(text: &[u8]) -> bool {
    let value: Option<Value> = serde_json::from_slice(text).ok();
    let hash = value.as_ref().and_then(|it| it.pointer("/manifest/hash"));
    hash.and_then(Value::as_str) == Some("")
}

impl Summary {
    /// Counts the steps of a plan.
    pub fn of(plan: &Plan) -> Self {
        let mut summary = Self::default();
        for step in &plan.steps {
            let (kind, action) = step.change.kind();
            let of_kind = match kind {
                Kind::Tenant => &mut summary.tenants,
                Kind::User => &mut summary.users,
                Kind::Roles => &mut summary.roles,
            };
            *of_kind.entry(action).or_default() += 1;
            for danger in &step.dangers {
                *summary.dangers.entry(*danger).or_default() += 1;
            }
        }
        summary
    }
}

impl Change {
    /// What it changes, and what it does to it.
    pub fn kind(&self) -> (Kind, ActionKind) {
        fn action<F: RecordField>(edit: &Edit<F>) -> ActionKind {
            match edit {
                Edit::Create { .. } => ActionKind::Create,
                Edit::Update { .. } => ActionKind::Update,
                Edit::Delete { .. } => ActionKind::Delete,
            }
        }
        match self {
            Self::Tenant { edit, .. } => (Kind::Tenant, action(edit)),
            Self::User {
                invite: Some(_), ..
            } => (Kind::User, ActionKind::Invite),
            Self::User { edit, .. } => {
                let only_locks = edit.changes().len() == 1
                    && edit.after(UserField::Locked) == Some(Value::Bool(true));
                let locks = matches!(edit, Edit::Update { .. }) && only_locks;
                let action = if locks {
                    ActionKind::Lock
                } else {
                    action(edit)
                };
                (Kind::User, action)
            }
            Self::Roles { .. } => (Kind::Roles, ActionKind::Update),
        }
    }
}

/// How often each endpoint is called, by its name in the API's reference.
fn by_call(plan: &Plan) -> BTreeMap<String, usize> {
    let mut calls = BTreeMap::new();
    for call in plan.steps.iter().flat_map(|step| step.change.calls()) {
        *calls.entry(call.to_owned()).or_default() += 1;
    }
    calls
}

/// The schema of the document, draft 7.
pub fn schema() -> Value {
    let generator = SchemaSettings::draft07().into_generator();
    generator.into_root_schema_for::<PlanFile>().to_value()
}
