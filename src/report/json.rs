//! Plans and outcomes as JSON documents with published schemas.

use std::borrow::Cow;
use std::io::{self, Write};

use miette::Diagnostic as _;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::apply::{Outcome, StepError, StepOutcome};
use crate::model::{DocumentKind, Mode, RoleName, TenantId};
use crate::plan::{Address, Blocked, Plan, PlanFile, StepId};
use crate::report::text::{brief, clean_json};

/// Writes the document of a plan: the same as a saved plan.
///
/// # Errors
/// Where the writer fails.
pub fn plan(file: &PlanFile, out: &mut dyn Write) -> io::Result<()> {
    document(file, out)
}

/// Writes the document of an outcome.
///
/// # Errors
/// Where the writer fails.
pub fn outcome(plan: &Plan, outcome: &Outcome, out: &mut dyn Write) -> io::Result<()> {
    document(&Report::of(plan, outcome), out)
}

/// Writes a value as one document, in which no character is one that a terminal or a CI system would act on.
///
/// # Errors
/// Where the writer fails.
pub(crate) fn document(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let text = serde_json::to_string_pretty(value)?;
    writeln!(out, "{}", clean_json(&text))
}

/// The version of the document that this program writes.
const FORMAT_VERSION: u32 = 1;

/// How an apply of ufsync ended, step by step.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Report {
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
    blocked_by: Option<StepId>,
    /// The role that is not revoked, because a grant that it waits for failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) held_back_for: Option<RoleName>,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) enum OutcomeKind {
    /// The server did it.
    Done,
    /// The server did not do it.
    Failed,
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
    /// What happened.
    pub(crate) message: String,
    /// What to do.
    help: Option<String>,
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
    /// Failed.
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
    pub(crate) fn read(text: &[u8]) -> Result<Self, serde_json::Error> {
        Ok(DocumentKind::Report.read(FORMAT_VERSION, text)?)
    }

    fn of(plan: &Plan, outcome: &Outcome) -> Self {
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
                };
                report.error = outcome.error().map(ErrorReport::from);
                match outcome {
                    StepOutcome::Done => summary.done += 1,
                    StepOutcome::Failed(_)
                    | StepOutcome::NotKept(_)
                    | StepOutcome::Exists(_)
                    | StepOutcome::LeavesNobody(_)
                    | StepOutcome::PutBack(_) => {
                        summary.failed += 1;
                        report.outcome = OutcomeKind::Failed;
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
