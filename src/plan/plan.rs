//! The plan as data: steps in an order that is safe, and everything that a reviewer should know of them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::{Desired, Guards, Handle, Mode, RoleSet, SavedRule, TenantId};
use crate::plan::{
    Blocked, BrokenGuard, BrokenRule, Ending, Handover, HolderCheck, LikelyRename, Selected, Step,
    Undoes, Unmanaged, Warning, WarningKind,
};

/// What an apply will do, step by step, in an order that is safe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Plan {
    /// The workspace that it is for.
    #[serde(deserialize_with = "TenantId::of_document")]
    pub workspace: TenantId,
    /// Which of the workspace's two sets of data it is for.
    pub mode: Mode,
    /// How large the manifest is.
    pub size: Size,
    /// What the workspace has and the manifest does not mention; left out where there is no manifest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmanaged: Option<Unmanaged>,
    /// What the manifest says that a plan has to keep and to point out.
    pub limits: Limits,
    /// What was chosen with `--target` and `--exclude`; left out where all steps are here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection: Option<Selected>,
    /// The steps; a step's id is its index.
    pub steps: Vec<Step>,
    /// What can't be planned, in the order of the addresses. The rest of the plan can be carried out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocked: Vec<Blocked>,
    /// Roles that pass from some users to others.
    pub handovers: Vec<Handover>,
    /// What the manifest calls the tenants that exist and in which roles change or go.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub handles: BTreeMap<TenantId, Handle>,
    /// The guards that it breaks. It is not applied unless each is accepted by its own code.
    pub broken_guards: Vec<BrokenGuard>,
    /// The rules of the manifest that are broken once it is done.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub broken_rules: Vec<BrokenRule>,
    /// Deletions and creations that may be one user with a new address. A plan with any of them is not applied.
    pub likely_renames: Vec<LikelyRename>,
    /// The roles of which it leaves holders, where that is looked at again.
    #[serde(skip)]
    pub keeps: Vec<HolderCheck>,
    /// The grants that have ended, and those that end within 14 days.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub endings: Vec<Ending>,
    /// What needs review. It stops nothing.
    pub warnings: Vec<Warning>,
    /// In the undo file of a run that may have ended in the middle: what the run was to do. When the file is applied, the steps are
    /// worked out from the live state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undoes: Option<Box<Undoes>>,
}

/// How large a manifest is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Size {
    /// The number of files.
    pub files: usize,
    /// The number of user entries.
    pub users: usize,
    /// The number of tenant entries.
    pub tenants: usize,
}

/// What a manifest says that a plan has to keep and to point out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Limits {
    /// The guards.
    pub guards: Guards,
    /// The roles whose grants need review.
    pub sensitive: RoleSet,
    /// What must hold for all access.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<SavedRule>,
}

impl Limits {
    pub(crate) fn of(desired: &Desired) -> Self {
        let rules = desired.rules.iter();
        Self {
            guards: desired.guards.clone(),
            sensitive: desired.sensitive.clone(),
            rules: rules
                .map(|rule| SavedRule::new(rule, desired.sources.place(rule.origin)))
                .collect(),
        }
    }
}

impl Plan {
    /// The plan that an undo file takes back, as far as the file has it.
    pub(crate) fn undone(&self, undoes: &Undoes) -> Self {
        Self {
            steps: undoes.steps().to_vec(),
            handles: undoes.handles().clone(),
            ..self.without_steps()
        }
    }

    /// A plan for the same workspace with the same limits that does nothing.
    pub(crate) fn without_steps(&self) -> Self {
        Self {
            workspace: self.workspace.clone(),
            mode: self.mode,
            size: self.size,
            unmanaged: None,
            limits: self.limits.clone(),
            selection: None,
            steps: Vec::new(),
            blocked: Vec::new(),
            handovers: Vec::new(),
            handles: BTreeMap::new(),
            broken_guards: Vec::new(),
            broken_rules: Vec::new(),
            likely_renames: Vec::new(),
            keeps: Vec::new(),
            endings: Vec::new(),
            warnings: Vec::new(),
            undoes: None,
        }
    }

    /// Adds a warning about something that taking a change back does not restore.
    pub fn warn_not_restored(&mut self, message: String) {
        self.warnings.push(Warning {
            kind: WarningKind::NotRestored,
            message,
            place: None,
        });
    }
}
