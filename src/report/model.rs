//! How an apply ended, as every renderer says it. In: a plan and its [`Outcome`]. Out: one [`Report`], which is also the document
//! with a published schema.

use std::borrow::Cow;

use miette::Diagnostic as _;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::apply::{Outcome, StepError, StepOutcome};
use crate::model::{DocumentKind, Mode, Place, RoleName, TenantId};
use crate::plan::{Address, Blocked, Plan, StepId, is_code};
use crate::report::text::brief;

/// The version of the document that this program writes.
const FORMAT_VERSION: u32 = 1;

/// How an apply of ufsync ended, step by step.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Report {
    /// What this is: `report`.
    #[schemars(with = "String", extend("const" = "report"))]
    document: DocumentKind,
    /// The version of this document: 1.
    format_version: u32,
    /// The version of ufsync that wrote it.
    pub(crate) tool: String,
    /// The workspace.
    #[serde(deserialize_with = "TenantId::of_document")]
    pub(crate) workspace: TenantId,
    /// Which of its two sets of data.
    pub(crate) mode: Mode,
    /// How every step ended, in the order of the plan.
    pub(crate) steps: Vec<StepReport>,
    /// What can't be planned and was not done.
    pub(crate) blocked: Vec<Blocked>,
    /// Fields for which the server stored another value, although it answered with success.
    pub(crate) kept_otherwise: Vec<MismatchReport>,
    /// Records that another run created at the same time, so that there are two.
    pub(crate) created_twice: Vec<DuplicateReport>,
    /// How many steps ended how.
    summary: ReportSummary,
}

/// The codes of failures that another run may not meet.
const PASSING: [&str; 9] = [
    "ufsync::api::answer_lost",
    "ufsync::api::not_found",
    "ufsync::api::rate_limited",
    "ufsync::api::server",
    "ufsync::api::unreachable",
    "ufsync::api::unstable",
    "ufsync::apply::exists",
    "ufsync::apply::leaves_nobody",
    "ufsync::apply::put_back",
];

/// How one step ended.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct StepReport {
    /// Its number in the plan, from 0.
    id: StepId,
    /// What it is about.
    pub(crate) address: Address,
    /// The call, as the API's reference names it.
    call: Cow<'static, str>,
    /// How it ended.
    pub(crate) outcome: OutcomeKind,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<ErrorReport>,
    /// The step that it needs and that was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) blocked_by: Option<StepId>,
    /// The role that is not revoked, because a grant that it waits for failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) held_back_for: Option<RoleName>,
    /// The tenant of that role by its handle, or the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) held_back_in: Option<String>,
    /// How many calls it makes.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub(crate) calls: usize,
    /// Whether access is not what the plan shows although the server answered with success.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) alarming: bool,
    /// Where the manifest asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) place: Option<Place>,
}

const fn one() -> usize {
    1
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
const fn is_one(calls: &usize) -> bool {
    *calls == 1
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum OutcomeKind {
    /// The server did it.
    Done,
    /// The server did not do it.
    Failed,
    /// The run ended before the server answered: it may have been carried out.
    Unknown,
    /// It needs what another step was to create.
    Blocked,
    /// It revokes a role, and a grant that it waits for failed.
    HeldBack,
    /// The run was ended before it started.
    NotStarted,
}

/// Why a step failed.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ErrorReport {
    /// The code that `ufsync explain` knows.
    pub(crate) code: String,
    /// What happened, cut after 2,000 characters.
    pub(crate) message: String,
    /// What to do.
    pub(crate) help: Option<String>,
}

impl From<StepError> for ErrorReport {
    fn from(error: StepError) -> Self {
        let code = error.code().map(|code| code.to_string());
        Self {
            code: code.unwrap_or_default(),
            message: brief(&error.to_string()).into_owned(),
            help: error.help().map(|help| help.to_string()),
        }
    }
}

/// A record that another run created at the same time.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DuplicateReport {
    /// The step that created one of them.
    id: StepId,
    /// What it is about.
    pub(crate) address: Address,
    /// The ids of the others.
    pub(crate) others: Vec<String>,
}

/// A field for which the server stored another value.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MismatchReport {
    /// The step that asked.
    id: StepId,
    /// What it is about.
    pub(crate) address: Address,
    /// The field; `data.` and a key for the data, `roles` for roles.
    pub(crate) field: String,
    /// What was asked; null for no value.
    pub(crate) asked: Value,
    /// What the server holds; null for no value.
    pub(crate) holds: Value,
}

/// How many steps ended how.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ReportSummary {
    /// Done.
    done: usize,
    /// Failed, or ended before the server answered.
    failed: usize,
    /// Not started, because what they need is not there, or because the run ended.
    not_started: usize,
    /// Held back, so that a role keeps its holders.
    held_back: usize,
}

impl Report {
    /// Reads a document again.
    ///
    /// # Errors
    /// Where it is none, or one of another version.
    pub fn read(text: &[u8]) -> Result<Self, serde_json::Error> {
        let report: Self = DocumentKind::Report.read(FORMAT_VERSION, text)?;
        report.check().map_err(serde_json::Error::custom)?;
        Ok(report)
    }

    /// Whether the fields whose form is known have it.
    fn check(&self) -> Result<(), &'static str> {
        let errors = self.steps.iter().filter_map(|step| step.error.as_ref());
        let blocked = self.blocked.iter().map(|blocked| &*blocked.code);
        if !errors.map(|error| &*error.code).chain(blocked).all(is_code) {
            return Err("the code of an error is no code of ufsync");
        }
        let mut others = self.created_twice.iter().flat_map(|it| &it.others);
        if !others.all(|id| TenantId::is_plain(id)) {
            return Err("a record that was created twice has no usable id");
        }
        Ok(())
    }

    /// What came of a plan.
    pub fn of(plan: &Plan, outcome: &Outcome) -> Self {
        let mut summary = ReportSummary::default();
        let steps = plan
            .steps
            .iter()
            .zip(&outcome.steps)
            .map(|(step, outcome)| {
                let mut report = StepReport {
                    id: step.id,
                    address: step.address.clone(),
                    call: step.change.call().into(),
                    outcome: OutcomeKind::Done,
                    error: None,
                    blocked_by: None,
                    held_back_for: None,
                    held_back_in: None,
                    calls: step.change.calls().count(),
                    alarming: outcome.is_alarming(),
                    place: step.why.iter().find_map(|why| why.place.clone()),
                };
                report.error = outcome.error().map(ErrorReport::from);
                match outcome {
                    StepOutcome::Done => summary.done += 1,
                    StepOutcome::Failed(_)
                    | StepOutcome::NotKept(_)
                    | StepOutcome::Exists(_)
                    | StepOutcome::NotOurs { .. }
                    | StepOutcome::LeavesNobody(_)
                    | StepOutcome::PutBack(_) => {
                        summary.failed += 1;
                        report.outcome = OutcomeKind::Failed;
                    }
                    StepOutcome::Unknown(_) => {
                        summary.failed += 1;
                        report.outcome = OutcomeKind::Unknown;
                    }
                    StepOutcome::Blocked(by) => {
                        summary.not_started += 1;
                        report.outcome = OutcomeKind::Blocked;
                        report.blocked_by = Some(*by);
                    }
                    StepOutcome::NotStarted => {
                        summary.not_started += 1;
                        report.outcome = OutcomeKind::NotStarted;
                    }
                    StepOutcome::HeldBack(handover) => {
                        summary.held_back += 1;
                        report.outcome = OutcomeKind::HeldBack;
                        let handover = plan.handovers.get(handover.0);
                        report.held_back_for = handover.map(|handover| handover.role.clone());
                        report.held_back_in = handover.map(|handover| handover.scope.to_string());
                    }
                }
                report
            });
        Self {
            document: DocumentKind::Report,
            format_version: FORMAT_VERSION,
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            workspace: plan.workspace.clone(),
            mode: plan.mode,
            steps: steps.collect(),
            blocked: plan.blocked.clone(),
            kept_otherwise: kept_otherwise(plan, outcome),
            created_twice: created_twice(plan, outcome),
            summary,
        }
    }
}

impl Report {
    /// Whether every step was done, each record once.
    pub(crate) fn is_complete(&self) -> bool {
        self.calls_of(OutcomeKind::Done) == self.calls() && self.created_twice.is_empty()
    }

    /// Whether nothing failed for a reason that another run meets as well.
    pub(crate) fn failures_may_pass(&self) -> bool {
        let mut errors = self.steps.iter().filter_map(|step| step.error.as_ref());
        errors.all(|error| PASSING.contains(&&*error.code))
    }

    /// How many calls the steps take.
    pub(crate) fn calls(&self) -> usize {
        self.steps.iter().map(|step| step.calls).sum()
    }

    /// How many calls the steps take that ended in this way.
    pub(crate) fn calls_of(&self, outcome: OutcomeKind) -> usize {
        let ended = self.steps.iter().filter(|step| step.outcome == outcome);
        ended.map(|step| step.calls).sum()
    }

    /// The steps that were not done; those first after which access is not what the plan shows.
    pub(crate) fn undone(&self) -> impl Iterator<Item = Undone<'_>> {
        let alarming = self.steps.iter().filter(|step| step.alarming);
        let others = self.steps.iter().filter(|step| !step.alarming);
        alarming.chain(others).filter_map(|step| {
            let (what, why) = self.why(step)?;
            Some(Undone { step, what, why })
        })
    }

    fn why(&self, step: &StepReport) -> Option<(&'static str, String)> {
        Some(match step.outcome {
            OutcomeKind::Done => return None,
            kind @ (OutcomeKind::Failed | OutcomeKind::Unknown) => {
                let message = step.error.as_ref().map(|error| error.message.clone());
                let message = message.unwrap_or_default();
                if kind == OutcomeKind::Failed {
                    ("failed", message)
                } else {
                    // The message begins with the word.
                    let why = message.strip_prefix("unknown: ").map(str::to_owned);
                    ("unknown", why.unwrap_or(message))
                }
            }
            OutcomeKind::Blocked => {
                let needed = step.blocked_by.and_then(|id| self.steps.get(id.0));
                let needed = needed.map(|step| step.address.to_string());
                let needed = needed.unwrap_or_else(|| "another change".to_owned());
                ("not started", format!("needs {needed}, which was not done"))
            }
            OutcomeKind::HeldBack => {
                let role = step.held_back_for.as_ref();
                let role = role.map_or_else(|| "a role".to_owned(), |role| format!("\"{role}\""));
                let scope = step.held_back_in.as_ref();
                let scope = scope
                    .map(|scope| format!(" in {scope}"))
                    .unwrap_or_default();
                let why = "is not revoked: a grant that it waits for failed";
                ("held back", format!("{role}{scope} {why}"))
            }
            OutcomeKind::NotStarted => ("not started", "the run was ended".to_owned()),
        })
    }
}

/// A step that was not done.
pub(crate) struct Undone<'r> {
    pub(crate) step: &'r StepReport,
    /// How it ended, in a word or two.
    pub(crate) what: &'static str,
    pub(crate) why: String,
}

impl Undone<'_> {
    /// Both in one line, without what the step is about.
    pub(crate) fn line(&self) -> String {
        format!("{}: {}", self.what, self.why)
    }
}

fn created_twice(plan: &Plan, outcome: &Outcome) -> Vec<DuplicateReport> {
    let duplicates = outcome.duplicates.iter().filter_map(|duplicate| {
        let step = plan.steps.get(duplicate.step.0)?;
        Some(DuplicateReport {
            id: step.id,
            address: step.address.clone(),
            others: duplicate.others.clone(),
        })
    });
    duplicates.collect()
}

fn kept_otherwise(plan: &Plan, outcome: &Outcome) -> Vec<MismatchReport> {
    let fields = outcome.mismatches.iter().filter_map(|mismatch| {
        let step = plan.steps.get(mismatch.step.0)?;
        Some(mismatch.fields.iter().map(|field| MismatchReport {
            id: step.id,
            address: step.address.clone(),
            field: field.field.clone(),
            asked: field.asked.clone(),
            holds: field.holds.clone(),
        }))
    });
    fields.flatten().collect()
}

/// The schema of the document of an outcome, draft 7.
pub(crate) fn report_schema() -> Value {
    let generator = SchemaSettings::draft07().into_generator();
    generator.into_root_schema_for::<Report>().to_value()
}
